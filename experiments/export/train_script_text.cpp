#include "experiments/export/train_script_text.h"

namespace nas::detail {

std::string_view train_script_text() {
  return R"py("""Trains the Network of model.py: @TITLE@.

    python train.py                            one device
    torchrun --nproc-per-node=4 train.py       data-parallel on four
    python train.py --data random --epochs 1   a dry run without data

Writes trained.safetensors, whose names are those of model.py's state dict.
"""

import argparse
import copy
@IMPORTS@import json
import math
import os
import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
@OTHERS@from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from model import Network

INPUT = @INPUT@  # of one record: channels, then sizes
OUTPUT = @OUTPUT@
CLASSES = @CLASSES@  # or labels; 0 where there are none
HELD_OUT = @HELD_OUT@  # training records it is judged by where no others are there
PREPROCESSING_FILE = Path(__file__).with_name("preprocessing.json")
PREPROCESSING: dict[str, Any] = {}  # what the search did to its data
if PREPROCESSING_FILE.exists():
    PREPROCESSING = json.loads(PREPROCESSING_FILE.read_text())
# Of further outputs.
LOSS_WEIGHTS: dict[str, float] = @LOSS_WEIGHTS@
BETAS = (@BETA1@, @BETA2@)  # of adamw
RMS_DECAY = @RMS_DECAY@
EPSILON = @EPSILON@  # of adamw and rmsprop
SCHEDULES = ["cosine", "step", "one_cycle", "constant"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="@DATA@", choices=list(READERS))
@PLACES@    parser.add_argument("--epochs", type=int, default=@EPOCHS@)
    parser.add_argument("--batch-size", type=int, default=@BATCH_SIZE@, help="of all devices")
    parser.add_argument(
        "--optimizer", default="@OPTIMIZER@", choices=["sgd", "adamw", "rmsprop"]
    )
    parser.add_argument("--learning-rate", type=float, default=@LEARNING_RATE@)
    parser.add_argument("--momentum", type=float, default=@MOMENTUM@)
    parser.add_argument("--weight-decay", type=float, default=@WEIGHT_DECAY@)
    parser.add_argument("--label-smoothing", type=float, default=@LABEL_SMOOTHING@)
    parser.add_argument(
        "--class-weights", default="@CLASS_WEIGHTS@", choices=["none", "balanced"]
    )
    parser.add_argument(
        "--decay-all",
        action=argparse.BooleanOptionalAction,
        default=@DECAY_ALL@,
        help="weight decay of biases and normalisations too",
    )
    parser.add_argument("--clip-norm", type=float, default=@CLIP_NORM@, help="0: no clipping")
    parser.add_argument("--ema-decay", type=float, default=@EMA_DECAY@, help="0: no average")
    parser.add_argument("--schedule", default="@SCHEDULE@", choices=SCHEDULES)
    parser.add_argument("--warmup-epochs", type=float, default=@WARMUP_EPOCHS@)
    parser.add_argument("--step-epochs", type=float, default=@STEP_EPOCHS@)
    parser.add_argument("--step-factor", type=float, default=@STEP_FACTOR@)
    parser.add_argument("--crop-padding", type=int, default=@CROP_PADDING@, help="pixels a side")
    parser.add_argument("--flip", action=argparse.BooleanOptionalAction, default=@FLIP@)
    parser.add_argument("--start", help="a safetensors file to start from")
    parser.add_argument("--out", default="trained.safetensors")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


@RECORDS@@TASK@
@SOURCE@
def read_random(options: argparse.Namespace, part: str) -> Records | None:
    count = 256 if part == "train" else 64
    inputs = torch.randint(0, 256, (count, *INPUT), dtype=torch.uint8)
    return Records(inputs, Task.random_targets(count))


READERS = {
@ROWS@    "random": read_random,
}


def read_parts(options: argparse.Namespace) -> tuple[Records, Records]:
    """Training records, and those that the network is judged by."""
    train = READERS[options.data](options, "train")
    judged = READERS[options.data](options, "judged")
    for part in (train, judged or train):
        shape = tuple(part.inputs.shape[1:])
        problem = f"records {shape}, the network takes {INPUT}" if shape != INPUT else ""
        if not problem and part.targets is not None:
            problem = Task.problem(part.targets)
        if problem:
            raise SystemExit(f"--data {options.data}: {problem}")
    if judged is not None:
        return train, judged
    records = len(train.inputs)
    order = torch.randperm(records, generator=torch.Generator().manual_seed(options.seed))
    held_out = min(HELD_OUT or 5000, max(1, records // 5))
    return train.part(order[held_out:]), train.part(order[:held_out])


def crop_and_flip(
    x: Tensor, targets: Tensor | None, options: argparse.Namespace
) -> tuple[Tensor, Tensor | None]:
    """Each image by itself: shifted by up to `crop_padding` pixels, mirrored half of the time."""
    if x.dim() != 4:
        return x, targets
    count, _, height, width = x.shape
    padding = options.crop_padding
    shifts = torch.randint(0, 2 * padding + 1, (2, count, 1), device=x.device)
    rows = torch.arange(height, device=x.device) + shifts[0]
    columns = torch.arange(width, device=x.device)
    mirrored = (torch.rand(count, 1, device=x.device) < 0.5) & options.flip
    columns = torch.where(mirrored, width - 1 - columns, columns) + shifts[1]
    record = torch.arange(count, device=x.device)[:, None, None]

    def moved(pixels: Tensor, value: int) -> Tensor:
        padded = F.pad(pixels, (padding,) * 4, value=value)
        taken = padded[record, :, rows[:, :, None], columns[:, None, :]]
        return taken.permute(0, 3, 1, 2)

    x = moved(x, 0)
    return x, moved(targets, Task.PADDING) if Task.MOVING else targets


def named(outputs: Tensor | dict[str, Tensor]) -> dict[str, Tensor]:
    return outputs if isinstance(outputs, dict) else {"output": outputs}


def loss_of(outputs: Tensor | dict[str, Tensor], targets: Tensor, task: Task) -> Tensor:
    losses = [
        LOSS_WEIGHTS.get(name, 1.0) * task.loss(output, targets, training=True)
        for name, output in named(outputs).items()
    ]
    return torch.stack(losses).sum()


@torch.no_grad()
def evaluate(
    model: nn.Module, records: Records, task: Task, options: argparse.Namespace
) -> dict[str, float]:
    """Loss and scores; each process judges its share."""
    model.eval()
    torch.manual_seed(options.seed)  # what is random here is always the same
    rank, ranks = 0, 1
    if dist.is_initialized():
        rank, ranks = dist.get_rank(), dist.get_world_size()
    count, device = len(records.inputs), records.inputs.device
    loss = torch.zeros(1, dtype=torch.double, device=device)
    sums = torch.zeros(Task.SUMS, dtype=torch.double, device=device)
    for indices in torch.arange(rank, count, ranks, device=device).split(options.batch_size):
        x, targets = task.ready(*records.part(indices))
        output = named(model(x))["output"]
        loss += task.loss(output, targets, training=False).double() * len(indices)
        sums += task.judged(output, targets)
    if ranks > 1:
        dist.all_reduce(loss)
        dist.all_reduce(sums)
    return {"loss": loss.item() / count, **task.scores(sums)}


def make_optimizer(
    model: nn.Module, options: argparse.Namespace
) -> torch.optim.Optimizer:
    """Weight decay leaves out tensors of one axis: biases and normalisations."""
    tensors = list(model.parameters())
    decayed = [t for t in tensors if options.decay_all or t.dim() > 1]
    others = [t for t in tensors if not options.decay_all and t.dim() <= 1]
    groups = [
        {"params": decayed, "weight_decay": options.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    rate, momentum = options.learning_rate, options.momentum
    if options.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=rate, betas=BETAS, eps=EPSILON)
    if options.optimizer == "rmsprop":
        return torch.optim.RMSprop(
            groups, lr=rate, alpha=RMS_DECAY, eps=EPSILON, momentum=momentum
        )
    nesterov = @NESTEROV@ and momentum > 0
    return torch.optim.SGD(groups, lr=rate, momentum=momentum, nesterov=nesterov)


def cosine(start: float, end: float, done: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * done)) / 2


def rate_at(step: int, batches: int, options: argparse.Namespace) -> float:
    """The learning rate of a step; `batches`: steps an epoch."""
    top, steps = options.learning_rate, options.epochs * batches
    warmup = round(options.warmup_epochs * batches)
    if step < warmup:
        return top * (step + 1) / warmup
    if options.schedule == "cosine":
        return cosine(top, 0.0, (step - warmup) / (steps - warmup))
    if options.schedule == "step":
        return top * options.step_factor ** (step / batches // options.step_epochs)
    if options.schedule == "one_cycle":  # as torch's OneCycleLR
        peak = 0.3 * steps - 1
        if step <= peak:
            return cosine(top / 25, top, step / peak)
        return cosine(top, top / 25e4, (step - peak) / (steps - 1 - peak))
    return top


class Average:
    """The network with an exponential moving average of its weights and statistics."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay, self.steps = decay, 0
        self.network = copy.deepcopy(network)

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        state = network.state_dict()
        for name, mean in self.network.state_dict().items():
            if mean.is_floating_point():
                mean.lerp_(state[name], 1 - decay)


def load_safetensors(path: str) -> dict[str, Tensor]:
    raw = Path(path).read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + size])
    header.pop("__metadata__", None)
    state = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        data = bytearray(raw[8 + size + begin : 8 + size + end])
        state[name] = torch.frombuffer(data, dtype=torch.float32).view(entry["shape"])
    return state


