"""What the network is told: a batch unpacked from bytes and augmented, and the losses over it.

All shapes are static and nothing waits for the GPU, so that the whole can be compiled. What concerns instances
is computed on a quarter of the half-size grid: of each 2x2 cell one pixel, drawn anew for every sample and step.
"""
import torch
import torch.nn.functional as F

from network import E

KMAX, COLUMNS = 28, 8
NONE = -1e4  # the logit of what cannot be
WEIGHTS = dict(classes=1.0, overlap=0.7, effect=0.7, heat=0.25, offset=0.3, owner=1.0, owner_iou=1.0,
               text=0.4, text_iou=0.4, amodal=0.5, amodal_iou=0.5, border=0.2)
PARTS = tuple(WEIGHTS)


def row_bytes(s):
    """Bytes of one sample: image, five maps, amodal bits, table."""
    return 8 * s * s + KMAX * (s // 4) * (s // 32) + KMAX * COLUMNS * 4


def unpack(rows, s):
    """(B, row_bytes) u8 -> dict of tensors; the image stays u8 here."""
    b, n, m = len(rows), s * s, KMAX * (s // 4) * (s // 32)
    maps = rows[:, 3 * n:8 * n].view(b, 5, s, s)
    bits = rows[:, 8 * n:8 * n + m].view(b, KMAX, s // 4, s // 32, 1)
    shift = torch.arange(7, -1, -1, device=rows.device, dtype=torch.uint8)
    return dict(image=rows[:, :3 * n].view(b, 3, s, s), maps=maps, amodal=((bits >> shift) & 1).view(b, KMAX, s // 4, s // 4),
                table=rows[:, 8 * n + m:8 * n + m + KMAX * COLUMNS * 4].contiguous().view(torch.float32).view(b, KMAX, COLUMNS))


def augment(batch):
    """Mirrored (seldom where there is text), channels swapped, colours and brightness changed."""
    image, table = batch["image"].float() / 255, batch["table"]
    b, s, dev = len(image), image.shape[3], image.device
    has_text = (table[..., 0] == 3).any(1)
    flip = torch.rand(b, device=dev) < torch.where(has_text, 0.1, 0.5)
    f4 = flip[:, None, None, None]
    turn = lambda x: torch.where(f4, x.flip(3), x)
    table = table.clone()
    table[..., 1] = torch.where(flip[:, None], s - 1 - table[..., 1], table[..., 1])
    order = torch.where((torch.rand(b, 1, device=dev) < 0.3), torch.rand(b, 3, device=dev).argsort(1), torch.arange(3, device=dev))
    image = torch.gather(image, 1, order[:, :, None, None].expand(-1, -1, s, s))
    grey = (torch.rand(b, 1, 1, 1, device=dev) < 0.04).float()
    image = image + grey * (image.mean(1, keepdim=True) - image)
    change = (torch.rand(b, 1, 1, 1, device=dev) < 0.6).float()
    gain = 1 + change * 0.15 * (2 * torch.rand(b, 3, 1, 1, device=dev) - 1)
    gamma = torch.exp(change * 0.3 * (2 * torch.rand(b, 1, 1, 1, device=dev) - 1))
    image = (image.clamp(1e-3, 1) ** gamma * gain + change * 0.06 * (2 * torch.rand(b, 1, 1, 1, device=dev) - 1)).clamp(0, 1)
    return dict(image=turn(image).contiguous(memory_format=torch.channels_last), maps=turn(batch["maps"]),
                amodal=turn(batch["amodal"]), table=table)


def pick(x, chosen):
    """Of each 2x2 cell of (B,C,h,w) the pixel that chosen (B,2,2) marks -> (B,C,h/2*w/2)."""
    b, c, h, w = x.shape
    return (x.reshape(b, c, h // 2, 2, w // 2, 2) * chosen[:, None, None, :, None, :]).sum((3, 5)).flatten(2)


def lookup(column, index):
    """Values of the table at instance numbers; 0 is nobody."""
    return torch.gather(F.pad(column, (1, 0)), 1, index)


def balanced(onehot):
    """Weights of pixels, so that small instances count: 1 / sqrt(area), their sum 1 in each sample."""
    count = onehot.sum(2)
    w = (onehot * count.clamp(min=6).rsqrt()[:, :, None]).sum(1)
    return w / w.sum(1, keepdim=True).clamp(min=1e-6), count


def iou_loss(p, target, rows):
    """1 - soft IoU of rows (B,K,N) that count, their mean."""
    inter = (p * target).sum(2)
    union = p.sum(2) + target.sum(2) - inter
    return ((1 - (inter + 1) / (union + 1)) * rows).sum() / rows.sum().clamp(min=1)


def centers(table, owner, q):
    """The cell at which each instance's kernel is read: its centre, or half of the time a neighbour on the instance."""
    b, dev = len(table), table.device
    x, y = ((table[..., i] / 4).round().long().clamp(0, q - 1) for i in (1, 2))
    reach = (table[..., 3:5] * 0.06 / 4).clamp(1, 4) * (torch.rand(b, KMAX, 1, device=dev) < 0.5)
    step = ((2 * torch.rand(b, KMAX, 2, device=dev) - 1) * reach).round().long()
    jx, jy = (x + step[..., 0]).clamp(0, q - 1), (y + step[..., 1]).clamp(0, q - 1)
    there = torch.gather(owner[:, ::4, ::4].reshape(b, -1).long(), 1, jy * q + jx)
    ok = (there == torch.arange(1, KMAX + 1, device=dev)) | ((table[..., 0] == 3) & (step.abs().amax(2) <= 1))
    return torch.where(ok, jx, x), torch.where(ok, jy, y)


def heat_loss(logits, table, kind, valid):
    """Penalty-reduced focal loss; one map for each kind of instance."""
    q = logits.shape[2]
    grid = torch.arange(q, device=logits.device, dtype=torch.float32)
    cx, cy = ((table[..., i] / 4).round().clamp(0, q - 1) for i in (1, 2))
    sx, sy = ((table[..., i] * 0.07 / 4).clamp(0.7, 5) for i in (3, 4))
    gx = torch.exp(-(grid - cx[..., None]) ** 2 / (2 * sx[..., None] ** 2))
    gy = torch.exp(-(grid - cy[..., None]) ** 2 / (2 * sy[..., None] ** 2))
    bump = gy[:, :, :, None] * gx[:, :, None, :]
    heat = torch.stack([(bump * ((kind == c) & valid)[:, :, None, None]).amax(1) for c in (1, 2, 3)], 1)
    pos, p = (heat > 0.9999).float(), torch.sigmoid(logits)
    loss = -F.logsigmoid(logits) * (1 - p) ** 2 * pos - F.logsigmoid(-logits) * p ** 2 * (1 - heat) ** 4 * (1 - pos)
    return loss.sum() / pos.sum().clamp(min=1)


def class_losses(logits, classes):
    """Cross entropy, more for text and at borders, and soft IoU of what is there."""
    edge = torch.zeros_like(classes, dtype=torch.bool)
    for d, axis in ((1, 1), (-1, 1), (1, 2), (-1, 2), (2, 1), (-2, 1), (2, 2), (-2, 2)):
        edge = edge | (classes != classes.roll(d, axis))
    onehot = torch.stack([(classes == c).float() for c in range(4)], 1)
    weight = onehot[:, 0] + 1.2 * onehot[:, 1] + 1.2 * onehot[:, 2] + 1.8 * onehot[:, 3]
    logp = F.log_softmax(logits, 1)
    ce = -((logp * onehot).sum(1) * weight * (1 + 1.5 * edge.float())).mean()
    p, t = logp[:, 1:].exp().flatten(2), onehot[:, 1:].flatten(2)
    return ce, iou_loss(p, t, (t.sum(2) > 20).float())


def border_target(owner):
    """Where two instances touch, at half size."""
    o = owner[:, ::2, ::2]
    hit = torch.zeros_like(o, dtype=torch.bool)
    for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1)):
        other = o.roll((dy, dx), (1, 2))
        hit = hit | ((o != other) & (o > 0) & (other > 0))
    return hit.float()


def losses(out, maps, amodal, table):
    """-> (total, parts in the order of PARTS); out may be bf16, all arithmetic here is f32."""
    out = {k: v.float() for k, v in out.items()}
    classes, owner, text, effect, effect_owner = maps.unbind(1)
    b, s, dev = len(maps), maps.shape[2], maps.device
    q = s // 4
    kind = table[..., 0].long()
    valid = (kind > 0) & (table[..., 6] > 0)
    solid, letters = valid & (kind < 3), valid & (kind == 3)
    L = {}
    L["classes"], L["overlap"] = class_losses(out["classes"], classes)

    alpha, e = effect[:, ::2, ::2].float() / 255, out["effect"][:, 0]
    weight = 1 + 4 * (alpha > 0.03).float()
    L["effect"] = ((F.binary_cross_entropy_with_logits(e, alpha, reduction="none") + (torch.sigmoid(e) - alpha).abs()) * weight).mean()
    L["heat"] = heat_loss(out["centers"], table, kind, valid)
    L["border"] = F.binary_cross_entropy_with_logits(out["border"][:, 0], border_target(owner), reduction="none")
    L["border"] = (L["border"] * (1 + 3 * border_target(owner))).mean()

    # the pixels that stand for their cells
    draw = torch.randint(0, 4, (b, 1), device=dev)
    chosen = (draw == torch.arange(4, device=dev)).view(b, 2, 2)
    grid = torch.arange(q, device=dev) * 4
    px = (grid[None, None, :] + 2 * (draw % 2)[:, :, None]).expand(b, q, q).reshape(b, -1) / 32
    py = (grid[None, :, None] + 2 * (draw // 2)[:, :, None]).expand(b, q, q).reshape(b, -1) / 32
    at = lambda m: pick(m[:, None, ::2, ::2].long(), chosen.long())[:, 0]
    own, txt, eff = at(owner), at(text), at(effect_owner)
    fchosen = chosen.float()
    offsets, embedding, ground = (pick(out[k], fchosen) for k in ("offsets", "embedding", "ground"))

    # kernels, read at centres
    jx, jy = centers(table, owner, q)
    cell = (jy * q + jx)[:, None, :]
    of_kind = torch.stack([kind == c for c in (1, 2, 3)], 1).float()
    read = lambda m, n: (torch.gather(m.flatten(2), 2, cell.expand(-1, n * E, -1)).view(b, n, E, KMAX) * of_kind[:, :n, None]).sum(1)
    visible, whole = (torch.bmm(read(out[k], n).transpose(1, 2), embedding) / 4 for k, n in (("kernels", 3), ("amodal_kernels", 2)))
    cx, cy = jx[..., None] / 8, jy[..., None] / 8  # in units of 32 px
    vote = lambda i: torch.sqrt((px + offsets[:, i])[:, None].sub(cx) ** 2 + (py + offsets[:, i + 1])[:, None].sub(cy) ** 2 + 0.01)
    numbers = torch.arange(KMAX + 1, device=dev)[None, :, None]

    # ownership with the text taken away
    logits = torch.where(solid[..., None], visible - 1.5 * vote(0), NONE)
    logp = F.log_softmax(torch.cat([ground, logits], 1), 1)
    real = F.pad(solid, (1, 0), value=True)
    target = ((own[:, None] == numbers) & real[..., None]).float()
    w, count = balanced(target)
    L["owner"] = -((logp * target).sum(1) * w).sum(1).mean()
    rows = (real & (count > 0)).float()
    L["owner_iou"] = iou_loss(logp.exp(), target, rows)

    # text instances, where there is text
    inked = (txt > 0).float()
    logp_text = F.log_softmax(torch.where(letters[..., None], visible - 1.5 * vote(2), NONE), 1)
    target_text = ((txt[:, None] == numbers[:, 1:]) & letters[..., None]).float()
    w_text, count_text = balanced(target_text)
    L["text"] = -((logp_text * target_text).sum(1) * w_text).sum(1).mean()
    L["text_iou"] = iou_loss(logp_text.exp() * inked[:, None], target_text, (letters & (count_text > 0)).float())

    # whole masks
    far = torch.sqrt((px[:, None] - cx) ** 2 + (py[:, None] - cy) ** 2 + 1e-4)
    la, mask = whole - 0.25 * far + 1, amodal.flatten(2).float()
    area = mask.sum(2, keepdim=True)
    wa = 1 + mask * ((q * q / area.clamp(min=1)).sqrt() - 1).clamp(0, 9) + 2 * mask * (own[:, None] != numbers[:, 1:]).float()
    bce = (F.binary_cross_entropy_with_logits(la, mask, reduction="none") * wa).sum(2) / wa.sum(2)
    rows = (solid & (area[..., 0] > 0)).float()
    L["amodal"] = (bce * rows).sum() / rows.sum().clamp(min=1)
    L["amodal_iou"] = iou_loss(torch.sigmoid(la), mask, rows)

    # offsets: to the owner, or where there is none to the owner of the effect; then to the text's centre
    who = torch.where(own > 0, own, eff)
    w_who, _ = balanced((who[:, None] == numbers[:, 1:]).float())
    L["offset"] = 0
    for i, index, weight in ((0, who, w_who), (2, txt, w_text)):
        dx = lookup(table[..., 1], index) / 32 - px - offsets[:, i]
        dy = lookup(table[..., 2], index) / 32 - py - offsets[:, i + 1]
        size = sum(F.smooth_l1_loss(d, torch.zeros_like(d), reduction="none", beta=0.1) for d in (dx, dy))
        L["offset"] = L["offset"] + (size * weight).sum(1).mean()
    return sum(WEIGHTS[k] * L[k] for k in PARTS), torch.stack([L[k] for k in PARTS]).detach()
