"""python test_generator.py [SAMPLES]: what the contract promises about a generated sample."""
import random
import sys
import numpy as np
import generator
from canvas import COLUMNS, KMAX


def check(d, S):
    table, owner, text = d["table"], d["owner"], d["text"]
    for k in ("classes", "owner", "text", "effect", "effect_owner"):
        assert d[k].shape == (S, S) and d[k].dtype == np.uint8, k
    assert d["image"].shape == (S, S, 3) and d["image"].dtype == np.uint8
    assert table.shape == (KMAX, COLUMNS) and np.isfinite(table).all()
    bits = np.unpackbits(d["amodal"], axis=2)
    assert bits.shape == (KMAX, S // 4, S // 4)
    for part, kinds in ((owner, (1, 2)), (text, (3,)), (d["effect_owner"], (1, 2, 3))):
        for k in np.unique(part):
            assert k == 0 or table[k - 1, 0] in kinds, "number without a row of its kind"
    assert (d["effect"][d["effect_owner"] > 0] >= 8).all()
    assert ((d["classes"] == 3) == (text > 0)).all()
    assert (d["classes"][text == 0] == np.r_[0, table[:, 0]].astype(np.uint8)[owner[text == 0]]).all()
    for k, (kind, cx, cy, w, h, rank, area, opacity) in enumerate(table, 1):
        mask = (text if kind == 3 else owner) == k
        assert mask.any() == (kind > 0)
        if not kind:
            continue
        assert mask.sum() == area and 0 < rank <= 1 and 0 < opacity <= 1
        ys, xs = np.nonzero(mask)
        assert (xs.max() - xs.min() + 1, ys.max() - ys.min() + 1) == (w, h)
        if kind == 3:
            assert not bits[k - 1].any() and xs.min() <= cx <= xs.max() and ys.min() <= cy <= ys.max()
            continue
        assert mask[int(cy), int(cx)], "the centre lies outside what is seen"
        small = mask.reshape(S // 4, 4, S // 4, 4).mean((1, 3)) > .95
        assert (small & ~bits[k - 1].astype(bool)).sum() <= max(4, .02 * small.sum()), "visible but not in the whole mask"


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    assets, empty, kinds = generator.Assets("train"), 0, set()
    for seed in range(n):
        S = (256, 384, 512)[seed % 3]
        d = generator.sample(random.Random(seed), assets, S)
        check(d, S)
        again = generator.sample(random.Random(seed), assets, S)
        assert all(np.array_equal(d[k], again[k]) for k in d if k != "layout"), "not the same again"
        empty += not d["table"].any()
        kinds |= set(d["table"][:, 0].astype(int))
    assert kinds == {0, 1, 2, 3}
    print(f"{n} samples hold, {empty} of them empty")


if __name__ == "__main__":
    main()
