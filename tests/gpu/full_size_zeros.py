"""Makes a model folder of the published size in bf16 whose weights are all zero and take no room on disk, to see how fast
57 GB come from files to a GPU, and what becomes of a job when its memory ends. Guidance is not normalised here: of zeros
that would be 0/0.

    python full_size_zeros.py OUT
    cargo run --release --features cuda -- decompose assets/example/poster.png -o /tmp/layers --raw --model OUT --prompt word --no-normalize

Needs torch, diffusers 0.42.1 and transformers 5.23.
"""

import json
import pathlib
import shutil
import sys

import torch
from diffusers import AutoencoderKLQwenImage, QwenImageTransformer2DModel
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

FIXTURES = pathlib.Path(__file__).parents[2] / "engine/qwen_image_layered/tests/fixtures/folder"
TEXT = dict(
    hidden_size=3584, intermediate_size=18944, num_hidden_layers=28, num_attention_heads=28, num_key_value_heads=4,
    vocab_size=152064, rms_norm_eps=1e-6, tie_word_embeddings=False,
    rope_parameters={"type": "mrope", "rope_type": "default", "mrope_section": [16, 24, 24], "rope_theta": 1000000.0},
)  # fmt: skip
VISION = dict(
    depth=32, hidden_size=1280, intermediate_size=3420, num_heads=16, out_hidden_size=3584, patch_size=14,
    spatial_merge_size=2, temporal_patch_size=2, window_size=112, fullatt_block_indexes=[7, 15, 23, 31],
)  # fmt: skip
TOKENS = ["image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id"]


def write(network, folder, name):
    """A header, and as many zeros as it promises."""
    header, end = {}, 0
    for key, tensor in network.state_dict().items():
        size = 2 * tensor.numel()
        header[key] = {"dtype": "BF16", "shape": list(tensor.shape), "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    folder.mkdir(parents=True)
    with open(folder / name, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + end)
    print(folder.name, f"{end / 1e9:.1f} GB")


def main(out):
    tokens = {key: value for key, value in json.loads((FIXTURES / "text_encoder/config.json").read_text()).items() if key in TOKENS}
    with torch.device("meta"):
        transformer = QwenImageTransformer2DModel(use_additional_t_cond=True, use_layer3d_rope=True)
        vae = AutoencoderKLQwenImage(input_channels=4)
        config = Qwen2_5_VLConfig(text_config=TEXT, vision_config=VISION, tie_word_embeddings=False, **tokens)
        text_encoder = Qwen2_5_VLForConditionalGeneration(config)
    weights = "diffusion_pytorch_model.safetensors"
    for network, name, file in [
        (transformer, "transformer", weights),
        (vae, "vae", weights),
        (text_encoder, "text_encoder", "model.safetensors"),
    ]:
        write(network, out / name, file)
        (network.save_config if hasattr(network, "save_config") else network.config.save_pretrained)(out / name)
    shutil.copy(FIXTURES / "text_encoder/generation_config.json", out / "text_encoder")
    for name in ["tokenizer", "processor", "scheduler"]:
        shutil.copytree(FIXTURES / name, out / name)
    shutil.copy(FIXTURES / "model_index.json", out)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
