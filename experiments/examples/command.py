#!/usr/bin/env python3
"""A command for `nas search`: trains a tiny neural network on a toy problem, in plain Python.

Start from this file to search with a training script of your own. The only rule is the loop in
`main`: read a line of JSON, train, write a line of JSON (docs/command_protocol.md). Anything else
that is printed ends up in the log.

Genes that it knows (options by name, all optional): hidden, learning_rate, activation.
"""
import json
import math
import random
import sys

ACTIVATIONS = {
    "tanh": (math.tanh, lambda y: 1.0 - y * y),
    "relu": (lambda x: max(x, 0.0), lambda y: 1.0 if y > 0 else 0.0),
    "sigmoid": (lambda x: 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, x)))), lambda y: y * (1.0 - y)),
}


def make_points(count, rng):
    """Points of a square; class 1 lies in a ring round the centre."""
    points = []
    for _ in range(count):
        x, y = rng.uniform(-1, 1), rng.uniform(-1, 1)
        points.append((x, y, 1.0 if 0.3 < math.hypot(x, y) < 0.8 else 0.0))
    return points


class Network:
    """One hidden layer and a logistic output, trained by stochastic gradient descent."""

    def __init__(self, hidden, activation, rng):
        self.function, self.derivative = ACTIVATIONS[activation]
        self.inner = [[rng.uniform(-2, 2) for _ in range(3)] for _ in range(hidden)]
        self.outer = [rng.uniform(-1, 1) / math.sqrt(hidden) for _ in range(hidden + 1)]

    def forward(self, x, y):
        hidden = [self.function(a * x + b * y + c) for a, b, c in self.inner]
        total = self.outer[-1] + sum(w * h for w, h in zip(self.outer, hidden))
        return hidden, 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, total))))

    def step(self, x, y, target, learning_rate):
        hidden, output = self.forward(x, y)
        error = output - target
        for unit, value in enumerate(hidden):
            back = error * self.outer[unit] * self.derivative(value)
            self.outer[unit] -= learning_rate * error * value
            for k, signal in enumerate((x, y, 1.0)):
                self.inner[unit][k] -= learning_rate * back * signal
        self.outer[-1] -= learning_rate * error


def validate(network, points):
    correct, loss = 0, 0.0
    for x, y, target in points:
        _, output = network.forward(x, y)
        correct += (output > 0.5) == (target > 0.5)
        loss -= math.log(max(output if target > 0.5 else 1.0 - output, 1e-12))
    return {"val_accuracy": correct / len(points), "val_loss": loss / len(points)}


def train(job, report):
    choices = job.get("choices", {})
    rng = random.Random(job["seed"])
    data = random.Random(0)  # the same points for every candidate
    training, validation = make_points(200, data), make_points(200, data)
    network = Network(int(choices.get("hidden", 8)), choices.get("activation", "tanh"), rng)
    learning_rate = float(choices.get("learning_rate", 0.1))
    metrics = {}
    for epoch in range(1, job["budget"] + 1):
        rng.shuffle(training)
        for x, y, target in training:
            network.step(x, y, target, learning_rate)
        metrics = validate(network, validation)
        report(epoch, metrics)
    return metrics


def main():
    def write(message):
        print(json.dumps(message), flush=True)

    for line in sys.stdin:  # ends at end of file: the search is over
        job = json.loads(line)
        try:
            metrics = train(job, lambda epoch, m: write({"id": job["id"], "epoch": epoch, "metrics": m}))
            write({"id": job["id"], "metrics": metrics})
        except Exception as error:  # this candidate failed; the next one may not
            write({"id": job["id"], "error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()
