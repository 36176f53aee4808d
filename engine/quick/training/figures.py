"""Objects: cut-outs in many guises, figures glued from parts, things that look photographed. Each is (rgb u8, alpha f32)."""
import math
import cv2
import numpy as np
import paint
import shapes


def warp(r, im, size, turn=None, flip=True):
    """Straight RGBA to long side `size`, mirrored and turned."""
    h, w = im.shape[:2]
    s = size / max(h, w)
    if flip and r.random() < .5:
        im = cv2.flip(im, 1)
    if s < .6:
        im = cv2.resize(im, (max(4, int(w * s)), max(4, int(h * s))), interpolation=cv2.INTER_AREA)
        h, w = im.shape[:2]
        s = size / max(h, w)
    if turn is None:
        turn = 0 if r.random() < .6 else r.choice([r.uniform(-25, 25), r.uniform(-25, 25), r.uniform(-180, 180)])
    ax = s * (r.uniform(.82, 1.22) if r.random() < .2 else 1)
    t = math.radians(turn)
    c, n = math.cos(t), math.sin(t)
    W, H = int(abs(w * ax * c) + abs(h * s * n)) + 4, int(abs(w * ax * n) + abs(h * s * c)) + 4
    m = np.float32([[ax * c, -s * n, 0], [ax * n, s * c, 0]])
    m[:, 2] = np.array([W / 2, H / 2]) - m[:, :2] @ np.array([w / 2, h / 2])
    out = cv2.warpAffine(im, m, (W, H), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    a = out[..., 3].astype(np.float32) / 255
    if s > 1.15:  # enlarged: the border is made as sharp as a real one
        a = np.clip((a - .5) * s + .5, 0, 1)
    rgb = np.ascontiguousarray(out[..., :3])
    if s > 1.3:
        rgb = cv2.addWeighted(rgb, 1.7, cv2.GaussianBlur(rgb, (0, 0), s * .7), -.7, 0)
    return rgb, a


def shade(r, assets, a, rgb=None):
    """Solid look: normals of an inflated silhouette looked up in a matcap, times the given colours."""
    h, w = a.shape
    f = 2 if max(h, w) > 160 else 1
    m = cv2.copyMakeBorder((a > .5).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    d = cv2.distanceTransform(m, cv2.DIST_L2, 3)[1:-1, 1:-1]
    reach = max(2., float(d.max()) * r.uniform(.4, 1.1))
    height = np.sqrt(np.maximum(0, 1 - np.square(1 - np.minimum(d / reach, 1)))) * reach
    if f > 1:
        height = cv2.resize(height, (w // f, h // f), interpolation=cv2.INTER_AREA)
    height = cv2.GaussianBlur(height, (0, 0), max(1., reach * .1 / f))
    gx, gy = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / (8 * f)), cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=1 / (8 * f))
    z = 1 / np.sqrt(1 + gx * gx + gy * gy)
    cap = assets.matcap(r)
    n = cap.shape[0] - 1
    lit = cap[np.clip((-gy * z * -.49 + .5) * n, 0, n).astype(np.int32), np.clip((-gx * z * .49 + .5) * n, 0, n).astype(np.int32)]
    if f > 1:
        lit = cv2.resize(lit, (w, h), interpolation=cv2.INTER_LINEAR)
    if rgb is None:
        return lit
    grey = cv2.cvtColor(lit, cv2.COLOR_RGB2GRAY).astype(np.float32)
    gain = (grey / max(40., float(grey[a > .5].mean() if (a > .5).any() else 128)))[..., None]
    return np.clip(rgb * np.clip(gain, .25, 1.9), 0, 255).astype(np.uint8)


def outline(r, rgb, a, width, c=None):
    """A rim round a thing (sticker, drawn contour) that belongs to it."""
    k = max(1, int(width))
    p = k + 2
    ap = cv2.copyMakeBorder(a, p, p, p, p, cv2.BORDER_CONSTANT)
    wide = cv2.GaussianBlur(cv2.dilate(ap, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * k + 1, 2 * k + 1))), (3, 3), 0)
    body = cv2.copyMakeBorder(rgb, p, p, p, p, cv2.BORDER_REPLICATE)
    c = (np.full(3, 255.) if r.random() < .7 else paint.colour(r)) if c is None else c
    return paint.over(paint.flat(c, *ap.shape), body, ap), np.maximum(wide, ap)


