#include "trainer/moments.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/isnan.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace nas {

namespace {

ChannelMoments moments_of(const std::array<std::int64_t, 256>& histogram) {
  double sum = 0;
  double squares = 0;
  double count = 0;
  for (std::size_t value = 0; value < histogram.size(); ++value) {
    const auto v = static_cast<double>(value);
    const auto n = static_cast<double>(histogram[value]);
    sum += v * n;
    squares += v * v * n;
    count += n;
  }
  const double mean = sum / count;
  return {mean, std::sqrt(std::max(0.0, squares / count - mean * mean))};
}

}  // namespace

Moments::Moments(std::int64_t channels)
    : channels_(static_cast<std::size_t>(channels)),
      smallest_(std::numeric_limits<double>::infinity()),
      largest_(-std::numeric_limits<double>::infinity()) {}

void Moments::add(const at::Tensor& records) {
  if (records.numel() == 0) return;
  if (records.scalar_type() == at::kByte) return add_bytes(records);
  add_numbers(records);
}

void Moments::add_bytes(const at::Tensor& records) {
  const at::Tensor contiguous = records.contiguous();
  const auto* data = contiguous.const_data_ptr<std::uint8_t>();
  const std::int64_t positions = contiguous.numel() / contiguous.size(0) / contiguous.size(1);
  for (std::int64_t i = 0; i < contiguous.size(0); ++i) {
    for (Channel& channel : channels_) {
      for (std::int64_t p = 0; p < positions; ++p) ++channel.histogram[*data++];
    }
  }
  smallest_ = std::min(smallest_, contiguous.min().item<double>());
  largest_ = std::max(largest_, contiguous.max().item<double>());
}

void Moments::add_numbers(const at::Tensor& records) {
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    at::Tensor values = records.select(1, static_cast<std::int64_t>(c)).to(at::kDouble).flatten();
    values = values.masked_select(at::isnan(values).logical_not());
    const auto count = static_cast<double>(values.numel());
    if (count == 0) continue;
    Channel& channel = channels_[c];
    const double mean = values.mean().item<double>();
    const double squares = (values - mean).square().sum().item<double>();
    // Chan et al. 1983: two groups into one.
    const double total = channel.count + count;
    const double distance = mean - channel.mean;
    channel.squares += squares + distance * distance * channel.count * count / total;
    channel.mean += distance * count / total;
    channel.count = total;
    smallest_ = std::min(smallest_, values.min().item<double>());
    largest_ = std::max(largest_, values.max().item<double>());
  }
}

std::vector<ChannelMoments> Moments::channels() const {
  std::vector<ChannelMoments> result;
  for (const Channel& channel : channels_) {
    const bool bytes = std::any_of(channel.histogram.begin(), channel.histogram.end(), [](auto n) { return n > 0; });
    if (bytes) {
      result.push_back(moments_of(channel.histogram));
    } else {
      const double deviation = channel.count > 0 ? std::sqrt(channel.squares / channel.count) : 0;
      result.push_back({channel.mean, deviation});
    }
  }
  return result;
}

}  // namespace nas
