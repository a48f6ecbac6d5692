// Mean, deviation and range of what is stored, a chunk at a time.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <vector>

namespace nas {

struct ChannelMoments {
  double mean = 0;
  double deviation = 0;  // of the population
};

/// Of (records, channels, ...) tensors on the CPU. Bytes are exact in integers. NaN, a missing
/// value, is passed over.
class Moments {
 public:
  explicit Moments(std::int64_t channels);

  void add(const at::Tensor& records);
  [[nodiscard]] std::vector<ChannelMoments> channels() const;
  /// Largest - smallest value; 0 before any.
  [[nodiscard]] double range() const { return largest_ >= smallest_ ? largest_ - smallest_ : 0; }

 private:
  struct Channel {
    std::array<std::int64_t, 256> histogram{};  // of bytes
    double count = 0;                           // of other numbers
    double mean = 0;
    double squares = 0;  // sum of squared distances from the mean
  };
  void add_bytes(const at::Tensor& records);
  void add_numbers(const at::Tensor& records);

  std::vector<Channel> channels_;
  double smallest_;
  double largest_;
};

}  // namespace nas
