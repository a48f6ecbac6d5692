"""Whole trainings of nas-trainer's against plain torch: the same losses epoch by epoch.

A batch holds all training images, so their order does not matter and each epoch is one step of
SGD; augmentation is off. Weights start where nas-trainer's start.

usage: training_reference_test.py NAS_TRAINER DUMP_NETWORK
"""

import json
import math
import pathlib
import subprocess
import sys
import tempfile

import torch
from torch import nn

import idx_files
from network_graph import Graph
from reference_network import ReferenceNetwork

IMAGES, SIZE, CLASSES, CHANNELS, EPOCHS = 60, 8, 4, 2, 8
VARIANTS = [
    {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4, "schedule": "cosine",
     "label_smoothing": 0.1},
    {"learning_rate": 0.05, "momentum": 0.8, "nesterov": False, "weight_decay": 0.01, "schedule": "constant",
     "label_smoothing": 0.0},
    {"learning_rate": 0.1, "momentum": 0.0, "nesterov": True, "weight_decay": 0.0, "schedule": "cosine",
     "label_smoothing": 0.0},
]


def classifier(graph, x):
    return graph.add("linear", graph.add("global_average_pool", x), units=CLASSES, bias=True)


def small_graph(exits):
    """With exits: an early one behind the first block, and an auxiliary head that has a batch norm."""
    graph = Graph(CHANNELS, SIZE, SIZE)
    first = graph.add("relu", graph.add("batch_norm", graph.conv(0, 6)))
    if exits:
        graph.exit("early", classifier(graph, first), weight=0.5)
        head = graph.add("batch_norm", graph.conv(graph.add("relu", first), 3))
        graph.exit("head", classifier(graph, head), role="auxiliary", weight=0.3)
    x = graph.add("add", graph.add("batch_norm", graph.conv(first, 6)), first)
    classifier(graph, graph.add("relu", x))
    return graph.json()


def ask(program, *requests):
    lines = "\n".join(json.dumps(request) for request in requests)
    done = subprocess.run([program], input=lines, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def normalised(start):
    """Training and validation images by the mean and deviation of the training part, and labels."""
    pixels, labels = idx_files.pattern_images(IMAGES, SIZE, CLASSES, channels=CHANNELS)
    pixels = torch.tensor(list(pixels), dtype=torch.double).view(IMAGES, CHANNELS, SIZE, SIZE)
    labels = torch.tensor(list(labels))
    train = pixels[start["train"]]
    mean = train.mean((0, 2, 3), keepdim=True)
    deviation = train.std((0, 2, 3), correction=0, keepdim=True)
    return [((pixels[part] - mean) / deviation, labels[part]) for part in (start["train"], start["validation"])]


def train_reference(start, graph, options):
    """Metrics of each epoch."""
    (images, labels), (val_images, val_labels) = normalised(start)
    network = ReferenceNetwork(graph, [node["shape"] for node in start["shapes"]]).double()
    state = dict(network.named_state())
    with torch.no_grad():
        for name, values in start["initial"].items():
            state[name].copy_(torch.tensor(values).view(state[name].shape))
    nesterov = options["nesterov"] and options["momentum"] > 0
    optimizer = torch.optim.SGD(network.parameters(), options["learning_rate"], momentum=options["momentum"],
                                nesterov=nesterov, weight_decay=options["weight_decay"])
    curve = []
    for step in range(EPOCHS):
        if options["schedule"] == "cosine":
            rate = options["learning_rate"] * 0.5 * (1 + math.cos(math.pi * step / EPOCHS))
            optimizer.param_groups[0]["lr"] = rate
        losses = [nn.functional.cross_entropy(logits, labels, label_smoothing=options["label_smoothing"])
                  for logits in network.train().outputs(images)]
        loss = sum(exit["weight"] * its for exit, its in zip(graph.get("exits", []), losses[1:])) + losses[0]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            outputs = network.eval().outputs(val_images)
        curve.append({"train_loss": loss.item()})
        for logits, suffix in zip(outputs, ["", ".early"], strict="exits" in graph):
            curve[-1]["val_loss" + suffix] = nn.functional.cross_entropy(logits, val_labels).item()
            curve[-1]["val_accuracy" + suffix] = (logits.argmax(1) == val_labels).double().mean().item()
    return curve


def main():
    trainer, dump_network = sys.argv[1:]
    cases = [(small_graph(exits=False), options) for options in VARIANTS] + [(small_graph(exits=True), VARIANTS[0])]
    with tempfile.TemporaryDirectory() as folder:
        idx_files.write_set(pathlib.Path(folder), IMAGES, SIZE, CLASSES, CHANNELS)
        data = {"set": "idx", "folder": folder, "train": 40, "validation": 20, "split_seed": 5}
        starts = ask(dump_network, *({"network": graph, "seed": 3, "data": data} for graph, _ in cases))
        jobs = [{"id": i, "seed": 3, "budget": EPOCHS, "network": graph, "data": data,
                 "training": {**options, "batch_size": 40, "crop_padding": 0, "flip": False, "threads": 1}}
                for i, (graph, options) in enumerate(cases)]
        answers = ask(trainer, *jobs)
    for i, (start, (graph, options)) in enumerate(zip(starts, cases)):
        mine = [a["metrics"] for a in answers if a["id"] == i and a.get("epoch", 0) > 0]
        reference = train_reference(start, graph, options)
        assert len(mine) == EPOCHS, mine
        for epoch, (a, b) in enumerate(zip(mine, reference), 1):
            assert set(b) <= set(a), (set(a), set(b))
            for name, value in b.items():
                assert abs(a[name] - value) <= 1e-4 * abs(value), (options, epoch, name, a[name], value)
        assert reference[-1]["train_loss"] < 0.97 * reference[0]["train_loss"], "nothing was learnt"
    print(f"{len(cases)} trainings agree over {EPOCHS} epochs")


if __name__ == "__main__":
    main()
