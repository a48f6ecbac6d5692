#include "trainer/predict_maps.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

#include "nas/check.h"
#include "trainer/data/npy_writer.h"

namespace nas {
namespace {

void check(const Result<Unit>& done) {
  if (!done) throw Exception(done.error().message);
}

/// One tile: a span along each axis of the signal.
using TileBox = std::array<TileSpan, Shape::kMaxDims>;

/// All of them, the last axis fastest.
std::vector<TileBox> boxes_of(const std::vector<AxisTiles>& axes) {
  TileBox whole;
  whole.fill({.count = 1});
  std::vector<TileBox> boxes = {whole};
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    std::vector<TileBox> finer;
    for (const TileBox& box : boxes) {
      for (const TileSpan& span : axes[axis].tiles) {
        finer.push_back(box);
        finer.back()[axis] = span;
      }
    }
    boxes = std::move(finer);
  }
  return boxes;
}

RegionBox kept_part(const TileBox& box) {
  RegionBox kept;
  for (std::size_t axis = 0; axis < box.size(); ++axis) kept[axis] = {box[axis].from, box[axis].from + box[axis].count};
  return kept;
}

/// Writes the kept parts of tiles, (channels, sizes...) or (sizes...), into the file of a whole map.
class MapFile {
 public:
  MapFile(const std::filesystem::path& file, ElementType element, const Shape& output, bool has_channels)
      : output_(output),
        channels_(has_channels ? output.channels : 1),
        writer_(make(file, element, output, has_channels)) {}

  void write(const at::Tensor& tile, TileBox box) {
    at::Tensor kept = tile;
    for (std::size_t axis = 0; axis < output_.dims; ++axis) {
      // What lies beyond the record is cut off.
      box[axis].count = std::min(box[axis].count, output_.size[axis] - box[axis].at);
      if (box[axis].count <= 0) return;
    }
    const auto leading = tile.dim() - static_cast<std::int64_t>(output_.dims);
    for (std::size_t axis = 0; axis < output_.dims; ++axis) {
      kept = kept.narrow(leading + static_cast<std::int64_t>(axis), 0, box[axis].count);
    }
    kept = kept.to(at::kCPU).contiguous();
    const auto bytes = std::as_bytes(std::span(static_cast<const char*>(kept.const_data_ptr()), kept.nbytes()));
    write_rows(bytes, box);
  }

  void close() { check(writer_.close()); }

 private:
  static NpyWriter make(const std::filesystem::path& file, ElementType element, const Shape& output,
                        bool has_channels) {
    std::vector<std::int64_t> sizes;
    if (has_channels) sizes.push_back(output.channels);
    for (std::size_t axis = 0; axis < output.dims; ++axis) sizes.push_back(output.size[axis]);
    auto writer = NpyWriter::create(file, element, std::move(sizes));
    if (!writer) throw Exception(writer.error().message);
    return std::move(*writer);
  }

  /// Rows along the last axis lie together in the file.
  void write_rows(std::span<const std::byte> bytes, const TileBox& box) {
    std::array<std::int64_t, Shape::kMaxDims> sizes{};
    for (std::size_t axis = 0; axis < Shape::kMaxDims; ++axis) sizes[axis] = box[axis].count;
    const std::size_t last = output_.dims == 0 ? 0 : output_.dims - 1;
    sizes[last] = 1;
    const std::int64_t rows = sizes[0] * sizes[1] * sizes[2];
    const std::size_t row_bytes = bytes.size() / static_cast<std::size_t>(rows * channels_);
    for (std::int64_t r = 0; r < rows * channels_; ++r) {
      std::int64_t rest = r;
      std::int64_t element = 0;
      std::int64_t stride = 1;
      for (std::size_t axis = Shape::kMaxDims; axis-- > 0;) {
        element += (box[axis].at + rest % sizes[axis]) * stride;
        rest /= sizes[axis];
        stride *= output_.size[axis];
      }
      check(writer_.write(element + rest * stride, bytes.first(row_bytes)));
      bytes = bytes.subspan(row_bytes);
    }
  }