def save_safetensors(path: str, state: dict[str, Tensor]) -> None:
    header, data = {}, bytearray()
    for name, tensor in state.items():
        raw = tensor.detach().float().cpu().contiguous().numpy().tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + data)


def start_device() -> tuple[torch.device, int, int]:
    """(device, rank, ranks); under torchrun each process has its own."""
    ranks = int(os.environ.get("WORLD_SIZE", 1))
    local = int(os.environ.get("LOCAL_RANK", 0))
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", local)
        torch.cuda.set_device(device)
    if ranks > 1:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return device, int(os.environ.get("RANK", 0)), ranks


def main() -> None:
    options = arguments()
    device, rank, ranks = start_device()
    torch.manual_seed(options.seed)  # the same weights and order everywhere
    train, judged = (part.to(device) for part in read_parts(options))
    task = Task(train, options)
    network = Network().to(device)
    if options.start:
        network.load_state_dict(load_safetensors(options.start), strict=False)
    model: nn.Module = network
    if ranks > 1:
        if device.type == "cuda":  # statistics of the whole batch
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        model = DistributedDataParallel(network)
    optimizer = make_optimizer(model, options)
    average = Average(network, options.ema_decay) if options.ema_decay > 0 else None
    result = network if average is None else average.network
    records, size = len(train.inputs), options.batch_size
    batches = records // size + (records % size >= 2 * ranks)
    order = torch.Generator().manual_seed(options.seed)
    step = 0
    for epoch in range(options.epochs):
        model.train()
        torch.manual_seed((options.seed << 20) + epoch * ranks + rank)  # augmentation differs
        total, seen = torch.zeros(1, device=device), 0
        indices = torch.randperm(records, generator=order).to(device)
        for batch in indices.split(size)[:batches]:
            for group in optimizer.param_groups:
                group["lr"] = rate_at(step, batches, options)
            x, targets = train.part(batch[rank::ranks])
            x, targets = task.ready(*crop_and_flip(x, targets, options))
            loss = loss_of(model(x), targets, task)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            if options.clip_norm > 0:
                nn.utils.clip_grad_norm_(model.parameters(), options.clip_norm)
            optimizer.step()
            if average is not None:
                average.update(network)
            total += loss.detach() * len(batch)
            seen += len(batch)
            step += 1
        if ranks > 1:
            dist.all_reduce(total)
        scores = evaluate(result, judged, task, options)
        if rank == 0:
            text = ", ".join(f"{name} {value:.6g}" for name, value in scores.items())
            print(f"epoch {epoch + 1}: train loss {total.item() / seen / ranks:.6g}, {text}")
    if rank == 0:
        state = result.state_dict()
        kept = {n: t for n, t in state.items() if not n.endswith("num_batches_tracked")}
        save_safetensors(options.out, kept)
    if ranks > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
)py";
}

}  // namespace nas::detail
