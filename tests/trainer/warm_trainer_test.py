"""A trainer that has trained many candidates is as small as after the first ones, and starts the next at once.

usage: warm_trainer_test.py NAS_TRAINER [--figures] [--threads N]

As a test: 200 candidates, ten NAS-Bench-201 networks in turn; resident memory after the last is at most 1.05 of that
after the first ten. With --figures it also prints what depends on the machine: from the message to the start of the
first step, and the first step beyond the median one (epochs of one step each).
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

import idx_files
import network_graph

CANDIDATES, FIRST, MOST_GROWTH = 200, 10, 1.05
BATCH, STEPS, WARM = 32, 16, 5


class Trainer:
    def __init__(self, program, folder, threads):
        self.folder, self.threads, self.sent = folder, threads, 0
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
                                        env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": str(threads)})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def train(self, network, epochs=1):
        """Seconds at which the lines of a candidate came, from its message on: epoch 0, 1, ..., the answer."""
        self.sent += 1
        job = {"id": self.sent, "seed": self.sent, "budget": epochs, "network": network,
               "training": {"threads": self.threads, "batch_size": BATCH, "learning_rate": 0.01},
               "data": {"set": "idx", "folder": str(self.folder), "train": BATCH, "validation": 2}}
        text = json.dumps(job) + "\n"
        began, times = time.perf_counter(), []
        self.process.stdin.write(text)
        self.process.stdin.flush()
        while True:
            line = json.loads(self.process.stdout.readline())
            times.append(time.perf_counter() - began)
            if "error" in line:
                sys.exit(f"candidate {self.sent}: {line['error']}")
            if "epoch" not in line:
                return times

    def resident_kib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")))


def networks():
    draw = random.Random(1)
    cells = ["".join(draw.choice("1234") for _ in range(6)) for _ in range(FIRST)]
    return [network_graph.nas_bench_201(cell, (1, 24, 24), channels=8, cells=1, classes=4) for cell in cells]


def growth(trainer):
    graphs, after_first = networks(), 0
    for i in range(CANDIDATES):
        trainer.train(graphs[i % len(graphs)])
        if i + 1 == FIRST:
            after_first = trainer.resident_kib()
    return after_first, trainer.resident_kib()


def print_starts(trainer):
    runs = [trainer.train(network, STEPS) for network in networks() * 2][WARM:]
    starts = [1e3 * run[0] for run in runs]
    steps = [[after - before for before, after in zip(run[:STEPS], run[1:STEPS + 1])] for run in runs]
    beyond = [100 * (first / statistics.median(rest) - 1) for first, *rest in steps]
    print(f"message to first step: median {statistics.median(starts):.1f} ms, most {max(starts):.1f} ms")
    print(f"median step {1e3 * statistics.median(s for run in steps for s in run):.1f} ms; "
          f"first step beyond it: median {statistics.median(beyond):.0f}%, most {max(beyond):.0f}%")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--figures", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        idx_files.write_set(folder, BATCH + 2, 24, 4)
        with Trainer(options.program, folder, options.threads) as trainer:
            first, last = growth(trainer)
            print(f"resident after {FIRST} candidates {first / 1024:.0f} MiB, after {CANDIDATES} {last / 1024:.0f} MiB: "
                  f"{last / first:.3f}")
            if options.figures:
                print_starts(trainer)
    if last > MOST_GROWTH * first:
        sys.exit(f"more than {MOST_GROWTH} times as much")


if __name__ == "__main__":
    main()