def glue(parts, gap=4):
    """[(rgb, alpha, x, y)] from below to above as one thing."""
    x0, y0 = min(int(p[2]) for p in parts) - gap, min(int(p[3]) for p in parts) - gap
    W = max(int(p[2]) + p[1].shape[1] for p in parts) + gap - x0
    H = max(int(p[3]) + p[1].shape[0] for p in parts) + gap - y0
    rgb, a = np.zeros((H, W, 3), np.uint8), np.zeros((H, W), np.float32)
    for c, m, x, y in parts:
        x, y = int(x) - x0, int(y) - y0
        to = slice(y, y + m.shape[0]), slice(x, x + m.shape[1])
        old = np.ascontiguousarray(a[to])
        new = m + old - m * old
        share = np.where(new > 1e-3, m / np.maximum(new, 1e-3), 1)
        c = c if np.ndim(c) == 3 else paint.flat(c, *m.shape)
        rgb[to] = paint.over(rgb[to], c, share.astype(np.float32))
        a[to] = new
    return rgb, a


def cloth(r, assets, h, w):
    m = r.random()
    if m < .55:
        return paint.flat(paint.colour(r), h, w)
    if m < .75:
        c = paint.colour(r)
        return paint.gradient(r, h, w, [c, paint.near(r, c, 60)])
    return paint.pattern(r, h, w) if m < .92 else paint.photo(r, assets, h, w, .5)


def limb(m, points, width):
    pts = np.round(np.array(points) * 16).astype(np.int32)
    cv2.polylines(m, [pts], False, 255, max(2, int(width)), cv2.LINE_AA, 4)
    for x, y in points:
        cv2.circle(m, (int(x * 16), int(y * 16)), int(width * 8), 255, -1, cv2.LINE_AA, 4)


SKIN = [(255, 219, 172), (241, 194, 125), (224, 172, 105), (198, 134, 66), (141, 85, 36), (92, 56, 30), (255, 205, 180), (250, 200, 60)]


