"""What the frozen posters are made of: cut-outs, photos and fonts of Debian packages, for measuring only.

Nothing here is ever committed, shipped or shown to training.
"""

import random
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image, ImageFont
from scipy import ndimage

PACKAGES = """tuxpaint-stamps-default mate-backgrounds fonts-dejavu-core fonts-dejavu-extra fonts-liberation
    fonts-urw-base35 fonts-freefont-otf fonts-texgyre fonts-linuxlibertine fonts-junction fonts-breip
    fonts-wqy-microhei fonts-wqy-zenhei fonts-arphic-ukai""".split()

# Left out: lettering, soldiers, light without a border, doubles, and things that are only an outline.
SKIPPED_FOLDERS = {"symbols", "military"}
SKIPPED = {"0_sun", "fireworks2", "explosion", "fire", "final-roll-call", "inukshuk-outline", "lavender", "fly",
           "bradley_mirror", "dumper_mirror", "sedan_police_mirror", "fireman240a", "Candy_cane_photo2", "grave-a", "grave-d", "grave-e", "grave-g", "grave-j"}

SCENES = "Blinds Dune GreenMeadow RainDrops Storm Wood Aqua FreshFlower".split()
PICTURES = "Garden LadyBird TwoWings YellowFlower".split()

DISPLAY = """URWGothic-Demi NimbusSansNarrow-Bold DejaVuSans-Bold DejaVuSansCondensed-Bold DejaVuSerif-Bold
    LiberationSans-Bold LiberationSansNarrow-Bold C059-Bold P052-Bold P052-BoldItalic URWBookman-Demi Z003-MediumItalic
    texgyreadventor-bold texgyrebonum-bold LinLibertine_RB Breip FreeSerifBoldItalic NimbusMonoPS-Bold""".split()
BODY = """URWGothic-Book NimbusSans-Regular DejaVuSans DejaVuSerif LiberationSans-Regular LiberationSerif-Regular
    C059-Roman P052-Roman Junction LinBiolinum_R LinLibertine_R FreeSans texgyreheroscn-regular
    LiberationSans-Bold NimbusSans-Bold""".split()
CHINESE = "wqy-microhei wqy-zenhei ukai".split()


def download(folder: Path) -> None:
    """Packages come through apt, which checks their signatures."""
    folder.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        if not list(folder.glob(f"{package}_*.deb")):
            subprocess.run(["apt-get", "download", "-q", package], cwd=folder, check=True)
        if not (folder / f".{package}").exists():
            subprocess.run(["dpkg-deb", "-x", *folder.glob(f"{package}_*.deb"), "."], cwd=folder, check=True)
            (folder / f".{package}").touch()


class Assets:
    def __init__(self, folder: Path):
        download(folder)
        stamps = folder / "usr/share/tuxpaint/stamps"
        self.stamps = [p for p in sorted(stamps.rglob("*.png")) if self._is_usable(p, stamps)]
        self.drawn = [p for p in self.stamps if _is_drawn(p)]
        photos = folder / "usr/share/backgrounds/mate/nature"
        self.scenes = [photos / f"{name}.jpg" for name in SCENES]
        self.pictures = [photos / f"{name}.jpg" for name in PICTURES]
        self._fonts = {p.stem: p for p in folder.joinpath("usr/share").rglob("*.[ot]t[fc]")}

    @staticmethod
    def _is_usable(path: Path, root: Path) -> bool:
        if path.relative_to(root).parts[0] in SKIPPED_FOLDERS or path.stem in SKIPPED:
            return False
        seen = np.asarray(Image.open(path).convert("RGBA"))[..., 3] > 128
        if max(seen.shape) < 180 or seen.mean() < 0.12:
            return False
        pieces, count = ndimage.label(seen)
        return count == 1 or np.bincount(pieces.ravel())[1:].max() > 0.97 * seen.sum()

    def font(self, name: str, size: int) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(self._fonts[name], size)

    def cutout(self, path: Path, side: float, turn: float = 0.0, mirrored: bool = False) -> Image.Image:
        """Its longer side `side` pixels, but at most 1.9 times what it was drawn at."""
        image = Image.open(path).convert("RGBA")
        image = image.crop(image.getchannel("A").point(lambda a: 255 * (a > 8)).getbbox())
        if mirrored:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        scale = min(side / max(image.size), 1.9)
        size = tuple(max(8, round(v * scale)) for v in image.size)
        image = image.resize(size, Image.Resampling.LANCZOS)
        return image.rotate(turn, Image.Resampling.BICUBIC, expand=True) if turn else image

    def photo(self, path: Path, size: tuple[int, int], rng: random.Random) -> Image.Image:
        """A part of the photo, as large as fits."""
        image = Image.open(path).convert("RGB")
        scale = max(size[0] / image.width, size[1] / image.height) * rng.uniform(1.0, 1.25)
        image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
        left, top = rng.randint(0, image.width - size[0]), rng.randint(0, image.height - size[1])
        image = image.crop((left, top, left + size[0], top + size[1]))
        return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else image


def _is_drawn(path: Path) -> bool:
    """Few colours fill a drawing."""
    image = Image.open(path).convert("RGBA").resize((64, 64), Image.Resampling.NEAREST)
    pixels = np.asarray(image)
    inside = pixels[pixels[..., 3] > 200][:, :3] // 24
    if len(inside) == 0:
        return False
    _, counts = np.unique(inside, axis=0, return_counts=True)
    return np.sort(counts)[::-1][:6].sum() > 0.6 * len(inside)
