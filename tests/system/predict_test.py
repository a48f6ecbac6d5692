"""`nas predict` as a user starts it, on tiny networks that the tests export: every kind of answer, tiles against the
whole, exits, dropout, and what it refuses.

usage: predict_test.py BIN [unittest arguments]
"""

import csv
import json
import math
import pathlib
import struct
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import program  # noqa: E402
import tiny_training  # noqa: E402
from predict_files import difference, noise, read_npy, write_npy, write_png  # noqa: E402

TOLERANCE = 1e-5  # of max |a - b| / max |b|

MASKS = """space: masks
input: {channels: 1, size: [32, 32]}
parameters: {classes: 3}
network:
  - conv: {kernel: 3, channels: 6}
  - batch_norm
  - relu
  - as: fine
  - conv: {kernel: 3, stride: 2, channels: 8}
  - SQUEEZE
  - conv: {kernel: 5}
  - relu
  - dropout: {rate: 0.5}
  - conv_transpose: {kernel: 2, stride: 2, channels: 6, bias: true}
  - concat: [[identity], [{from: fine}]]
  - conv: {kernel: 3, channels: "${classes}", bias: true}
"""
# Linear upsampling by no power of two, of far positions.
RISE = """space: rise
input: {channels: 1, size: [33, 33]}
network:
  - conv: {kernel: 3, channels: 6, stride: 3}
  - tanh
  - upsample: {scale: 3, mode: linear}
  - conv: {kernel: 3, channels: 1, bias: true}
"""
PLAIN = MASKS.replace("SQUEEZE", "relu")
SQUEEZED = MASKS.replace(
    "SQUEEZE", "multiply: [[identity], [global_average_pool, {conv: {kernel: 1, bias: true}}, sigmoid]]")
EXITS = """space: exits
input: {channels: 1, size: [12, 12]}
parameters: {classes: 4}
network:
  - conv: {kernel: 3, channels: 6, stride: 2}
  - relu
  - output: {name: early, head: [global_average_pool, {linear: {units: "${classes}"}}]}
  - conv: {kernel: 3, channels: {choose: [8, 9]}}
  - relu
  - dropout: {rate: 0.5}
  - output: {name: helper, role: auxiliary, head: [global_average_pool, {linear: {units: "${classes}"}}]}
  - global_average_pool
  - linear: {units: "${classes}"}
"""
TABLE = """space: rows
input: {channels: 5}
network: [{linear: {units: 8}}, relu, {dropout: {rate: 0.5}}, {linear: {units: 2}}]
"""


