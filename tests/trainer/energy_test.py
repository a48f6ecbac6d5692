"""Figures of energy that nas-trainer reports, by its model and by a processor's counters that are made up.

usage: energy_test.py NAS_TRAINER [unittest arguments]
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import idx_files
from network_graph import Graph

PROGRAM = None
NAMES = {"train_energy_joules", "train_energy_gross_joules", "inference_energy_joules",
         "inference_energy_gross_joules", "inference_energy_spread_joules", "idle_watts"}
RECORDS, EPOCHS, BATCH = 160, 2, 32
RANGE = 50_000_000  # microjoules


class Powercap:
    """A package that draws `watts`, in a tree as the kernel has it."""

    def __init__(self, root, watts):
        self.zone = pathlib.Path(root) / "intel-rapl:0"
        self.zone.mkdir(parents=True)
        (self.zone / "name").write_text("package-0\n")
        (self.zone / "max_energy_range_uj").write_text(f"{RANGE}\n")
        self.watts, self.count, self.at = watts, RANGE - 1_000_000, time.monotonic()
        self.advance()
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def advance(self):
        now = time.monotonic()
        self.count += self.watts * (now - self.at) * 1e6
        self.at = now
        new = self.zone / "new"
        new.write_text(f"{int(self.count) % RANGE}\n")
        os.replace(new, self.zone / "energy_uj")

    def run(self):
        while not self.stopped.wait(0.002):
            self.advance()

    def stop(self):
        self.stopped.set()
        self.thread.join()


def network():
    """Per record: 8 * 9 * 36 + 288 * 4 MACs, 72 + 8 * 2 + 288 * 4 + 4 weights."""
    graph = Graph(1, 12, 12)
    x = graph.add("relu", graph.add("batch_norm", graph.conv(0, 8, stride=2)))
    graph.add("linear", graph.add("flatten", x), units=4, bias=True)
    return graph.json()


class EnergyTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        idx_files.write_set(self.folder, 240, 12, 4)

    def job(self, id=1, budget=EPOCHS, training=None, **more):
        return {"id": id, "seed": 1, "budget": budget, "network": network(),
                "training": {"threads": 1, "batch_size": BATCH, "learning_rate": 0.05, **(training or {})},
                "data": {"set": "idx", "folder": str(self.folder), "train": RECORDS, "validation": 80}, **more}

    def answers(self, *jobs, **environment):
        text = "".join(json.dumps(job) + "\n" for job in jobs)
        done = subprocess.run([PROGRAM], input=text, capture_output=True, text=True,
                              env={**os.environ, "CUDA_VISIBLE_DEVICES": "", **environment})
        self.assertEqual(done.returncode, 0, done.stderr)
        return [line for line in map(json.loads, done.stdout.splitlines()) if "epoch" not in line]

    def fake_package(self, watts=100):
        package = Powercap(self.folder / "powercap", watts)
        self.addCleanup(package.stop)
        return package, {"NAS_POWERCAP": str(self.folder / "powercap")}

    def test_nothing_is_there_unless_it_is_asked_for(self):
        answer, = self.answers(self.job())
        self.assertFalse(NAMES & set(answer["metrics"]))
        self.assertNotIn("energy_source", answer)

    def test_the_model_is_operations_and_bytes(self):
        training = {"energy": "model", "energy_batch": 4, "energy_static_watts": 3}
        answer, = self.answers(self.job(training=training))
        metrics = answer["metrics"]
        self.assertEqual(answer["energy_source"], "model")
        macs, moved, weights = 8 * 9 * 36 + 288 * 4, (144 + 288) + 2 * 288 + 2 * 288 + 288 + 4, 72 + 16 + 288 * 4 + 4
        mac, byte = 4.6e-12, 243.75e-12
        inference = macs * mac + (moved + weights / 4) * 4 * byte
        self.assertAlmostEqual(metrics["inference_energy_joules"] / inference, 1, places=9)
        self.assertGreater(metrics["inference_energy_gross_joules"], inference)
        self.assertEqual(metrics["inference_energy_spread_joules"], 0)
        self.assertEqual(metrics["idle_watts"], 3)
        passes, steps = 3 * RECORDS * EPOCHS, RECORDS // BATCH * EPOCHS
        # Weights: read, read, gradient written; then the gradient, weight and momentum read, the last two written.
        expected = passes * (macs * mac + moved * 4 * byte) + steps * 8 * weights * 4 * byte
        self.assertAlmostEqual(metrics["train_energy_joules"] / expected, 1, places=9)
        self.assertAlmostEqual(metrics["train_energy_gross_joules"] - expected, 3 * metrics["train_seconds"], places=6)

    def test_the_model_goes_on_from_a_checkpoint(self):
        model = {"energy": "model"}
        whole, = self.answers(self.job(training=model, full_budget=4, budget=4))
        first = self.job(training=model, full_budget=4, checkpoint=str(self.folder / "checkpoint"))
        second = self.job(2, 4, model, full_budget=4, continues=1, continue_from=str(self.folder / "checkpoint"))
        half, rest = self.answers(first, second)
        for name in NAMES:
            self.assertEqual(rest["metrics"][name], whole["metrics"][name], name)
        self.assertAlmostEqual(whole["metrics"]["train_energy_joules"] / half["metrics"]["train_energy_joules"], 2)

    def test_the_processors_counters(self):
        _, places = self.fake_package(watts=100)
        first, second = self.answers(self.job(1, training={"energy": "rapl"}), self.job(2, training={"energy": "auto"}),
                                     **places)
        self.assertEqual([first["energy_source"], second["energy_source"]], ["rapl", "rapl"])
        metrics = first["metrics"]
        self.assertLessEqual(NAMES, set(metrics))
        self.assertGreater(metrics["idle_watts"], 0)
        self.assertEqual(metrics["idle_watts"], second["metrics"]["idle_watts"], "measured once")
        for kind in ("train", "inference"):
            gross, net = metrics[f"{kind}_energy_gross_joules"], metrics[f"{kind}_energy_joules"]
            self.assertGreater(gross, 0)
            self.assertLess(net, gross)
            self.assertGreaterEqual(net, 0)

    def test_what_a_training_counted_before_a_checkpoint_is_in_its_figure(self):
        package, places = self.fake_package(watts=1000)
        first = self.job(1, training={"energy": "rapl"}, full_budget=4, checkpoint=str(self.folder / "checkpoint"))
        before, = self.answers(first, **places)
        package.watts = 1
        second = self.job(2, 4, {"energy": "rapl"}, full_budget=4, continues=1,
                          continue_from=str(self.folder / "checkpoint"))
        after, = self.answers(second, **places)
        whole, part = (a["metrics"]["train_energy_gross_joules"] for a in (after, before))
        self.assertGreater(whole, part)
        self.assertLess(whole, 1.5 * part)

    def test_another_source_is_a_failure_not_another_figure(self):
        missing = {"NAS_POWERCAP": str(self.folder / "nowhere"), "NAS_NVML": str(self.folder / "none.so")}
        rapl, nvml, good = self.answers(self.job(1, training={"energy": "rapl"}),
                                        self.job(2, training={"energy": "nvml"}),
                                        self.job(3, training={"energy": "auto"}), **missing)
        self.assertEqual((rapl["failure"], nvml["failure"]), ("invalid", "invalid"))
        self.assertIn("training.energy: rapl: no processor's energy counter", rapl["error"])
        self.assertIn("training is on the CPU", nvml["error"])
        self.assertEqual(good["energy_source"], "model")

    def test_a_counter_that_stands_still_is_none(self):
        package, places = self.fake_package()
        package.stop()
        answer, = self.answers(self.job(training={"energy": "rapl"}), **places)
        self.assertIn("stood still", answer["error"])


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
