#include "experiments/export/train_script_text.h"

namespace nas::detail {

std::string_view train_script_records() {
  return R"py(class Records(NamedTuple):
    """As stored."""

    inputs: Tensor  # (records, channels, sizes...)
    targets: Tensor | None  # None: the inputs themselves

    def to(self, device: torch.device) -> "Records":
        targets = None if self.targets is None else self.targets.to(device)
        return Records(self.inputs.to(device), targets)

    def part(self, indices: Tensor) -> "Records":
        targets = None if self.targets is None else self.targets[indices]
        return Records(self.inputs[indices], targets)


class Scaling(NamedTuple):
    """normalised = stored * scale + offset, for each channel."""

    scale: Tensor
    offset: Tensor

    def __call__(self, stored: Tensor) -> Tensor:
        return stored.float() * self.scale + self.offset


def scaling_of(key: str, stored: Tensor, options: argparse.Namespace) -> Scaling:
    """That of preprocessing.json; else to mean 0 and deviation 1."""
    if key in PREPROCESSING and options.data != "random":
        shape = (-1, *[1] * (stored.dim() - 2))
        numbers = (PREPROCESSING[key][name] for name in ("scale", "offset"))
        return Scaling(*(torch.tensor(n, device=stored.device).view(shape) for n in numbers))
    axes = (0, *range(2, stored.dim()))
    values = stored.double()
    middle = values.nanmean(axes, keepdim=True)
    deviation = (values - middle).square().nanmean(axes, keepdim=True).sqrt()
    scale = 1 / deviation.where(deviation > 0, 1.0)
    return Scaling(scale[0].float(), (-middle * scale)[0].float())


class Scaled:
    """What the tasks have in common."""

    MOVING = False  # targets have the positions of the inputs
    PADDING = 0  # of such targets
    SIGNALS = False  # targets are like inputs

    def __init__(self, train: Records, options: argparse.Namespace) -> None:
        self.inputs = scaling_of("inputs", train.inputs, options)

    def scaled(self, x: Tensor) -> Tensor:
        return self.inputs(x).nan_to_num(0.0)  # missing: the mean

    def ready(self, x: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor]:
        """For the network and its loss."""
        return self.scaled(x), targets


def mean(total: Tensor, count: Tensor | int, training: bool) -> Tensor:
    """total / count. In training those of all processes: DDP averages gradients over them."""
    whole = torch.as_tensor(count, dtype=torch.float32, device=total.device)
    if not training or not dist.is_initialized():
        return total / whole.clamp(min=1)
    whole = whole.clone()
    dist.all_reduce(whole)
    return total * dist.get_world_size() / whole.clamp(min=1)

)py";
}

}  // namespace nas::detail
