"""Builds the asset pack: `python assets.py BUILD PACK` downloads the packages of asset_sources.py into BUILD, draws and
crops every asset and leaves the folder PACK (and PACK.tar): cutouts.pack, photos.pack with their .json, fonts/, text.
Needs npm, node, apt-get, dpkg-deb and python with numpy, opencv, pillow, fonttools, brotli, resvg_py."""
import base64, ctypes, glob, hashlib, io, json, os, random, re, signal, subprocess, sys, tarfile, time, zipfile
from multiprocessing import Process, Value
os.environ["OPENCV_IO_ENABLE_OPENEXR"] = "1"
import cv2
import numpy as np
from PIL import Image
import asset_sources as src
from qt_resource import read_rcc

HERE = os.path.dirname(os.path.abspath(__file__))
SIDE = 256
BUDGET = 45 << 20


def sh(*command, cwd):
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)


def download(build):
    """Every package as its registry's own client gives it, unpacked below BUILD/x."""
    npm = {k: v[0] for k, v in src.NPM.items()}
    npm |= {f"@iconify-json/{k}": v[0] for k, v in src.ICONS.items()}
    npm |= {f"@dicebear/{k}": src.AVATAR_VERSION for k in ["core", *src.AVATARS]}
    npm |= {f"@fontsource/{k}": "5" for k in src.FONTS}
    for part in ("npm", "deb", "pypi", "x/npm"):
        os.makedirs(f"{build}/{part}", exist_ok=True)
    for name, version in npm.items():
        stem = name[1:].replace("/", "-")
        if not glob.glob(f"{build}/npm/{stem}-{version}*.tgz"):
            sh("npm", "pack", f"{name}@{version}", cwd=f"{build}/npm")
        tgz = glob.glob(f"{build}/npm/{stem}-[0-9]*.tgz")[0]
        to = f"{build}/x/npm/{stem}"
        if not os.path.isdir(to):
            os.makedirs(to)
            sh("tar", "xzf", os.path.abspath(tgz), "--strip-components=1", cwd=to)
    for name, (version, *_) in src.DEBIAN.items():
        if not glob.glob(f"{build}/deb/{name}_*.deb"):
            sh("apt-get", "download", f"{name}={version}", cwd=f"{build}/deb")
        if not os.path.isdir(f"{build}/x/{name}"):
            sh("dpkg-deb", "-x", os.path.abspath(glob.glob(f"{build}/deb/{name}_*.deb")[0]), f"{build}/x/{name}", cwd=".")
    for name, (version, *_) in src.PYPI.items():
        stem = name.replace("-", "_")
        if not glob.glob(f"{build}/pypi/{stem}-*.whl"):
            sh(sys.executable, "-m", "pip", "download", "-q", "--no-deps", f"{name}=={version}", cwd=f"{build}/pypi")
        if not os.path.isdir(f"{build}/x/{stem}"):
            with zipfile.ZipFile(glob.glob(f"{build}/pypi/{stem}-*.whl")[0]) as z:
                z.extractall(f"{build}/x/{stem}", [n for n in z.namelist() if "/data/" in n or "/images/" in n])


def draw_avatars(build):
    room = f"{build}/avatars/node_modules/@dicebear"
    os.makedirs(room, exist_ok=True)
    for name in ["core", *src.AVATARS]:
        if not os.path.lexists(f"{room}/{name}"):
            os.symlink(os.path.abspath(f"{build}/x/npm/dicebear-{name}"), f"{room}/{name}")
    subprocess.run(["cp", f"{HERE}/avatars.mjs", f"{build}/avatars/"], check=True)
    if not os.path.isdir(f"{build}/avatars/out/{[*src.AVATARS][-1]}"):
        counts = [x for k, v in src.AVATARS.items() for x in (k, str(v[1]))]
        sh("node", "--preserve-symlinks", "avatars.mjs", "out", *counts, cwd=f"{build}/avatars")


