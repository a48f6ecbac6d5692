"""nas-trainer within a limit of memory: recomputation, parts of batches, and what it says of them.

usage: memory_test.py NAS_TRAINER [unittest arguments]
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
NOT_COMPARED = {"train_seconds", "images_per_second", "peak_memory_bytes", "recomputed_share", "micro_batches"}
ENVIRONMENT = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}


def network(norm=True):
    """Deep and narrow, with what draws random numbers and an exit half way."""
    graph = Graph(1, 12, 12)
    x = graph.conv(0, 8)
    for block in range(16):
        y = graph.conv(x, 8)
        x = graph.add("relu", graph.add("add", x, graph.add("batch_norm", y) if norm else y))
        if block == 8:
            head = graph.add("flatten", graph.add("global_average_pool", x))
            graph.exit("early", graph.add("linear", head, units=4, bias=True))
            x = graph.add("dropout", x, rate=0.2) if norm else x
    graph.add("linear", graph.add("flatten", graph.add("global_average_pool", x)), units=4, bias=True)
    return graph.json()


class MemoryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = pathlib.Path(cls.temporary.name)
        idx_files.write_set(cls.folder, 320, 12, 4)
        cls.plain = cls.answer()
        cls.peak = cls.plain[1]["peak_memory_bytes"]

    @classmethod
    def lines(cls, graph=None, **training):
        job = {"id": 1, "seed": 5, "budget": 2, "network": graph or network(),
               "training": {"threads": 1, "batch_size": 64, "learning_rate": 0.02, **training},
               "data": {"set": "idx", "folder": str(cls.folder), "train": 256, "validation": 64}}
        done = subprocess.run([PROGRAM], input=json.dumps(job) + "\n", capture_output=True, text=True, env=ENVIRONMENT)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    @classmethod
    def answer(cls, graph=None, **training):
        """Learning curve, metrics, notes."""
        lines, notes = cls.lines(graph, **training)
        assert "metrics" in lines[-1], lines[-1]
        return [(line["epoch"], line["metrics"]) for line in lines[:-1]], lines[-1]["metrics"], notes

    def assert_same(self, answer):
        compared = [{name: value for name, value in metrics.items() if name not in NOT_COMPARED}
                    for metrics in (answer[1], self.plain[1])]
        self.assertEqual(compared[0], compared[1])
        self.assertEqual(answer[0], self.plain[0], "the curve, each epoch once")

    def gib(self, share):
        return share * self.peak / 2**30

    def test_a_plain_training_says_nothing_of_memory(self):
        self.assertNotIn("recomputed_share", self.plain[1])
        self.assertNotIn("micro_batches", self.plain[1])
        self.assertEqual(self.plain[2], "")

    def test_all_takes_less_than_half_for_the_same_numbers(self):
        answer = self.answer(recompute="all")
        self.assert_same(answer)
        self.assertLess(answer[1]["peak_memory_bytes"], self.peak / 2)
        self.assertGreater(answer[1]["recomputed_share"], 0.5)
        self.assertLess(answer[1]["recomputed_share"], 1)
        self.assertIn("candidate 1: trains by recomputing", answer[2])

    def test_segments_of_so_many_operations(self):
        answer = self.answer(recompute="all", recompute_every=10)
        self.assert_same(answer)
        self.assertLess(answer[1]["peak_memory_bytes"], self.peak)

    def test_auto_fits_into_the_limit_by_as_little_as_it_takes(self):
        self.assertNotIn("recomputed_share", self.answer(recompute="auto", memory_gib=self.gib(1.5))[1])
        answer = self.answer(recompute="auto", memory_gib=self.gib(0.8))
        self.assert_same(answer)
        self.assertLess(answer[1]["peak_memory_bytes"], 0.8 * self.peak)
        self.assertLess(answer[1]["recomputed_share"], 0.5)
        self.assertNotIn("tries again", answer[2])

    def test_out_of_memory_is_tried_again_with_recomputation(self):
        answer = self.answer(memory_gib=self.gib(0.7))
        self.assert_same(answer)
        self.assertIn("candidate 1: out of memory", answer[2])
        self.assertIn("tries again by recomputing", answer[2])
        self.assertGreater(answer[1]["recomputed_share"], 0)
        self.assertNotIn("micro_batches", answer[1])

    def test_what_does_not_fit_is_a_failure_unless_batches_may_be_split(self):
        limit = self.gib(0.25)
        lines, _ = self.lines(memory_gib=limit)
        self.assertEqual(lines[-1]["failure"], "out_of_memory", lines[-1])
        self.assertIn("accumulate", lines[-1]["error"])
        answer = self.answer(memory_gib=limit, accumulate="allow")
        self.assertGreaterEqual(answer[1]["micro_batches"], 2)
        self.assertLess(answer[1]["peak_memory_bytes"], 0.25 * self.peak)
        self.assertIn("batches in 2 parts", answer[2])
        self.assertEqual([epoch for epoch, _ in answer[0]], [0, 1, 2])

    def test_split_batches_train_as_whole_ones_without_batch_norm(self):
        graph = network(norm=False)
        whole = self.answer(graph, learning_rate=0.001)
        limit = whole[1]["peak_memory_bytes"] * 0.3 / 2**30
        split = self.answer(graph, learning_rate=0.001, memory_gib=limit, accumulate="allow")
        self.assertGreaterEqual(split[1]["micro_batches"], 2)
        for (_, one), (_, other) in zip(whole[0][1:], split[0][1:], strict=True):
            self.assertAlmostEqual(one["train_loss"] / other["train_loss"], 1, delta=1e-5)
            self.assertAlmostEqual(one["val_loss"] / other["val_loss"], 1, delta=1e-5)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
