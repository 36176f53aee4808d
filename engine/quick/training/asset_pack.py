"""Reads the asset pack that assets.py makes: cut-outs and photographs are decoded once into raw files that all workers map."""
import fcntl, json, os, re
from multiprocessing import get_context
import cv2
import numpy as np
from PIL import ImageFont
cv2.setNumThreads(1)

# How often a kind of cut-out is taken; within a kind all are equal
KINDS = {"clipart": .37, "avatar": .17, "emoji3d": .19, "photo": .07, "noto": .07, "fluent": .04, "twemoji": .03,
         "emojione": .02, "fxemoji": .02, "streamline": .02, "flat": .01, "game": .005, "other": .005}

FACE = re.compile(r"face|^1f6[0-3]|^1f64[0-4]|^1f4(6[6-9]|7[0-8])|^1f91[0-7]|^1f92|^1f43|^1f9(1|2|8[0-9]|9|d[0-f])")


def bleed(im):
    """Colour carried on into what is transparent, so that scaling makes no dark rim; two pixels of room around."""
    im = cv2.copyMakeBorder(im, 2, 2, 2, 2, cv2.BORDER_CONSTANT)
    a = im[..., 3:].astype(np.float32) / 255
    rgb = im[..., :3].astype(np.float32) * a
    out, known = im[..., :3].astype(np.float32), np.minimum(1, a * 1.02)
    for k in (5, 17, 65, 0):
        if k:
            c, w = cv2.blur(rgb, (k, k)), cv2.blur(a, (k, k))[..., None]
        else:
            c, w = rgb.mean((0, 1)), a.mean() + 1e-6
        fill = c / np.maximum(w, 1e-3)
        ok = np.clip(w * 50, 0, 1)
        out = out * known + fill * (1 - known)
        known = np.maximum(known, ok)
    im[..., :3] = np.clip(out, 0, 255)
    return im


def decode(job):
    path, at, n, rgba = job
    with open(path, "rb") as f:
        f.seek(at)
        data = np.frombuffer(f.read(n), np.uint8)
    im = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    if im.ndim == 2:
        im = cv2.cvtColor(im, cv2.COLOR_GRAY2BGR)
    if rgba:
        im = cv2.cvtColor(im, cv2.COLOR_BGR2BGRA) if im.shape[2] == 3 else im
        x, y, w, h = cv2.boundingRect((im[..., 3] > 16).astype(np.uint8))
        return bleed(cv2.cvtColor(im[y:y + h, x:x + w], cv2.COLOR_BGRA2RGBA)), together(im[..., 3])
    return cv2.cvtColor(np.ascontiguousarray(im[..., :3]), cv2.COLOR_BGR2RGB), 1.