class PredictTest(program.SystemTest):
    def export(self, space, experiment, to="model", *more):
        self.good("export", "--space", space, "--genotype", "", "--data", experiment, "--to", to, "--no-verify", *more)

    def masks_model(self, text=PLAIN, size=32, records=6):
        """A segmentation network with random weights, for bytes of one channel."""
        (self.folder / "set").mkdir(exist_ok=True)
        pixels = noise(records * size * size)
        write_npy(self.folder / "set/images.npy", (records, size, size), pixels)
        write_npy(self.folder / "set/masks.npy", (records, size, size), bytes(p % 3 for p in pixels))
        self.write("space.yaml", text)
        self.write("masks.yaml", "space: space.yaml\ndata: {set: arrays, task: segmentation, folder: set, inputs: images,"
                   " targets: [masks], validation: 2}\nobjectives: [{maximize: val_miou}]\nevaluations: 1\n"
                   "training: {batch_size: 2}\n")
        self.export("space.yaml", "masks.yaml")

    def exits_model(self, text=EXITS):
        """A classifier of tiny_training's four classes, from a run."""
        experiment = tiny_training.write_experiment(self.folder, evaluations=1, epochs=1, space=text)
        self.good("search", experiment, "--run", self.run_folder, "--set", "algorithm=random")
        self.good("export", self.run_folder, "--candidate", "0", "--to", "model", "--no-verify")

    def images(self, name="images.npy", count=240):
        data, labels = tiny_training.idx_files.pattern_images(count, 12, 4)
        write_npy(self.folder / name, (count, 12, 12), data)
        return data, labels

    def predict(self, *words):
        return self.good("predict", "model", *words).split()

    def table(self, name):
        with open(self.folder / name, newline="") as file:
            return list(csv.DictReader(file))

    def refused(self, message, *words):
        """It fails with this in its one message, and nothing is written."""
        before = self.listing()
        done = self.nas("predict", *words)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertIn(message, done.stderr)
        self.assertEqual(self.listing(), before)
        self.assertEqual([p.name for p in self.folder.rglob("*") if ".new-" in p.name], [])

    # Classes

    def test_classes_of_arrays_and_images(self):
        self.exits_model()
        data, labels = self.images()
        self.assertEqual(self.predict("images.npy", "--out", "classes.csv"), ["classes.csv"])
        rows = self.table("classes.csv")
        self.assertEqual(list(rows[0]), ["input", "record", "class", "confidence", *(f"probability.{c}" for c in range(4))])
        self.assertEqual([int(row["record"]) for row in rows], list(range(240)))
        for row in rows:
            shares = [float(row[f"probability.{c}"]) for c in range(4)]
            self.assertAlmostEqual(sum(shares), 1, places=5)
            self.assertEqual(int(row["class"]), shares.index(max(shares)))
            self.assertEqual(float(row["confidence"]), max(shares))
        write_png(self.folder / "one.png", 12, 12, data[5 * 144:6 * 144])
        self.predict("one.png", "images.npy", "--out", "both.json", "--batch", "7")
        both = json.loads((self.folder / "both.json").read_text())
        self.assertEqual(len(both), 241)
        for c in range(4):
            self.assertAlmostEqual(both[0]["probability"][str(c)], float(rows[5][f"probability.{c}"]), places=5)
            self.assertAlmostEqual(both[6]["probability"][str(c)], float(rows[5][f"probability.{c}"]), places=5)
        self.assertEqual((both[0]["input"], both[1]["input"]), ("one.png", "images.npy"))

    def test_what_training_did_to_the_data_is_done(self):
        """Bytes of mean m and deviation d become (x - m) / d; the experiment trains on all but 80 of 240."""
        self.exits_model()
        stored = json.loads((self.folder / "model/preprocessing.json").read_text())
        data, _ = self.images()
        mean = sum(data) / len(data)
        deviation = math.sqrt(sum((x - mean) ** 2 for x in data) / len(data))
        (scale,), (offset,) = stored["inputs"]["scale"], stored["inputs"]["offset"]
        self.assertAlmostEqual(1 / scale, deviation, delta=0.03 * deviation)
        self.assertAlmostEqual(-offset / scale, mean, delta=0.03 * mean)
        self.assertEqual((stored["task"], stored["element"], stored["classes"]), ("classification", "uint8", 4))

    def test_exits(self):
        self.exits_model()
        self.images(count=40)
        answers = {}

        def ask(name, *more):
            self.predict("images.npy", "--out", f"{name}.json", *more)
            answers[name] = json.loads((self.folder / f"{name}.json").read_text())

        ask("output")
        ask("early", "--exit", "early")
        confidences = sorted(row["confidence"] for row in answers["early"])
        middle = (confidences[19] + confidences[20]) / 2
        for name, confidence in (("sure", middle), ("hasty", 0.01), ("never", 1)):
            ask(name, "--confidence", str(confidence))
        self.assertNotEqual(answers["output"][0]["probability"], answers["early"][0]["probability"])
        taken = set()
        for record in range(40):
            sure = answers["sure"][record]
            early_is_sure = answers["early"][record]["confidence"] >= middle
            self.assertEqual(sure["exit"], "early" if early_is_sure else "output")
            taken.add(sure["exit"])
            for name, row in ((sure["exit"], sure), ("early", answers["hasty"][record]), ("output", answers["never"][record])):
                self.assertEqual(row["exit"], name)
                self.assertLess(difference(row["probability"].values(), answers[name][record]["probability"].values()), 1e-4)
        self.assertEqual(taken, {"early", "output"})
        self.refused("did you mean 'early'?", "model", "images.npy", "--out", "x.csv", "--exit", "eraly")
        self.refused("the network has early", "model", "images.npy", "--out", "x.csv", "--exit", "helper")
        self.refused("can't be combined", "model", "images.npy", "--out", "x.csv", "--exit", "early", "--confidence", "0.5")

    def test_dropout_says_how_unsure_it_is(self):
        self.exits_model()
        self.images(count=40)
        self.predict("images.npy", "--out", "a.csv", "--mc-dropout", "30")
        self.predict("images.npy", "--out", "b.csv", "--mc-dropout", "30")
        self.predict("images.npy", "--out", "c.csv", "--mc-dropout", "30", "--seed", "2")
        self.assertEqual(self.table("a.csv"), self.table("b.csv"))
        self.assertNotEqual(self.table("a.csv"), self.table("c.csv"))
        for row in self.table("a.csv"):
            shares = [float(row[f"probability.{c}"]) for c in range(4)]
            entropy = -sum(p * math.log(p) for p in shares if p > 0)
            self.assertAlmostEqual(float(row["entropy"]), entropy, places=4)
            self.assertGreater(float(row["mutual_information"]), 0)
            self.assertLess(float(row["mutual_information"]), entropy)

    # Numbers

    def test_numbers_of_a_table(self):
        rows = [(i, "ab"[i % 2], "" if i % 7 == 0 else i * 0.5, 3 * i + 1, 100 - i) for i in range(60)]
        head = "length,kind,width,price,age\n"
        text = head + "".join(",".join(map(str, row)) + "\n" for row in rows)
        self.write("rows.csv", text)
        self.write("space.yaml", TABLE)
        self.write("rows.yaml", "space: space.yaml\ndata: {set: table, task: regression, file: rows.csv, targets: [price, age],"
                   " validation: 10}\nobjectives: [{minimize: val_l1}]\nevaluations: 1\ntraining: {batch_size: 10}\n")
        self.export("space.yaml", "rows.yaml")
        self.predict("rows.csv", "--out", "prices.csv", "--mc-dropout", "5")
        prices = self.table("prices.csv")
        self.assertEqual(list(prices[0]), ["input", "record", "value.price", "value.age", "deviation.price", "deviation.age"])
        self.assertEqual(len(prices), 60)
        # Untrained: about the mean of the training rows, in units of the targets.
        mean = sum(float(row["value.price"]) for row in prices) / 60
        self.assertLess(abs(mean - 89.5), 60)
        # Other orders and columns that training did not have do not matter; targets may be absent.
        self.predict("rows.csv", "--out", "all.json")
        self.write("new.csv", "width,extra,kind,length\n" + "".join(f"{w},x,{k},{n}\n" for n, k, w, _, _ in rows))
        self.predict("new.csv", "--out", "new.json")
        one, two = (json.loads((self.folder / name).read_text()) for name in ("all.json", "new.json"))
        self.assertEqual([row["value"] for row in one], [row["value"] for row in two])
        self.write("bad.csv", "width,kind,length\n1,c,2\n")
        self.refused("bad.csv:2: 'c' in the column 'kind', expected one of a, b", "model", "bad.csv", "--out", "x.csv")
        self.write("bad.csv", "width,kind,lenght\n1,a,2\n")
        self.refused("no column 'length', did you mean 'lenght'?", "model", "bad.csv", "--out", "x.csv")
        self.write("bad.csv", "width,kind,length\n1,a,\n")
        self.refused("training had no gaps here", "model", "bad.csv", "--out", "x.csv")

    # Maps

    def test_tiles_are_the_whole(self):
        self.masks_model()
        write_npy(self.folder / "large.npy", (150, 170), noise(150 * 170))
        self.predict("large.npy", "--out", "whole.npy", "--probabilities")
        shape, whole = read_npy(self.folder / "whole.npy")
        self.assertEqual(shape, (3, 150, 170))
        for position in (0, 5000, 150 * 170 - 1):
            self.assertAlmostEqual(sum(whole[c * 150 * 170 + position] for c in range(3)), 1, places=5)
        for side in ("40", "64", "160"):
            done = self.nas("predict", "model", "large.npy", "--out", "tiles.npy", "--probabilities", "--tile", side, "--force")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stderr, r"inputs of 150x170 in \d+ tiles of \d+x\d+, halo 7x7")
            shape, tiles = read_npy(self.folder / "tiles.npy")
            self.assertEqual(shape, (3, 150, 170))
            self.assertLessEqual(difference(tiles, whole), TOLERANCE)
        done = self.nas("predict", "model", "large.npy", "--out", "tiles.npy", "--probabilities", "--memory", "1", "--force")
        self.assertIn("tiles of", done.stderr)
        self.assertLessEqual(difference(read_npy(self.folder / "tiles.npy")[1], whole), TOLERANCE)
        self.refused("hold nothing but the halo", "model", "large.npy", "--out", "x.npy", "--tile", "12")

    def test_masks_as_pictures(self):
        self.masks_model()
        pixels = noise(50 * 44)
        write_npy(self.folder / "cells.npy", (50, 44), pixels)
        write_png(self.folder / "cells.png", 44, 50, pixels)
        self.predict("cells.npy", "--out", "mask.npy")
        self.predict("cells.npy", "--out", "scores.npy", "--probabilities")
        self.assertEqual(self.predict("cells.png", "--out", "mask.png"), ["mask.png"])
        shape, mask = read_npy(self.folder / "mask.npy")
        self.assertEqual((shape, set(mask) <= {0, 1, 2}), ((50, 44), True))
        _, scores = read_npy(self.folder / "scores.npy")
        for position in range(50 * 44):
            shares = [scores[c * 50 * 44 + position] for c in range(3)]
            self.assertEqual(shares[mask[position]], max(shares))
        raw = (self.folder / "mask.png").read_bytes()
        width, height, depth, kind = struct.unpack(">IIBB", raw[16:26])
        self.assertEqual((width, height, depth, kind), (44, 50, 8, 3), "a palette")
        compressed = b""
        at = 8
        while at < len(raw):
            length, name = struct.unpack(">I4s", raw[at:at + 8])
            compressed += raw[at + 8:at + 8 + length] if name == b"IDAT" else b""
            at += 12 + length
        rows = zlib.decompress(compressed)
        filters = {rows[y * 45] for y in range(50)}
        if filters == {0}:
            self.assertEqual(b"".join(rows[y * 45 + 1:(y + 1) * 45] for y in range(50)), bytes(mask))
        self.predict("cells.png", "--out", "unsure.npy", "--mc-dropout", "4", "--tile", "36")
        self.assertEqual(read_npy(self.folder / "unsure.entropy.npy")[0], (50, 44))
        _, information = read_npy(self.folder / "unsure.mutual_information.npy")
        self.assertGreater(sum(information) / len(information), 0)

    def test_several_maps_at_once(self):
        self.masks_model()
        (self.folder / "out").mkdir()
        write_npy(self.folder / "a.npy", (2, 32, 32), noise(2048))
        write_png(self.folder / "b.png", 40, 36, noise(1440))
        files = self.predict("a.npy", "b.png", "--out", "out/{}-mask.npy")
        self.assertEqual(files, ["out/a-0-mask.npy", "out/a-1-mask.npy", "out/b-mask.npy"])
        self.assertEqual(read_npy(self.folder / files[2])[0], (36, 40))
        self.refused("one file for 2 maps", "model", "a.npy", "--out", "x.npy")
        self.refused("a-0-mask.npy exists, --force replaces it", "model", "a.npy", "--out", "out/{}-mask.npy")
        self.predict("a.npy", "--out", "out/{}-mask.npy", "--force")

    def test_tiles_of_linear_upsampling(self):
        self.masks_model(RISE, size=33)
        self.write("restore.yaml", "space: space.yaml\ndata: {set: arrays, task: restoration, folder: set, inputs: images,"
                   " noise: 0.1, validation: 2}\nobjectives: [{maximize: val_psnr}]\nevaluations: 1\n"
                   "training: {batch_size: 2}\n")
        self.export("space.yaml", "restore.yaml", "rise")
        write_npy(self.folder / "long.npy", (33, 4800), noise(33 * 4800))
        self.good("predict", "rise", "long.npy", "--out", "whole.npy")
        self.good("predict", "rise", "long.npy", "--out", "tiles.npy", "--tile", "600")
        self.assertLessEqual(difference(read_npy(self.folder / "tiles.npy")[1], read_npy(self.folder / "whole.npy")[1]),
                             2e-6)

    def test_restored_images(self):
        self.masks_model(PLAIN.replace('"${classes}"', "1"))
        self.write("restore.yaml", "space: space.yaml\ndata: {set: arrays, task: restoration, folder: set, inputs: images,"
                   " noise: 0.1, validation: 2}\nobjectives: [{maximize: val_psnr}]\nevaluations: 1\n"
                   "training: {batch_size: 2}\n")
        self.good("export", "--from", "model/architecture.yaml", "--data", "restore.yaml", "--to", "model", "--force", "--no-verify")
        write_png(self.folder / "noisy.png", 70, 66, noise(70 * 66))
        self.predict("noisy.png", "--out", "clean.npy")
        shape, clean = read_npy(self.folder / "clean.npy")
        self.assertEqual(shape, (1, 66, 70))
        mean = sum(clean) / len(clean)
        self.assertTrue(0 < mean < 255, mean)  # in units of bytes
        self.predict("noisy.png", "--out", "tiles.npy", "--tile", "48")
        self.assertLessEqual(difference(read_npy(self.folder / "tiles.npy")[1], clean), TOLERANCE)
        self.assertEqual(self.predict("noisy.png", "--out", "clean.png"), ["clean.png"])
        self.assertEqual(struct.unpack(">IIBB", (self.folder / "clean.png").read_bytes()[16:26]), (70, 66, 8, 0))

    def test_a_network_that_sees_everything_is_not_tiled(self):
        self.masks_model(SQUEEZED)
        write_npy(self.folder / "large.npy", (80, 80), noise(6400))
        self.refused("global_average_pool) reads the whole input", "model", "large.npy", "--out", "x.npy", "--tile", "48")
        self.predict("large.npy", "--out", "whole.npy", "--probabilities")
        self.predict("large.npy", "--out", "seams.npy", "--probabilities", "--tile", "48", "--accept-seams")
        apart = difference(read_npy(self.folder / "seams.npy")[1], read_npy(self.folder / "whole.npy")[1])
        self.assertGreater(apart, TOLERANCE)
        self.assertLess(apart, 0.2)

    # Bad input

    def test_what_does_not_fit_is_refused(self):
        self.masks_model()
        model, out = self.folder / "model", ["--out", "x.npy"]
        write_npy(self.folder / "good.npy", (32, 32), noise(1024))
        write_npy(self.folder / "three.npy", (2, 32, 32, 3), noise(6144))
        write_npy(self.folder / "floats.npy", (32, 32), [0.5] * 1024, "f")
        write_png(self.folder / "colour.png", 32, 32, noise(3072), colour=True)
        (self.folder / "broken.png").write_bytes((self.folder / "colour.png").read_bytes()[:-40])
        self.refused("there is no such file", "model", "nowhere.npy", *out)
        self.refused("the network takes 1 channel", "model", "three.npy", *out)
        self.refused("trained on bytes", "model", "floats.npy", *out)
        self.refused("a coloured image", "model", "colour.png", *out)
        self.refused("broken.png", "model", "broken.png", *out)
        self.refused("there is no directory", "model", "good.npy", "--out", "nowhere/x.npy")
        self.refused(".npy or .png files", "model", "good.npy", "--out", "x.csv")
        self.refused("only classes have one", "model", "good.npy", *out, "--confidence", "0.5")
        self.refused("has no exits", "model", "good.npy", *out, "--exit", "early")
        self.refused("no directory", "nowhere", "good.npy", *out)
        self.refused("no architecture.yaml", "set", "good.npy", *out)
        self.write("x.npy", "mine")
        self.refused("x.npy exists, --force", "model", "good.npy", *out)
        other = PLAIN.replace("channels: 8", "channels: 10")
        self.write("space.yaml", other)
        self.export("space.yaml", "masks.yaml", "other")
        (model / "model.safetensors").write_bytes((self.folder / "other/model.safetensors").read_bytes())
        self.refused("(10, 6, 3, 3), the architecture has F32 (8, 6, 3, 3)", "model", "good.npy", "--out", "y.npy")
        (model / "preprocessing.json").unlink()
        self.refused("no preprocessing.json", "model", "good.npy", "--out", "y.npy")

    def test_an_image_of_another_size_has_no_class(self):
        self.exits_model()
        write_npy(self.folder / "large.npy", (3, 20, 20), noise(1200))
        self.refused("1x20x20, the network takes 1x12x12", "model", "large.npy", "--out", "x.csv")


if __name__ == "__main__":
    program.main()
