"""The same network graph in plain torch.nn, node by node, as the oracle for nas-trainer's layers."""

import itertools

import torch
from torch import nn

CONVS = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED_CONVS = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
NORMS = {0: nn.BatchNorm1d, 1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
MAX_POOLS = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}
AVERAGE_POOLS = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}
ADAPTIVE_AVERAGE_POOLS = {1: nn.AdaptiveAvgPool1d, 2: nn.AdaptiveAvgPool2d, 3: nn.AdaptiveAvgPool3d}
ADAPTIVE_MAX_POOLS = {1: nn.AdaptiveMaxPool1d, 2: nn.AdaptiveMaxPool2d, 3: nn.AdaptiveMaxPool3d}
INTERPOLATIONS = {1: "linear", 2: "bilinear", 3: "trilinear"}
POINTWISE = {
    "identity": nn.Identity, "relu": nn.ReLU, "relu6": nn.ReLU6, "silu": nn.SiLU, "gelu": nn.GELU,
    "sigmoid": nn.Sigmoid, "hard_swish": nn.Hardswish, "hard_sigmoid": nn.Hardsigmoid, "tanh": nn.Tanh,
    "flatten": nn.Flatten}


def axes(node, key, dims, default):
    return list(node.get(key, [default] * dims))


def uneven(node, dims):
    return axes(node, "pad_low", dims, 0) != axes(node, "pad_high", dims, 0)


class WindowByWindow(nn.Module):
    """Pooling as its definition says, one output position at a time; any padding."""

    def __init__(self, node, dims, output_size):
        super().__init__()
        self.node, self.dims, self.output_size = node, dims, output_size

    def forward(self, x):
        low, high = (axes(self.node, key, self.dims, 0) for key in ("pad_low", "pad_high"))
        kernel, stride, dilation = (axes(self.node, key, self.dims, 1) for key in ("kernel", "stride", "dilation"))
        columns = []
        for place in itertools.product(*(range(size) for size in self.output_size)):
            inside, padded = [], 1
            for a in range(self.dims):
                size = x.shape[2 + a]
                start = place[a] * stride[a] - low[a]
                taken = [start + k * dilation[a] for k in range(kernel[a])]
                inside.append([i for i in taken if 0 <= i < size])
                padded *= len([i for i in taken if i < size + high[a]])
            values = torch.stack([x[(slice(None), slice(None), *at)] for at in itertools.product(*inside)])
            if self.node["op"] == "max_pool":
                columns.append(values.amax(0))
            else:
                columns.append(values.sum(0) / (padded if self.node.get("count_include_pad") else len(values)))
        return torch.stack(columns, -1).reshape(*x.shape[:2], *self.output_size)


def conv(node, shape):
    dims = len(shape) - 1
    low, high = axes(node, "pad_low", dims, 0), axes(node, "pad_high", dims, 0)
    module = CONVS[dims](
        shape[0], node["channels"], tuple(node["kernel"]), tuple(axes(node, "stride", dims, 1)),
        0 if low != high else tuple(low), tuple(axes(node, "dilation", dims, 1)), node.get("groups", 1),
        node.get("bias", False))
    if low == high:
        return module, module
    return nn.Sequential(padded(node, dims), module), module


def padded(node, dims):
    """torch names the last axis first."""
    low, high = axes(node, "pad_low", dims, 0), axes(node, "pad_high", dims, 0)
    return Pad([p for pair in reversed(list(zip(low, high))) for p in pair])


class Crop(nn.Module):
    def __init__(self, low, high):
        super().__init__()
        self.low, self.high = low, high

    def forward(self, x):
        return x[(slice(None), slice(None), *(slice(l, n - h) for l, h, n in zip(self.low, self.high, x.shape[2:])))]


def conv_transpose(node, shape):
    """PyTorch pads both sides alike and adds `output_padding` above; what remains is cropped."""
    dims = len(shape) - 1
    low, high = axes(node, "pad_low", dims, 0), axes(node, "pad_high", dims, 0)
    stride, dilation = axes(node, "stride", dims, 1), axes(node, "dilation", dims, 1)
    more = [o + l - h for o, l, h in zip(axes(node, "output_padding", dims, 0), low, high)]
    fits = all(0 <= m < max(s, d) for m, s, d in zip(more, stride, dilation))
    module = TRANSPOSED_CONVS[dims](
        shape[0], node["channels"], tuple(node["kernel"]), tuple(stride), tuple(low) if fits else 0,
        tuple(more) if fits else tuple(axes(node, "output_padding", dims, 0)), node.get("groups", 1),
        node.get("bias", False), tuple(dilation))
    return module if fits else nn.Sequential(module, Crop(low, high)), module