# Drawings of letters and digits would teach that text is an object
LETTERED = re.compile(r"(^|[-_/])(letters?|alphabet|abc|abcd|numbers?|digits?|text|word|keycap|input|latin|squared|regional|font|logo|sign|button|ok|cool|new|up|ng|"
                      r"vs|free|id|sos|atm|tm|copyright|registered|zzz|100|hundred|blood|typo\w*|[a-z0-9])([-_./]|$)", re.I)
LETTERED_CLIPART = re.compile(r"letter|alphabet|number|digit|text|font|logo|typo|word", re.I)
LETTER_CODES = re.compile(r"^(1f1|1f2[0-5]|0?0[23a][0-9a-f]-|a9|ae|24c2|1f52[0-4]|1f4af|329|303|2122|1f3e7|1f51[9-f]|1f19)")


def jobs(build):
    """(family, name, kind, source) of every cut-out."""
    x, out, pick = f"{build}/x", [], random.Random(7)
    for p in sorted(glob.glob(f"{x}/npm/lobehub-fluent-emoji-3d/assets/*.webp")):
        name = os.path.basename(p)[:-5]
        if not any(f"1f3f{c}" in name for c in "bcdef") and not LETTER_CODES.match(name):
            out.append(("emoji3d", name, "raster", p))
    for icons, (_, _, most) in src.ICONS.items():
        data = json.load(open(f"{x}/npm/iconify-json-{icons}/icons.json"))
        names = [n for n in sorted(data["icons"]) if not re.search(r"(^|-)(light|medium|dark|skin)(-|$)", n)
                 and not n.startswith("flag")]
        for n in pick.sample(names, min(most, len(names))):
            if LETTERED.search(n):
                continue
            icon = data["icons"][n]
            w, h = icon.get("width", data.get("width", 16)), icon.get("height", data.get("height", 16))
            body = icon["body"].replace("currentColor", "#%06x" % pick.randrange(1 << 24))
            box = f'{icon.get("left", 0)} {icon.get("top", 0)} {w} {h}'
            out.append((icons, n, "svg", f'<svg xmlns="http://www.w3.org/2000/svg" '
                        f'xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{box}" width="{w}" height="{h}">{body}</svg>'))
    for p in sorted(glob.glob(f"{build}/avatars/out/*/*.svg")):
        style = p.split("/")[-2]
        out.append(("avatar-" + style, os.path.basename(p)[:-4], "file", p))
    root = f"{x}/openclipart-svg/usr/share/openclipart/svg"
    for p in sorted(glob.glob(f"{root}/**/*.svg", recursive=True)):
        kind = os.path.relpath(p, root).split("/")[0]
        if "flag" in p or kind in ("logos", "special", "geography", "shapes") or LETTERED_CLIPART.search(os.path.relpath(p, root)):
            continue
        name = hashlib.md5(os.path.relpath(p, root).encode()).hexdigest()[:8]
        out.append(("clipart-" + kind, name, "file", p))
    return out


def with_view_box(svg):
    """The renderer scales only drawings that say which part of the plane they show."""
    tag = re.search(r"<svg\b[^>]*>", svg, re.S)
    if not tag or "viewBox" in tag[0]:
        return svg
    units = {"mm": 3.78, "cm": 37.8, "in": 96, "pt": 4 / 3, "pc": 16}
    size = [re.search(rf'\b{k}\s*=\s*["\']\s*([0-9.]+)\s*(mm|cm|in|pt|pc|px)?\s*["\']', tag[0]) for k in ("width", "height")]
    if not all(size):
        return svg
    w, h = (float(m[1]) * units.get(m[2], 1) for m in size)
    fresh = re.sub(r'\b(width|height)\s*=\s*(".*?"|\'.*?\')', "", tag[0])
    return svg.replace(tag[0], fresh[:4] + f' width="{w}" height="{h}" viewBox="0 0 {w} {h}"' + fresh[4:])


