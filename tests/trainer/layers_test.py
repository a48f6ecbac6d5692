"""Every operation of nas-trainer against torch.nn: outputs, gradients, running statistics.

usage: layers_test.py DUMP_NETWORK [unittest arguments]
"""

import json
import math
import subprocess
import sys
import unittest

import torch

from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from network_graph import Graph, nas_bench_201
from reference_network import ReferenceNetwork

TOLERANCE = 1e-5  # of max|a-b| / max|b|
DUMP_NETWORK = None
BATCH = 3


def formula(name, count):
    key = 0
    for c in name:
        key = (key * 31 + ord(c)) % 9973
    waves = [math.sin(0.7 * i + key) for i in range(count)]
    return torch.tensor([1.2 + 0.5 * w if name.endswith("running_var") else 0.6 * w for w in waves])


def fill(name, tensor):
    with torch.no_grad():
        tensor.copy_(formula(name, tensor.numel()).view(tensor.shape))  # rounded to float32


def one(op, *shape, **attributes):
    graph = Graph(*shape)
    graph.add(op, 0, **attributes)
    return graph.json()


def axes(dims, **values):
    return {key: (list(value) if isinstance(value, tuple) else [value] * dims) for key, value in values.items()}


SIGNALS = {0: (6,), 1: (4, 9), 2: (4, 7, 6), 3: (4, 5, 4, 3)}


def cases():
    for op in ("identity", "relu", "relu6", "silu", "gelu", "sigmoid", "hard_swish", "hard_sigmoid", "tanh", "flatten",
               "dropout", "drop_path", "leaky_relu", "softmax", "prelu", "layer_norm"):
        for dims, shape in SIGNALS.items():
            yield f"{op} {dims}-D", one(op, *shape)
    for dims in (1, 2, 3):
        shape = SIGNALS[dims]
        yield f"global_average_pool {dims}-D", one("global_average_pool", *shape)
        yield f"zero {dims}-D", zero_beside_conv(dims, shape)
        yield from conv_cases(dims, shape)
        yield from pool_cases(dims, shape)
        yield from transposed_cases(dims, shape)
        yield from resize_cases(dims, shape)
    for dims, shape in SIGNALS.items():
        yield f"linear {dims}-D", one("linear", *shape, units=5, bias=True)
        yield f"batch_norm {dims}-D", one("batch_norm", *shape, eps=1e-3, momentum=0.3)
        yield f"batch_norm without weights {dims}-D", one("batch_norm", *shape, affine=False)
        yield from join_cases(dims, shape)
        yield from channel_cases(dims, shape)
    yield "linear without bias", one("linear", 6, units=5)
    yield from whole_networks()


def conv_cases(dims, shape):
    plain = axes(dims, kernel=3, pad_low=1, pad_high=1)
    yield f"conv {dims}-D", one("conv", *shape, channels=6, **plain)
    yield f"conv groups, bias, stride {dims}-D", one(
        "conv", *shape, channels=8, groups=2, bias=True, **{**plain, **axes(dims, stride=2)})
    yield f"conv depthwise {dims}-D", one("conv", *shape, channels=4, groups=4, **plain)
    yield f"conv dilated {dims}-D", one("conv", *shape, channels=2, **axes(dims, kernel=2, dilation=2))
    yield f"conv even kernel, uneven padding {dims}-D", one(
        "conv", *shape, channels=2, **axes(dims, kernel=2, pad_low=0, pad_high=1))


