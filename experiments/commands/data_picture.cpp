#include "experiments/commands/data_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace nas {
namespace {

constexpr std::size_t kGap = 4;
constexpr std::size_t kSmallestSide = 96;  // of one tile; small images are enlarged by whole factors
constexpr std::size_t kCurveWidth = 240;
constexpr std::size_t kCurveHeight = 80;
constexpr std::int64_t kMostRows = 20;
constexpr std::uint8_t kPaper = 255;
using Colour = std::array<std::uint8_t, 3>;
constexpr Colour kInk = {31, 78, 140};
constexpr std::array<Colour, 8> kClassColours = {{{20, 20, 20},
                                                  {230, 159, 0},
                                                  {86, 180, 233},
                                                  {0, 158, 115},
                                                  {240, 228, 66},
                                                  {0, 114, 178},
                                                  {213, 94, 0},
                                                  {204, 121, 167}}};

/// One record's input or target as numbers, channels first.
struct Values {
  Shape shape;
  std::vector<double> numbers;

  [[nodiscard]] double at(std::int64_t channel, std::int64_t position) const {
    return numbers[static_cast<std::size_t>(channel * shape.positions() + position)];
  }
};

template <class T>
void append(std::span<const std::byte> bytes, std::vector<double>& numbers) {
  for (std::size_t i = 0; i + sizeof(T) <= bytes.size(); i += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + i, sizeof value);
    numbers.push_back(static_cast<double>(value));
  }
}

Values values_of(const Shape& shape, ElementType type, std::span<const std::byte> bytes) {
  Values values{shape, {}};
  switch (type) {
    case ElementType::UInt8:
      append<std::uint8_t>(bytes, values.numbers);
      break;
    case ElementType::Int16:
      append<std::int16_t>(bytes, values.numbers);
      break;
    case ElementType::Float32:
      append<float>(bytes, values.numbers);
      break;
  }
  return values;
}

/// Smallest and largest finite number; bytes have their whole range.
struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  [[nodiscard]] double share(double value) const {
    return high > low && std::isfinite(value) ? std::clamp((value - low) / (high - low), 0.0, 1.0) : 0;
  }
};

Range range_of(const Values& values, ElementType type) {
  if (type == ElementType::UInt8) return {0, 255};
  Range range;
  for (const double number : values.numbers) {
    if (!std::isfinite(number)) continue;
    range.low = std::min(range.low, number);
    range.high = std::max(range.high, number);
  }
  return range;
}

bool is_curve(const Shape& shape) { return shape.dims < 2; }

std::size_t side(const Shape& shape, std::size_t axis) {
  return static_cast<std::size_t>(shape.size.at(shape.dims - 2 + axis));
}

std::size_t enlargement(const Shape& shape) {
  return std::max<std::size_t>(1, kSmallestSide / std::max(side(shape, 0), side(shape, 1)));
}

struct Size {
  std::size_t width = 0;
  std::size_t height = 0;
};

Size tile_size(const Shape& shape) {
  if (is_curve(shape)) return {kCurveWidth, kCurveHeight};
  return {side(shape, 1) * enlargement(shape), side(shape, 0) * enlargement(shape)};
}

/// The pixel's colour of an image, or of the middle slice of a volume.
template <class ColourOf>
void draw_pixels(RgbPicture& picture, Size corner, const Shape& shape, ColourOf&& colour_of) {
  const std::size_t factor = enlargement(shape);
  const Size size = tile_size(shape);
  const std::int64_t slice = shape.dims == 3 ? shape.size[0] / 2 * shape.size[1] * shape.size[2] : 0;
  for (std::size_t y = 0; y < size.height; ++y) {
    for (std::size_t x = 0; x < size.width; ++x) {
      const auto position = static_cast<std::int64_t>(y / factor * side(shape, 1) + x / factor);
      const Colour colour = colour_of(slice + position);
      std::copy(colour.begin(), colour.end(), picture.at(corner.width + x, corner.height + y));
    }
  }
}

void draw_image(RgbPicture& picture, Size corner, const Values& values, const Range& range) {
  draw_pixels(picture, corner, values.shape, [&](std::int64_t position) {
    Colour colour{};
    for (std::size_t c = 0; c < colour.size(); ++c) {
      const std::int64_t channel = values.shape.channels >= 3 ? static_cast<std::int64_t>(c) : 0;
      colour[c] = static_cast<std::uint8_t>(std::lround(255 * range.share(values.at(channel, position))));
    }
    return colour;
  });
}

