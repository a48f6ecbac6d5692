// A picture of some records of a data set.
#pragma once

#include <cstdint>

#include "nas/result.h"
#include "trainer/data/data_set.h"
#include "trainer/data/png_file.h"
#include "trainer/data_split.h"

namespace nas {

struct DataPicture {
  RgbPicture picture;
  std::int64_t rows = 0;     // of a classification: a row each class
  std::int64_t columns = 0;  // records of a row
};

/// Training records: images as they are (of volumes the middle slice, of several channels the first
/// three or one), signals as curves, features as bars; beside each its map of classes or its target
/// image, where there is one. Error: a record can't be read.
[[nodiscard]] Result<DataPicture> draw_data(const DataSet& set, const DataSplit& split, std::int64_t columns);

}  // namespace nas
