"""What nas-trainer does beside the steps: trainings that end by themselves (converged, or without hope), steps that are
passed over, averaged weights.

usage: convergence_test.py NAS_TRAINER [unittest arguments]
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

import idx_files
from network_graph import Graph

PROGRAM = None
TIMED = {"train_seconds", "images_per_second", "peak_memory_bytes"}


def linear():
    """Without batch norm, whose statistics go on changing when the weights don't."""
    graph = Graph(1, 12, 12)
    graph.add("linear", graph.add("flatten", 0), units=4, bias=True)
    return graph.json()


def tensors(file):
    """Bytes by name of a safetensors file."""
    raw = file.read_bytes()
    begin = 8 + struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:begin])
    header.pop("__metadata__", None)
    return {name: raw[begin + entry["data_offsets"][0]:begin + entry["data_offsets"][1]]
            for name, entry in header.items()}


class ConvergenceTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        idx_files.write_set(self.folder, 240, 12, 4)

    def answers(self, training, budget=12, **more):
        """Curve and answer; times left out."""
        job = {"id": 1, "seed": 5, "budget": budget, "network": linear(),
               "training": {"threads": 1, "batch_size": 32, "crop_padding": 0, "flip": False, **training},
               "data": {"set": "idx", "folder": str(self.folder), "train": 160, "validation": 80}, **more}
        done = subprocess.run([PROGRAM], input=json.dumps(job) + "\n", capture_output=True, text=True,
                              env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
        self.assertEqual(done.returncode, 0, done.stderr)
        *curve, answer = [json.loads(line) for line in done.stdout.splitlines()]
        untimed = {k: v for k, v in answer.get("metrics", {}).items() if k not in TIMED}
        return [point["metrics"] for point in curve[1:]], {**answer, "metrics": untimed}

    def test_ends_after_so_many_epochs_without_a_better_one(self):
        still = {"learning_rate": 0.0}
        curve, answer = self.answers({**still, "patience": 3})
        self.assertEqual(len(curve), 4)
        self.assertNotIn("stopped", answer, "it is a result as any other")
        self.assertEqual(answer["metrics"], curve[-1])
        self.assertEqual(len(self.answers(still)[0]), 12)
        learns = {"learning_rate": 0.01, "schedule": "constant"}
        self.assertEqual(self.answers({**learns, "patience": 3}), self.answers(learns), "one that gets better goes on")

    def test_what_carries_a_converged_training_on_has_its_result(self):
        training = {"learning_rate": 0.0, "patience": 3}
        first = str(self.folder / "first")
        stage = self.answers(training, budget=6, full_budget=12, checkpoint=first)
        self.assertEqual(os.listdir(first), ["epoch-00004.safetensors"])
        carried = self.answers(training, full_budget=12, checkpoint=str(self.folder / "second"), continues=1,
                               continue_from=first)
        self.assertEqual(carried, stage)
        self.assertEqual(carried, self.answers(training))
        impatient = self.answers({**training, "patience": 2}, full_budget=12, continues=1, continue_from=first)
        self.assertEqual(len(impatient[0]), 3, "where a training ends is no part of what it is")

    def test_a_hopeless_loss_is_a_divergence(self):
        # Without a norm the loss of a linear layer is large but finite; mixed labels can't be learnt by heart.
        for training in ({"learning_rate": 500.0}, {"optimizer": "adamw", "learning_rate": 100.0},
                         {"optimizer": "rmsprop", "learning_rate": 30.0}):
            curve, answer = self.answers({**training, "schedule": "constant", "mixup": 1.0})
            self.assertEqual(answer.get("failure"), "diverged", answer)
            self.assertIn("at the beginning", answer["error"])
            self.assertIn("learning_rate", answer["error"])
            self.assertIn(len(curve), (3, 4), "judged from 20 steps of 5 an epoch on")

    def test_a_loss_that_is_not_finite_is_found_in_its_epoch(self):
        curve, answer = self.answers({"learning_rate": 1e38, "schedule": "constant"})
        self.assertEqual((curve, answer.get("failure")), ([], "diverged"))
        self.assertIn("is not finite in epoch 1", answer["error"])

    def test_steps_that_overflow_fp16_are_passed_over(self):
        graph = Graph(1, 12, 12)
        flat = graph.add("flatten", 0)
        graph.exit("heavy", graph.add("linear", flat, units=4, bias=True), weight=300.0)
        graph.add("linear", flat, units=4, bias=True)
        scale = {}
        for network, name in ((linear(), "light"), (graph.json(), "heavy")):
            folder = self.folder / name
            _, answer = self.answers({"precision": "fp16", "learning_rate": 1e-3}, budget=4, full_budget=5,
                                     network=network, checkpoint=str(folder))
            self.assertLess(answer["metrics"]["val_loss"], 2, answer)
            scale[name] = struct.unpack("<f", tensors(folder / "epoch-00004.safetensors")["scaler.scale"])[0]
        self.assertLess(scale["heavy"], 65536, "gradients times the scale were above fp16's largest number")
        self.assertLess(scale["heavy"], scale["light"] / 8)

    def test_the_result_is_that_of_the_averaged_weights(self):
        weights = self.folder / "weights.safetensors"
        training = {"ema_decay": 0.9, "learning_rate": 0.05, "schedule": "constant"}
        curve, answer = self.answers(training, budget=2, full_budget=3, checkpoint=str(self.folder / "at"),
                                     final={"weights": str(weights)})
        kept, written = tensors(self.folder / "at/epoch-00002.safetensors"), tensors(weights)
        self.assertEqual(written, {name: kept["ema." + name] for name in written})
        self.assertNotEqual(written, {name: kept[name] for name in written})
        plain, _ = self.answers({**training, "ema_decay": 0.0}, budget=2, full_budget=3)
        self.assertEqual(curve[-1]["train_loss"], plain[-1]["train_loss"], "training itself is the same")
        self.assertNotEqual(curve[-1]["val_loss"], plain[-1]["val_loss"])


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