def draw(kind, source):
    if kind == "raster":
        return Image.open(source)
    import resvg_py
    if kind == "file":
        source = open(source, errors="ignore").read()
        if len(source) > 500_000 or "<image" in source:
            return None
        source = with_view_box(source)
    return Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=source, width=SIDE + 40))))


def fit(im):
    """Cropped to its content, at most SIDE; None for what is no cut-out (empty, a full rectangle, mist)."""
    im = im.convert("RGBA")
    box = im.getchannel("A").point(lambda v: 255 if v > 16 else 0).getbbox()
    if not box:
        return None
    im = im.crop(box)
    if min(im.size) < 24 or max(im.size) / min(im.size) > 5:
        return None
    s = SIDE / max(im.size)
    if s < 1:
        im = im.resize((max(1, round(im.width * s)), max(1, round(im.height * s))), Image.LANCZOS)
    a = np.asarray(im)[..., 3]
    cover = (a > 128).mean()
    if not .12 < cover < .95 or ((a > 30) & (a < 225)).mean() / cover > .35:
        return None
    return im


def encode(im, quality=70):
    f = io.BytesIO()
    im.save(f, "webp", quality=quality, alpha_quality=50, method=4)  # a fine alpha would take 40 % of the bytes
    return f.getvalue()


def child(todo, at):
    for i in range(at.value, len(todo)):
        at.value = i
        signal.alarm(15)  # a drawing that hangs ends this process; the parent goes on behind it
        path, kind, source = todo[i]
        try:
            im = draw(kind, source)
            im = im and fit(im)
            data = encode(im) if im else b""
        except Exception:
            data = b""
        with open(path, "wb") as f:
            f.write(data)
    at.value = len(todo)


def render(todo, build, workers=2):
    """Draws what is not yet there into BUILD/drawn; drawings that hang or crash the renderer are left out."""
    todo = [(drawn(build, family, name), kind, source) for family, name, kind, source in todo]
    todo = [t for t in todo if not os.path.exists(t[0])]
    random.Random(5).shuffle(todo)  # any part of it is as varied as the whole
    for d in {os.path.dirname(t[0]) for t in todo}:
        os.makedirs(d, exist_ok=True)
    running = []
    for k in range(workers):
        at = Value(ctypes.c_int, 0)
        running.append([None, todo[k::workers], at])
    while any(at.value < len(part) for _, part, at in running):
        for r in running:
            if r[2].value < len(r[1]) and (r[0] is None or not r[0].is_alive()):
                r[2].value += r[0] is not None
                r[0] = Process(target=child, args=(r[1], r[2]))
                r[0].start()
        time.sleep(.5)


def drawn(build, family, name):
    return f"{build}/drawn/{family}/{name}.webp"


def chosen(build, todo, budget):
    """Cut-outs of all families, as many as fit: each kind gets its share of the bytes, by the order of a hash."""
    kinds = {}
    for family, name, kind, source in todo:
        path = drawn(build, family, name)
        if os.path.exists(path) and os.path.getsize(path):
            kinds.setdefault(family.split("-")[0], []).append((hash_of(f"{family}/{name}"), family, name, path))
    out = []
    for kind, entries in sorted(kinds.items(), key=lambda k: sum(os.path.getsize(e[3]) for e in k[1]) / src.SHARES.get(k[0], .03)):
        left = sum(src.SHARES.get(k, .03) for k in kinds if k not in {o[0].split("-")[0] for o in out})
        room = budget * src.SHARES.get(kind, .03) / left
        rank, seen = {}, {}
        for e in sorted(entries):  # the families of a kind by turns
            seen[e[1]] = rank[e] = seen.get(e[1], 0) + 1
        for _, family, name, path in sorted(entries, key=lambda e: (rank[e], e)):
            size = os.path.getsize(path)
            if size <= room and size < 16000:
                out.append((family, name, open(path, "rb").read()))
                room -= size
                budget -= size
    return sorted(out)


