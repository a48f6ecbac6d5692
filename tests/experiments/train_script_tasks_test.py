"""train.py of an export on each task and format of data: the losses and scores of nas-trainer, epoch by epoch.

A batch holds all training records, so that their order does not matter; augmentation is off, and both start from the
same weights.

usage: train_script_tasks_test.py BIN [unittest arguments]    by a Python that has torch
"""

import contextlib
import io
import json
import os
import pathlib
import re
import runpy
import shutil
import subprocess
import sys
from unittest import mock

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "system"))
import program  # noqa: E402

RECORDS, VALIDATION, SIDE, SEED, EPOCHS = 48, 16, 8, 7, 4
TRAINING = {"epochs": EPOCHS, "batch_size": RECORDS, "crop_padding": 0, "flip": False, "threads": 1,
            "learning_rate": 0.05}

HEAD = """
  - conv: {kernel: 3, channels: 6}
  - batch_norm
  - choose: [relu, tanh]
  - global_average_pool
  - linear: {units: %s}
"""
MAP = """
  - conv: {kernel: 3, channels: 6}
  - batch_norm
  - choose: [relu, tanh]
  - conv: {kernel: 3, channels: %s, bias: true}
"""
VECTOR = """
  - linear: {units: 8}
  - choose: [relu, tanh]
  - linear: {units: %s}
"""


def space(network, outputs, channels, size):
    """A file of a space with one network; `outputs`: its classes, or a number of outputs."""
    parameters = "parameters: {classes: 2}\n" if "classes" in str(outputs) else ""
    return f"space: tiny\ninput: {{channels: {channels}, size: {size}}}\n{parameters}network:{network % outputs}"