def together(a):
    """Share of the largest connected part: scattered marks are no one thing."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate((a > 100).astype(np.uint8), np.ones((7, 7), np.uint8)))
    return float(stats[1:, 4].max() / max(1, stats[1:, 4].sum())) if len(stats) > 1 else 0.


def prepare(folder):
    """Decodes the packs, once; other processes wait."""
    with open(f"{folder}/lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name, channels in (("cutouts", 4), ("photos", 3)):
            stamp = f"{folder}/{name}.npz"
            if os.path.exists(stamp) and os.path.getmtime(stamp) >= os.path.getmtime(f"{folder}/{name}.json"):
                continue
            index = json.load(open(f"{folder}/{name}.json"))
            sizes, at = [], 0
            jobs = [(f"{folder}/{name}.pack", e[3], e[4], channels == 4) for e in index]
            with get_context("fork").Pool(min(32, len(os.sched_getaffinity(0)))) as pool, open(f"{folder}/{name}.new", "wb") as f:
                for im, whole in pool.imap(decode, jobs, 16):
                    f.write(im.tobytes())
                    sizes.append((*im.shape[:2], at, int(100 * whole)))
                    at += im.size
            os.replace(f"{folder}/{name}.new", f"{folder}/{name}.raw")  # whoever maps the old one keeps it
            np.savez(stamp, sizes=np.array(sizes))


class Raw:
    """Pictures in one mapped file."""

    def __init__(self, folder, name, channels):
        self.index = json.load(open(f"{folder}/{name}.json"))
        self.sizes = np.load(f"{folder}/{name}.npz")["sizes"].tolist()
        self.bytes = np.memmap(f"{folder}/{name}.raw", np.uint8, "r")
        self.channels = channels

    def get(self, i):
        h, w, at, _ = self.sizes[i]
        return np.asarray(self.bytes[at:at + h * w * self.channels]).reshape(h, w, self.channels)


class Assets:
    def __init__(self, split="train", folder=None):
        folder = folder or os.environ.get("ASSETS", "assets")
        if not os.path.exists(f"{folder}/cutouts.json") and os.path.exists(f"{folder}/assets/cutouts.json"):
            folder += "/assets"
        prepare(folder)
        self.cutouts, self.pictures = Raw(folder, "cutouts", 4), Raw(folder, "photos", 3)
        self.kinds, self.families = {}, {}
        for i, (family, _, part, *_) in enumerate(self.cutouts.index):
            if part == split and self.cutouts.sizes[i][3] >= 60:
                kind = family.split("-")[0]
                self.kinds.setdefault(kind if kind in KINDS else "other", []).append(i)
                self.families.setdefault(family, []).append(i)
        self.names = [k for k in KINDS if k in self.kinds]
        self.weights = [KINDS[k] for k in self.names]
        self.styles = {k: sorted({self.cutouts.index[i][0] for i in v}) for k, v in self.kinds.items()}
        self.styles = {k: (v, [len(self.families[f]) ** .6 for f in v]) for k, v in self.styles.items()}
        names = [e[1] for e in self.cutouts.index]
        self.heads = self.kinds.get("avatar", []) * 2 + [i for k in ("emoji3d", "noto", "fluent", "twemoji") for i in self.kinds.get(k, ()) if FACE.search(names[i])]
        of = lambda kind: [i for i, e in enumerate(self.pictures.index) if e[0] == kind and e[2] == split]
        self.photos, self.textures, self.matcaps = of("photo"), of("texture"), of("matcap")
        self.textures = self.textures or self.photos
        fonts = sorted(f"{folder}/fonts/{f}" for f in os.listdir(f"{folder}/fonts"))
        self.cjk_fonts = [f for f in fonts if "/cjk" in f]
        self.fonts = [f for i, f in enumerate(f for f in fonts if "/cjk" not in f) if (i % 17 == 9) == (split == "val")]
        self.plain_fonts = [f for f in self.fonts if any(k in f for k in (
            "roboto", "open-sans", "lato", "inter-", "figtree", "poppins", "montserrat", "dm-sans", "nunito", "work-sans", "barlow",
            "ibm-plex", "pt-serif", "merriweather", "lora", "source-serif", "raleway", "public-sans", "mulish"))] or self.fonts
        self.cjk = open(f"{folder}/cjk.txt").read()
        self.made = {}

    def family(self, r):
        """Cut-outs of one style or category; large ones are not taken as much more often as they are larger."""
        families, weights = self.styles[r.choices(self.names, self.weights)[0]]
        return self.families[r.choices(families, weights)[0]]

    def pick(self, r):
        return r.choice(self.family(r))

    def cutout(self, i):
        return self.cutouts.get(i)

    def photo(self, r, texture=.1):
        return self.pictures.get(r.choice(self.textures if r.random() < texture else self.photos))

    def matcap(self, r):
        return self.pictures.get(r.choice(self.matcaps)) if self.matcaps else None

    def font(self, path, size):
        key = (path, size)
        if key not in self.made:
            if len(self.made) > 300:
                self.made.clear()
            self.made[key] = ImageFont.truetype(path, size)
        return self.made[key]