class LastAxis(nn.Module):
    """A module that works on the last axis, on channels."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module(x.movedim(1, -1)).movedim(-1, 1)


class Reorder(nn.Module):
    def __init__(self, order):
        super().__init__()
        self.order = order

    def forward(self, x):
        return x[:, self.order]


class Pad(nn.Module):
    def __init__(self, amounts):
        super().__init__()
        self.amounts = amounts

    def forward(self, x):
        return nn.functional.pad(x, self.amounts)


def pool(node, shape, output_shape):
    dims = len(shape) - 1
    if uneven(node, dims):
        return WindowByWindow(node, dims, output_shape[1:])
    kernel, stride = axes(node, "kernel", dims, 1), axes(node, "stride", dims, 1)
    low = axes(node, "pad_low", dims, 0)
    ceil = node.get("ceil_mode", False)
    if node["op"] == "max_pool":
        return MAX_POOLS[dims](kernel, stride, low, axes(node, "dilation", dims, 1), ceil_mode=ceil)
    if dims == 1:
        kernel, stride, low = kernel[0], stride[0], low[0]
    return AVERAGE_POOLS[dims](kernel, stride, low, ceil, node.get("count_include_pad", False))


def with_weights(node, shape):
    """(what runs, what holds the weights), or nothing."""
    op = node["op"]
    if op == "conv":
        return conv(node, shape)
    if op == "conv_transpose":
        return conv_transpose(node, shape)
    norm = {"eps": node.get("eps", 1e-5)}
    if op == "linear":
        linear = nn.Linear(torch.Size(shape).numel(), node["units"], node.get("bias", False))
        return nn.Sequential(nn.Flatten(), linear), linear
    if op == "batch_norm":
        module = NORMS[len(shape) - 1](
            shape[0], momentum=node.get("momentum", 0.1), affine=node.get("affine", True), **norm)
    elif op == "layer_norm":
        inner = nn.LayerNorm(shape[0], elementwise_affine=node.get("affine", True), **norm)
        return LastAxis(inner), inner
    elif op == "group_norm":
        module = nn.GroupNorm(node.get("groups", 1), shape[0], affine=node.get("affine", True), **norm)
    elif op == "prelu":
        module = nn.PReLU(1 if node.get("shared", False) else shape[0])
    else:
        return None, None
    return module, module


def without_weights(node, shape, output_shape):
    op, dims = node["op"], len(shape) - 1
    if op in ("max_pool", "average_pool"):
        return pool(node, shape, output_shape)
    if op == "global_average_pool":
        return lambda x: x.mean(tuple(range(2, x.dim())), keepdim=True)
    if op == "global_max_pool":
        return lambda x: x.amax(tuple(range(2, x.dim())), keepdim=True)
    if op in ("adaptive_average_pool", "adaptive_max_pool"):
        return (ADAPTIVE_AVERAGE_POOLS if op == "adaptive_average_pool" else ADAPTIVE_MAX_POOLS)[dims](node["size"])
    if op in ("dropout", "drop_path"):
        assert node.get("rate", 0) == 0, "random: has no reference value"
        return nn.Identity()
    if op == "leaky_relu":
        return nn.LeakyReLU(node.get("slope", 0.01))
    if op == "softmax":
        return nn.Softmax(1)
    if op == "slice":
        return lambda x: x[:, node.get("start", 0):node.get("start", 0) + node["channels"]]
    if op == "channel_shuffle":
        each = shape[0] // node["groups"]
        return Reorder([group * each + k for k in range(each) for group in range(node["groups"])])
    if op == "upsample":
        mode = INTERPOLATIONS[dims] if node.get("linear", False) else "nearest"
        return nn.Upsample(scale_factor=tuple(node["scale"]), mode=mode)
    if op == "pad":
        return padded(node, dims)
    if op == "reshape":
        return lambda x: x.contiguous().view(-1, *output_shape)
    return POINTWISE[op]() if op in POINTWISE else None


class ReferenceNetwork(nn.Module):
    """`shapes`: of each node's output, as nas-trainer inferred them."""

    def __init__(self, graph, shapes):
        super().__init__()
        self.graph, self.shapes = graph, shapes
        self.by_node = nn.ModuleDict()  # modules with weights, by node index
        self.run = {}
        for i, node in enumerate(graph["nodes"]):
            self.run[i] = self._operation(i, node)

    def _operation(self, i, node):
        if not node["inputs"]:
            return None
        shape = self.shapes[node["inputs"][0]]
        module, weights = with_weights(node, shape)
        if weights is not None:
            self.by_node[str(i)] = weights
        return module or without_weights(node, shape, self.shapes[i])

    def forward(self, x):
        return self.values(x)[self.graph["output"]]

    def outputs(self, x):
        """The output, then the exits in their order; auxiliary ones in training mode only."""
        values = self.values(x)
        exits = [e["node"] for e in self.graph.get("exits", []) if self.training or e["role"] == "exit"]
        return [values[i] for i in (self.graph["output"], *exits)]

    def values(self, x):
        values = []
        for i, node in enumerate(self.graph["nodes"]):
            inputs = [values[j] for j in node["inputs"]]
            op = node["op"]
            if op == "input":
                values.append(x)
            elif op == "zero":
                values.append(torch.zeros(x.shape[0], *self.shapes[i], dtype=x.dtype))
            elif op == "add":
                values.append(sum(inputs[1:], inputs[0]))
            elif op == "multiply":
                product = inputs[0]
                for factor in inputs[1:]:
                    product = product * factor
                values.append(product)
            elif op == "concat":
                values.append(torch.cat(inputs, 1))
            else:
                values.append(self.run[i](inputs[0]))
        return values

    def named_state(self):
        """(name, tensor) as nas-trainer names them; running statistics included."""
        for i, module in self.by_node.items():
            node = self.graph["nodes"][int(i)]["name"]
            for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
                if name != "num_batches_tracked":
                    yield f"{node}.{name}", tensor
