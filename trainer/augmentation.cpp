#include "trainer/augmentation.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/where.h>

#include <array>
#include <cmath>
#include <numeric>
#include <vector>

namespace nas {

namespace {

bool is_image(const Shape& input) { return input.dims == 2; }

at::Tensor own_part(const at::Tensor& whole, const AugmentedBatch& batch) {
  return whole.narrow(0, batch.records.first, batch.records.count).to(batch.inputs.device());
}

/// One number a record, (batch, 1, ...) with `dims` axes behind the first, on the batch's device.
template <class T, class Draw>
at::Tensor draw_each(const AugmentedBatch& batch, std::int64_t dims, at::ScalarType type, Draw&& draw) {
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(dims) + 1, 1);
  sizes[0] = batch.records.whole;
  at::Tensor numbers = at::empty(sizes, type);
  T* const data = numbers.mutable_data_ptr<T>();
  for (std::int64_t i = 0; i < sizes[0]; ++i) data[i] = draw();
  return own_part(numbers, batch);
}

/// Applies `move` to the inputs and to targets that have their positions.
template <class Move>
void move_both(AugmentedBatch& batch, Move&& move) {
  batch.inputs = move(batch.inputs, 0.0);
  if (batch.moving) batch.targets = move(batch.targets, batch.padding);
}

/// Takes (batch, channels, positions...) from places of its own size in a padded tensor.
at::Tensor take(const at::Tensor& padded, const at::Tensor& places, at::IntArrayRef sizes) {
  const std::int64_t count = places[0].numel();
  return at::gather(padded.flatten(2), 2, places.view({sizes[0], 1, count}).expand({sizes[0], sizes[1], count}))
      .view(sizes);
}

/// Where each image's window begins in the padded image, and whether it is mirrored: (images, 1, 1).
struct Draws {
  at::Tensor top, left, mirrored;
};

Draws draw_crops(const AugmentedBatch& batch, const AugmentationOptions& options, Rng& rng) {
  const auto places = static_cast<std::uint64_t>(2 * options.crop_padding + 1);
  const std::int64_t count = batch.records.whole;
  Draws draws{at::empty({count, 1, 1}, at::kLong), at::empty({count, 1, 1}, at::kLong),
              at::empty({count, 1, 1}, at::kBool)};
  for (std::int64_t i = 0; i < count; ++i) {
    draws.top.mutable_data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(rng.below(places));
    draws.left.mutable_data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(rng.below(places));
    const bool mirrored = rng.below(2) == 1;
    draws.mirrored.mutable_data_ptr<bool>()[i] = mirrored && options.flip;
  }
  return {own_part(draws.top, batch), own_part(draws.left, batch), own_part(draws.mirrored, batch)};
}

void crop_and_flip(AugmentedBatch& batch, const AugmentationOptions& options, Rng& rng) {
  const Draws draws = draw_crops(batch, options, rng);
  const std::int64_t p = options.crop_padding;
  move_both(batch, [&](const at::Tensor& pixels, double padding) {
    const std::int64_t height = pixels.size(2);
    const std::int64_t width = pixels.size(3);
    const at::Tensor padded = at::constant_pad_nd(pixels, {p, p, p, p}, padding);
    const auto long_options = draws.top.options();
    const at::Tensor rows = at::arange(height, long_options).view({1, height, 1}) + draws.top;
    const at::Tensor x = at::arange(width, long_options).view({1, 1, width});
    const at::Tensor columns = at::where(draws.mirrored, width - 1 - x, x) + draws.left;
    return take(padded, rows * (width + 2 * p) + columns, pixels.sizes());
  });
}

void quarter_turns(AugmentedBatch& batch, const AugmentationOptions&, Rng& rng) {
  const at::Tensor turns =
      draw_each<std::int64_t>(batch, 2, at::kLong, [&] { return static_cast<std::int64_t>(rng.below(4)); });
  move_both(batch, [&](const at::Tensor& pixels, double) {
    const std::int64_t side = pixels.size(2);
    const at::Tensor y = at::arange(side, turns.options()).view({1, side, 1});
    const at::Tensor x = at::arange(side, turns.options()).view({1, 1, side});
    const at::Tensor odd = turns.eq(1).logical_or(turns.eq(3));
    // Anticlockwise, as numpy.rot90: out(y, x) = in(x, side - 1 - y) for one turn.
    const at::Tensor from_y = at::where(turns.ge(2), side - 1 - at::where(odd, x, y), at::where(odd, x, y));
    const at::Tensor turned = at::where(odd, y, x);
    const at::Tensor from_x = at::where(turns.eq(1).logical_or(turns.eq(2)), side - 1 - turned, turned);
    return take(pixels, from_y * side + from_x, pixels.sizes());
  });
}

void time_shift(AugmentedBatch& batch, const AugmentationOptions& options, Rng& rng) {
  const std::int64_t most = options.time_shift;
  const auto places = static_cast<std::uint64_t>(2 * most + 1);
  const at::Tensor starts =
      draw_each<std::int64_t>(batch, 1, at::kLong, [&] { return static_cast<std::int64_t>(rng.below(places)); });
  move_both(batch, [&](const at::Tensor& signal, double padding) {
    const at::Tensor padded = at::constant_pad_nd(signal, {most, most}, padding);
    return take(padded, at::arange(signal.size(2), starts.options()).view({1, -1}) + starts, signal.sizes());
  });
}

/// Brightness, contrast and saturation, each by a factor of its own in 1 - s to 1 + s.
void colour_jitter(AugmentedBatch& batch, const AugmentationOptions& options, Rng& rng) {
  const double strength = options.colour_jitter;
  const auto factor = [&] {
    return draw_each<float>(batch, 3, at::kFloat,
                            [&] { return static_cast<float>(1 + strength * (2 * rng.uniform() - 1)); });
  };
  const auto clamped = [&](at::Tensor pixels) { return batch.largest > 0 ? pixels.clamp_(0, batch.largest) : pixels; };
  const auto grey = [](const at::Tensor& pixels) {
    if (pixels.size(1) != 3) return pixels.mean(1, true);
    return (0.299 * pixels.narrow(1, 0, 1)).add_(pixels.narrow(1, 1, 1), 0.587).add_(pixels.narrow(1, 2, 1), 0.114);
  };
  at::Tensor pixels = clamped(batch.inputs.to(at::kFloat) * factor());
  const at::Tensor mean = grey(pixels).mean({1, 2, 3}, true);
  pixels = clamped((pixels - mean) * factor() + mean);
  const at::Tensor saturation = factor();
  if (pixels.size(1) == 3) {
    const at::Tensor shades = grey(pixels);
    pixels = clamped((pixels - shades) * saturation + shades);
  }
  batch.inputs = pixels;
}

/// A square of zeros (the mean) around a random pixel, cut off at the edges.
void cutout(AugmentedBatch& batch, const AugmentationOptions& options, Rng& rng) {
  const std::int64_t height = batch.inputs.size(2);
  const std::int64_t width = batch.inputs.size(3);
  const auto middle = [&](std::int64_t size) {
    return draw_each<std::int64_t>(batch, 3, at::kLong, [&] {
      return static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(size))) - options.cutout / 2;
    });
  };
  const at::Tensor top = middle(height);
  const at::Tensor left = middle(width);
  const at::Tensor y = at::arange(height, top.options()).view({1, 1, height, 1}) - top;
  const at::Tensor x = at::arange(width, top.options()).view({1, 1, 1, width}) - left;
  const at::Tensor inside =
      y.ge(0).logical_and(y.lt(options.cutout)).logical_and(x.ge(0)).logical_and(x.lt(options.cutout));
  batch.inputs = batch.inputs.masked_fill(inside, 0);
}

