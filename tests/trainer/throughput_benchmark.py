"""Training throughput of nas-trainer against PyTorch eager of the same wheel, side by side.

usage: throughput_benchmark.py NAS_TRAINER [--cell 333333] [--batch 64] [--images 512] [--rounds 5]

Trains the NAS-Bench-201 network (16 channels, 5 cells a stage, 3x32x32 images) on one thread, one
epoch a round, in turn: nas-trainer, eager, eager with channels_last. Each does the same work:
batches, forward, backward, SGD with momentum (nas-trainer also crops and flips, and validates on
two images). Prints the median, the spread and the ratio of images a second of wall clock, and of
CPU time, which other programs on the machine disturb less.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import torch
from torch import nn

import idx_files
import network_graph


class Edge(nn.Sequential):
    def __init__(self, channels, kernel):
        super().__init__(nn.ReLU(), nn.Conv2d(channels, channels, kernel, padding=kernel // 2, bias=False),
                         nn.BatchNorm2d(channels))


class Zero(nn.Module):
    def forward(self, x):
        return x.mul(0.0)


class Cell(nn.Module):
    def __init__(self, channels, edges):
        super().__init__()
        makers = [Zero, nn.Identity, lambda: Edge(channels, 1), lambda: Edge(channels, 3),
                  lambda: nn.AvgPool2d(3, 1, 1, count_include_pad=False)]
        self.edges = nn.ModuleList(makers[int(e)]() for e in edges)

    def forward(self, x):
        nodes, e = [x], 0
        for target in range(1, 4):
            nodes.append(sum(self.edges[e + source](nodes[source]) for source in range(target)))
            e += target
        return nodes[-1]


class Reduction(nn.Module):
    def __init__(self, before, after):
        super().__init__()
        self.body = nn.Sequential(
            nn.ReLU(), nn.Conv2d(before, after, 3, 2, 1, bias=False), nn.BatchNorm2d(after),
            nn.ReLU(), nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after))
        self.shortcut = nn.Sequential(nn.AvgPool2d(2, 2), nn.Conv2d(before, after, 1, bias=False))

    def forward(self, x):
        return self.shortcut(x) + self.body(x)


def eager_network(edges, channels=16, cells=5, classes=10):
    layers = [nn.Conv2d(3, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)]
    for stage in range(3):
        if stage > 0:
            layers.append(Reduction(channels << (stage - 1), channels << stage))
        layers += [Cell(channels << stage, edges) for _ in range(cells)]
    last = channels << 2
    return nn.Sequential(*layers, nn.BatchNorm2d(last), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(last, classes))


def eager_rate(edges, batch, images, memory_format):
    torch.manual_seed(0)
    model = eager_network(edges).to(memory_format=memory_format)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, nesterov=True, weight_decay=5e-4, foreach=True)
    pixels = torch.randint(0, 256, (images, 3, 32, 32), dtype=torch.uint8)
    labels = torch.randint(0, 10, (images,))
    start, cpu_start = time.perf_counter(), time.process_time()
    for first in range(0, images, batch):
        x = (pixels[first:first + batch].float() / 255).contiguous(memory_format=memory_format)
        loss = nn.functional.cross_entropy(model(x), labels[first:first + batch])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss.item()
    return images / (time.perf_counter() - start), images / (time.process_time() - cpu_start)


class Trainer:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rate(self, job):
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        while True:
            answer = json.loads(self.process.stdout.readline())
            if "error" in answer:
                raise SystemExit(answer["error"])
            if answer.get("epoch") == 0:
                cpu_start = self.cpu_seconds()
            if "epoch" not in answer:
                metrics = answer["metrics"]
                images = metrics["images_per_second"] * metrics["train_seconds"]
                return metrics["images_per_second"], images / (self.cpu_seconds() - cpu_start)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trainer")
    parser.add_argument("--cell", default="333333", help="six digits: 0 none, 1 skip, 2 conv 1x1, 3 conv 3x3, 4 pool")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--images", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        idx_files.write_set(pathlib.Path(folder), arguments.images + 2, 32, 10, channels=3)
        job = {"id": 1, "seed": 1, "budget": 1, "network": network_graph.nas_bench_201(arguments.cell),
               "training": {"threads": 1, "batch_size": arguments.batch},
               "data": {"set": "idx", "folder": folder, "train": arguments.images, "validation": 2}}
        trainer = Trainer(arguments.trainer)
        contestants = {
            "nas-trainer": lambda: trainer.rate(job),
            "eager": lambda: eager_rate(arguments.cell, arguments.batch, arguments.images, torch.contiguous_format),
            "eager channels_last": lambda: eager_rate(arguments.cell, arguments.batch, arguments.images,
                                                      torch.channels_last),
        }
        rates = {name: [] for name in contestants}
        for round_number in range(arguments.rounds + 1):
            for name, measure in contestants.items():
                rate = measure()
                if round_number > 0:  # the first warms up
                    rates[name].append(rate)
        trainer.close()
    for column, clock in enumerate(("wall clock", "CPU time")):
        print(f"images a second of {clock}, median of {arguments.rounds} rounds:")
        best = statistics.median(rate[column] for rate in rates["nas-trainer"])
        for name, pairs in rates.items():
            values = [pair[column] for pair in pairs]
            median = statistics.median(values)
            print(f"  {name:20} {median:8.1f} (from {min(values):.1f} to {max(values):.1f}), "
                  f"nas-trainer is {best / median:.3f} times as fast")


if __name__ == "__main__":
    main()
