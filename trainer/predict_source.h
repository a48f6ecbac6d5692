// Files that a trained network is run on, as arrays of records. Needs no torch.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "nas/network.h"
#include "nas/result.h"
#include "trainer/data/array_records.h"
#include "trainer/preprocessing.h"

namespace nas {

/// Records along the first axis; arrays are mapped, so that they may be larger than memory.
struct PredictSource {
  std::string name;  // of the file, as given
  NpyArray values;
  ArrayLayout layout;
  bool bare = false;  // the file is one record, such as an image

  [[nodiscard]] std::int64_t records() const { return values.header.shape.front(); }
  [[nodiscard]] const Shape& shape() const { return layout.record; }
};

/// Opens an image, an array (.npy, or `array` of a .npz) or a table by what training saw. Arrays may
/// lack the axis of records. Error: it can't be read, has other channels, axes, columns or kinds of
/// numbers than training had; sizes of the signal are not compared.
[[nodiscard]] Result<PredictSource> open_predict_source(const std::filesystem::path& file,
                                                        const Preprocessing& preprocessing, const std::string& array);

/// A box of one record as (channels, sizes...) floats. Error: a value that is not finite, unless it
/// may be missing. REQUIRES: the box lies within the record; `into` holds box.elements(), its
/// channels are the record's.
[[nodiscard]] Result<Unit> read_box(const PredictSource& source, std::int64_t record,
                                    std::span<const std::int64_t> start, const Shape& box, bool may_be_missing,
                                    std::span<float> into);

}  // namespace nas
