"""Inputs and answers of `nas predict` for its tests: arrays and pictures, without packages."""

import array
import struct
import zlib


def write_npy(path, shape, numbers, code="B"):
    kind = {"B": "|u1", "f": "<f4"}[code]
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() +
                     array.array(code, numbers).tobytes())


def read_npy(path):
    """(shape, numbers)"""
    raw = path.read_bytes()
    assert raw[:8] == b"\x93NUMPY\x01\x00", raw[:8]
    end = 10 + struct.unpack("<H", raw[8:10])[0]
    header = eval(raw[10:end])  # what numpy does too
    numbers = array.array({"|u1": "B", "<f4": "f"}[header["descr"]])
    numbers.frombytes(raw[end:])
    return header["shape"], numbers


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_png(path, width, height, pixels, colour=False):
    step = width * (3 if colour else 1)
    rows = b"".join(b"\0" + pixels[y * step:(y + 1) * step] for y in range(height))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" +
                     png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2 if colour else 0, 0, 0, 0)) +
                     png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b""))


def noise(count, seed=1):
    """Bytes."""
    out = bytearray()
    state = seed
    while len(out) < count:
        state = zlib.crc32(struct.pack("<I", state), state)
        out += struct.pack("<I", state)
    return bytes(out[:count])


def difference(a, b):
    return max(abs(x - y) for x, y in zip(a, b, strict=True)) / max(abs(y) for y in b)