def person(r, assets, size, heads=None):
    """Head, hair or hat, shirt, arms, trousers or skirt, shoes, perhaps a thing in hand: one figure of many colours."""
    H, head = size, size * r.uniform(.17, .34)
    W = int(H * r.uniform(.5, .8))
    cx, top = W / 2, head * .85
    body, legs = (H - top) * r.uniform(.4, .55), 0
    legs = H - top - body
    wide = H * r.uniform(.12, .22)
    skin = np.float32(r.choice(SKIN)) if r.random() < .85 else paint.colour(r)
    parts, fine = [], lambda: np.zeros((int(H), W), np.uint8)

    def add(m, c):
        parts.append((c, m.astype(np.float32) / 255, 0, 0))
    back = fine()
    arm = wide * r.uniform(.28, .5)
    for s in (-1, 1):
        e, hnd = r.uniform(-.5, 1.1), r.uniform(-.6, 1.2)
        elbow = (cx + s * wide * r.uniform(.9, 1.4), top + body * (.25 + .25 * e))
        hand = (cx + s * wide * r.uniform(.7, 1.9), top + body * (.3 + .5 * hnd))
        limb(back, [(cx + s * wide * .75, top + arm * .6), elbow, hand], arm)
        if s > 0:
            held = hand
    bare = fine()
    step, foot = wide * r.uniform(.1, .8), H - max(3, H * .03)
    leg = wide * r.uniform(.45, .8)
    for s in (-1, 1):
        limb(bare, [(cx + s * wide * .4, top + body), (cx + s * step, foot)], leg)
    add(bare, cloth(r, assets, int(H), W) if r.random() < .7 else skin)
    shoes = fine()
    for s in (-1, 1):
        cv2.ellipse(shoes, (int(cx + s * (step + leg * .15)), int(foot)), (int(leg * .7), max(2, int(H * .025))), 0, 0, 360, 255, -1, cv2.LINE_AA)
    add(shoes, paint.colour(r))
    add(back, cloth(r, assets, int(H), W) if r.random() < .6 else skin)
    trunk = fine()
    kind = r.random()
    hem = top + body * (1 if kind < .6 else r.uniform(1.1, 1.5))
    flare = wide * (r.uniform(.75, 1.05) if kind < .6 else r.uniform(1.2, 1.9))
    shapes.polygon(trunk, [(cx - wide * .4, top - 2), (cx + wide * .4, top - 2), (cx + wide, top + arm * .5), (cx + wide * r.uniform(.75, 1.), top + body * .6),
                           (cx + flare, hem), (cx - flare, hem), (cx - wide * r.uniform(.75, 1.), top + body * .6), (cx - wide, top + arm * .5)])
    add(trunk, cloth(r, assets, int(H), W))
    if r.random() < .4:  # belt, bag strap or tie
        band = fine()
        if r.random() < .5:
            cv2.rectangle(band, (0, int(top + body * .9)), (W, int(top + body * .97)), 255, -1)
        else:
            cv2.line(band, (int(cx - wide), int(top)), (int(cx + wide), int(top + body)), 255, max(2, int(wide * .2)), cv2.LINE_AA)
        add(np.minimum(band, trunk), paint.colour(r))
    if heads is None and r.random() < .6:
        heads = assets.heads
    if heads:
        rgb, a = warp(r, assets.cutout(r.choice(heads)), head * 1.5, r.uniform(-8, 8))
        parts.append((rgb, a, cx - a.shape[1] / 2, top + head * .25 - a.shape[0]))
    else:
        m, hair = fine(), fine()
        hy = top - head * .4
        style = r.random()
        if style < .75:
            cv2.ellipse(hair, (int(cx), int(hy - head * .08)), (int(head * .46), int(head * r.uniform(.46, .55))), 0, 180 if style < .4 else 0, 360, 255, -1, cv2.LINE_AA)
            if style > .6:
                cv2.rectangle(hair, (int(cx - head * .45), int(hy)), (int(cx + head * .45), int(hy + head * r.uniform(.3, .9))), 255, -1)
            add(hair, paint.colour(r) * .6)
        cv2.ellipse(m, (int(cx), int(hy)), (int(head * .4), int(head * .46)), 0, 0, 360, 255, -1, cv2.LINE_AA)
        add(m, skin)
        if r.random() < .8:
            face = fine()
            for s in (-1, 1):
                cv2.circle(face, (int(cx + s * head * .15), int(hy)), max(1, int(head * .05)), 255, -1, cv2.LINE_AA)
            cv2.ellipse(face, (int(cx), int(hy + head * .15)), (max(1, int(head * .12)), max(1, int(head * .07))), 0, 0, 180, 255, max(1, int(head * .04)), cv2.LINE_AA)
            add(face, np.zeros(3))
        if r.random() < .4:
            hat = fine()
            hw, hh = head * r.uniform(.4, .7), head * r.uniform(.2, .6)
            if r.random() < .5:
                shapes.polygon(hat, [(cx - hw, hy - head * .2), (cx, hy - head * .2 - hh * 1.4), (cx + hw, hy - head * .2)])
            else:
                cv2.rectangle(hat, (int(cx - hw * .6), int(hy - head * .2 - hh)), (int(cx + hw * .6), int(hy - head * .2)), 255, -1)
                cv2.rectangle(hat, (int(cx - hw), int(hy - head * .26)), (int(cx + hw), int(hy - head * .18)), 255, -1)
            add(hat, paint.colour(r))
    if r.random() < .35:
        rgb, a = warp(r, assets.cutout(assets.pick(r)), size * r.uniform(.15, .4))
        thing = (rgb, a, held[0] - a.shape[1] / 2, held[1] - a.shape[0] / 2)
        parts.insert(r.choice([0, len(parts)]), thing)
    rgb, a = glue(parts)
    if r.random() < .2:
        both = shapes.turned(np.dstack([rgb, (a * 255).astype(np.uint8)]), r.uniform(-20, 20))
        rgb, a = np.ascontiguousarray(both[..., :3]), both[..., 3].astype(np.float32) / 255
    if r.random() < .25:
        rgb, a = outline(r, rgb, a, max(1, size * .008), np.zeros(3) + r.randrange(50))
    elif r.random() < .2:
        rgb = shade(r, assets, a, rgb)
    return rgb, a