def transposed_cases(dims, shape):
    """The usual ones, and all that a space may ask for."""
    yield f"conv_transpose {dims}-D", one("conv_transpose", *shape, channels=6, **axes(dims, kernel=2, stride=2))
    same = axes(dims, kernel=3, stride=2, pad_low=1)
    yield f"conv_transpose padding 1, 0 {dims}-D", one("conv_transpose", *shape, channels=2, bias=True, **same)
    even = axes(dims, kernel=4, stride=3, pad_low=1, pad_high=1, output_padding=2)
    yield f"conv_transpose groups, output_padding {dims}-D", one(
        "conv_transpose", *shape, channels=6, groups=2, bias=True, **even)
    dilated = axes(dims, kernel=2, dilation=3, output_padding=2)
    yield f"conv_transpose depthwise, dilated {dims}-D", one("conv_transpose", *shape, channels=4, groups=4, **dilated)
    uneven = axes(dims, kernel=3, stride=1, pad_high=2)
    yield f"conv_transpose padding 0, 2 {dims}-D", one("conv_transpose", *shape, channels=2, **uneven)
    each = {"kernel": [1, 4, 2][:dims], "stride": [2, 3, 1][:dims], "pad_low": [0, 2, 0][:dims]}
    yield f"conv_transpose axis by axis {dims}-D", one("conv_transpose", *shape, channels=2, **each)


def resize_cases(dims, shape):
    yield f"global_max_pool {dims}-D", one("global_max_pool", *shape)
    for op in ("adaptive_average_pool", "adaptive_max_pool"):
        for size in (3, 2, 1, (5, 2, 4)[:dims]):  # 5 of the 9, 7 or 5: windows that overlap
            yield f"{op} {size} {dims}-D", one(op, *shape, **axes(dims, size=size))
        yield f"{op} to a larger size {dims}-D", one(op, *shape, **axes(dims, size=11))
    for linear in (False, True):
        for scale in (2, (3, 1, 2)[:dims]):
            yield f"upsample {scale} {linear} {dims}-D", one(
                "upsample", *shape, linear=linear, **axes(dims, scale=scale))
    yield f"pad {dims}-D", one("pad", *shape, **axes(dims, pad_low=1, pad_high=2))
    yield f"pad, cutting off {dims}-D", one(
        "pad", *shape, **axes(dims, pad_low=(-1, 0, 2)[:dims], pad_high=(1, -2, 0)[:dims]))


