#include "trainer/predict_job.h"

#include <ATen/Context.h>
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <exception>
#include <fstream>
#include <istream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nas/check.h"
#include "nas/export/safetensors.h"
#include "trainer/data/mapped_file.h"
#include "trainer/data/npy_writer.h"
#include "trainer/device.h"
#include "trainer/predict_vectors.h"
#include "trainer/tensor_entries.h"

namespace nas {
namespace {

/// A file of named tensors, mapped.
class WeightFile {
 public:
  explicit WeightFile(const std::filesystem::path& path) : path_(path.string()) {
    auto mapped = MappedFile::open(path);
    if (!mapped) throw Exception(mapped.error().message);
    mapped_ = std::move(*mapped);
    const auto bytes = mapped_->bytes();
    auto file = read_safetensors({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    if (!file) throw Exception(fmt::format("{}: is no safetensors file", path_));
    file_ = std::move(*file);
    for (const TensorEntry& entry : file_.tensors) entries_.emplace(entry.name, &entry);
  }

  void fill(const std::vector<NamedTensor>& tensors, const std::map<std::string, std::string>& names) const {
    for (const NamedTensor& named : tensors) {
      const auto renamed = names.find(named.name);
      const auto found = entries_.find(renamed == names.end() ? named.name : renamed->second);
      if (found == entries_.end()) throw Exception(fmt::format("{}: has no tensor for '{}'", path_, named.name));
      const TensorEntry& entry = *found->second;
      if (entry.type != "F32" || entry.shape != named.tensor.sizes().vec()) {
        throw Exception(fmt::format("{}: '{}' has another type or shape", path_, entry.name));
      }
      fill_tensors(std::span(&named, 1), file_.bytes_of(entry));
    }
  }

 private:
  std::string path_;
  std::shared_ptr<const MappedFile> mapped_;
  TensorFile file_;
  std::map<std::string_view, const TensorEntry*> entries_;
};

/// Each axis in one piece.
std::vector<AxisTiles> one_tile(const Shape& input, const Shape& output) {
  std::vector<AxisTiles> axes;
  for (std::size_t axis = 0; axis < output.dims; ++axis) {
    axes.push_back({axis < input.dims ? input.size[axis] : 1, {{.count = output.size[axis]}}});
  }
  return axes;
}

/// Of a record: without what the network makes of positions beyond it.
Shape output_of(const PredictGraph& graph, const ReceptiveField& field) {
  const Shape& input = graph.network.nodes[0].shape;
  Shape output = graph.network.shape_of(graph.network.output);
  for (std::size_t axis = 0; axis < input.dims && field.is_map; ++axis) {
    const AxisField& along = field.axes[axis];
    output.size[axis] -= (input.size[axis] - graph.record.size[axis]) * along.output_step / along.input_step;
  }
  return output;
}

LoadedGraph load(const PredictGraph& graph, const PredictRequest& request, const WeightFile& weights,
                 at::Device device) {
  const Network& whole = graph.network;
  const Shape& input = whole.nodes[0].shape;
  const ReceptiveField field = receptive_field(whole, whole.output);
  const Shape output = output_of(graph, field);
  if (!graph.tile) {
    LoadedGraph loaded{graph.record, output, input, one_tile(input, whole.shape_of(whole.output)),
                       PredictNetwork(whole, device)};
    weights.fill(loaded.network.tensors(), request.names);
    return loaded;
  }
  std::vector<AxisTiles> tiles;
  for (const TiledAxis& axis : tiled_axes(whole, whole.output, field)) {
    tiles.push_back(place_tiles(axis, graph.tile->size[tiles.size()]));
    if (tiles.back().tiles.empty()) throw Exception("a tile that is all halo");
  }
  const auto network = network_at(whole, *graph.tile);
  if (!network) throw Exception(network.error().message);
  LoadedGraph loaded{graph.record, output, *graph.tile, std::move(tiles), PredictNetwork(*network, device)};
  weights.fill(loaded.network.tensors(), request.names);
  return loaded;
}

template <class T>
void write_answer(const PredictRequest& request, const char* name, ElementType element, const std::vector<T>& numbers,
                  std::int64_t records) {
  if (numbers.empty()) return;
  const auto count = static_cast<std::int64_t>(numbers.size());
  std::vector<std::int64_t> shape = {records};
  if (count != records) shape.push_back(count / records);
  auto writer = NpyWriter::create(request.folder / fmt::format("{}.npy", name), element, std::move(shape));
  if (!writer) throw Exception(writer.error().message);
  auto written = writer->write(0, std::as_bytes(std::span(numbers)));
  if (written) written = writer->close();
  if (!written) throw Exception(written.error().message);
}

void write_answers(const PredictRequest& request, const VectorAnswers& answers) {
  const std::int64_t records = static_cast<std::int64_t>(answers.values.size()) / answers.outputs;
  write_answer(request, predict_files::kValues, ElementType::Float32, answers.values, records);
  write_answer(request, predict_files::kEntropy, ElementType::Float32, answers.entropy, records);
  write_answer(request, predict_files::kMutualInformation, ElementType::Float32, answers.mutual_information, records);
  write_answer(request, predict_files::kDeviation, ElementType::Float32, answers.deviation, records);
  write_answer(request, predict_files::kExits, ElementType::UInt8, answers.places, records);
}

void run(const PredictRequest& request) {
  const at::Device device = pick_device();
  at::manual_seed(request.seed);
  const WeightFile weights(request.weights);
  const Estimator estimator(request.preprocessing, device);
  const bool missing = request.preprocessing.missing;
  const MapOptions maps{request.preprocessing.task, missing, request.probabilities, request.passes, request.folder};
  const VectorOptions vectors{missing, request.confidence, request.passes, request.batch};
  VectorAnswers answers;
  std::int64_t number = 0;
  std::size_t loaded_graph = request.graphs.size();
  std::optional<LoadedGraph> graph;  // one at a time: each has its own copy of the weights
  for (const PredictFile& file : request.files) {
    if (file.graph != loaded_graph) {
      graph.reset();
      graph.emplace(load(request.graphs[file.graph], request, weights, device));
      if (gives_maps(maps.task)) prepare_parts(*graph);
      loaded_graph = file.graph;
    }
    const auto source = open_predict_source(file.file, request.preprocessing, file.array);
    if (!source) throw Exception(source.error().message);
    if (source->shape() != graph->record) throw Exception(file.file.string() + ": changed while it was read");
    if (!gives_maps(maps.task)) {
      predict_vectors(*graph, estimator, *source, vectors, answers);
      continue;
    }
    for (std::int64_t record = 0; record < source->records(); ++record) {
      predict_map(*graph, estimator, *source, record, number++, maps);
    }
  }
  if (!gives_maps(maps.task)) write_answers(request, answers);
}

}  // namespace

int run_predict_job(std::istream& input, std::ostream& errors) {
  try {
    run(predict_request_from_json(nlohmann::json::parse(input)));
    return 0;
  } catch (const std::exception& error) {
    const std::string text = error.what();
    fmt::print(errors, "{}\n", text.substr(0, text.find('\n')));
    return 1;
  }
}

}  // namespace nas