def contraption(r, assets, size):
    """Random symmetric or stacked parts of many colours: robots, vases, vehicles, toys."""
    n, parts = r.randrange(3, 8), []
    mirrored = r.random() < .6
    y, x = 0., 0.
    sideways = r.random() < .3
    ink = np.float32([r.randrange(60)] * 3) if r.random() < .3 else None
    base = paint.colour(r)
    for i in range(n):
        w, h = size * r.uniform(.2, .75), size * r.uniform(.12, .45)
        kind = r.choice(["round", "ellipse", "round", "rect", "polygon", "blob", "pill", "star", "arrow"])
        if sideways:
            w, h = h, w
        m = shapes.mask(r, max(8, int(h)), max(8, int(w)), kind)
        c = cloth(r, assets, *m.shape) if r.random() < .75 else paint.flat(paint.near(r, base, 40), *m.shape)
        if ink is not None:
            c, m = outline(r, c, m, max(1, size * .01), ink)
        px, py = (x, -m.shape[0] / 2) if sideways else (-m.shape[1] / 2, y)
        if i and r.random() < .4:  # a pair of small ones: wheels, ears, arms
            d = size * r.uniform(.1, .35)
            k = cv2.resize(m, None, fx=.5, fy=.5, interpolation=cv2.INTER_AREA)
            ck = cv2.resize(c, (k.shape[1], k.shape[0]), interpolation=cv2.INTER_AREA)
            oy = (y - k.shape[0] * .6) if not sideways else 0
            ox = 0 if not sideways else x - k.shape[1] * .6
            pairs = [(-d, 0), (d, 0)] if not sideways else [(0, -d), (0, d)]
            for dx, dy in pairs if mirrored else pairs[:1]:
                parts.insert(r.choice([0, len(parts)]), (ck, k, ox + dx - k.shape[1] / 2, oy + dy - (k.shape[0] / 2 if sideways else 0)))
        parts.append((c, m, px, py))
        y += m.shape[0] * r.uniform(.5, .85)
        x += m.shape[1] * r.uniform(.5, .85)
    if r.random() < .4:
        parts.reverse()
    rgb, a = glue(parts)
    s = size / max(a.shape)
    rgb, a = cv2.resize(rgb, None, fx=s, fy=s, interpolation=cv2.INTER_AREA), cv2.resize(a, None, fx=s, fy=s, interpolation=cv2.INTER_AREA)
    if (n_parts := cv2.connectedComponents((a > .5).astype(np.uint8))[0]) > 2 and n_parts > 0:
        labels = cv2.connectedComponentsWithStats((a > .5).astype(np.uint8))
        keep = 1 + int(labels[2][1:, 4].argmax())
        a = a * cv2.dilate((labels[1] == keep).astype(np.float32), np.ones((3, 3)))
    return (shade(r, assets, a, rgb) if r.random() < .3 else rgb), a


def natural(r, assets, size):
    """Fruit, leaf, stone, vegetable, gourd: soft outlines with a photographic or matcap surface."""
    n = 128
    t = np.linspace(0, 2 * math.pi, n, endpoint=False)
    kind = r.random()
    if kind < .4:
        rad = 1 + sum(r.uniform(-.14, .14) * np.sin(k * t + r.uniform(0, 6)) for k in range(1, 5))
    elif kind < .6:
        q = r.randrange(3, 9)
        rad = 1 + r.uniform(.1, .6) * np.sin(q * t)
    else:  # leaf or drop
        rad = .25 + .75 * np.abs(np.cos(t / 2)) ** r.uniform(.5, 2)
    if r.random() < .25:
        rad = rad * (1 + r.uniform(.02, .08) * np.sin(r.randrange(20, 60) * t))
    x, y = rad * np.cos(t), rad * np.sin(t) * r.uniform(.4, 1.)
    a0 = r.uniform(0, 6.28)
    p = np.stack([x * math.cos(a0) - y * math.sin(a0), x * math.sin(a0) + y * math.cos(a0)], -1)
    p -= p.min(0)
    p *= (size - 6) / p.max()
    w, h = (p.max(0) + 6).astype(int)
    m = np.zeros((max(h, 8), max(w, 8)), np.uint8)
    shapes.polygon(m, p + 3)
    a = m.astype(np.float32) / 255
    q = r.random()
    surface = paint.photo(r, assets, *a.shape, .3) if q < .55 else paint.mapped(paint.noise(r, *a.shape), [paint.colour(r), paint.colour(r)]) if q < .75 else None
    rgb = shade(r, assets, a, surface)
    if r.random() < .3:
        rgb = paint.jitter(r, rgb)
    if r.random() < .4:
        rgb, a = glue([(rgb, a, 0, 0), with_stem(r, assets, size, a)][::r.choice([1, -1])])
    return rgb, a


