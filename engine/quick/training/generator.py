"""Training samples: sample(rng, assets, S) gives the dict of arrays that the layer network learns from.
`generator.py sheet OUT.png SEED`, `generator.py time N`, `generator.py prepare` (decode the assets once)."""
import random, sys, time
import cv2
import numpy as np
import degrade
import scene
from asset_pack import Assets
from canvas import KMAX

cv2.setNumThreads(1)


def sample(rng, assets, S):
    r = rng if hasattr(rng, "choices") else random.Random(int(rng.integers(1 << 62)))
    canvas, layout = scene.compose(r, assets, S)
    out = canvas.finish()
    out["image"] = degrade.degrade(r, canvas.im)
    out["layout"] = layout
    return out


def panel(d):
    """Image | owners, text, centres and amodal outlines | effects."""
    S = d["image"].shape[0]
    colours = np.random.RandomState(1).randint(70, 256, (256, 3))
    colours[0] = 0
    o = (d["image"] * .3 + colours[d["owner"]] * .7 * (d["owner"] > 0)[..., None]).astype(np.uint8)
    o[d["text"] > 0] = colours[d["text"]][d["text"] > 0] // 2 + 127
    bits = np.unpackbits(d["amodal"], axis=2)
    dot = {1: (255, 0, 0), 2: (0, 80, 255), 3: (255, 255, 0)}
    for k, t in enumerate(d["table"]):
        if t[0]:
            big = cv2.resize(bits[k], (S, S), interpolation=cv2.INTER_NEAREST)
            contours = cv2.findContours(big, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[-2]
            cv2.drawContours(o, contours, -1, colours[k + 1].tolist(), 2)
            cv2.circle(o, (int(t[1]), int(t[2])), 6, dot[int(t[0])], -1)
    e = (colours[d["effect_owner"]] * (d["effect"] / 255.)[..., None]).astype(np.uint8)
    row = np.hstack([d["image"], o, e])
    cv2.putText(row, d.get("layout", ""), (6, 18), 0, .6, (255, 0, 255), 2)
    return row


def main():
    command = sys.argv[1]
    assets = Assets("val" if "val" in sys.argv else "train")
    if command == "sheet":
        r = random.Random(int(sys.argv[3]))
        rows = [np.hstack([cv2.resize(panel(sample(r, assets, 512)), (900, 300), interpolation=cv2.INTER_AREA) for _ in range(2)]) for _ in range(8)]
        cv2.imwrite(sys.argv[2], np.vstack(rows)[..., ::-1])
    elif command == "time":
        r, n, S = random.Random(1), int(sys.argv[2]), 512
        for _ in range(10):
            sample(r, assets, S)
        took, by = [], {}
        for _ in range(n):
            t = time.process_time()
            d = sample(r, assets, S)
            took.append(time.process_time() - t)
            by.setdefault(d["layout"], []).append(took[-1])
        q = np.array(took) * 1000
        print(f"mean {q.mean():.1f} ms, median {np.median(q):.1f}, p95 {np.percentile(q, 95):.1f}, max {q.max():.0f}")
        print({k: f"{len(v)}: {np.mean(v) * 1000:.1f}" for k, v in by.items()})


if __name__ == "__main__":
    main()
