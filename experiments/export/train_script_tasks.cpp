// What differs between the tasks: losses and scores as those of trainer/tasks.

#include "experiments/export/train_script_text.h"

namespace nas::detail {

namespace {

constexpr std::string_view kClassification = R"py(
class Task(Scaled):
    """One class for each record."""

    SUMS = 2  # right answers, records

    def __init__(self, train: Records, options: argparse.Namespace) -> None:
        super().__init__(train, options)
        self.smoothing = options.label_smoothing
        self.weights = None
        if options.class_weights == "balanced":
            records = train.targets.bincount(minlength=CLASSES).clamp(min=1)
            self.weights = len(train.targets) / (CLASSES * records.float())

    @staticmethod
    def random_targets(count: int) -> Tensor:
        return torch.randint(0, CLASSES, (count,))

    @staticmethod
    def stored_targets(array: np.ndarray) -> Tensor:
        return torch.from_numpy(array.astype(np.int64)).flatten()

    @staticmethod
    def problem(targets: Tensor) -> str:
        found = int(targets.max()) + 1
        return f"{found} classes, the network has {CLASSES}" if found > CLASSES else ""

    def loss(self, output: Tensor, targets: Tensor, training: bool) -> Tensor:
        weights = self.weights if training else None
        total = F.cross_entropy(
            output.flatten(1),
            targets,
            weights,
            label_smoothing=self.smoothing if training else 0.0,
            reduction="sum",
        )
        count = len(targets) if weights is None else weights[targets].sum()
        return mean(total, count, training)

    def judged(self, output: Tensor, targets: Tensor) -> Tensor:
        right = (output.flatten(1).argmax(1) == targets).sum()
        return torch.stack([right.double(), torch.full_like(right, len(targets))])

    def scores(self, sums: Tensor) -> dict[str, float]:
        return {"accuracy": (sums[0] / sums[1]).item()}
)py";

constexpr std::string_view kMultiLabel = R"py(
class Task(Scaled):
    """Any number of labels for each record."""

    SUMS = 2  # right answers, answers

    @staticmethod
    def random_targets(count: int) -> Tensor:
        return torch.randint(0, 2, (count, CLASSES))

    @staticmethod
    def stored_targets(array: np.ndarray) -> Tensor:
        return torch.from_numpy(array.astype(np.uint8))

    @staticmethod
    def problem(targets: Tensor) -> str:
        found = targets.shape[1]
        return f"{found} labels, the network has {CLASSES}" if found != CLASSES else ""

    def ready(self, x: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor]:
        return self.scaled(x), targets.float()

    def loss(self, output: Tensor, targets: Tensor, training: bool) -> Tensor:
        total = F.binary_cross_entropy_with_logits(
            output.flatten(1), targets, reduction="sum"
        )
        return mean(total, targets.numel(), training)

    def judged(self, output: Tensor, targets: Tensor) -> Tensor:
        right = ((output.flatten(1) > 0) == (targets > 0)).sum()
        return torch.stack([right.double(), torch.full_like(right, targets.numel())])

    def scores(self, sums: Tensor) -> dict[str, float]:
        return {"accuracy": (sums[0] / sums[1]).item()}
)py";

constexpr std::string_view kSegmentation = R"py(
VOID = 255  # in a map of classes: a position that is not judged
IGNORED = -100  # the same for losses


def position_loss(output: Tensor, targets: Tensor, training: bool) -> Tensor:
    total = F.cross_entropy(output, targets, ignore_index=IGNORED, reduction="sum")
    return mean(total, (targets != IGNORED).sum(), training)


def dice_loss(output: Tensor, targets: Tensor, training: bool) -> Tensor:
    """Milletari et al. 2016, over the positions that are judged, smoothed by 1."""
    judged = (targets != IGNORED).flatten(1).unsqueeze(1)
    classes = targets.clamp(min=0).flatten(1)
    truth = F.one_hot(classes, CLASSES).transpose(1, 2) * judged
    found = output.float().flatten(2).softmax(1) * judged
    both, sums = (found * truth).sum(2), found.sum(2) + truth.sum(2)
    losses = 1 - (2 * both + 1) / (sums + 1)
    return mean(losses.sum(), losses.numel(), training)


class Task(Scaled):
    """A class for each position."""

    SUMS = CLASSES * CLASSES  # positions by truth and answer
    MOVING = True
    PADDING = VOID

    @staticmethod
    def random_targets(count: int) -> Tensor:
        return torch.randint(0, CLASSES, (count, 1, *INPUT[1:])).byte()

    @staticmethod
    def stored_targets(array: np.ndarray) -> Tensor:
        sizes = array.shape[1 : len(INPUT)]
        return torch.from_numpy(array.astype(np.uint8)).view(len(array), 1, *sizes)

    @staticmethod
    def problem(targets: Tensor) -> str:
        found = int(targets.masked_fill(targets == VOID, 0).max()) + 1
        return f"{found} classes, the network has {CLASSES}" if found > CLASSES else ""

    def ready(self, x: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor]:
        classes = targets[:, 0].long()
        return self.scaled(x), classes.masked_fill(classes == VOID, IGNORED)

    def loss(self, output: Tensor, targets: Tensor, training: bool) -> Tensor:
        losses = [@LOSSES@]
        return torch.stack([loss(output, targets, training) for loss in losses]).sum()

    def judged(self, output: Tensor, targets: Tensor) -> Tensor:
        cells = (targets * CLASSES + output.argmax(1))[targets != IGNORED]
        return cells.bincount(minlength=CLASSES * CLASSES)

    def scores(self, sums: Tensor) -> dict[str, float]:
        counts = sums.view(CLASSES, CLASSES)
        right, either = counts.diag(), counts.sum(0) + counts.sum(1)
        there = either > 0
        iou = (right / (either - right))[there].mean().item()
        return {"accuracy": (right.sum() / counts.sum()).item(), "miou": iou}
)py";