def from_white(im):
    """A thing photographed on white, cut out from it; None where the border is not white."""
    a = np.asarray(im.convert("RGB"))
    white = (a.min(2) > 236).astype(np.uint8)
    edge = np.concatenate([white[0], white[-1], white[:, 0], white[:, -1]])
    if edge.mean() < .93:
        return None
    _, labels = cv2.connectedComponents(white)
    outside = np.isin(labels, np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))) & (white > 0)
    alpha = cv2.GaussianBlur(cv2.erode((~outside * 255).astype(np.uint8), np.ones((3, 3))), (0, 0), .8)
    return Image.fromarray(np.dstack([a, alpha]))


def free_files(copyright_file):
    """Pictures that a Debian copyright file puts under public domain, CC0 or CC-BY."""
    for block in re.split(r"\n\s*\n", open(copyright_file).read()):
        files = re.search(r"^Files:(.*?)^Copyright:", block, re.S | re.M)
        licence = re.search(r"^License:\s*(\S+)", block, re.M)
        if files and licence and re.match(r"public-domain|CC0|CC-BY-[0-9]", licence[1]):
            yield from (f for f in files[1].split() if f.endswith((".png", ".jpg")))


def gcompris(build):
    """(name, picture) of its free photographs and cut-outs."""
    room, open_files = f"{build}/x/gcompris-qt-data", {}
    for path in free_files(f"{room}/usr/share/doc/gcompris-qt-data/copyright"):
        m = re.match(r"src/activities/(\w+)/resource/(.*)", path)
        rcc = m and f"{room}/usr/share/gcompris-qt/rcc/{m[1]}.rcc"
        if not rcc or not os.path.exists(rcc):
            continue
        if rcc not in open_files:
            open_files[rcc] = read_rcc(rcc)
        for name, data in open_files[rcc].items():
            if name.endswith("/" + m[2]) or os.path.splitext(name)[0].endswith("/" + os.path.splitext(m[2])[0]):
                try:
                    yield m[1] + "-" + os.path.basename(m[2]), Image.open(io.BytesIO(data))
                except Exception:
                    pass


def data_url(path):
    return base64.b64decode(open(path).read().split("base64,", 1)[1].split("'")[0].split('"')[0].split("`")[0])


def photographs(build):
    """(kind, name, RGB): kind photo or texture or matcap."""
    x = f"{build}/x"
    for stem in src.LOMIRI:
        p = glob.glob(f"{x}/lomiri-wallpapers-16.04/usr/share/backgrounds/**/{stem}*.jpg", recursive=True)[0]
        yield "photo", stem, Image.open(p)
    for n in src.SKIMAGE:
        yield "photo", "skimage-" + n[:-4], Image.open(f"{x}/scikit_image/skimage/data/{n}")
    for n in ("china", "flower"):
        yield "photo", "sklearn-" + n, Image.open(f"{x}/scikit_learn/sklearn/datasets/images/{n}.jpg")
    for p in sorted(glob.glob(f"{x}/mypaint-data-extras/usr/share/mypaint/backgrounds/*/*.png")):
        if "/ramon/" in p or "/mrmamurk/" in p:
            yield "texture", "paper-" + os.path.basename(p)[:-4], Image.open(p)
    room = f"{x}/npm/pmndrs-assets"
    for p in sorted(glob.glob(f"{room}/hdri/*.js")):
        name = os.path.basename(p).split(".")[0]
        hdr = cv2.imdecode(np.frombuffer(data_url(p), np.uint8), cv2.IMREAD_UNCHANGED)
        if hdr is None:
            continue
        hdr = np.maximum(hdr[..., 2::-1].astype(np.float32), 0)
        mapped = hdr / np.percentile(hdr, 88)
        yield "photo", "hdri-" + name, Image.fromarray((np.clip(mapped / (1 + mapped * .35), 0, 1) ** (1 / 2.2) * 255).astype(np.uint8))
    for p in sorted(glob.glob(f"{room}/matcaps/*.js")):
        yield "matcap", os.path.basename(p).split(".")[0], Image.open(io.BytesIO(data_url(p))).resize((96, 96), Image.LANCZOS)


