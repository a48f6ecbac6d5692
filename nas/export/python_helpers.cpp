#include "nas/export/python_helpers.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace nas {
namespace {

struct Helper {
  std::string_view name;
  std::string_view source;
  bool functional = false;
};

constexpr std::string_view kZeros = R"(class Zeros(nn.Module):
    """Zeros with this many channels; of the input's size unless another is given."""

    def __init__(self, channels: int, *size: int) -> None:
        super().__init__()
        self.channels, self.size = channels, size

    def forward(self, x: Tensor) -> Tensor:
        size = self.size if self.size else x.shape[2:]
        return x.new_zeros(x.shape[0], self.channels, *size)
)";

constexpr std::string_view kSlice = R"(class Slice(nn.Module):
    """`channels` channels from `start` on."""

    def __init__(self, start: int, channels: int) -> None:
        super().__init__()
        self.start, self.channels = start, channels

    def forward(self, x: Tensor) -> Tensor:
        return x.narrow(1, self.start, self.channels)
)";

constexpr std::string_view kChannelShuffle = R"(class ChannelShuffle(nn.Module):
    """The first channel of each group, the second of each, and so on."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        return x.unflatten(1, (self.groups, -1)).transpose(1, 2).flatten(1, 2)
)";

constexpr std::string_view kChannelLayerNorm = R"(class ChannelLayerNorm(nn.LayerNorm):
    """Layer normalisation over the channels, at each position by itself."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
)";

constexpr std::string_view kDropPath = R"(class DropPath(nn.Module):
    """In training sets whole examples to zero and scales the others (Huang et al. 2016)."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        mask = x.new_ones(x.shape[0], *[1] * (x.dim() - 1))
        return x * F.dropout(mask, self.rate)
)";

constexpr std::string_view kUnevenAvgPool = R"(class UnevenAvgPool{0}d(nn.AvgPool{0}d):
    """Mean over the elements of each window inside the input; any padding."""

    def __init__(self, padding: tuple[int, ...], *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.around = padding

    def forward(self, x: Tensor) -> Tensor:
        share = super().forward(F.pad(torch.ones_like(x[:1, :1]), self.around))
        return super().forward(F.pad(x, self.around)) / share
)";

const std::vector<Helper>& helpers() {
  static const std::array<std::string, 3> kPools = {fmt::format(kUnevenAvgPool, 1), fmt::format(kUnevenAvgPool, 2),
                                                    fmt::format(kUnevenAvgPool, 3)};
  static const std::vector<Helper> kHelpers = {
      {"Zeros", kZeros},
      {"Slice", kSlice},
      {"ChannelShuffle", kChannelShuffle},
      {"ChannelLayerNorm", kChannelLayerNorm},
      {"DropPath", kDropPath, true},
      {"UnevenAvgPool1d", kPools[0], true},
      {"UnevenAvgPool2d", kPools[1], true},
      {"UnevenAvgPool3d", kPools[2], true},
  };
  return kHelpers;
}

}  // namespace

std::vector<std::string> python_helper_names() {
  std::vector<std::string> names;
  for (const Helper& helper : helpers()) names.emplace_back(helper.name);
  return names;
}

PythonHelpers python_helpers(const std::set<std::string>& used) {
  PythonHelpers chosen;
  for (const Helper& helper : helpers()) {
    if (!used.contains(std::string(helper.name))) continue;
    chosen.source += fmt::format("{}\n\n", helper.source);
    chosen.functional = chosen.functional || helper.functional;
  }
  return chosen;
}

}  // namespace nas
