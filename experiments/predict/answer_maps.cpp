// Masks and restored signals: .npy files are there already, PNG files are made of them.

#include <algorithm>
#include <cmath>

#include "experiments/predict/answers.h"
#include "trainer/data/npy_array.h"
#include "trainer/data/png_file.h"

namespace nas {
namespace {

Result<Unit> write_mask(const NpyArray& map, const std::filesystem::path& file) {
  BytePicture picture{static_cast<std::size_t>(map.header.shape[1]), static_cast<std::size_t>(map.header.shape[0]), {}};
  picture.pixels.resize(picture.width * picture.height);
  copy_elements(map, 0, std::span<std::uint8_t>(picture.pixels));
  return write_numbers_png(file, picture);
}

std::uint8_t byte_of(float value) {
  constexpr float kMost = 255;
  return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0F, kMost)));
}

/// (channels, height, width), 1 or 3 channels.
Result<Unit> write_restored(const NpyArray& map, const std::filesystem::path& file) {
  const auto channels = static_cast<std::size_t>(map.header.shape[0]);
  const auto height = static_cast<std::size_t>(map.header.shape[1]);
  const auto width = static_cast<std::size_t>(map.header.shape[2]);
  const std::size_t pixels = width * height;
  std::vector<float> values(channels * pixels);
  copy_elements(map, 0, std::span<float>(values));
  if (channels == 1) {
    BytePicture grey{width, height, std::vector<std::uint8_t>(pixels)};
    std::transform(values.begin(), values.end(), grey.pixels.begin(), byte_of);
    return write_grey_png(file, grey);
  }
  RgbPicture picture(width, height, 0);
  for (std::size_t p = 0; p < pixels; ++p) {
    for (std::size_t c = 0; c < channels; ++c) picture.pixels[3 * p + c] = byte_of(values[c * pixels + p]);
  }
  return write_png(file, picture);
}

}  // namespace

Result<Unit> write_maps(const PredictPlan& plan, const std::vector<AnswerFile>& files) {
  for (const AnswerFile& file : files) {
    if (file.draft.extension() != ".png") continue;
    std::filesystem::path made = file.draft;
    const auto map = map_npy_file(made.replace_extension(".npy"));
    if (!map) return map.error();
    const bool mask = plan.request.preprocessing.task == TaskKind::Segmentation;
    const Result<Unit> written = mask ? write_mask(*map, file.draft) : write_restored(*map, file.draft);
    if (!written) return written;
  }
  return Unit{};
}

}  // namespace nas