class TrainScriptTasksTest(program.SystemTest):
    def setUp(self):
        super().setUp()
        self.draw = np.random.default_rng(3)

    def arrays(self, **named):
        """data.npz with each array, and `val_...` of its last records."""
        parts = {name: array[:RECORDS] for name, array in named.items()}
        parts |= {f"val_{name}": array[RECORDS:] for name, array in named.items()}
        np.savez(self.folder / "data.npz", **parts)
        names = {"inputs": "x", "validation_inputs": "val_x"}
        if "y" in named:
            names |= {"targets": ["y"], "validation_targets": "val_y"}
        return {"set": "arrays", "file": "data.npz", **names}

    def trained(self, network, data, **training):
        """Epoch by epoch what nas-trainer reports, and the folder of its export with the weights it began with."""
        (self.folder / "tiny.yaml").write_text(network)
        for name in ("final", "start"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        settings = {"architecture": {"space": "tiny.yaml", "network": "0"}, "data": data,
                    "training": {**TRAINING, **training}, "seed": SEED}
        (self.folder / "final.yaml").write_text(json.dumps(settings))
        self.good("train", "final.yaml", "--run", "final")
        model, = (self.folder / "final").glob("*/model")
        self.good("export", "--from", model / "architecture.yaml", "--seed", SEED, "--no-verify", "--to", "start")
        curve = [json.loads(line) for line in (model.parent / "metrics.jsonl").read_text().splitlines()]
        return model, curve

    def script(self, model, *words):
        """What its train.py prints of each epoch."""
        words = ["train.py", "--start", str(self.folder / "start" / "model.safetensors"), *words]
        printed = io.StringIO()
        sys.modules.pop("model", None)
        with mock.patch.object(sys, "argv", words), mock.patch.object(sys, "path", [str(model), *sys.path]), \
                contextlib.redirect_stdout(printed), contextlib.chdir(self.folder):
            runpy.run_path(str(model / "train.py"), run_name="__main__")
        return self.epochs(printed.getvalue())

    def of_processes(self, model, ranks):
        """The same under torchrun."""
        done = subprocess.run([sys.executable, "-W", "ignore", "-m", "torch.distributed.run", "--standalone",
                               f"--nproc-per-node={ranks}", "--", "train.py", "--start",
                               self.folder / "start" / "model.safetensors"], capture_output=True, text=True, cwd=model,
                              env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"})
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.epochs(done.stdout)

    def epochs(self, printed):
        number = r"(-?[\d.]+(?:e[-+]\d+)?)"
        return [{name.strip(): float(value) for name, value in re.findall(rf"([a-z0-9 ]+) {number}", line.split(":")[1])}
                for line in printed.splitlines()]

    def assert_same(self, curve, found, *names):
        self.assertEqual(len(found), EPOCHS, found)
        for epoch, (theirs, ours) in enumerate(zip(curve, found, strict=True), 1):
            ours = {"train_loss" if name == "train loss" else f"val_{name}": value for name, value in ours.items()}
            self.assertEqual(set(ours), {"train_loss", "val_loss", *names})
            for name, value in ours.items():
                self.assertLessEqual(abs(value - theirs[name]), 2e-5 * abs(theirs[name]) + 1e-6, (epoch, name, theirs))
        self.assertNotEqual(curve[0]["train_loss"], curve[-1]["train_loss"])

    def images(self, channels=2):
        return self.draw.integers(0, 256, (RECORDS + VALIDATION, SIDE, SIDE, channels), dtype=np.uint8)

    def test_classification_with_weights_of_classes(self):
        x = self.images()
        y = np.arange(len(x)) % 5 // 2
        model, curve = self.trained(space(HEAD, '"${classes}"', 2, [SIDE, SIDE]), self.arrays(x=x, y=y),
                                    class_weights="balanced", label_smoothing=0.1)
        self.assert_same(curve, self.script(model), "val_accuracy")

    def test_multi_label(self):
        x = self.images()
        y = (self.draw.random((len(x), 3)) < 0.4).astype(np.uint8)
        model, curve = self.trained(space(HEAD, 3, 2, [SIDE, SIDE]), {**self.arrays(x=x, y=y), "task": "multi_label"})
        self.assert_same(curve, self.script(model), "val_accuracy")

    def test_segmentation_by_each_loss_and_by_two_processes(self):
        x = self.images()
        y = (x[..., 0] > 128).astype(np.uint8) + (x[..., 1] > 200)
        y[self.draw.random(y.shape) < 0.1] = 255
        y[3] = 255  # nothing of this one is judged
        data = {**self.arrays(x=x, y=y), "task": "segmentation"}
        for loss in ("auto", "cross_entropy", "dice"):
            model, curve = self.trained(space(MAP, 3, 2, [SIDE, SIDE]), data, loss=loss)
            self.assert_same(curve, self.script(model), "val_accuracy", "val_miou")
        self.compare_processes(model)

    def compare_processes(self, model):
        """Without batch normalisation, which has its own statistics on each CPU process, two are as one."""
        source = (model / "model.py").read_text()
        (model / "model.py").write_text(re.sub(r"nn\.BatchNorm2d\([^)]*\)", "nn.Identity()", source))
        one, two = self.script(model), self.of_processes(model, 2)
        (model / "model.py").write_text(source)
        for a, b in zip(one, two, strict=True):
            for name, value in a.items():
                tolerance = 1e-4 if name == "train loss" else 1e-2  # means over parts of the validation part
                self.assertLessEqual(abs(b[name] - value), tolerance * abs(value), (name, one, two))

    def test_regression_of_a_signal(self):
        x = self.draw.normal(3, 2, (RECORDS + VALIDATION, 20)).astype(np.float32)
        y = np.stack([100 + 10 * x.mean(1), x[:, 0] ** 2], 1).astype(np.float32)
        for loss in ("mse", "l1"):
            model, curve = self.trained(space(HEAD, 2, 1, [20]), {**self.arrays(x=x, y=y), "axes": "nl",
                                                                  "task": "regression"}, loss=loss)
            self.assert_same(curve, self.script(model), "val_l1", "val_mse")

    def test_restoration_of_other_targets(self):
        y = self.images(1)
        x = (y // 2 + self.draw.integers(0, 40, y.shape)).astype(np.uint8)
        model, curve = self.trained(space(MAP, 1, 1, [SIDE, SIDE]), {**self.arrays(x=x, y=y), "task": "restoration"})
        self.assert_same(curve, self.script(model), "val_psnr", "val_l1")

    def test_a_table_with_categories_and_missing_values(self):
        lines = ["colour,size,weight,price"]
        for i in range(RECORDS + VALIDATION):
            size = "?" if i % 7 == 0 else f"{self.draw.normal(5, 2):.3f}"
            lines.append(f"{('red', 'green', 'blue', '')[i % 4]},{size},{self.draw.normal():.3f},{i % 11}")
        for name, rows in (("train", lines[:RECORDS + 1]), ("val", lines[:1] + lines[RECORDS + 1:])):
            (self.folder / f"{name}.csv").write_text("\n".join(rows) + "\n")
        data = {"set": "table", "file": "train.csv", "validation_file": "val.csv", "task": "regression"}
        model, curve = self.trained(space(VECTOR, 1, 6, []), data)
        self.assert_same(curve, self.script(model), "val_l1", "val_mse")

    def test_images_of_folders(self):
        from PIL import Image
        for part, count in (("train", RECORDS), ("val", VALIDATION)):
            for i in range(count):
                folder = self.folder / "photos" / part / ("cat", "dog")[i % 2]
                folder.mkdir(parents=True, exist_ok=True)
                pixels = self.draw.integers(0, 256, (SIDE, SIDE, 4 if i == 5 else 3), dtype=np.uint8)
                pixels[..., 3:] = pixels[..., 3:] // 128 * 255  # transparent or not: nothing is rounded
                Image.fromarray(pixels).save(folder / f"{i}.png")
        model, curve = self.trained(space(HEAD, '"${classes}"', 3, [SIDE, SIDE]), {"set": "images", "folder": "photos"})
        self.assert_same(curve, self.script(model), "val_accuracy")

    def test_what_moves_with_the_inputs(self):
        """Noise that is drawn, crops of masks, records that are held out: it runs and is repeatable."""
        x = self.images(1)
        restored = {"set": "arrays", "file": "data.npz", "inputs": "x", "task": "restoration", "noise": 0.1}
        np.savez(self.folder / "data.npz", x=x, y=(x[..., 0] > 99).astype(np.uint8))
        masks = {"set": "arrays", "file": "data.npz", "inputs": "x", "targets": ["y"], "task": "segmentation"}
        for data, outputs in ((restored, 1), (masks, 2)):
            model, _ = self.trained(space(MAP, outputs, 1, [SIDE, SIDE]), data, crop_padding=2, flip=True, batch_size=16)
            self.assertEqual(self.script(model), self.script(model))
            self.assertEqual(len(self.script(model, "--data", "random")), EPOCHS)


if __name__ == "__main__":
    torch.set_num_threads(1)
    program.main()
