"""nas-trainer on a GPU against nas-trainer on the CPU, and what only a GPU has.

usage: gpu_test.py NAS_TRAINER [unittest arguments]

Ends with code 77 (ctest: skipped) where no GPU is found.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import idx_files
from network_graph import Graph

PROGRAM = None
NO_GPU = 77
PRECISIONS = ("fp32", "tf32", "bf16", "fp16", "auto")


def answers(jobs, devices):
    text = "".join(json.dumps(job) + "\n" for job in jobs)
    done = subprocess.run([PROGRAM], input=text, capture_output=True, text=True, timeout=200,
                          env={**os.environ, **({} if devices is None else {"CUDA_VISIBLE_DEVICES": devices})})
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def network(channels=8, rate=0.0):
    graph = Graph(1, 12, 12)
    x = graph.add("relu", graph.add("batch_norm", graph.conv(0, channels)))
    x = graph.add("add", graph.add("batch_norm", graph.conv(x, channels)), x)
    x = graph.add("dropout", graph.add("flatten", x), rate=rate)
    graph.add("linear", x, units=4, bias=True)
    return graph.json()


def losses(lines):
    return [line["metrics"]["train_loss"] for line in lines if line.get("epoch")]


class GpuTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        idx_files.write_set(cls.folder, 480, 12, 4)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def job(self, network=network(), budget=4, training=None, **more):
        return {"id": 1, "seed": 1, "budget": budget, "network": network,
                "training": {"threads": 1, "batch_size": 32, "learning_rate": 0.005, "precision": "fp32", "crop_padding": 0, "flip": False,
                             **(training or {})},
                "data": {"set": "idx", "folder": str(self.folder), "train": 320, "validation": 160}, **more}

    def on_gpu(self, *jobs):
        lines = answers(jobs, None)
        self.assertFalse([line for line in lines if "error" in line], lines)
        return lines

    def assert_follow(self, mine, reference):
        """Equal but for the order of sums, which grows with each step."""
        self.assertEqual(len(mine), len(reference))
        self.assertLess(max(abs(a - b) for a, b in zip(mine, reference)), 5e-3, (mine, reference))

    def test_losses_follow_those_of_the_cpu(self):
        for training in ({}, {"optimizer": "adamw", "learning_rate": 0.001}, {"optimizer": "rmsprop", "learning_rate": 1e-4},
                         {"clip_norm": 1, "ema_decay": 0.9}, {"recompute": "all"}):
            with self.subTest(training):
                job = self.job(training=training)
                self.assert_follow(losses(self.on_gpu(job)), losses(answers([job], "")))

    def test_each_precision_learns(self):
        for precision in PRECISIONS:
            with self.subTest(precision):
                metrics = self.on_gpu(self.job(budget=12, training={"precision": precision}))[-1]["metrics"]
                self.assertGreater(metrics["val_accuracy"], 0.9)
                self.assertGreater(metrics["peak_memory_bytes"], 0)

    def test_a_training_goes_on_from_its_checkpoint(self):
        whole = losses(self.on_gpu(self.job()))
        checkpoint = str(self.folder / "first")
        self.on_gpu(self.job(budget=2, full_budget=4, checkpoint=checkpoint))
        rest = losses(self.on_gpu(self.job(id=2, full_budget=4, continues=1, continue_from=checkpoint)))
        self.assert_follow(rest[-2:], whole[-2:])

    def test_out_of_memory_is_one_typed_failure(self):
        graph = Graph(1, 12, 12)
        x = graph.add("upsample", 0, scale=[512, 512], linear=False)
        x = graph.add("global_average_pool", graph.conv(graph.conv(x, 512), 512))
        graph.add("linear", x, units=4, bias=True)
        lines = answers([self.job(network=graph.json()), {**self.job(), "id": 2}], None)
        first = [line for line in lines if line["id"] == 1][-1]
        self.assertEqual(first.get("failure"), "out_of_memory", first)
        self.assertIn("val_accuracy", lines[-1]["metrics"])

    def test_recomputation_saves_memory(self):
        deep = Graph(1, 12, 12)
        x = deep.conv(0, 32)
        for _ in range(40):
            x = deep.add("relu", deep.add("batch_norm", deep.conv(x, 32)))
        deep.add("linear", deep.add("global_average_pool", x), units=4, bias=True)
        plain, saved = (self.on_gpu(self.job(network=deep.json(), budget=1, training={"batch_size": 320,
                                                                                     "recompute": how}))[-1]
                        for how in ("none", "all"))
        self.assertEqual(plain["metrics"]["val_loss"], saved["metrics"]["val_loss"])
        self.assertLess(saved["metrics"]["peak_memory_bytes"], 0.6 * plain["metrics"]["peak_memory_bytes"])

    def test_latency_is_measured(self):
        metrics = self.on_gpu(self.job(budget=1, training={"latency_batch": 8}))[-1]["metrics"]
        self.assertTrue([name for name in metrics if name.startswith("latency")], metrics)

    def test_nccl_carries_a_training(self):
        job = self.job(budget=2)
        alone = losses(self.on_gpu(job))
        meeting = str(self.folder / "meeting")
        shared = losses(self.on_gpu({**job, "parallel": {"rank": 0, "size": 1, "store": meeting}}))
        self.assert_follow(shared, alone)


def has_gpu():
    try:
        return subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True).stdout.startswith("GPU ")
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    if not has_gpu():
        print("no GPU here: nothing of this was tested")
        sys.exit(NO_GPU)
    unittest.main()