def with_stem(r, assets, size, a):
    rgb, m = warp(r, assets.cutout(assets.pick(r)), size * r.uniform(.2, .45)) if r.random() < .5 else (None, None)
    if m is None:
        m = np.zeros((int(size * .3), int(size * .2) + 4), np.uint8)
        limb(m, [(m.shape[1] * .5, m.shape[0] * .9), (m.shape[1] * r.uniform(.3, .7), m.shape[0] * .2)], max(3, size * .03))
        m = m.astype(np.float32) / 255
        rgb = paint.flat(paint.colour(r) * .7, *m.shape)
    ys, xs = np.nonzero(a > .5)
    i = int(np.argmin(ys + np.abs(xs - a.shape[1] / 2) * .3)) if len(ys) else 0
    return rgb, m, xs[i] - m.shape[1] / 2, ys[i] - m.shape[0] * .7


def picture_card(r, assets, size):
    """A photograph in a frame, circle or polaroid."""
    h, w = int(size * r.uniform(.5, 1)), int(size)
    if r.random() < .5:
        h, w = w, h
    kind = r.choice(["round", "rect", "rect", "circle", "ellipse", "round", "polygon", "blob", "torn"])
    if kind == "circle":
        h = w = int(size * .9)
    a = shapes.mask(r, h, w, kind)
    rgb = paint.photo(r, assets, h, w, .05, True)
    if r.random() < .4:
        e = max(2, int(size * r.uniform(.015, .05)))
        inner = cv2.erode(cv2.copyMakeBorder(a, 1, 1, 1, 1, cv2.BORDER_CONSTANT), np.ones((2 * e + 1, 2 * e + 1)))[1:-1, 1:-1]
        if kind == "rect" and r.random() < .3:
            inner[int(h * .82):] = 0
        rgb = paint.over(paint.flat(paint.colour(r) if r.random() < .4 else [250] * 3, h, w), rgb, np.ascontiguousarray(inner))
    if r.random() < .3:
        both = shapes.turned(np.dstack([rgb, (a * 255).astype(np.uint8)]), r.uniform(-15, 15))
        rgb, a = np.ascontiguousarray(both[..., :3]), both[..., 3].astype(np.float32) / 255
    return rgb, a