def split(name):
    return "val" if int(hashlib.sha256(name.encode()).hexdigest(), 16) % 100 < 5 else "train"


def write_pack(path, entries):
    """entries: (family, name, bytes) -> one file and its index of [family, name, split, offset, length]."""
    index, at = [], 0
    with open(path, "wb") as f:
        for family, name, data in entries:
            f.write(data)
            index.append([family, name, split(f"{family}/{name}"), at, len(data)])
            at += len(data)
    json.dump(index, open(path[:-5] + ".json", "w"))
    return at


def fonts(build, pack):
    from fontTools import subset
    from fontTools.ttLib import TTCollection, TTFont
    os.makedirs(f"{pack}/fonts", exist_ok=True)
    opt = subset.Options()
    opt.layout_features, opt.hinting, opt.notdef_outline = ["kern", "liga"], False, True
    opt.name_IDs, opt.name_languages = [1, 2], [0x409]

    def keep(font, chars, to):
        s = subset.Subsetter(opt)
        s.populate(unicodes=chars)
        s.subset(font)
        font.save(to)
    latin = [*range(32, 127), *map(ord, "éèêüöäñçáíóßàâ—–•£€’“”…©")]
    for name in src.FONTS:
        room = f"{build}/x/npm/fontsource-{name}"
        if json.load(open(f"{room}/package.json"))["license"] not in ("OFL-1.1", "Apache-2.0"):
            continue
        weights = {int(f.rsplit("-", 2)[1]): f for f in glob.glob(f"{room}/files/{name}-latin-[0-9]*-normal.woff2")}
        wanted = [w for w in (400, 700, 900) if w in weights] or [min(weights)]
        if len(wanted) == 3 and hash_of(name) % 2:
            wanted.remove(700 if hash_of(name) % 4 == 1 else 900)
        files = [weights[w] for w in wanted]
        italic = f"{room}/files/{name}-latin-400-italic.woff2"
        if os.path.exists(italic) and hash_of(name) % 3 == 0:
            files.append(italic)
        for f in files:
            font = TTFont(f)
            font.flavor = None
            keep(font, latin, f"{pack}/fonts/{os.path.basename(f)[:-6]}.ttf")
    cjk = cjk_characters()
    for style, most in (("Sans", "Bold"), ("Sans", "Regular"), ("Serif", "Bold"), ("Serif", "Regular")):
        p = f"{build}/x/fonts-noto-cjk/usr/share/fonts/opentype/noto/Noto{style}CJK-{most}.ttc"
        if os.path.exists(p):
            font = next(f for f in TTCollection(p).fonts if "SC" in f["name"].getDebugName(1))
            keep(font, [*map(ord, cjk), *latin[:95]], f"{pack}/fonts/" + f"cjk-{style}-{most}.otf".lower())


def hash_of(name):
    return int(hashlib.sha256(name.encode()).hexdigest(), 16)


def cjk_characters():
    """1300 common hanzi (GB2312 level 1, evenly), kana and CJK marks."""
    hanzi = [bytes([hi, lo]).decode("gb2312", "ignore") for hi in range(0xB0, 0xD8) for lo in range(0xA1, 0xFF)]
    hanzi = [c for c in hanzi if c]
    random.Random(3).shuffle(hanzi)
    kana = [chr(c) for c in (*range(0x3042, 0x3094), *range(0x30A2, 0x30F4))]
    return sorted(hanzi[:1300]) + kana + list("。、！？「」・ー")


