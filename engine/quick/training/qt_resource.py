"""Reads a binary Qt resource file (.rcc, versions 1 to 3) into {path: bytes}."""
import struct, zlib


def read_rcc(path):
    b = open(path, "rb").read()
    magic, version, tree, data, names = struct.unpack(">4sIIII", b[:20])
    assert magic == b"qres"
    size = 14 if version < 2 else 22
    out = {}

    def name(at):
        n = struct.unpack(">H", b[names + at:names + at + 2])[0]
        return b[names + at + 6:names + at + 6 + 2 * n].decode("utf-16-be")

    def walk(i, prefix):
        at = tree + i * size
        own, flags = struct.unpack(">IH", b[at:at + 6])
        full = prefix + "/" + name(own) if i else ""
        if flags & 2:
            count, first = struct.unpack(">II", b[at + 6:at + 14])
            for k in range(first, first + count):
                walk(k, full)
            return
        offset = data + struct.unpack(">I", b[at + 10:at + 14])[0]
        length = struct.unpack(">I", b[offset:offset + 4])[0]
        body = b[offset + 4:offset + 4 + length]
        if flags & 1:
            body = zlib.decompress(body[4:])
        elif flags & 4:
            return  # zstd: not used by what is read here
        out[full] = body

    walk(0, "")
    return out
