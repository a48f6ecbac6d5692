// Maps of whole records, computed at once or in tiles: masks and restored signals.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nas/tile_plan.h"
#include "trainer/predict_estimate.h"
#include "trainer/predict_request.h"
#include "trainer/predict_source.h"

namespace nas {

/// A network with the weights of the request, at one size of records.
struct LoadedGraph {
  Shape record;                 // the network's input may have longer sides, see PredictGraph
  Shape output;                 // for a record
  Shape tile;                   // what the network takes at once; its whole input where that is all
  std::vector<AxisTiles> axes;  // of the signal; one tile each where it is all
  PredictNetwork network;       // of the tile's shape
};

struct MapOptions {
  TaskKind task = TaskKind::Segmentation;
  bool may_be_missing = false;
  bool probabilities = false;
  std::int64_t passes = 0;
  std::filesystem::path folder;
};

/// Before predict_map.
void prepare_parts(LoadedGraph& graph);

/// Computes one record and writes its files (predict_files), `number` in their names. Memory is
/// bounded by the tile, whatever the record's size. Throws nas::Exception: a value that can't be
/// used, a file that can't be written.
void predict_map(const LoadedGraph& graph, const Estimator& estimator, const PredictSource& source, std::int64_t record,
                 std::int64_t number, const MapOptions& options);

}  // namespace nas
