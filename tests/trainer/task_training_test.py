"""nas-trainer on every task: what it reports, that it learns, and what it says of bad records.

usage: task_training_test.py NAS_TRAINER [unittest arguments]
"""

import array
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

from network_graph import Graph

PROGRAM = None
TYPES = {"|u1": "B", "<f4": "f", "<i8": "q"}
COMMON = {"train_loss", "val_loss", "train_seconds", "images_per_second", "peak_memory_bytes"}
TIMED = {"train_seconds", "images_per_second", "peak_memory_bytes"}
RECORDS, SIDE = 80, 8


def npy(kind, shape, values):
    """An array in NumPy's format, version 1."""
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + array.array(TYPES[kind], values).tobytes()


def squares(seed=1):
    """Grey images with a bright square somewhere, and its place."""
    draw = random.Random(seed)
    images, masks, places = [], [], []
    for _ in range(RECORDS):
        top, left = draw.randrange(SIDE - 2), draw.randrange(SIDE - 2)
        inside = [top <= i // SIDE < top + 3 and left <= i % SIDE < left + 3 for i in range(SIDE * SIDE)]
        images += [draw.randrange(60) + (150 if one else 0) for one in inside]
        masks += inside
        places.append((top, left))
    return images, masks, places


def head(units):
    graph = Graph(1, SIDE, SIDE)
    x = graph.add("relu", graph.add("batch_norm", graph.conv(0, 8)))
    graph.add("linear", graph.add("flatten", x), units=units, bias=True)
    return graph.json()


def same_size(channels):
    graph = Graph(1, SIDE, SIDE)
    x = graph.add("relu", graph.add("batch_norm", graph.conv(0, 8)))
    graph.conv(x, channels, bias=True)
    return graph.json()


class TaskTrainingTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        images, masks, places = squares()
        self.images = images
        self.write("images", "|u1", [RECORDS, SIDE, SIDE], images)
        self.write("masks", "|u1", [RECORDS, SIDE, SIDE], masks)
        self.write("halves", "<i8", [RECORDS], [int(top >= 3) for top, _ in places])
        self.write("labels", "|u1", [RECORDS, 2], [int(one >= 3) for place in places for one in place])
        self.write("numbers", "<f4", [RECORDS, 2], [100 + 10 * one for place in places for one in place])

    def write(self, name, kind, shape, values):
        (self.folder / f"{name}.npy").write_bytes(npy(kind, shape, values))

    def job(self, task, network, targets, training=None, data=None, **more):
        return {"id": 1, "seed": 3, "budget": 20, "network": network,
                "training": {"threads": 1, "batch_size": 16, "learning_rate": 0.05, "crop_padding": 0, "flip": False,
                             **(training or {})},
                "data": {"set": "arrays", "folder": str(self.folder), "task": task, "inputs": "images",
                         "targets": targets, "validation": 20, **(data or {})}, **more}

    def answers(self, *jobs):
        text = "".join(json.dumps(job) + "\n" for job in jobs)
        done = subprocess.run([PROGRAM], input=text, capture_output=True, text=True,
                              env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def metrics(self, job, *names):
        final = self.answers(job)[-1]
        self.assertIn("metrics", final, final)
        self.assertEqual(set(final["metrics"]), COMMON | {f"val_{name}" for name in names})
        return final["metrics"]

    def untimed(self, job):
        return [{k: v for k, v in a["metrics"].items() if k not in TIMED} for a in self.answers(job)]

    def test_classification(self):
        found = self.metrics(self.job("classification", head(2), ["halves"]), "accuracy", "top5", "balanced_accuracy",
                             "f1", "auc", "ece")
        self.assertGreater(found["val_auc"], 0.9)
        self.assertEqual(found["val_top5"], 1)

    def test_multi_label(self):
        found = self.metrics(self.job("multi_label", head(2), ["labels"]), "accuracy", "exact_match", "f1", "auc")
        self.assertGreater(found["val_auc"], 0.85)
        self.assertGreaterEqual(found["val_accuracy"], found["val_exact_match"])

    def test_segmentation(self):
        for loss in ("auto", "cross_entropy", "dice"):
            found = self.metrics(self.job("segmentation", same_size(2), ["masks"], {"loss": loss, "crop_padding": 1},
                                          budget=15),
                                 "accuracy", "miou", "dice")
            self.assertGreater(found["val_miou"], 0.9, loss)

    def test_regression(self):
        found = self.metrics(self.job("regression", head(2), ["numbers"], {"learning_rate": 0.02}), "l1", "mse", "r2")
        self.assertGreater(found["val_r2"], 0.5)
        # In the unit of the targets, 100 to 150: the normalised loss is about their variance smaller.
        self.assertGreater(found["val_mse"], 20 * found["val_loss"])

    def test_restoration(self):
        job = self.job("restoration", same_size(1), [], data={"noise": 0.2})
        found = self.metrics(job, "l1", "mse", "psnr", "ssim", "r2")
        # The noise itself: 10 log10(1 / 0.2^2).
        self.assertGreater(found["val_psnr"], 10 * math.log10(25) + 3)
        self.assertEqual(self.untimed(job), self.untimed(job))

    def test_reading_ahead_changes_nothing(self):
        training = {"crop_padding": 1, "flip": True, "quarter_turns": True, "colour_jitter": 0.2, "input_noise": 0.1,
                    "cutout": 2, "mixup": 0.4, "label_smoothing": 0.1, "class_weights": "balanced"}
        here = self.job("classification", head(2), ["halves"], training, budget=3)
        ahead = self.job("classification", head(2), ["halves"], training, {"resident_mib": 0, "reader_threads": 3},
                         budget=3)
        self.assertEqual(self.untimed(here), self.untimed(ahead))
        plain = self.job("classification", head(2), ["halves"], budget=3)
        self.assertNotEqual(self.untimed(here), self.untimed(plain))

    def test_goes_on_with_every_augmentation(self):
        training = {"crop_padding": 1, "flip": True, "quarter_turns": True, "colour_jitter": 0.2, "input_noise": 0.1,
                    "cutout": 2, "mixup": 0.4}
        data = {"resident_mib": 0, "reader_threads": 3}
        stage = lambda budget, **more: self.job("classification", head(2), ["halves"], training, data, budget=budget,
                                                full_budget=6, **more)
        first, second = str(self.folder / "first"), str(self.folder / "second")
        self.answers(stage(3, checkpoint=first))
        resumed = self.untimed(stage(6, checkpoint=second, continues=1, continue_from=first))
        self.assertEqual(resumed, self.untimed(stage(6)))

    def test_each_augmentation_changes_the_training_alone(self):
        plain = self.untimed(self.job("classification", head(2), ["halves"], budget=1))[1]
        for option in ({"flip": True}, {"quarter_turns": True}, {"colour_jitter": 0.5}, {"input_noise": 0.5},
                       {"cutout": 4}, {"mixup": 1.0}, {"class_weights": "balanced"}):
            changed = self.untimed(self.job("classification", head(2), ["halves"], option, budget=1))[1]
            self.assertNotEqual(changed["train_loss"], plain["train_loss"], option)

    def test_bad_records_are_said(self):
        numbers = [float(one) for one in self.images]
        numbers[5 * SIDE * SIDE] = math.nan
        self.write("broken", "<f4", [RECORDS, SIDE, SIDE], numbers)
        good = self.job("classification", head(2), ["halves"], budget=1)
        for resident in (0, 100):
            bad = self.job("classification", head(2), ["halves"], data={"inputs": "broken", "resident_mib": resident})
            answers = self.answers(bad, good)
            self.assertEqual(answers[0]["failure"], "invalid")
            self.assertIn("broken.npy: record 5", answers[0]["error"])
            self.assertIn("metrics", answers[-1])

    def test_networks_and_options_that_do_not_fit(self):
        cases = ((self.job("segmentation", same_size(3), ["masks"]), "2 classes"),
                 (self.job("segmentation", head(2), ["masks"]), "2x8x8"),
                 (self.job("regression", head(3), ["numbers"]), "2 numbers"),
                 (self.job("classification", head(2), ["halves"], {"batch_size": 61}), "60 training records"),
                 (self.job("classification", head(2), ["halves"], {"loss": "dice"}), "training.loss"),
                 (self.job("classification", head(2), ["halves"], {"time_shift": 1}), "training.time_shift"),
                 (self.job("classification", head(2), ["masks"]), "data.folder"),
                 (self.job("segmentation", same_size(2), ["labels"]), "at each position"))
        for job, word in cases:
            answer, = self.answers(job)
            self.assertEqual(answer["failure"], "invalid", answer)
            self.assertIn(word, answer["error"])


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
