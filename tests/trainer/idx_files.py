"""Writes small data sets in the IDX format, for tests."""

import gzip
import struct
import zlib


def pattern_images(count, size, classes, seed=0, channels=None):
    """Images whose class is visible (a bright stripe at a row of its own) under noise, and labels."""
    state = seed
    images = bytearray()
    labels = bytearray()
    for i in range(count):
        label = i % classes
        labels.append(label)
        bright = label * size // classes
        for _ in range(channels or 1):
            for row in range(size):
                state = zlib.crc32(struct.pack("<II", i, row), state)
                noise = state.to_bytes(4, "little") * (size // 4 + 1)
                images += bytes(min(255, (noise[x] >> 2) + (180 if row == bright else 0)) for x in range(size))
    return bytes(images), bytes(labels)


def idx_bytes(sizes, data):
    return struct.pack(">BBBB", 0, 0, 8, len(sizes)) + b"".join(struct.pack(">I", s) for s in sizes) + data


def write_set(folder, count=200, size=12, classes=4, channels=None, compress=True, seed=0):
    images, labels = pattern_images(count, size, classes, seed, channels)
    sizes = [count, size, size] if channels is None else [count, channels, size, size]
    files = {"train-images-idx3-ubyte": idx_bytes(sizes, images), "train-labels-idx1-ubyte": idx_bytes([count], labels)}
    for name, content in files.items():
        if compress:
            (folder / (name + ".gz")).write_bytes(gzip.compress(content, 6, mtime=0))
        else:
            (folder / name).write_bytes(content)
