"""Network graphs as the JSON of docs/formats.md, written in Python for the trainer's tests."""


class Graph:
    """Appends nodes; every method returns the new node's index."""

    def __init__(self, *shape):
        self.exits = []
        self.nodes = [{"op": "input", "name": "input", "inputs": [], "shape": list(shape)}]

    def add(self, op, *inputs, **attributes):
        name = f"{op}_{len(self.nodes)}"
        self.nodes.append({"op": op, "name": name, "inputs": list(inputs), **attributes})
        return len(self.nodes) - 1

    def conv(self, x, channels, kernel=3, stride=1, dims=2, **attributes):
        """Padded so that stride 1 keeps the size."""
        pad = (kernel - 1) // 2
        return self.add(
            "conv", x, channels=channels, kernel=[kernel] * dims, stride=[stride] * dims,
            pad_low=[pad] * dims, pad_high=[pad] * dims, **attributes)

    def exit(self, name, node, role="exit", weight=1.0):
        self.exits.append({"name": name, "node": node, "role": role, "weight": weight})

    def json(self):
        exits = {"exits": self.exits} if self.exits else {}
        return {"format": 1, "nodes": self.nodes, "output": len(self.nodes) - 1, **exits}


def relu_conv_bn(graph, x, channels, kernel=3, stride=1):
    return graph.add("batch_norm", graph.conv(graph.add("relu", x), channels, kernel, stride))


def nas_bench_201_cell(graph, x, channels, edges):
    """`edges`: digits 0 none, 1 skip, 2 conv 1x1, 3 conv 3x3, 4 average pool, edge by edge."""
    nodes = [x]
    edge = iter(edges)
    for target in range(1, 4):
        summands = []
        for source in range(target):
            kind = int(next(edge))
            value = nodes[source]
            if kind == 0:
                summands.append(graph.add("zero", value))
            elif kind == 1:
                summands.append(graph.add("identity", value))
            elif kind in (2, 3):
                summands.append(relu_conv_bn(graph, value, channels, 1 if kind == 2 else 3))
            else:
                summands.append(graph.add("average_pool", value, kernel=[3, 3], stride=[1, 1], pad_low=[1, 1],
                                          pad_high=[1, 1]))
        nodes.append(graph.add("add", *summands))
    return nodes[-1]


def residual_reduction(graph, x, channels):
    """ResNet's basic block of stride 2, as NAS-Bench-201 has it."""
    body = relu_conv_bn(graph, relu_conv_bn(graph, x, channels, stride=2), channels)
    pooled = graph.add("average_pool", x, kernel=[2, 2], stride=[2, 2])
    return graph.add("add", graph.conv(pooled, channels, kernel=1), body)


def nas_bench_201(edges, shape=(3, 32, 32), channels=16, cells=5, classes=10):
    graph = Graph(*shape)
    x = graph.add("batch_norm", graph.conv(0, channels))
    for stage in range(3):
        width = channels << stage
        if stage > 0:
            x = residual_reduction(graph, x, width)
        for _ in range(cells):
            x = nas_bench_201_cell(graph, x, width, edges)
    x = graph.add("relu", graph.add("batch_norm", x))
    graph.add("linear", graph.add("global_average_pool", x), units=classes, bias=True)
    return graph.json()
