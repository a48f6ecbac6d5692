#include "experiments/export/train_script.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "nas/export/python_values.h"

namespace nas {
namespace {

/// What replaces @NAME@ in the script.
using Replacements = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kScript = R"py("""Trains the Network of model.py: @TITLE@.

    python train.py                            one device
    torchrun --nproc-per-node=4 train.py       data-parallel on four
    python train.py --data random --epochs 1   a dry run without data

Writes trained.safetensors, whose names are those of model.py's state dict.
"""

import argparse
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


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="@DATA@", choices=list(READERS))
    parser.add_argument("--folder", default="@FOLDER@")
    parser.add_argument("--epochs", type=int, default=@EPOCHS@)
    parser.add_argument("--batch-size", type=int, default=@BATCH_SIZE@, help="of all devices")
    parser.add_argument("--learning-rate", type=float, default=@LEARNING_RATE@)
    parser.add_argument("--momentum", type=float, default=@MOMENTUM@)
    parser.add_argument("--weight-decay", type=float, default=@WEIGHT_DECAY@)
    parser.add_argument("--label-smoothing", type=float, default=@LABEL_SMOOTHING@)
    parser.add_argument("--schedule", default="@SCHEDULE@", choices=["cosine", "constant"])
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
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=options.learning_rate,
        momentum=options.momentum,
        weight_decay=options.weight_decay,
        nesterov=@NESTEROV@ and options.momentum > 0,
    )
    batches = max(1, len(train.labels) // options.batch_size)
    steps = options.epochs * batches
    order = torch.Generator().manual_seed(options.seed)
    torch.manual_seed(options.seed + 1 + rank)  # augmentation differs between ranks
    step = 0
    for epoch in range(options.epochs):
        model.train()
        total = 0.0
        indices = torch.randperm(len(train.labels), generator=order).to(device)
        for batch in indices[: batches * options.batch_size].view(batches, -1).unbind():
            if options.schedule == "cosine":
                rate = (
                    options.learning_rate * (1 + math.cos(math.pi * step / steps)) / 2
                )
                optimizer.param_groups[0]["lr"] = rate
            x, labels = train.batch(batch[rank::ranks], train)
            if x.dim() == 4:
                x = crop_and_flip(x, options.crop_padding, options.flip)
            loss = loss_of(model(x), labels, options.label_smoothing)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.item()
            step += 1
        if rank == 0:
            share = accuracy(network, test, train)
            print(
                f"epoch {epoch + 1}: loss {total / batches:.4f}, test accuracy {share:.4f}"
            )
    if rank == 0:
        state = network.state_dict()
        kept = {n: t for n, t in state.items() if not n.endswith("num_batches_tracked")}
        save_safetensors(options.out, kept)
    if ranks > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
)py";

std::string text_of(const nlohmann::json& training, const char* key, const nlohmann::json& fallback) {
  const nlohmann::json& value = training.contains(key) ? training[key] : fallback;
  if (value.is_boolean()) return detail::python_bool(value.get<bool>());
  if (value.is_number_float()) return detail::python_float(value.get<double>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string loss_weights(const Network& network) {
  std::vector<std::string> entries;
  for (const Exit& exit : network.exits) {
    entries.push_back(fmt::format("\"{}\": {}", exit.name, detail::python_float(exit.weight)));
  }
  constexpr std::size_t kInOneLine = 2;
  if (entries.size() <= kInOneLine) return fmt::format("{{{}}}", fmt::join(entries, ", "));
  return fmt::format("{{\n    {},\n}}", fmt::join(entries, ",\n    "));
}

std::string input_tuple(const Shape& shape) {
  std::vector<std::int64_t> sizes = {shape.channels};
  for (std::size_t axis = 0; axis < shape.dims; ++axis) sizes.push_back(shape.size[axis]);
  return detail::python_tuple(sizes);
}

std::string known_data(const std::string& set) {
  for (const char* const known : {"mnist", "fashion_mnist", "idx", "cifar10", "cifar100"}) {
    if (set == known) return set;
  }
  return "random";
}

std::string default_folder(const TrainRecipe& recipe) {
  if (!recipe.data_folder.empty()) return recipe.data_folder;
  const bool is_debians = recipe.data_set == "fashion_mnist";
  return is_debians ? "/usr/share/datasets/fashion-mnist" : "data";
}

/// Inside a text of Python.
std::string quoted(std::string text) {
  for (const char* const bad : {"\\", "\""}) {
    for (std::size_t at = text.find(bad); at != std::string::npos; at = text.find(bad, at + 2)) text.insert(at, "\\");
  }
  return text;
}

}  // namespace

std::vector<std::string> left_out_of_script(const nlohmann::json& training) {
  static const std::set<std::string, std::less<>> kKnown = {
      "epochs",       "batch_size", "learning_rate",   "momentum", "nesterov",          "weight_decay",      "schedule",
      "crop_padding", "flip",       "label_smoothing", "threads",  "checkpoint_epochs", "checkpoint_minutes"};
  static const std::set<std::string, std::less<>> kOff = {"auto", "none", "", "off", "sgd", "cross_entropy"};
  std::vector<std::string> left_out;
  for (const auto& [key, value] : training.items()) {
    if (kKnown.contains(key) || value.is_null() || value == false) continue;
    if (value.is_number() && value.get<double>() == 0) continue;
    if (value.is_string() && kOff.contains(value.get<std::string>())) continue;
    if (value.is_array() && value.empty()) continue;
    left_out.push_back(fmt::format("{}={}", key, value.is_string() ? value.get<std::string>() : value.dump()));
  }
  return left_out;
}

std::string train_script(const TrainRecipe& recipe, const Network& network, const nlohmann::json& training) {
  const std::string schedule = text_of(training, "schedule", "cosine");
  const Replacements replacements = {
      {"@TITLE@", quoted(recipe.title)},
      {"@INPUT@", input_tuple(recipe.input)},
      {"@CLASSES@", std::to_string(recipe.classes)},
      {"@LOSS_WEIGHTS@", loss_weights(network)},
      {"@DATA@", known_data(recipe.data_set)},
      {"@FOLDER@", quoted(default_folder(recipe))},
      {"@EPOCHS@", text_of(training, "epochs", 3)},
      {"@BATCH_SIZE@", text_of(training, "batch_size", 128)},
      {"@LEARNING_RATE@", text_of(training, "learning_rate", 0.1)},
      {"@MOMENTUM@", text_of(training, "momentum", 0.9)},
      {"@WEIGHT_DECAY@", text_of(training, "weight_decay", 5e-4)},
      {"@LABEL_SMOOTHING@", text_of(training, "label_smoothing", 0.0)},
      {"@SCHEDULE@", schedule == "constant" ? schedule : "cosine"},
      {"@CROP_PADDING@", text_of(training, "crop_padding", 2)},
      {"@FLIP@", text_of(training, "flip", true)},
      {"@NESTEROV@", text_of(training, "nesterov", true)},
  };
  std::string script = kScript;
  for (const auto& [name, value] : replacements) {
    for (std::size_t at = script.find(name); at != std::string::npos; at = script.find(name, at + value.size())) {
      script.replace(at, name.size(), value);
    }
  }
  return script;
}

}  // namespace nas
