"""Makes a reference case of the transformer's full width and four of its blocks, at 640 with four layers, by diffusers in
bf16 on a GPU: random weights in OUT/model, and what each stage made of them in OUT/expected.

    python full_width_case.py OUT
    cargo run --release -p qwen_image_layered --features cuda --example compare -- --device cuda:0 --precision bf16 OUT
"""

import json
import pathlib
import shutil
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "engine/qwen_image_layered/tests/fixtures"))
import make


def main(out):
    make.HERE = out
    # At this width strengthened weights amplify the rounding of bf16 beyond any comparison.
    make.strengthen = lambda *networks: None
    tokens = make.tokenizer(["a red circle over a blue square, with the word hello and a picture of the sea at night"])
    pipe = make.pipeline(
        1,
        tokens,
        heads=24,
        axes=(16, 56, 56),
        blocks=4,
        hidden=3584,
        language=dict(
            intermediate_size=512,
            num_attention_heads=28,
            num_key_value_heads=4,
        ),
        rope_sections=[16, 24, 24],
        vision=dict(
            depth=2, hidden_size=80, intermediate_size=48, num_heads=1, fullatt_block_indexes=[1],
        ),
        scheduler=dict(time_shift_type="linear"),
        dtype=torch.bfloat16,
    )  # fmt: skip
    make.to_bf16(pipe)
    pipe.save_pretrained(out / "model")
    pipe.to("cuda")
    make.case(pipe, "full", "model", size=(640, 640), layers=4, steps=2, cfg=4.0, normalize=True,
              prompt="a red circle over a blue square, with the word hello", negative=" ", english=True, seed=777)  # fmt: skip
    shutil.move(out / "cases/full", out / "expected")
    shutil.move(out / "expected/input.png", out / "input.png")
    settings = out / "expected/case.json"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"resolution": 640}))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
