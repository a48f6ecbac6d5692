"""The same network graph in plain torch.nn, node by node, as the oracle for nas-trainer's layers."""

import itertools

import torch
from torch import nn

CONVS = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
NORMS = {0: nn.BatchNorm1d, 1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
MAX_POOLS = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}
AVERAGE_POOLS = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}
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
    amounts = [p for pair in reversed(list(zip(low, high))) for p in pair]
    return nn.Sequential(Pad(amounts), module), module


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
        op = node["op"]
        shape = self.shapes[node["inputs"][0]] if node["inputs"] else None
        if op == "conv":
            module, weights = conv(node, shape)
            self.by_node[str(i)] = weights
            return module
        if op == "linear":
            features = torch.Size(shape).numel()
            self.by_node[str(i)] = nn.Linear(features, node["units"], node.get("bias", False))
            return nn.Sequential(nn.Flatten(), self.by_node[str(i)])
        if op == "batch_norm":
            self.by_node[str(i)] = NORMS[len(shape) - 1](
                shape[0], eps=node.get("eps", 1e-5), momentum=node.get("momentum", 0.1),
                affine=node.get("affine", True))
            return self.by_node[str(i)]
        if op in ("max_pool", "average_pool"):
            return pool(node, shape, self.shapes[i])
        if op == "global_average_pool":
            return lambda x: x.mean(tuple(range(2, x.dim())), keepdim=True)
        if op == "dropout":
            assert node.get("rate", 0) == 0, "random: has no reference value"
            return nn.Identity()
        return POINTWISE[op]() if op in POINTWISE else None

    def forward(self, x):
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
        return values[self.graph["output"]]

    def named_state(self):
        """(name, tensor) as nas-trainer names them; running statistics included."""
        for i, module in self.by_node.items():
            node = self.graph["nodes"][int(i)]["name"]
            for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
                if name != "num_batches_tracked":
                    yield f"{node}.{name}", tensor
