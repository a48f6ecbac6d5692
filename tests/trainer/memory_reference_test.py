"""The counted memory of training against the tensors that PyTorch's autograd keeps.

Kept are the tensors saved between forward and backward, each memory once, but for weights and what
has one number a channel (statistics of batch norm).

usage: memory_reference_test.py DUMP_NETWORK
"""

import json
import subprocess
import sys
import unittest

import torch
from torch.autograd.graph import saved_tensors_hooks

from network_graph import Graph, nas_bench_201
from reference_network import ReferenceNetwork

DUMP_NETWORK = None
BATCH = 3


def conv_bn(graph, x, channels, kernel=3, stride=1):
    return graph.add("batch_norm", graph.conv(x, channels, kernel, stride))


def classifier(graph, x):
    return graph.add("linear", graph.add("flatten", graph.add("global_average_pool", x)), units=5, bias=True)


def resnet():
    """A small ResNet for ImageNet's kind of stem, with an auxiliary head and an early exit."""
    graph = Graph(3, 32, 32)
    x = graph.add("relu", conv_bn(graph, 0, 8, kernel=7, stride=2))
    x = graph.add("max_pool", x, kernel=[3, 3], stride=[2, 2], pad_low=[1, 1], pad_high=[1, 1])
    for channels, stride in ((8, 1), (16, 2), (16, 1)):
        y = graph.add("relu", conv_bn(graph, x, channels, stride=stride))
        shortcut = x if stride == 1 else conv_bn(graph, x, channels, 1, stride)
        x = graph.add("relu", graph.add("add", conv_bn(graph, y, channels), graph.add("identity", shortcut)))
        if stride == 2:
            graph.exit("early", classifier(graph, x))
            graph.exit("head", classifier(graph, graph.add("relu", conv_bn(graph, x, 4))), "auxiliary")
    classifier(graph, x)
    return graph.json()


def mobile():
    """Inverted residuals with squeeze-and-excitation, as MobileNetV3 has them."""
    graph = Graph(3, 16, 16)
    x = graph.add("hard_swish", conv_bn(graph, 0, 8, stride=2))
    for _ in range(2):
        y = graph.add("silu", conv_bn(graph, x, 24, 1))
        y = graph.add("hard_swish", graph.add("batch_norm", graph.conv(y, 24, groups=24)))
        gate = graph.add("relu", graph.conv(graph.add("global_average_pool", y), 6, 1, bias=True))
        gate = graph.add("sigmoid", graph.conv(gate, 24, 1, bias=True))
        x = graph.add("add", conv_bn(graph, graph.add("multiply", y, gate), 8, 1), x)
    classifier(graph, x)
    return graph.json()


def dense():
    graph = Graph(4, 12, 12)
    x = graph.conv(0, 8)
    for _ in range(3):
        y = graph.conv(graph.add("relu", graph.add("batch_norm", x)), 4)
        x = graph.add("concat", x, y)
    classifier(graph, graph.add("average_pool", x, kernel=[2, 2], stride=[2, 2]))
    return graph.json()


def kept_bytes(network, x):
    kept = []
    with saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        output = network.train().outputs(x)
    weights = {p.untyped_storage().data_ptr() for p in (*network.parameters(), *network.buffers())}
    del output
    memories = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in kept if t.dim() > 1}
    return sum(size for place, size in memories.items() if place not in weights)


class MemoryTest(unittest.TestCase):
    def test_training_keeps_what_is_counted(self):
        graphs = {"resnet": resnet(), "mobile": mobile(), "dense": dense(),
                  **{edges: nas_bench_201(edges, shape=(3, 16, 16), channels=4, cells=2)
                     for edges in ("333333", "123430", "414013", "012341")}}
        requests = "\n".join(json.dumps({"network": graph, "batch": BATCH}) for graph in graphs.values())
        done = subprocess.run([DUMP_NETWORK], input=requests, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        for (name, graph), line in zip(graphs.items(), done.stdout.splitlines(), strict=True):
            answer = json.loads(line)
            shapes = [node["shape"] for node in answer["shapes"]]
            network = ReferenceNetwork(graph, shapes)
            with self.subTest(name):
                self.assertEqual(answer["cost"]["training_bytes"], kept_bytes(network, torch.randn(BATCH, *shapes[0])))


if __name__ == "__main__":
    DUMP_NETWORK = sys.argv.pop(1)
    unittest.main()
