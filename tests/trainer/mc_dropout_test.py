"""Metrics of passes with dropout against plain torch: the same masks from the same generator, the weights as written.

usage: mc_dropout_test.py NAS_TRAINER
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

import torch
from torch.nn import functional

from network_graph import Graph

SEED, PASSES, BATCH, RATE = 5, 7, 16, 0.4
TRAIN, VALIDATION, FEATURES, HIDDEN = 96, 41, 4, 12
MASK = 2 ** 64 - 1


def mix(x):
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def generator_seed(seed):
    """The first draw of Rng(seed, 0, Stream::Dropout) (nas/rng.h)."""
    golden, dropout = 0x9E3779B97F4A7C15, 8
    return mix((mix(mix(mix((seed + golden) & MASK)) ^ dropout) + golden) & MASK)


def network(outputs, rate=RATE):
    graph = Graph(FEATURES)
    x = graph.add("relu", graph.add("batch_norm", graph.add("linear", 0, units=HIDDEN)))
    graph.add("linear", graph.add("dropout", x, rate=rate), units=outputs, bias=True)
    return graph.json()


def read_weights(file):
    content = file.read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    weights = {}
    for name, entry in json.loads(content[8:8 + size]).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        weights[name] = torch.frombuffer(bytearray(content[begin:end]), dtype=torch.float32).view(entry["shape"])
    return weights


def passes_of(weights, inputs):
    """(passes, batch, outputs), drawn as nas-trainer draws them."""
    def of(kind, name):
        return weights[next(key for key in weights if key.startswith(kind) and key.endswith(name))]
    last = max(int(key.split("_")[1].split(".")[0]) for key in weights if key.startswith("linear"))
    x = inputs @ weights["linear_1.weight"].T
    if "linear_1.bias" in weights:
        x = x + weights["linear_1.bias"]
    x = functional.batch_norm(x, of("batch_norm", "running_mean"), of("batch_norm", "running_var"),
                              of("batch_norm", ".weight"), of("batch_norm", ".bias"), eps=1e-5)
    x = functional.relu(x)
    outputs = []
    for _ in range(PASSES):
        dropped = functional.dropout(x, RATE, training=True)
        outputs.append(dropped @ weights[f"linear_{last}.weight"].T + weights[f"linear_{last}.bias"])
    return torch.stack(outputs).double()


def data_of(task, folder):
    """Writes the set; (training inputs, validation inputs, training targets, validation targets)."""
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(TRAIN + VALIDATION, FEATURES, generator=generator)
    score = inputs[:, 0] + 0.5 * inputs[:, 1] * inputs[:, 2] + 0.3 * torch.randn(len(inputs), generator=generator)
    targets = (score > 0).long() + (score > 0.8).long() if task == "classification" else score * 30 + 7
    names = ["low", "medium", "top"]
    for file, part in (("train.csv", slice(0, TRAIN)), ("validation.csv", slice(TRAIN, None))):
        lines = ["a,b,c,d,target"]
        for row, target in zip(inputs[part].tolist(), targets[part].tolist()):
            lines.append(",".join(map(repr, row)) + "," + (names[target] if task == "classification" else repr(target)))
        (folder / file).write_text("\n".join(lines) + "\n")
    return inputs[:TRAIN], inputs[TRAIN:], targets[:TRAIN], targets[TRAIN:]


def run(program, job):
    done = subprocess.run([program], input=json.dumps(job) + "\n", capture_output=True, text=True,
                          env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def job_of(task, folder, outputs, **training):
    return {"id": 1, "seed": SEED, "budget": 4, "network": network(outputs),
            "final": {"weights": str(folder / "weights")},
            "training": {"threads": 1, "batch_size": BATCH, "learning_rate": 0.05, "mc_dropout": PASSES, **training},
            "data": {"set": "table", "task": task, "file": str(folder / "train.csv"),
                     "validation_file": str(folder / "validation.csv")}}


def normalised(train, values):
    return (values - train.mean(0)) / train.std(0, correction=0)


def expected_classification(stacked, targets):
    p = stacked.softmax(2)
    mean = p.mean(0)
    entropy = -(mean * mean.log()).sum(1)
    information = entropy + (p * p.log()).sum(2).mean(0)
    right = mean.argmax(1) == targets
    return {"mc_entropy": entropy.mean(), "mc_mutual_information": information.mean(),
            "mc_loss": functional.nll_loss(mean.log(), targets), "mc_accuracy": right.double().mean()}


def expected_regression(stacked, targets, train):
    mean = stacked.mean(0)[:, 0]
    scale = train.std(correction=0)
    return {"mc_deviation": stacked.std(0, correction=0).mean() * scale,
            "mc_loss": functional.mse_loss(mean, normalised(train, targets).double()),
            "mc_l1": (mean * scale + train.mean() - targets).abs().mean()}


def compare(task, program):
    outputs = 3 if task == "classification" else 1
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        train, inputs, train_targets, targets = data_of(task, folder)
        metrics = run(program, job_of(task, folder, outputs))["metrics"]
        again = run(program, job_of(task, folder, outputs))["metrics"]
        weights = read_weights(folder / "weights")
    torch.manual_seed(generator_seed(SEED))
    ready = normalised(train, inputs)
    stacked = torch.cat([passes_of(weights, batch) for batch in ready.split(BATCH)], dim=1)
    if task == "classification":
        expected = expected_classification(stacked, targets)
    else:
        expected = expected_regression(stacked, targets, train_targets)
    for name, value in expected.items():
        found = metrics[name]
        assert abs(found - float(value)) < 1e-4 * max(1, abs(float(value))), (task, name, found, float(value))
        assert found == again[name], "the same seed, the same bits"
    assert metrics["mc_loss"] != metrics["val_loss"], "dropout was at work"
    positive = "mc_mutual_information" if task == "classification" else "mc_deviation"
    assert metrics[positive] > 1e-3, metrics


def refuse(program):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        data_of("classification", folder)
        without = {**job_of("classification", folder, 3), "network": network(3, rate=0.0)}
        answer = run(program, without)
        assert answer["failure"] == "invalid" and "no dropout" in answer["error"], answer
        plain = run(program, job_of("classification", folder, 3, mc_dropout=0))
        assert not any(metric.startswith("mc_") for metric in plain["metrics"]), plain
        one = run(program, job_of("classification", folder, 3, mc_dropout=1))
        assert "1 pass" in one["error"], one


def main(program):
    compare("classification", program)
    compare("regression", program)
    refuse(program)


if __name__ == "__main__":
    main(sys.argv[1])
