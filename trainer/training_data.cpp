#include "trainer/training_data.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/where.h>

#include <array>
#include <cmath>
#include <cstring>

#include "nas/check.h"

namespace nas {

namespace {

LabelledTensors pick(const ImageSet& set, const std::vector<std::int64_t>& indices, at::Device device) {
  const Shape& shape = set.facts.image;
  const auto count = static_cast<std::int64_t>(indices.size());
  const auto image_bytes = static_cast<std::size_t>(shape.elements());
  at::Tensor pixels = at::empty({count, shape.channels, shape.size[0], shape.size[1]}, at::kByte);
  at::Tensor labels = at::empty({count}, at::kLong);
  auto* to_pixel = pixels.mutable_data_ptr<std::uint8_t>();
  auto* to_label = labels.mutable_data_ptr<std::int64_t>();
  for (const std::int64_t index : indices) {
    const auto i = static_cast<std::size_t>(index);
    std::memcpy(to_pixel, set.pixels.data() + i * image_bytes, image_bytes);
    to_pixel += image_bytes;
    *to_label++ = set.facts.labels[i];
  }
  return {pixels.to(device), labels.to(device)};
}

/// Mean and standard deviation of one channel, exact in integers.
std::pair<double, double> channel_moments(const at::Tensor& pixels, std::int64_t channel) {
  const std::int64_t positions = pixels.size(2) * pixels.size(3);
  std::array<std::int64_t, 256> histogram{};
  const auto* const data = pixels.const_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < pixels.size(0); ++i) {
    const std::uint8_t* const image = data + (i * pixels.size(1) + channel) * positions;
    for (std::int64_t p = 0; p < positions; ++p) ++histogram[image[p]];
  }
  double sum = 0;
  double squares = 0;
  for (std::size_t value = 0; value < histogram.size(); ++value) {
    const auto v = static_cast<double>(value);
    const auto n = static_cast<double>(histogram[value]);
    sum += v * n;
    squares += v * v * n;
  }
  const auto count = static_cast<double>(pixels.size(0) * positions);
  const double mean = sum / count;
  return {mean, std::sqrt(std::max(0.0, squares / count - mean * mean))};
}

at::Tensor normalise(const TrainingData& data, const at::Tensor& pixels) {
  return pixels.to(at::kFloat).mul_(data.scale).add_(data.offset).contiguous(at::MemoryFormat::ChannelsLast);
}

/// Where each image's window begins in the padded image, and whether it is mirrored: (images, 1, 1).
struct Draws {
  at::Tensor top, left, mirrored;
};

Draws draw(std::size_t images, const Augmentation& augmentation, Rng& rng, at::Device device) {
  const auto places = static_cast<std::uint64_t>(2 * augmentation.crop_padding + 1);
  const auto count = static_cast<std::int64_t>(images);
  Draws draws{at::empty({count, 1, 1}, at::kLong), at::empty({count, 1, 1}, at::kLong),
              at::empty({count, 1, 1}, at::kBool)};
  for (std::size_t i = 0; i < images; ++i) {
    draws.top.mutable_data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(rng.below(places));
    draws.left.mutable_data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(rng.below(places));
    const bool mirrored = rng.below(2) == 1;
    draws.mirrored.mutable_data_ptr<bool>()[i] = mirrored && augmentation.flip;
  }
  return {draws.top.to(device), draws.left.to(device), draws.mirrored.to(device)};
}

/// `pixels` (B, C, H, W) -> the same sizes, each image cropped and mirrored by its draws.
at::Tensor augment(const at::Tensor& pixels, const Augmentation& augmentation, Rng& rng) {
  if (augmentation.crop_padding == 0 && !augmentation.flip) return pixels;
  const std::int64_t batch = pixels.size(0);
  const std::int64_t channels = pixels.size(1);
  const std::int64_t height = pixels.size(2);
  const std::int64_t width = pixels.size(3);
  const std::int64_t p = augmentation.crop_padding;
  const at::Tensor padded = at::constant_pad_nd(pixels, {p, p, p, p}, 0);
  const Draws draws = draw(static_cast<std::size_t>(batch), augmentation, rng, pixels.device());
  const auto options = draws.top.options();
  const at::Tensor rows = at::arange(height, options).view({1, height, 1}) + draws.top;
  const at::Tensor x = at::arange(width, options).view({1, 1, width});
  const at::Tensor columns = at::where(draws.mirrored, width - 1 - x, x) + draws.left;
  const at::Tensor places = (rows * (width + 2 * p) + columns).view({batch, 1, height * width});
  return at::gather(padded.flatten(2), 2, places.expand({batch, channels, height * width}))
      .view({batch, channels, height, width});
}

}  // namespace

Result<TrainingData> load_training_data(const DataOptions& options, at::Device device) {
  const Result<DataDescription> described = describe_data(options);
  if (!described) return described.error();
  const ImageSetRow* const row = find_image_set(options.set);
  NAS_CHECK(row != nullptr, "describe_data knows the set");
  const Result<ImageSet> set = row->load(options.folder.empty() ? std::string(row->folder) : options.folder);
  if (!set) return Error{"data.folder: " + set.error().message};
  const DataSplit split = split_data(set->facts.labels, described->train, described->validation,
                                     static_cast<std::uint64_t>(options.split_seed));
  return make_training_data(*set, split, device);
}

TrainingData make_training_data(const ImageSet& set, const DataSplit& split, at::Device device) {
  TrainingData data;
  data.input = set.facts.image;
  data.classes = set.facts.classes;
  const LabelledTensors train = pick(set, split.train, at::kCPU);
  at::Tensor scale = at::empty({data.input.channels, 1, 1}, at::kFloat);
  at::Tensor offset = at::empty_like(scale);
  for (std::int64_t c = 0; c < data.input.channels; ++c) {
    const auto [mean, deviation] = channel_moments(train.pixels, c);
    // A channel that never changes carries nothing: leave its scale alone.
    const double factor = deviation > 0 ? 1 / deviation : 1;
    scale.mutable_data_ptr<float>()[c] = static_cast<float>(factor);
    offset.mutable_data_ptr<float>()[c] = static_cast<float>(-mean * factor);
  }
  data.scale = scale.to(device);
  data.offset = offset.to(device);
  data.train = {train.pixels.to(device), train.labels.to(device)};
  data.validation = pick(set, split.validation, device);
  return data;
}

Batch training_batch(const TrainingData& data, std::span<const std::int64_t> images, const Augmentation& augmentation,
                     Rng& rng) {
  at::Tensor indices = at::empty({static_cast<std::int64_t>(images.size())}, at::kLong);
  std::memcpy(indices.mutable_data_ptr<std::int64_t>(), images.data(), images.size_bytes());
  indices = indices.to(data.train.pixels.device());
  const at::Tensor pixels = augment(data.train.pixels.index_select(0, indices), augmentation, rng);
  return {normalise(data, pixels), data.train.labels.index_select(0, indices)};
}

Batch validation_batch(const TrainingData& data, std::int64_t first, std::int64_t count) {
  return {normalise(data, data.validation.pixels.narrow(0, first, count)),
          data.validation.labels.narrow(0, first, count)};
}

}  // namespace nas