void input_noise(AugmentedBatch& batch, const AugmentationOptions& options, Rng& rng) {
  batch.inputs = batch.inputs.add(normal_like(batch.inputs, batch.records, rng), options.input_noise);
}

double draw_normal(Rng& rng) {
  const double radius = std::sqrt(-2 * std::log(1 - rng.uniform()));
  constexpr double kTwoPi = 6.283185307179586;
  return radius * std::cos(kTwoPi * rng.uniform());
}

/// Marsaglia and Tsang 2000, with their step for shapes below 1.
double draw_gamma(double shape, Rng& rng) {
  if (shape < 1) {
    const double boost = std::pow(1 - rng.uniform(), 1 / shape);
    return draw_gamma(shape + 1, rng) * boost;
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = draw_normal(rng);
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    if (std::log(1 - rng.uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

/// Zhang et al. 2018: one share for the batch, each record mixed with another one of it.
void mixup(AugmentedBatch& batch, const AugmentationOptions& options, Rng& rng) {
  const double a = draw_gamma(options.mixup, rng);
  const double b = draw_gamma(options.mixup, rng);
  batch.share = a + b > 0 ? a / (a + b) : 1;
  const BatchShare& records = batch.records;
  std::vector<std::int64_t> partners(static_cast<std::size_t>(records.whole));
  std::iota(partners.begin(), partners.end(), std::int64_t{0});
  rng.shuffle(std::span(partners));
  at::Tensor order = at::empty({records.count}, at::kLong);
  for (std::int64_t i = 0; i < records.count; ++i) {
    // A partner that another process has is replaced by one of this share.
    order.mutable_data_ptr<std::int64_t>()[i] =
        (partners[static_cast<std::size_t>(records.first + i)] + records.whole - records.first) % records.whole %
        records.count;
  }
  order = order.to(batch.inputs.device());
  batch.inputs = (batch.inputs * batch.share).add_(batch.inputs.index_select(0, order), 1 - batch.share);
  batch.other_targets = batch.targets.index_select(0, order);
}

using Given = const AugmentationOptions&;

constexpr std::array kRows = {
    AugmentationRow{"crop_padding", false,
                    [](Given o, const Shape& input) { return is_image(input) && (o.crop_padding > 0 || o.flip); },
                    crop_and_flip},
    AugmentationRow{"quarter_turns", false, [](Given o, const Shape&) { return o.quarter_turns; }, quarter_turns},
    AugmentationRow{"time_shift", false, [](Given o, const Shape&) { return o.time_shift > 0; }, time_shift},
    AugmentationRow{"colour_jitter", false, [](Given o, const Shape&) { return o.colour_jitter > 0; }, colour_jitter},
    AugmentationRow{"input_noise", true, [](Given o, const Shape&) { return o.input_noise > 0; }, input_noise},
    AugmentationRow{"cutout", true, [](Given o, const Shape&) { return o.cutout > 0; }, cutout},
    AugmentationRow{"mixup", true, [](Given o, const Shape&) { return o.mixup > 0; }, mixup},
};

}  // namespace

std::span<const AugmentationRow> augmentations() { return kRows; }

void augment(AugmentedBatch& batch, const AugmentationOptions& options, const Shape& input, AugmentationStage stage,
             Rng& rng) {
  if (batch.records.whole == 0) batch.records = {0, batch.inputs.size(0), batch.inputs.size(0)};
  for (const AugmentationRow& row : kRows) {
    if (row.normalised != (stage == AugmentationStage::Normalised) || !row.is_on(options, input)) continue;
    row.apply(batch, options, rng);
  }
}

at::Tensor normal_like(const at::Tensor& like, const BatchShare& records, Rng& rng) {
  // A copy: torch's own generator, which dropout draws from, stays where it is.
  at::Generator generator = at::globalContext().defaultGenerator(like.device()).clone();
  generator.set_current_seed(rng.next());
  std::vector<std::int64_t> sizes = like.sizes().vec();
  sizes[0] = records.whole;
  return at::randn(sizes, generator, like.options().dtype(at::kFloat)).narrow(0, records.first, records.count);
}

}  // namespace nas