constexpr std::string_view kRegression = R"py(
class Task(Scaled):
    """Numbers for each record; losses are of normalised ones, scores in their own unit."""

    SUMS = 3  # errors, squared errors, numbers

    def __init__(self, train: Records, options: argparse.Namespace) -> None:
        super().__init__(train, options)
        self.targets = scaling_of("targets", train.targets, options)

    @staticmethod
    def random_targets(count: int) -> Tensor:
        return torch.randn(count, math.prod(OUTPUT))

    @staticmethod
    def stored_targets(array: np.ndarray) -> Tensor:
        return torch.from_numpy(array.astype(np.float32)).view(len(array), -1)

    @staticmethod
    def problem(targets: Tensor) -> str:
        found, given = targets.shape[1], math.prod(OUTPUT)
        return f"{found} numbers, the network has {given}" if found != given else ""

    def ready(self, x: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor]:
        return self.scaled(x), self.targets(targets)

    def loss(self, output: Tensor, targets: Tensor, training: bool) -> Tensor:
        total = F.@LOSS@(output.reshape_as(targets), targets, reduction="sum")
        return mean(total, targets.numel(), training)

    def judged(self, output: Tensor, targets: Tensor) -> Tensor:
        errors = (output.reshape_as(targets) - targets).double() / self.targets.scale
        sums = [errors.abs().sum(), errors.square().sum()]
        return torch.stack([*sums, torch.full_like(sums[0], errors.numel())])

    def scores(self, sums: Tensor) -> dict[str, float]:
        return {"l1": (sums[0] / sums[2]).item(), "mse": (sums[1] / sums[2]).item()}
)py";

constexpr std::string_view kRestoration = R"py(
NOISE = @NOISE@  # of inputs, a standard deviation where their range is 1
RESTORES_INPUTS = @RESTORES_INPUTS@  # nothing else is there to restore


def value_range(stored: Tensor) -> float:
    if stored.dtype == torch.uint8:
        return 255.0
    return float(stored.max() - stored.min()) or 1.0


class Task(Scaled):
    """A clean signal from a corrupted one; scores as if the range of values were 1."""

    SUMS = 3  # decibels, mean errors, records
    MOVING = not RESTORES_INPUTS
    SIGNALS = True

    def __init__(self, train: Records, options: argparse.Namespace) -> None:
        super().__init__(train, options)
        clean = train.inputs if RESTORES_INPUTS else train.targets
        self.range = value_range(clean)
        # Scaled as the inputs are: a network may add its input to its output.
        alike = clean.shape[1] == train.inputs.shape[1]
        self.targets = self.inputs if alike else scaling_of("targets", clean, options)

    @staticmethod
    def random_targets(count: int) -> Tensor:
        return torch.randint(0, 256, (count, *OUTPUT), dtype=torch.uint8)

    @staticmethod
    def problem(targets: Tensor) -> str:
        found = INPUT if RESTORES_INPUTS else tuple(targets.shape[1:])
        return f"targets {found}, the network makes {OUTPUT}" if found != OUTPUT else ""

    def ready(self, x: Tensor, targets: Tensor | None) -> tuple[Tensor, Tensor]:
        clean = self.scaled(x)
        noise = torch.randn_like(clean) * self.inputs.scale * NOISE * self.range
        return clean + noise, clean if RESTORES_INPUTS else self.targets(targets)

    def loss(self, output: Tensor, targets: Tensor, training: bool) -> Tensor:
        total = F.@LOSS@(output, targets, reduction="sum")
        return mean(total, targets.numel(), training)

    def judged(self, output: Tensor, targets: Tensor) -> Tensor:
        errors = (output - targets).double() / (self.targets.scale * self.range)
        decibels = -10 * errors.square().flatten(1).mean(1).clamp(min=1e-10).log10()
        sums = [decibels.sum(), errors.abs().flatten(1).mean(1).sum()]
        return torch.stack([*sums, torch.full_like(sums[0], len(errors))])

    def scores(self, sums: Tensor) -> dict[str, float]:
        return {"psnr": (sums[0] / sums[2]).item(), "l1": (sums[1] / sums[2]).item()}
)py";

}  // namespace

std::string_view train_script_task(TaskKind task) {
  switch (task) {
    case TaskKind::Classification:
      return kClassification;
    case TaskKind::MultiLabel:
      return kMultiLabel;
    case TaskKind::Segmentation:
      return kSegmentation;
    case TaskKind::Regression:
      return kRegression;
    case TaskKind::Restoration:
      return kRestoration;
  }
  return kClassification;
}

}  // namespace nas::detail
