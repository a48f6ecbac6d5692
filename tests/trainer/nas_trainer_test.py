"""The nas-trainer program as its parent sees it: jobs in, answers out.

usage: nas_trainer_test.py NAS_TRAINER [unittest arguments]
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import idx_files
from network_graph import Graph

PROGRAM = None
VALIDATION = {"val_accuracy", "val_loss", "val_top5", "val_balanced_accuracy", "val_f1", "val_auc", "val_ece"}
CURVE = {"train_loss"} | VALIDATION
METRICS = CURVE | {"train_seconds", "images_per_second", "peak_memory_bytes"}
TIMED = {"train_seconds", "images_per_second"}


def run(*lines, arguments=()):
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    return subprocess.run([PROGRAM, *arguments], input=text, capture_output=True, text=True,
                          env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})


def with_exits(units=4):
    graph = Graph(1, 12, 12)
    x = graph.add("relu", graph.add("batch_norm", graph.conv(0, 8, stride=2)))
    graph.exit("early", graph.add("linear", x, units=4, bias=True))
    graph.exit("head", graph.add("linear", graph.conv(x, 4), units=units, bias=True), role="auxiliary", weight=0.3)
    graph.add("linear", graph.add("relu", graph.conv(x, 8)), units=4, bias=True)
    return graph.json()


def small_network(units=4, rate=0.0):
    graph = Graph(1, 12, 12)
    x = graph.add("relu", graph.add("batch_norm", graph.conv(0, 8, stride=2)))
    x = graph.add("dropout", graph.add("flatten", x), rate=rate)
    graph.add("linear", x, units=units, bias=True)
    return graph.json()


class NasTrainerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        idx_files.write_set(cls.folder, 240, 12, 4)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def job(self, id=1, seed=1, budget=2, network=None, training=None, data=None, **more):
        return {"id": id, "seed": seed, "budget": budget, "network": network or small_network(),
                "training": {"threads": 1, "batch_size": 32, "learning_rate": 0.05, **(training or {})},
                "data": {"set": "idx", "folder": str(self.folder), "train": 160, "validation": 80, **(data or {})},
                **more}

    def answers(self, *jobs):
        done = run(*jobs)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def only_error(self, job, failure):
        """The one answer to a job that never starts to train."""
        answer, = self.answers(job)
        self.assertEqual((answer["id"], answer.get("failure")), (job["id"], failure), answer)
        self.assertNotIn("metrics", answer)
        return answer["error"]

    def test_a_job_is_trained(self):
        job = self.job(id=7, budget=6, genotype=[1, 0], choices={"gene": "option"}, params=12, macs=34)
        answers = self.answers(job)
        self.assertEqual(answers[0], {"id": 7, "epoch": 0, "metrics": {}})
        self.assertEqual([a.get("epoch") for a in answers], [0, 1, 2, 3, 4, 5, 6, None])
        for answer in answers[1:-1]:
            self.assertEqual(set(answer["metrics"]), CURVE)
        final = answers[-1]["metrics"]
        self.assertEqual(set(final), METRICS)
        self.assertEqual({k: final[k] for k in CURVE}, answers[-2]["metrics"])
        self.assertGreater(final["val_accuracy"], 0.8, "the classes can be told by the place of a stripe")
        self.assertLess(final["train_loss"], answers[1]["metrics"]["train_loss"])
        self.assertGreater(final["peak_memory_bytes"], 240 * 8 * 6 * 6)
        self.assertAlmostEqual(final["images_per_second"] * final["train_seconds"], 6 * 160, delta=1)

    def test_a_final_training_leaves_weights_and_is_judged_by_the_test_part(self):
        shutil.copytree(self.folder, self.folder / "whole")
        for kind in ("images-idx3", "labels-idx1"):
            # The test part is the training part, so that its metrics can be told.
            shutil.copy(self.folder / f"train-{kind}-ubyte.gz", self.folder / "whole" / f"t10k-{kind}-ubyte.gz")
        weights = self.folder / "weights.safetensors"
        data = {"folder": str(self.folder / "whole"), "train": 238, "validation": 2}
        plain = self.answers(self.job(network=with_exits(), data=data))[-1]["metrics"]
        job = self.job(network=with_exits(), data=data, final={"weights": str(weights), "test": True})
        final = self.answers(job)[-1]["metrics"]
        tested = {name.removeprefix("test_") for name in final if name.startswith("test_")}
        self.assertEqual(tested, {name.removeprefix("val_") for name in plain if name.startswith("val_")})
        for name in METRICS - TIMED:
            self.assertEqual(final[name], plain[name])
        head = weights.read_bytes()
        tensors = json.loads(head[8:8 + int.from_bytes(head[:8], "little")])
        self.assertEqual(sum(name.endswith("running_mean") for name in tensors), 1)
        missing = self.job(id=2, data={"folder": str(self.folder)}, final={"weights": str(weights), "test": True})
        self.assertIn("holds no t10k-images-idx3-ubyte", self.answers(missing)[-1]["error"])
        for bad in ({"final": 1}, {"final": {"test": "yes"}}, {"final": {"weights": 3}}):
            self.assertIn("final", self.only_error(self.job(**bad), "invalid"))

    def test_exits_have_metrics_of_their_own(self):
        answers = self.answers(self.job(budget=6, network=with_exits()))
        exits = {name + ".early" for name in VALIDATION}
        self.assertEqual(set(answers[1]["metrics"]), CURVE | exits)
        final = answers[-1]["metrics"]
        self.assertEqual(set(final), METRICS | exits)
        self.assertGreater(final["val_accuracy.early"], 0.8)
        self.assertNotEqual(final["val_loss.early"], final["val_loss"])
        self.assertGreater(answers[1]["metrics"]["train_loss"], 1.5 * answers[1]["metrics"]["val_loss"],
                           "the sum of three losses")
        error = self.only_error(self.job(network=with_exits(units=5)), "invalid")
        self.assertIn("the exit 'head' ends in 5 numbers (5), but the data has 4 classes", error)

    def test_same_job_same_bits_whatever_ran_before(self):
        job = self.job(network=small_network(rate=0.3))
        other = self.job(id=2, seed=9, data={"split_seed": 4}, training={"batch_size": 16})
        answers = self.answers(job, other, job) + self.answers(job)
        finals = [{k: v for k, v in a["metrics"].items() if k not in TIMED}
                  for a in answers if a["id"] == 1 and "epoch" not in a]
        self.assertEqual(len(finals), 3)
        self.assertEqual(finals[0], finals[1])
        self.assertEqual(finals[0], finals[2])
        seen = next(a["metrics"] for a in answers if a["id"] == 2 and "epoch" not in a)
        self.assertNotEqual(seen["val_loss"], finals[0]["val_loss"])

    def test_each_seed_trains_differently(self):
        losses = {a["metrics"]["train_loss"] for a in self.answers(*(self.job(id=s, seed=s) for s in (1, 2, 2**63 - 1)))
                  if "epoch" not in a}
        self.assertEqual(len(losses), 3)

    def test_divergence_is_a_failure_and_the_next_job_runs(self):
        answers = self.answers(self.job(id=1, budget=50, training={"learning_rate": 1e30}), self.job(id=2))
        errors = [a for a in answers if "error" in a]
        self.assertEqual([(e["id"], e["failure"]) for e in errors], [(1, "diverged")])
        self.assertIn("learning rate", errors[0]["error"])
        self.assertEqual([a["id"] for a in answers if "epoch" not in a and "metrics" in a], [2])
        self.assertLess(len([a for a in answers if a["id"] == 1]), 5, "found within the epoch, not at the end")

    def test_out_of_memory_is_a_failure_and_the_next_job_runs(self):
        graph = Graph(1, 12, 12)
        graph.add("linear", graph.add("linear", 0, units=2 ** 40, bias=False), units=4)
        answers = self.answers(self.job(id=1, network=graph.json()), self.job(id=2))
        self.assertEqual((answers[0]["id"], answers[0]["failure"]), (1, "out_of_memory"), answers[0])
        self.assertEqual(set(answers[-1]["metrics"]), METRICS)

    def test_invalid_networks(self):
        broken = small_network()
        broken["nodes"][1]["op"] = "convolution"
        self.assertIn("conv", self.only_error(self.job(network=broken), "invalid"))
        self.assertIn("4 classes", self.only_error(self.job(network=small_network(units=5)), "invalid"))
        wrong_size = Graph(3, 12, 12)
        wrong_size.add("linear", 0, units=4)
        self.assertIn("3x12x12", self.only_error(self.job(network=wrong_size.json()), "invalid"))
        severed = Graph(1, 12, 12)
        severed.add("linear", severed.add("zero", 0), units=4, bias=True)
        self.assertIn("does not depend", self.only_error(self.job(network=severed.json()), "invalid"))
        idle = Graph(1, 2, 2)
        idle.add("flatten", 0)
        with tempfile.TemporaryDirectory() as folder:
            idx_files.write_set(pathlib.Path(folder), 40, 2, 4)
            job = self.job(network=idle.json(), data={"folder": folder, "train": 20, "validation": 20})
            self.assertIn("nothing to learn", self.only_error(job, "invalid"))
        job = self.job()
        del job["network"]
        self.assertIn("network", self.only_error(job, "invalid"))

    def test_invalid_options(self):
        self.assertIn("learning_rate", self.only_error(self.job(training={"lerning_rate": 1}), "invalid"))
        self.assertIn("batch_size", self.only_error(self.job(training={"batch_size": 0}), "invalid"))
        self.assertIn("fashion_mnist", self.only_error(self.job(data={"set": "fasion_mnist"}), "invalid"))
        self.assertIn("budget", self.only_error(self.job(budget=0), "invalid"))
        self.assertIn("seed", self.only_error(self.job(seed=-1), "invalid"))
        self.assertIn("data.folder", self.only_error(self.job(data={"folder": "/no/such/folder"}), "invalid"))
        self.assertIn("data.train", self.only_error(self.job(data={"train": 161}), "invalid"))

    def test_truncated_pixels_are_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            idx_files.write_set(pathlib.Path(folder), 240, 12, 4)
            images = pathlib.Path(folder) / "train-images-idx3-ubyte.gz"
            images.write_bytes(images.read_bytes()[:-1000])
            error = self.only_error(self.job(data={"folder": folder}), "invalid")
        self.assertIn("train-images-idx3-ubyte.gz", error)

    def test_a_last_batch_of_one_image_is_left_out(self):
        answers = self.answers(self.job(budget=1, data={"train": 65}))
        final = answers[-1]["metrics"]
        self.assertAlmostEqual(final["images_per_second"] * final["train_seconds"], 64, delta=0.1)

    def test_a_line_that_is_no_job_ends_it(self):
        for line in ("garbage", "[1]", '{"network": {}}'):
            done = run(line)
            self.assertEqual(done.returncode, 2, line)
            answer, = [json.loads(text) for text in done.stdout.splitlines()]
            self.assertIsNone(answer["id"])

    def test_end_of_input_ends_it_quietly(self):
        done = run()
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_version_and_help(self):
        version = json.loads(run(arguments=["--version"]).stdout)
        self.assertEqual(set(version), {"nas", "torch", "cuda", "nccl", "gpu_sources", "devices"})
        self.assertEqual(version["gpu_sources"], version["cuda"] is not None)
        self.assertEqual(version["devices"], [])
        self.assertIn("usage", run(arguments=["--help"]).stdout)
        self.assertEqual(run(arguments=["--halp"]).returncode, 2)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
