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
import gzip
import json
import math
import os
import struct
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from model import Network

INPUT = @INPUT@  # of one example: channels, then sizes
CLASSES = @CLASSES@
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
    parser.add_argument("--folder", default="@FOLDER@")
    parser.add_argument("--epochs", type=int, default=@EPOCHS@)
    parser.add_argument("--batch-size", type=int, default=@BATCH_SIZE@, help="of all devices")
    parser.add_argument(
        "--optimizer", default="@OPTIMIZER@", choices=["sgd", "adamw", "rmsprop"]
    )
    parser.add_argument("--learning-rate", type=float, default=@LEARNING_RATE@)
    parser.add_argument("--momentum", type=float, default=@MOMENTUM@)
    parser.add_argument("--weight-decay", type=float, default=@WEIGHT_DECAY@)
    parser.add_argument("--label-smoothing", type=float, default=@LABEL_SMOOTHING@)
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


def read_idx(path: Path) -> Tensor:
    """MNIST's format (http://yann.lecun.com/exdb/mnist), gzipped or not."""
    packed = path.with_name(path.name + ".gz")
    raw = gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()
    dims = raw[3]
    sizes = struct.unpack(f">{dims}I", raw[4 : 4 + 4 * dims])
    data = bytearray(raw[4 + 4 * dims :])
    return torch.frombuffer(data, dtype=torch.uint8).view(sizes)


def read_mnist(folder: Path, part: str) -> tuple[Tensor, Tensor]:
    name = "train" if part == "train" else "t10k"
    images = read_idx(folder / f"{name}-images-idx3-ubyte").unsqueeze(1)
    return images, read_idx(folder / f"{name}-labels-idx1-ubyte").long()


def read_torchvision(name: str, folder: Path, part: str) -> tuple[Tensor, Tensor]:
    from torchvision import datasets

    found = getattr(datasets, name)(folder, train=part == "train", download=True)
    images = torch.as_tensor(found.data).permute(0, 3, 1, 2)
    return images, torch.as_tensor(found.targets)


def read_random(folder: Path, part: str) -> tuple[Tensor, Tensor]:
    count = 256 if part == "train" else 64
    examples = torch.randint(0, 256, (count, *INPUT), dtype=torch.uint8)
    return examples, torch.randint(0, CLASSES, (count,))


READERS = {
    "mnist": read_mnist,
    "fashion_mnist": read_mnist,
    "idx": read_mnist,
    "cifar10": lambda *where: read_torchvision("CIFAR10", *where),
    "cifar100": lambda *where: read_torchvision("CIFAR100", *where),
    "random": read_random,
}


class Examples:
    """Pixels and labels of one part, normalised by the mean and deviation of the training part."""

    def __init__(self, pixels: Tensor, labels: Tensor, device: torch.device) -> None:
        self.pixels, self.labels = pixels.to(device), labels.to(device)
        axes = (0, *range(2, pixels.dim()))
        self.mean = pixels.double().mean(axes, keepdim=True).float().to(device)
        deviation = pixels.double().std(axes, keepdim=True).float().to(device)
        self.deviation = deviation.where(deviation > 0, 1.0)

    def batch(self, indices: Tensor, scale: "Examples") -> tuple[Tensor, Tensor]:
        x = (self.pixels[indices].float() - scale.mean) / scale.deviation
        return x, self.labels[indices]


def crop_and_flip(x: Tensor, padding: int, flip: bool) -> Tensor:
    """Each image by itself: shifted by up to `padding` pixels, mirrored half of the time."""
    count, _, height, width = x.shape
    if padding > 0:
        padded = F.pad(x, (padding,) * 4)
        shifts = torch.randint(0, 2 * padding + 1, (count, 2), device=x.device)
        rows = shifts[:, :1] + torch.arange(height, device=x.device)
        columns = shifts[:, 1:] + torch.arange(width, device=x.device)
        example = torch.arange(count, device=x.device)[:, None, None]
        x = padded[example, :, rows[:, :, None], columns[:, None, :]]
        x = x.permute(0, 3, 1, 2)
    if flip:
        mirrored = torch.rand(count, 1, 1, 1, device=x.device) < 0.5
        x = torch.where(mirrored, x.flip(-1), x)
    return x


def loss_of(
    outputs: Tensor | dict[str, Tensor], labels: Tensor, smoothing: float
) -> Tensor:
    named = outputs if isinstance(outputs, dict) else {"output": outputs}
    losses = [
        LOSS_WEIGHTS.get(name, 1.0)
        * F.cross_entropy(logits.flatten(1), labels, label_smoothing=smoothing)
        for name, logits in named.items()
    ]
    return torch.stack(losses).sum()


@torch.no_grad()
def accuracy(model: nn.Module, examples: Examples, scale: Examples) -> float:
    model.eval()
    right = 0
    all_indices = torch.arange(len(examples.labels), device=scale.mean.device)
    for indices in all_indices.split(256):
        x, labels = examples.batch(indices, scale)
        outputs = model(x)
        logits = outputs["output"] if isinstance(outputs, dict) else outputs
        right += int((logits.flatten(1).argmax(1) == labels).sum())
    return right / len(examples.labels)


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
    folder = Path(options.folder)
    train = Examples(*READERS[options.data](folder, "train"), device)
    test = Examples(*READERS[options.data](folder, "test"), device)
    if tuple(train.pixels.shape[1:]) != INPUT or int(train.labels.max()) >= CLASSES:
        shape = "x".join(map(str, train.pixels.shape[1:]))
        raise SystemExit(
            f"--data {options.data}: {shape}, {int(train.labels.max()) + 1} classes; "
            f"the network has {'x'.join(map(str, INPUT))} and {CLASSES}"
        )
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
    batches = max(1, len(train.labels) // options.batch_size)
    order = torch.Generator().manual_seed(options.seed)
    torch.manual_seed(options.seed + 1 + rank)  # augmentation differs between ranks
    step = 0
    for epoch in range(options.epochs):
        model.train()
        total = 0.0
        indices = torch.randperm(len(train.labels), generator=order).to(device)
        for batch in indices[: batches * options.batch_size].view(batches, -1).unbind():
            for group in optimizer.param_groups:
                group["lr"] = rate_at(step, batches, options)
            x, labels = train.batch(batch[rank::ranks], train)
            if x.dim() == 4:
                x = crop_and_flip(x, options.crop_padding, options.flip)
            loss = loss_of(model(x), labels, options.label_smoothing)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            if options.clip_norm > 0:
                nn.utils.clip_grad_norm_(model.parameters(), options.clip_norm)
            optimizer.step()
            if average is not None:
                average.update(network)
            total += loss.item()
            step += 1
        if rank == 0:
            share = accuracy(result, test, train)
            print(
                f"epoch {epoch + 1}: loss {total / batches:.4f}, test accuracy {share:.4f}"
            )
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