void draw_classes(RgbPicture& picture, Size corner, const Values& values) {
  draw_pixels(picture, corner, values.shape, [&](std::int64_t position) {
    const auto label = static_cast<std::size_t>(values.at(0, position));
    return label == kVoidClass ? Colour{kPaper, kPaper, kPaper} : kClassColours[label % kClassColours.size()];
  });
}

/// A signal's first channel from left to right; a table's features as bars from the ground.
void draw_curve(RgbPicture& picture, Size corner, const Values& values, const Range& range) {
  const bool bars = values.shape.dims == 0;
  const std::int64_t count = bars ? values.shape.channels : values.shape.positions();
  std::size_t before = 0;
  for (std::size_t x = 0; x < kCurveWidth; ++x) {
    const auto index = static_cast<std::int64_t>(x) * count / static_cast<std::int64_t>(kCurveWidth);
    const double value = bars ? values.at(index, 0) : values.at(0, index);
    const auto top = static_cast<std::size_t>(std::lround((1 - range.share(value)) * double{kCurveHeight - 1}));
    const std::size_t other = bars ? kCurveHeight - 1 : x == 0 ? top : before;
    for (std::size_t y = std::min(top, other); y <= std::max(top, other); ++y) {
      std::copy(kInk.begin(), kInk.end(), picture.at(corner.width + x, corner.height + y));
    }
    before = top;
  }
}

/// Training records by row: of each class, or one after the other.
std::vector<std::vector<std::int64_t>> choose(const DataFacts& facts, const DataSplit& split, std::int64_t columns) {
  const bool by_class = !facts.labels.empty();
  constexpr std::int64_t kRowsWithoutClasses = 4;
  const std::int64_t rows = by_class ? std::min(facts.classes, kMostRows) : kRowsWithoutClasses;
  std::vector<std::vector<std::int64_t>> chosen(static_cast<std::size_t>(rows));
  std::int64_t taken = 0;
  for (const std::int64_t record : split.train) {
    const std::int64_t row = by_class ? facts.labels[static_cast<std::size_t>(record)] : taken++ / columns;
    if (row >= rows) continue;
    auto& mine = chosen[static_cast<std::size_t>(row)];
    if (static_cast<std::int64_t>(mine.size()) < columns) mine.push_back(record);
  }
  while (chosen.size() > 1 && chosen.back().empty()) chosen.pop_back();
  return chosen;
}

bool has_target_picture(const DataFacts& facts) { return facts.target.channels > 0 && facts.target.dims >= 1; }

Result<Unit> draw_record(const DataSet& set, std::int64_t record, RgbPicture& picture, Size corner) {
  const DataFacts& facts = set.facts;
  std::vector<std::byte> input(facts.input_bytes());
  std::vector<std::byte> target(facts.target_bytes());
  const Result<Unit> read = set.reader->read(record, {input, target});
  if (!read) return read;
  const auto draw = [&](const Shape& shape, ElementType type, std::span<const std::byte> bytes) {
    const Values values = values_of(shape, type, bytes);
    const Range range = range_of(values, type);
    is_curve(shape) ? draw_curve(picture, corner, values, range) : draw_image(picture, corner, values, range);
  };
  draw(facts.input, facts.element, input);
  if (!has_target_picture(facts)) return Unit{};
  corner.width += tile_size(facts.input).width;
  if (facts.task == TaskKind::Segmentation && !is_curve(facts.target)) {
    draw_classes(picture, corner, values_of(facts.target, facts.target_element, target));
  } else {
    draw(facts.target, facts.target_element, target);
  }
  return Unit{};
}

}  // namespace

Result<DataPicture> draw_data(const DataSet& set, const DataSplit& split, std::int64_t columns) {
  const auto rows = choose(set.facts, split, columns);
  Size tile = tile_size(set.facts.input);
  if (has_target_picture(set.facts)) {
    const Size target = tile_size(set.facts.target);
    tile = {tile.width + target.width, std::max(tile.height, target.height)};
  }
  const auto wide = static_cast<std::size_t>(columns);
  DataPicture drawn{RgbPicture(wide * (tile.width + kGap) + kGap, rows.size() * (tile.height + kGap) + kGap, kPaper),
                    static_cast<std::int64_t>(rows.size()), columns};
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t column = 0; column < rows[row].size(); ++column) {
      const Size corner{kGap + column * (tile.width + kGap), kGap + row * (tile.height + kGap)};
      const Result<Unit> done = draw_record(set, rows[row][column], drawn.picture, corner);
      if (!done) return done.error();
    }
  }
  return drawn;
}

}  // namespace nas
