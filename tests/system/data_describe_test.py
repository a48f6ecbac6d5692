"""nas data describe: what it says of small sets, and the picture that it writes."""

import json
import pathlib
import struct
import sys
import zlib

import program

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "trainer"))
import idx_files  # noqa: E402


def png_pixels(file):
    """Width, height and rows of RGB bytes; of PNG files without interlacing."""
    data = file.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, colour = struct.unpack(">IIBB", data[16:26])
    assert (depth, colour) == (8, 2), (depth, colour)
    packed, at = b"", 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IDAT":
            packed += data[at + 8:at + 8 + length]
        at += 12 + length
    raw, stride, rows, above = zlib.decompress(packed), 3 * width, [], bytes(3 * width)
    for y in range(height):
        kind, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left, up, corner = line[i - 3] if i >= 3 else 0, above[i], above[i - 3] if i >= 3 else 0
            guess = left + up - corner
            paeth = min((left, up, corner), key=lambda v: abs(guess - v))
            line[i] = (line[i] + (0, left, up, (left + up) // 2, paeth)[kind]) % 256
        rows.append(bytes(line))
        above = rows[-1]
    return width, height, rows


class DataDescribeTest(program.SystemTest):
    def setUp(self):
        super().setUp()
        self.images = self.folder / "images"
        self.images.mkdir()
        idx_files.write_set(self.images, 60, 12, 3)
        (self.folder / "images.yaml").write_text(
            "space: nas_bench_201\ndata: {set: idx, folder: images, train: 40, validation: 10}\n"
            "training: {batch_size: 20}\n")
        (self.folder / "rows.csv").write_text("x,colour,kind\n" + "1,red,a\n,blue,b\n3,red,b\n" * 10)
        (self.folder / "rows.yaml").write_text(
            "space: mlp_tabular\ndata: {set: table, file: rows.csv}\ntraining: {batch_size: 8}\n")

    def describe(self, name, *more):
        return self.good("data", "describe", self.folder / name, *more)

    def bad(self, *words):
        """Standard error of what must fail."""
        done = self.nas("data", "describe", *words)
        self.assertEqual(done.returncode, 1, done.stdout)
        return done.stderr

    def test_sizes_classes_and_balance(self):
        text = self.describe("images.yaml")
        for part in ("1x12x12", "60: 40 for training, 10 for validation", "classification"):
            self.assertIn(part, text)
        rows = [line.split() for line in text.splitlines() if line.startswith("  ") and "%" in line]
        self.assertEqual([row[0] for row in rows], ["0", "1", "2"])
        self.assertEqual(sum(int(row[1]) for row in rows), 40)
        self.assertEqual(sum(int(row[2]) for row in rows), 10)

    def test_json(self):
        found = json.loads(self.describe("rows.yaml", "--json"))
        self.assertEqual((found["records"], found["train"], found["validation"]), (30, 24, 6))
        self.assertEqual([one["class"] for one in found["balance"]], ["a", "b"])
        self.assertEqual(found["input"], "4")  # x, whether it is missing, blue, red
        self.assertEqual(json.loads(self.describe("images.yaml", "--json", "--set", "data.train=30"))["train"], 30)

    def test_the_picture_shows_training_images_by_class(self):
        picture = self.folder / "samples.png"
        text = self.describe("images.yaml", "--picture", picture, "--samples", "5")
        self.assertIn("3 rows of 5", text)
        width, height, rows = png_pixels(picture)
        side, gap = 96, 4  # 12 pixels, each eight times as large
        self.assertEqual((width, height), (5 * (side + gap) + gap, 3 * (side + gap) + gap))
        images, labels = idx_files.pattern_images(60, 12, 3)
        known = {images[144 * i:144 * (i + 1)]: labels[i] for i in range(60)}
        for row in range(3):
            for column in range(5):
                left, top = gap + column * (side + gap), gap + row * (side + gap)
                tile = bytes(rows[top + 8 * y + 3][3 * (left + 8 * x + 3)] for y in range(12) for x in range(12))
                self.assertEqual(known[tile], row)

    def test_tables_have_a_picture_too(self):
        picture = self.folder / "rows.png"
        self.describe("rows.yaml", "--picture", picture)
        width, height, rows = png_pixels(picture)
        self.assertTrue(any(row.count(b"\x1f\x4e\x8c") > 0 for row in rows), "bars")

    def test_what_can_not_be_described(self):
        images = self.folder / "images.yaml"
        self.assertIn("data.folder", self.bad(images, "--set", "data.folder=/nowhere"))
        self.assertIn("can't be written", self.bad(images, "--picture", self.folder / "no" / "such.png"))
        self.assertIn("--samples", self.bad(images, "--samples", "0"))


if __name__ == "__main__":
    program.main()
