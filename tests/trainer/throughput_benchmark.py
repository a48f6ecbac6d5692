"""Training throughput of nas-trainer against PyTorch of the same wheel, side by side.

usage: throughput_benchmark.py EXPORT_NETWORK EXPORT_NETWORKS NAS_TRAINER [options]

One epoch a round, in turn: nas-trainer, PyTorch eager in both memory formats, with --compile also
torch.compile. PyTorch runs the same network as `nas export` writes it for people. Each does the same
work on the same images, which lie on the device as bytes: batches in a new order, normalisation,
forward, backward, SGD with Nesterov momentum, the loss of each batch added up. Prints the median, the
spread and the ratio of images a second of wall clock; on a CPU also of CPU time, which other programs
on the machine disturb less.
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

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def exported(tool, network):
    """The network's exported source as a fresh module."""
    from export_check import load_module
    with tempfile.TemporaryDirectory() as folder:
        file = str(pathlib.Path(folder) / "model.py")
        done = subprocess.run([tool], input=json.dumps({"network": network, "model": file}) + "\n",
                              capture_output=True, text=True, check=True)
        assert "error" not in json.loads(done.stdout), done.stdout
        return load_module(file).Network


class Eager:
    """One PyTorch training, an epoch at a call; the network keeps what it has learnt."""

    def __init__(self, make, options, pixels, labels, memory_format, compiled=False):
        torch.manual_seed(0)
        self.model = make().to(options.device, memory_format=memory_format).train()
        self.run = torch.compile(self.model, mode="max-autotune") if compiled else self.model
        self.optimizer = torch.optim.SGD(self.model.parameters(), 0.025, momentum=0.9, nesterov=True,
                                         weight_decay=5e-4, fused=options.device == "cuda" or None)
        self.options, self.pixels, self.labels, self.format = options, pixels, labels, memory_format
        self.mean = pixels.float().mean((0, 2, 3), keepdim=True)
        self.deviation = pixels.float().std((0, 2, 3), keepdim=True)
        self.scaler = torch.amp.GradScaler(options.device, enabled=options.precision == "fp16")

    def loss(self, x, y):
        precision = DTYPES.get(self.options.precision)
        with torch.autocast(self.options.device, precision, enabled=precision is not None):
            output = self.run(x)
            return nn.functional.cross_entropy(output["output"] if isinstance(output, dict) else output, y)

    def epoch(self):
        order = torch.randperm(len(self.labels), device=self.labels.device)
        total = torch.zeros((), device=self.labels.device)
        for index in order.split(self.options.batch):
            if len(index) < self.options.batch:
                break
            x = ((self.pixels[index].float() - self.mean) / self.deviation).contiguous(memory_format=self.format)
            loss = self.loss(x, self.labels[index])
            self.optimizer.zero_grad(set_to_none=True)
            self.scaler.scale(loss).backward()
            self.scaler.step(self.optimizer)
            self.scaler.update()
            total += loss.detach()
        return total.item()  # waits for the device

    def rate(self):
        start, cpu_start = time.perf_counter(), time.process_time()
        self.epoch()
        images = len(self.labels) // self.options.batch * self.options.batch
        return images / (time.perf_counter() - start), images / (time.process_time() - cpu_start)


class Trainer:
    def __init__(self, program, job, device):
        environment = {**os.environ, **({"CUDA_VISIBLE_DEVICES": ""} if device == "cpu" else {})}
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=environment)
        self.job = job

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rate(self):
        self.process.stdin.write(json.dumps(self.job) + "\n")
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
                return metrics["images_per_second"], images / max(self.cpu_seconds() - cpu_start, 0.01)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def with_ten_classes(network):
    last = network["nodes"][network["output"]]
    assert last["op"] == "linear", last
    last["units"], last["shape"] = 10, [10, *last["shape"][1:]]
    return network


def compare(name, network, make, options):
    """Prints the rates of all contestants on one network."""
    size = network["nodes"][0]["shape"][1]
    with tempfile.TemporaryDirectory() as folder:
        idx_files.write_set(pathlib.Path(folder), options.images + 2, size, 10, channels=3)
        augmentation = {"crop_padding": 0, "flip": False}
        job = {"id": 1, "seed": 1, "budget": 1, "network": network,
               "training": {"threads": options.threads, "batch_size": options.batch, "learning_rate": 0.025,
                            "precision": options.precision, **augmentation},
               "data": {"set": "idx", "folder": folder, "train": options.images, "validation": 2}}
        pixels = torch.randint(0, 256, (options.images, 3, size, size), dtype=torch.uint8, device=options.device)
        labels = torch.randint(0, 10, (options.images,), device=options.device)
        trainer = Trainer(options.trainer, job, options.device)
        contestants = {"nas-trainer": trainer,
                       "eager": Eager(make, options, pixels, labels, torch.contiguous_format),
                       "eager channels_last": Eager(make, options, pixels, labels, torch.channels_last)}
        if options.compile:
            contestants["compiled"] = Eager(make, options, pixels, labels, torch.channels_last, compiled=True)
        rates = {contestant: [] for contestant in contestants}
        for round_number in range(options.rounds + 1):
            for contestant, each in contestants.items():
                rate = each.rate()
                if round_number > 0:  # the first warms up
                    rates[contestant].append(rate)
        trainer.close()
    print(f"{name}, {options.device}, {options.precision}, batch {options.batch}, {options.threads} threads")
    report(rates, options)


def report(rates, options):
    for column, clock in list(enumerate(("wall clock", "CPU time")))[:2 if options.device == "cpu" else 1]:
        print(f"  images a second of {clock}, median of {options.rounds} rounds:")
        ours = statistics.median(rate[column] for rate in rates["nas-trainer"])
        for name, pairs in rates.items():
            values = [pair[column] for pair in pairs]
            median = statistics.median(values)
            print(f"    {name:20} {median:9.1f} (from {min(values):.1f} to {max(values):.1f}), "
                  f"nas-trainer is {ours / median:.3f} times as fast", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for tool in ("export_network", "export_networks", "trainer"):
        parser.add_argument(tool)
    parser.add_argument("--architecture", action="append", metavar="SPACE/NAME",
                        help="of the library; as often as wanted (nas_bench_201/best_cifar10)")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--images", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--precision", choices=["fp32", "tf32", "bf16", "fp16"], default="fp32")
    parser.add_argument("--compile", action="store_true", help="torch.compile too, mode max-autotune")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = options.precision == "tf32"
    for name in options.architecture or ["nas_bench_201/best_cifar10"]:
        printed = subprocess.run([options.export_networks, *name.split("/")], capture_output=True, text=True,
                                 check=True).stdout
        network = with_ten_classes(json.loads(printed)["network"])
        compare(name, network, exported(options.export_network, network), options)


if __name__ == "__main__":
    main()