  Shape output_;
  std::int64_t channels_;
  NpyWriter writer_;
};

/// The files of one record, made when the first tile says what there is.
class MapFiles {
 public:
  MapFiles(const Shape& output, std::int64_t number, const MapOptions& options)
      : output_(output), number_(number), options_(options) {}

  void write(const Estimate& estimate, const TileBox& box) {
    const bool likeliest = options_.task == TaskKind::Segmentation && !options_.probabilities;
    if (likeliest) {
      put(predict_files::kValues, ElementType::UInt8, estimate.values.argmax(1).to(at::kByte), box);
    } else {
      put(predict_files::kValues, ElementType::Float32, estimate.values, box);
    }
    put(predict_files::kEntropy, ElementType::Float32, estimate.entropy, box);
    put(predict_files::kMutualInformation, ElementType::Float32, estimate.mutual_information, box);
    put(predict_files::kDeviation, ElementType::Float32, estimate.deviation, box);
  }

  void close() {
    for (auto& [name, file] : files_) file.close();
  }

 private:
  /// `values`: (1, channels, sizes...) or (1, sizes...).
  void put(const char* name, ElementType element, const at::Tensor& values, const TileBox& box) {
    if (!values.defined()) return;
    auto found = files_.find(name);
    if (found == files_.end()) {
      const bool has_channels = values.dim() == static_cast<std::int64_t>(output_.dims) + 2;
      const auto path = options_.folder / fmt::format("{}-{}.npy", name, number_);
      found = files_.emplace(name, MapFile(path, element, output_, has_channels)).first;
    }
    found->second.write(values.select(0, 0), box);
  }

  Shape output_;
  std::int64_t number_;
  const MapOptions& options_;
  std::map<std::string, MapFile> files_;
};

at::Tensor read_tile(const LoadedGraph& graph, const PredictSource& source, std::int64_t record, const TileBox& box,
                     bool may_be_missing) {
  const Shape& tile = graph.tile;
  std::vector<std::int64_t> sizes = {1, tile.channels};
  std::array<std::int64_t, Shape::kMaxDims> start{};
  for (std::size_t axis = 0; axis < tile.dims; ++axis) {
    sizes.push_back(tile.size[axis]);
    start[axis] = box[axis].start;
  }
  Shape there = tile;  // the part of the tile that the record has
  for (std::size_t axis = 0; axis < tile.dims; ++axis) {
    there.size[axis] = std::clamp<std::int64_t>(graph.record.size[axis] - start[axis], 0, tile.size[axis]);
  }
  at::Tensor stored = at::empty(sizes, at::kFloat);
  if (there == tile) {
    const std::span<float> into(stored.mutable_data_ptr<float>(), static_cast<std::size_t>(stored.numel()));
    check(read_box(source, record, start, tile, may_be_missing, into));
    return stored;
  }
  stored.fill_(std::numeric_limits<float>::quiet_NaN());  // becomes the mean
  if (there.elements() == 0) return stored;
  std::vector<float> part(static_cast<std::size_t>(there.elements()));
  check(read_box(source, record, start, there, may_be_missing, part));
  at::Tensor place = stored;
  for (std::size_t axis = 0; axis < tile.dims; ++axis) {
    sizes[axis + 2] = there.size[axis];
    place = place.narrow(static_cast<std::int64_t>(axis) + 2, 0, there.size[axis]);
  }
  place.copy_(at::from_blob(part.data(), sizes, at::kFloat));
  return stored;
}

}  // namespace

void prepare_parts(LoadedGraph& graph) {
  for (const TileBox& box : boxes_of(graph.axes)) graph.network.prepare_part(kept_part(box));
}

void predict_map(const LoadedGraph& graph, const Estimator& estimator, const PredictSource& source, std::int64_t record,
                 std::int64_t number, const MapOptions& options) {
  const at::NoGradGuard no_grad;
  MapFiles files(graph.output, number, options);
  for (const TileBox& box : boxes_of(graph.axes)) {
    const at::Tensor stored = read_tile(graph, source, record, box, options.may_be_missing);
    const RegionBox kept = kept_part(box);
    files.write(estimator.estimate(graph.network, estimator.ready_input(stored), options.passes, &kept), box);
  }
  files.close();
}

}  // namespace nas