def channel_cases(dims, shape):
    channels = shape[0]
    yield f"group_norm {dims}-D", one("group_norm", *shape, groups=2)
    yield f"group_norm with eps {dims}-D", one("group_norm", *shape, groups=1, eps=1e-2)
    yield f"group_norm without weights {dims}-D", one("group_norm", *shape, groups=1, affine=False)
    yield f"layer_norm with eps {dims}-D", one("layer_norm", *shape, eps=1e-2)
    yield f"layer_norm without weights {dims}-D", one("layer_norm", *shape, affine=False, eps=1e-2)
    yield f"prelu with one slope {dims}-D", one("prelu", *shape, shared=True)
    yield f"leaky_relu 0.2 {dims}-D", one("leaky_relu", *shape, slope=0.2)
    yield f"slice {dims}-D", one("slice", *shape, start=1, channels=2)
    for groups in (2, channels, 1):
        yield f"channel_shuffle {groups} {dims}-D", one("channel_shuffle", *shape, groups=groups)
    yield f"channel_shuffle of 3 {dims}-D", one("channel_shuffle", 12, *shape[1:], groups=3)
    size = {"size": list(reversed(shape))[:-1]}
    yield f"reshape to as many axes {dims}-D", one("reshape", *shape, channels=channels, **size)
    yield f"reshape to a vector {dims}-D", one("reshape", *shape, channels=math.prod(shape))
    yield f"reshape to an image {dims}-D", one("reshape", *shape, channels=math.prod(shape) // 2, size=[2, 1])
    graph = Graph(channels, *shape[1:])
    low, high = graph.add("slice", 0, channels=1), graph.add("slice", 0, start=1, channels=channels - 1)
    graph.add("concat", graph.add("relu", graph.add("add", high, high)), graph.add("tanh", low), 0)
    yield f"split {dims}-D", graph.json()


def pool_cases(dims, shape):
    for op, variants in {
            "max_pool": [{}, {"ceil_mode": True}, axes(dims, dilation=2)],
            "average_pool": [{}, {"ceil_mode": True}, {"count_include_pad": True},
                             {"ceil_mode": True, "count_include_pad": True}]}.items():
        for more in variants:
            yield f"{op} {more} {dims}-D", one(
                op, *shape, **axes(dims, kernel=2 if "dilation" in more else 3, stride=2, pad_low=1, pad_high=1), **more)
            for low, high in ((0, 1), (1, 0)):
                yield f"{op} {more}, padding {low}, {high} {dims}-D", one(
                    op, *shape,
                    **axes(dims, kernel=2 if "dilation" in more else 3, stride=2, pad_low=low, pad_high=high), **more)


def zero_beside_conv(dims, shape):
    """A zero summand, and a zero that a convolution with bias reads."""
    graph = Graph(*shape)
    conv = graph.conv(0, 4, dims=dims)
    fed_by_zero = graph.conv(graph.add("zero", 0), 4, dims=dims, bias=True)
    graph.add("concat", graph.add("add", graph.add("zero", 0), conv), fed_by_zero, graph.add("zero", 0, channels=2))
    return graph.json()


def join_cases(dims, shape):
    graph = Graph(*shape)
    a, b, c = graph.add("tanh", 0), graph.add("batch_norm", 0), graph.add("silu", 0)
    graph.add("add", a, b, c, a)
    yield f"add {dims}-D", graph.json()
    graph = Graph(*shape)
    graph.add("concat", graph.add("tanh", 0), 0, graph.add("batch_norm", 0))
    yield f"concat {dims}-D", graph.json()
    graph = Graph(*shape)
    graph.add("multiply", graph.add("tanh", 0), 0, graph.add("batch_norm", 0))
    yield f"multiply {dims}-D", graph.json()
    if dims > 0:
        graph = Graph(*shape)
        gate = graph.add("sigmoid", graph.conv(graph.add("global_average_pool", 0), shape[0], 1, dims=dims, bias=True))
        graph.add("multiply", gate, graph.add("batch_norm", 0))
        yield f"squeeze and excite {dims}-D", graph.json()


def whole_networks():
    """Where values are shared, written over and let go."""
    for edges in ("333333", "123430", "414013", "111111", "044444"):
        yield f"nas-bench-201 {edges}", nas_bench_201(edges, shape=(2, 16, 16), channels=4, cells=1, classes=3)
    graph = Graph(4, 6, 6)
    norm = graph.add("batch_norm", 0)
    twice = graph.add("add", norm, norm)
    graph.add("add", graph.add("relu", twice), graph.add("relu", graph.add("batch_norm", twice)), twice)
    yield "a sum with itself, read three times", graph.json()
    graph = Graph(4, 6, 6)
    x = graph.add("relu", graph.add("batch_norm", 0))
    y = graph.add("relu", graph.add("add", graph.conv(x, 4), x))
    graph.add("add", graph.add("relu", graph.add("batch_norm", graph.conv(y, 4))), y)
    yield "residual blocks with relu in place", graph.json()


def saved_by_torch(graph, shapes):
    """(the input, the output, bytes an element of the output) that one operation saves for backward."""
    shape = shapes[0]
    network = ReferenceNetwork(graph, shapes).train()
    x = torch.rand(BATCH, *shape)
    x = (x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x).requires_grad_(True)
    saved = []
    with saved_tensors_hooks(lambda t: saved.append(t) or t, lambda t: t):
        y = network(x)
    known = {x.data_ptr(), y.data_ptr(), *(p.data_ptr() for p in network.parameters())}
    extra = [t for t in saved if t.data_ptr() not in known and t.numel() >= y.numel()]
    small = [t for t in saved if t.data_ptr() not in known and t.numel() < y.numel()]
    assert all(t.numel() < x.numel() for t in small), "more than a few statistics"
    return (any(t.data_ptr() == x.data_ptr() for t in saved), any(t.data_ptr() == y.data_ptr() for t in saved),
            sum(t.numel() * t.element_size() for t in extra) // y.numel())


class LayersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cases = list(cases())
        lines = [json.dumps({"network": graph, "batch": BATCH}) for _, graph in cls.cases]
        done = subprocess.run([DUMP_NETWORK], input="\n".join(lines), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        cls.answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(cls.answers) == len(cls.cases)

    def close(self, mine, reference, what, scale=None):
        reference = reference.detach().flatten()
        mine = torch.tensor(mine)
        self.assertEqual(mine.shape, reference.shape, what)
        scale = scale or reference.abs().max().clamp(min=0.01)  # inputs are of size 0.6
        self.assertLessEqual(((mine - reference).abs().max() / scale).item(), TOLERANCE, what)

    def compare(self, graph, answer):
        shapes = [node["shape"] for node in answer["shapes"]]
        network = ReferenceNetwork(graph, shapes).double()  # the truth; nas-trainer computes in float32
        for name, tensor in network.named_state():
            fill(name, tensor)
        x = torch.empty(BATCH, *shapes[0], dtype=torch.double)
        fill("input", x)
        x.requires_grad_(True)
        with torch.no_grad():
            self.close(answer["evaluation"], network.eval()(x), "evaluation")
        output = network.train()(x)
        self.assertEqual(list(output.shape[1:]), shapes[graph["output"]])
        self.close(answer["training"], output, "training")
        seed = torch.empty_like(output)
        fill("gradient", seed)
        output.backward(seed)
        state = {**dict(network.named_state()), "input": x}
        # Of the whole gradient: a shift before a batch norm has none but rounding errors.
        scale = max(t.grad.abs().max() for t in state.values() if t.grad is not None)
        for name, gradient in answer["gradients"].items():
            self.close(gradient, state.pop(name).grad, f"gradient of {name}", scale)
        for name, buffer in answer["buffers"].items():
            self.close(buffer, state.pop(name), name)
        self.assertEqual([name for name, tensor in state.items() if tensor.grad is not None], [], "not built")
        self.assertEqual(answer["cost"]["params"], sum(p.numel() for p in network.parameters()), "params")
        self.assertEqual(answer["cost"]["macs"] * 2 * BATCH, self.flops_by_torch(graph, network, x), "macs")

    def flops_by_torch(self, graph, network, x):
        if not {"conv", "conv_transpose", "linear"} & {node["op"] for node in graph["nodes"]}:
            return 0  # the counter takes longer than the network
        with FlopCounterMode(display=False) as flops:
            network.eval()(x)
        return flops.get_total_flops()

    def test_every_case(self):
        for (name, graph), answer in zip(self.cases, self.answers):
            with self.subTest(name):
                self.compare(graph, answer)

    def test_keeps_what_autograd_saves(self):
        """The column `keeps` of the table against what torch saves, on an image with channels last."""
        for op, (inputs, output, extra) in OPERATIONS.items():
            if op in ("input", "dropout"):
                continue  # dropout: the mask of a GPU
            with self.subTest(op):
                self.assertEqual(saved_by_torch(*self.image_case(op)), (inputs, output, extra))

    def image_case(self, op):
        """That operation alone on an image: graph, shapes."""
        if op in ("add", "concat", "multiply", "zero"):
            graph = Graph(4, 7, 6)
            graph.add(op, *([0] if op == "zero" else [0, 0]))
            return graph.json(), [[4, 7, 6], [4, 7, 6]]
        return next(
            (graph, [node["shape"] for node in answer["shapes"]])
            for (_, graph), answer in zip(self.cases, self.answers)
            if [n["op"] for n in graph["nodes"]] == ["input", op]
            and (op == "linear" or len(graph["nodes"][0]["shape"]) == 3))  # flattening an image copies it

    def test_every_operation_has_a_case(self):
        seen = {node["op"] for _, graph in self.cases for node in graph["nodes"]}
        self.assertEqual(seen, set(OPERATIONS), "an operation without a reference value")


if __name__ == "__main__":
    DUMP_NETWORK = sys.argv.pop(1)
    OPERATIONS = json.loads(subprocess.run([DUMP_NETWORK, "--operations"], capture_output=True, check=True).stdout)
    unittest.main()
