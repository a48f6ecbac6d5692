"""Every operation, as exported PyTorch source and as ONNX, against nas-trainer's layers.

usage: export_test.py onnx|source EXPORT_NETWORK DUMP_NETWORK [unittest arguments]
"""

import json
import subprocess
import sys
import unittest

import layers_test
from export_check import TOLERANCE, Exporter, take_mode
from network_graph import Graph

BATCH = 3


def networks():
    """The cases of the layers, and what only an export can get wrong."""
    yield from layers_test.cases()
    graph = Graph(4, 7, 6)
    graph.add("relu", graph.add("dropout", graph.add("drop_path", graph.add("tanh", 0), rate=0.5), rate=0.3))
    yield "dropping outside training", graph.json()
    graph = Graph(4, 6, 6)
    early = graph.add("relu", graph.conv(0, 4))
    late = graph.add("tanh", graph.conv(early, 4))
    graph.exit("early", graph.add("linear", early, units=3, bias=True))
    graph.exit("helper", graph.add("linear", graph.add("batch_norm", late), units=3, bias=True), "auxiliary", 0.4)
    graph.add("linear", late, units=3, bias=True)
    yield "exits", graph.json()
    graph = Graph(3, 4, 4)
    graph.add("identity", 0)
    yield "nothing but the input", graph.json()


class ExportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.exporter = Exporter(*TOOLS)

    @classmethod
    def tearDownClass(cls):
        cls.exporter.close()

    def test_every_case(self):
        for name, graph in networks():
            with self.subTest(name):
                worst, _ = self.exporter.check(graph, BATCH)
                self.assertLessEqual(max(worst.values()), TOLERANCE, worst)

    def test_every_operation_has_a_case(self):
        operations = json.loads(subprocess.run([TOOLS[1], "--operations"], capture_output=True, check=True).stdout)
        self.assertEqual({node["op"] for _, graph in networks() for node in graph["nodes"]}, set(operations))

    def test_auxiliary_exits_are_there_in_training_mode_only(self):
        graph = dict(networks())["exits"]
        _, model = self.exporter.check(graph, BATCH)
        x = layers_test.formula("input", BATCH * 144).view(BATCH, 4, 6, 6)
        self.assertEqual(set(model.eval()(x)), {"output", "early"})
        self.assertEqual(set(model.train()(x)), {"output", "early", "helper"})


if __name__ == "__main__":
    take_mode()
    TOOLS = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main()
