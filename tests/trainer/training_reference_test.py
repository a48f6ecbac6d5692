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
# What an option is where a variant does not name it.
PLAIN = {"optimizer": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4,
         "decay_all": False, "schedule": "cosine", "label_smoothing": 0.0, "warmup_epochs": 0, "clip_norm": 0,
         "ema_decay": 0}
VARIANTS = [{**PLAIN, **variant} for variant in (
    {"label_smoothing": 0.1},
    {"learning_rate": 0.05, "momentum": 0.8, "nesterov": False, "weight_decay": 0.01, "decay_all": True,
     "schedule": "constant"},
    {"momentum": 0.0, "weight_decay": 0.0},
    {"optimizer": "adamw", "learning_rate": 0.01, "weight_decay": 0.5, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-4,
     "warmup_epochs": 3},
    {"optimizer": "adamw", "learning_rate": 0.02, "weight_decay": 0.1, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-4,
     "decay_all": True, "schedule": "one_cycle"},
    {"optimizer": "rmsprop", "learning_rate": 0.003, "rms_decay": 0.9, "epsilon": 0.01, "weight_decay": 0.01,
     "schedule": "step", "step_epochs": 2.5, "step_factor": 0.5},
    {"optimizer": "rmsprop", "learning_rate": 0.01, "momentum": 0.0, "rms_decay": 0.8, "epsilon": 0.01,
     "clip_norm": 0.05, "ema_decay": 0.3},
    {"clip_norm": 0.1, "ema_decay": 0.15, "warmup_epochs": 2, "schedule": "step", "step_epochs": 5},
)]


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


def make_optimizer(network, options):
    """Weight decay leaves out tensors of one axis."""
    tensors = list(network.parameters())
    decayed = [tensor for tensor in tensors if options["decay_all"] or tensor.dim() > 1]
    others = [tensor for tensor in tensors if not options["decay_all"] and tensor.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": options["weight_decay"]}]
    groups += [{"params": others, "weight_decay": 0}] if others else []
    rate, momentum = options["learning_rate"], options["momentum"]
    if options["optimizer"] == "adamw":
        return torch.optim.AdamW(groups, rate, (options["beta1"], options["beta2"]), options["epsilon"])
    if options["optimizer"] == "rmsprop":
        return torch.optim.RMSprop(groups, rate, options["rms_decay"], options["epsilon"], momentum=momentum)
    return torch.optim.SGD(groups, rate, momentum, nesterov=options["nesterov"] and momentum > 0)


def make_schedule(optimizer, options):
    """torch's own, or None."""
    schedules = torch.optim.lr_scheduler
    if options["schedule"] == "one_cycle":
        return schedules.OneCycleLR(optimizer, options["learning_rate"], total_steps=EPOCHS, cycle_momentum=False)
    warmup = options["warmup_epochs"]
    factor = lambda step: 1
    if options["schedule"] == "cosine":
        factor = lambda step: 0.5 * (1 + math.cos(math.pi * (step - warmup) / (EPOCHS - warmup)))
    if options["schedule"] == "step":
        factor = lambda step: options.get("step_factor", 0.1) ** math.floor(step / options["step_epochs"])
    return schedules.LambdaLR(optimizer, lambda step: (step + 1) / warmup if step < warmup else factor(step))


def outputs_of(network, average, images):
    """Of the averaged network, where there is an average."""
    own = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    if average:
        network.load_state_dict({**own, **average})
    with torch.no_grad():
        outputs = network.eval().outputs(images)
    network.load_state_dict(own)
    return outputs


def train_reference(start, graph, options):
    """Metrics of each epoch."""
    (images, labels), (val_images, val_labels) = normalised(start)
    network = ReferenceNetwork(graph, [node["shape"] for node in start["shapes"]]).double()
    state = dict(network.named_state())
    with torch.no_grad():
        for name, values in start["initial"].items():
            state[name].copy_(torch.tensor(values).view(state[name].shape))
    optimizer = make_optimizer(network, options)
    schedule = make_schedule(optimizer, options)
    average = {name: tensor.clone() for name, tensor in network.state_dict().items() if options["ema_decay"]}
    curve = []
    for step in range(EPOCHS):
        losses = [nn.functional.cross_entropy(logits, labels, label_smoothing=options["label_smoothing"])
                  for logits in network.train().outputs(images)]
        loss = sum(exit["weight"] * its for exit, its in zip(graph.get("exits", []), losses[1:])) + losses[0]
        optimizer.zero_grad()
        loss.backward()
        if options["clip_norm"]:
            nn.utils.clip_grad_norm_(network.parameters(), options["clip_norm"])
        optimizer.step()
        if step + 1 < EPOCHS:
            schedule.step()
        decay = min(options["ema_decay"], (2 + step) / (11 + step))
        for name, mean in average.items():
            if mean.is_floating_point():
                mean.mul_(decay).add_(network.state_dict()[name], alpha=1 - decay)
        outputs = outputs_of(network, average, val_images)
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