def manifest(build, path):
    rows = ["package\tversion\tlicence\twhere it says so\tsha256\twhat is taken"]

    def row(pattern, name, version, licence, where, what):
        found = glob.glob(pattern)
        digest = hashlib.sha256(open(found[0], "rb").read()).hexdigest() if found else "-"
        rows.append("\t".join([name, version, licence, where, digest, what]))
    for n, (v, licence, where, what) in src.DEBIAN.items():
        row(f"{build}/deb/{n}_*.deb", "deb " + n, v, licence, where, what)
    for n, (v, licence, where, what) in src.PYPI.items():
        row(f"{build}/pypi/{n.replace('-', '_')}-*.whl", "pypi " + n, v, licence, where, what)
    for n, (v, licence, where) in src.NPM.items():
        row(f"{build}/npm/{n[1:].replace('/', '-')}-*.tgz", "npm " + n, v, licence, where,
            "panoramas and matcaps" if "pmndrs" in n else "cut-outs without skin-tone variants")
    for n, (v, licence, most) in src.ICONS.items():
        row(f"{build}/npm/iconify-json-{n}-[0-9]*.tgz", "npm @iconify-json/" + n, v, licence, "info.json", f"at most {most} drawings")
    for n, (licence, count) in src.AVATARS.items():
        row(f"{build}/npm/dicebear-{n}-[0-9]*.tgz", "npm @dicebear/" + n, src.AVATAR_VERSION, licence, "LICENSE, part Design", f"{count} characters")
    for n in src.FONTS:
        info = json.load(open(f"{build}/x/npm/fontsource-{n}/package.json"))
        if info["license"] in ("OFL-1.1", "Apache-2.0"):
            row(f"{build}/npm/fontsource-{n}-[0-9]*.tgz", "npm @fontsource/" + n, info["version"], info["license"], "package.json", "latin letters")
    open(path, "w").write("\n".join(rows) + "\n")


def main(build, pack):
    os.makedirs(pack, exist_ok=True)
    download(build)
    draw_avatars(build)
    manifest(build, f"{HERE}/MANIFEST.tsv")
    open(f"{pack}/cjk.txt", "w").write("".join(cjk_characters()))
    if not os.path.exists(f"{pack}/fonts/cjk-serif-regular.otf"):
        fonts(build, pack)
    pictures, photos = [], []
    for name, im in gcompris(build):
        cut = im if im.mode in ("RGBA", "LA", "P") and im.convert("RGBA").getextrema()[3][0] < 9 else from_white(im)
        cut = cut and fit(cut)
        if cut:
            pictures.append(("photo", name, encode(cut, 86)))
        elif min(im.size) >= 200:
            photos.append(("photo", name, im))
    entries = []
    for kind, name, im in [*photographs(build), *photos]:
        im = im.convert("RGB")
        im.thumbnail((1024, 1024), Image.LANCZOS)
        entries.append((kind, name, encode(im, 90 if kind == "matcap" else 80)))
    print("photos MiB", write_pack(f"{pack}/photos.pack", entries) / 2 ** 20, len(entries), flush=True)
    todo = jobs(build)
    print(len(todo), "drawings", flush=True)
    if "packonly" not in sys.argv:
        render(todo, build)
    used = sum(os.path.getsize(p) for p in [f"{pack}/photos.pack", *glob.glob(f"{pack}/fonts/*")]) + sum(len(p[2]) for p in pictures)
    entries = sorted(pictures) + chosen(build, todo, BUDGET - used)
    print("cut-outs MiB", write_pack(f"{pack}/cutouts.pack", entries) / 2 ** 20, len(entries))
    with tarfile.open(pack.rstrip("/") + ".tar", "w") as tar:
        for name in ("cutouts.pack", "cutouts.json", "photos.pack", "photos.json", "cjk.txt", "fonts"):
            tar.add(f"{pack}/{name}", f"assets/{name}")
    print("tar MiB", os.path.getsize(pack.rstrip("/") + ".tar") / 2 ** 20)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