def pixelated(r, rgb, a, size):
    """The sprite look: few cells of few colours, enlarged without smoothing."""
    n = r.randrange(12, 44)
    s = n / max(a.shape)
    w, h = max(4, int(a.shape[1] * s)), max(4, int(a.shape[0] * s))
    q = r.choice([16, 32, 48])
    small = (cv2.resize(rgb, (w, h), interpolation=cv2.INTER_AREA).astype(np.int32) // q * q + q // 2).clip(0, 255).astype(np.uint8)
    m = (cv2.resize(a, (w, h), interpolation=cv2.INTER_AREA) > .5).astype(np.uint8)
    k = max(1, round(size / n))
    if r.random() < .4:
        small[cv2.morphologyEx(m, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) * m > 0] = 16
    big = lambda v: cv2.resize(v, (w * k, h * k), interpolation=cv2.INTER_NEAREST)
    return big(small), cv2.copyMakeBorder(big(m).astype(np.float32), 0, 0, 0, 0, cv2.BORDER_CONSTANT)


def frayed(r, a):
    """A soft or furry outline."""
    k = max(1., max(a.shape) * r.uniform(.006, .02))
    if r.random() < .35:
        return np.minimum(1, cv2.GaussianBlur(a, (0, 0), min(k, 2.5)) * a * 1.4)
    rough = paint.noise(r, *a.shape, 2, max(8, min(a.shape) // 4))
    return np.clip((cv2.GaussianBlur(a, (0, 0), k) - .5 + (rough - .5) * r.uniform(.3, .9)) * k * 1.2 + .5, 0, 1) * cv2.dilate(a, np.ones((3, 3)))


def coated(r, assets, rgb, a):
    """Fur, skin, rust, glaze: patches of a few near colours, a fine texture, and light as on a solid."""
    h, w = a.shape
    c = paint.colour(r)
    stops = [paint.near(r, c, r.choice([20, 45, 90])) for _ in range(r.randrange(2, 5))]
    coat = paint.mapped(paint.noise(r, h, w, r.randrange(2, 5), r.randrange(2, 8)), stops)
    if r.random() < .6:
        t = cv2.cvtColor(paint.photo(r, assets, h, w, .7), cv2.COLOR_RGB2GRAY).astype(np.float32)
        coat = np.clip(coat * (1 + r.uniform(.2, .8) * (t / max(30., float(t.mean())) - 1))[..., None], 0, 255).astype(np.uint8)
    keep = r.choice([0, .2, .45, .7])  # of the drawing below
    return shade(r, assets, a, cv2.addWeighted(coat, 1 - keep, rgb, keep, 0))


def dressed(r, assets, rgb, a, size):
    """One more look over a thing: recoloured, filled, drawn, photographed, rimmed."""
    m = r.random()
    if m < .13:
        rgb = paint.recolour(r, rgb)
    elif m < .48:
        rgb = paint.jitter(r, rgb)
    m = r.random()
    if m < .09:  # silhouette filled with a picture, shaded
        t = paint.texture(r, assets, *a.shape)
        rgb = shade(r, assets, a, t) if r.random() < .6 else cv2.addWeighted(t, f := r.uniform(.6, 1), rgb, 1 - f, 0)
    elif m < .115:
        rgb = shade(r, assets, a)
    elif m < .155:
        rgb = shade(r, assets, a, rgb)
    elif m < .175:
        rgb = paint.flat(paint.colour(r), *a.shape)
    elif m < .2:
        rgb = cv2.cvtColor(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        rgb = cv2.LUT(rgb, paint.lut([paint.colour(r) * .4, paint.near(r, [220] * 3, 35)])[None]) if r.random() < .5 else rgb
    elif m < .24:
        rgb = paint.grain(r, rgb, r.uniform(3, 12))
    elif m < .27:  # light from a side
        g = np.linspace(r.uniform(.4, .9), r.uniform(1, 1.5), a.shape[r.randrange(2)], dtype=np.float32)
        g = (g[:, None] if len(g) == a.shape[0] else g[None])[..., None]
        rgb = np.clip(rgb * g, 0, 255).astype(np.uint8)
    elif m < .31:
        rgb, a = pixelated(r, rgb, a, size)
    elif m < .35:
        rgb, a = outline(r, rgb, a, size * r.uniform(.006, .02), np.full(3, float(r.randrange(60))))
    elif m < .39 and size > 40:
        a = frayed(r, a)
    elif m < .5:
        rgb = coated(r, assets, rgb, a)
    if r.random() < .08:
        rgb, a = outline(r, rgb, a, size * r.uniform(.015, .05))
    return rgb, a


def figure(r, assets, size, index=None, turn=None):
    """One object of the given size; with an index, that cut-out."""
    m = r.random() if index is None else .5 + r.random() / 2
    if m < .09:
        return person(r, assets, size)
    if m < .13:
        return contraption(r, assets, size)
    if m < .18:
        return natural(r, assets, size)
    if m < .21:
        return picture_card(r, assets, size)
    if m < .27:  # two or three things glued to one
        rgb, a = warp(r, assets.cutout(assets.pick(r)), size * r.uniform(.6, .85), turn)
        parts = [(rgb, a, 0, 0)]
        for _ in range(r.choice([1, 1, 2])):
            ys, xs = np.nonzero(a[::4, ::4] > .5)
            if not len(ys):
                break
            i = r.randrange(len(ys))
            c, b = warp(r, assets.cutout(assets.pick(r)), size * r.uniform(.3, .65), turn)
            parts.insert(r.choice([0, len(parts), len(parts)]), (c, b, xs[i] * 4 - b.shape[1] / 2, ys[i] * 4 - b.shape[0] / 2))
        rgb, a = glue(parts)
        return dressed(r, assets, rgb, a, size) if r.random() < .3 else (rgb, a)
    rgb, a = warp(r, assets.cutout(assets.pick(r) if index is None else index), size, turn)
    return dressed(r, assets, rgb, a, size)
