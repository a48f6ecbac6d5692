#include "experiments/predict/model_directory.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "nas/export/model_weights.h"
#include "nas/tile_plan.h"
#include "trainer/data/mapped_file.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

constexpr const char* kArchitecture = "architecture.yaml";
constexpr const char* kPreprocessing = "preprocessing.json";

Result<Unit> check_files(const fs::path& directory) {
  std::error_code failed;
  if (!fs::is_directory(directory, failed)) {
    return Error{fmt::format("{}: no directory; nas predict takes what nas export wrote", directory.string())};
  }
  if (!fs::exists(directory / kArchitecture, failed)) {
    return Error{
        fmt::format("{}: no {} in it; nas predict takes what nas export wrote", directory.string(), kArchitecture)};
  }
  if (!fs::exists(directory / kPreprocessing, failed)) {
    return Error{
        fmt::format("{}: no {} in it (only an export from a run, or with --data EXPERIMENT, knows what "
                    "training did to its data), export it again, or write it as docs/predict.md has it",
                    directory.string(), kPreprocessing)};
  }
  if (!fs::exists(directory / "model.safetensors", failed)) {
    return Error{fmt::format("{}: no model.safetensors in it, export it again with --weights", directory.string())};
  }
  return Unit{};
}

Result<Preprocessing> read_preprocessing(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const auto json = nlohmann::json::parse(in, nullptr, false);
  if (json.is_discarded()) return Error{fmt::format("{}: can't be read as JSON", file.string())};
  auto read = preprocessing_from_json(json);
  if (!read) return Error{fmt::format("{}: {}", file.string(), read.error().message)};
  return read;
}

std::vector<ExpectedWeight> weights_of(const Network& network) {
  const ExportGraph graph = make_export_graph(network);
  return expected_weights(graph, make_module_tree(graph));
}

/// Whether outputs of the network can be what the task says.
Result<Unit> check_agreement(const ModelDirectory& model) {
  const Shape& input = model.input();
  const Preprocessing& preprocessing = model.preprocessing;
  if (input.channels != preprocessing.input.channels || input.dims != preprocessing.input.dims) {
    return Error{fmt::format("{}: {} is of data {}, the network takes {}", model.directory.string(), kPreprocessing,
                             to_string(preprocessing.input), to_string(input))};
  }
  const Shape& output = model.built.network.shape_of(model.built.network.output);
  const bool maps = preprocessing.task == TaskKind::Segmentation;
  const std::int64_t given = maps ? output.channels : output.elements();
  if (preprocessing.classes > 0 && given != preprocessing.classes) {
    return Error{fmt::format("{}: {} has {} classes, the network gives {}", model.directory.string(), kPreprocessing,
                             preprocessing.classes, given)};
  }
  const auto targets = static_cast<std::int64_t>(preprocessing.targets.scale.size());
  const bool regression = preprocessing.task == TaskKind::Regression;
  const std::int64_t numbers = regression ? output.elements() : output.channels;
  if (targets > 0 && targets != numbers) {
    return Error{fmt::format("{}: {} has {} targets, the network gives {}", model.directory.string(), kPreprocessing,
                             targets, numbers)};
  }
  return Unit{};
}

}  // namespace

std::map<std::string, std::string> weight_names(const Network& network) {
  std::map<std::string, std::string> names;
  for (const ExpectedWeight& weight : weights_of(network)) names[weight.node_name] = weight.model_name;
  return names;
}

Result<Unit> check_weights(const ModelDirectory& model, const Network& network) {
  const auto mapped = MappedFile::open(model.weights());
  if (!mapped) return mapped.error();
  const auto bytes = (*mapped)->bytes();
  const auto file = read_safetensors({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!file) {
    return Error{fmt::format("{}: is no safetensors file, or is damaged", model.weights().string())};
  }
  const auto matched = match_weights(weights_of(network), *file);
  if (matched) return Unit{};
  return Error{
      fmt::format("{} doesn't belong to {}: {}", model.weights().string(), kArchitecture, matched.error().message)};
}

Result<ModelDirectory> open_model(const fs::path& directory) {
  if (const auto there = check_files(directory); !there) return there.error();
  auto source = read_architecture(directory / kArchitecture);
  if (!source) return source.error();
  auto built = build(*source);
  if (!built) return Error{fmt::format("{}: {}", (directory / kArchitecture).string(), built.error().message)};
  auto preprocessing = read_preprocessing(directory / kPreprocessing);
  if (!preprocessing) return preprocessing.error();
  ModelDirectory model{directory, std::move(*source), std::move(*built), std::move(*preprocessing), {}};
  if (const auto agree = check_agreement(model); !agree) return agree.error();
  if (const auto belong = check_weights(model, model.built.network); !belong) return belong.error();
  model.names = weight_names(model.built.network);
  return model;
}

Result<Network> network_for(const ModelDirectory& model, const Shape& input) {
  if (input == model.input()) return model.built.network;
  ArchitectureSource source = model.source;
  source.overrides.input = input;
  auto built = build(source);
  if (!built) {
    return Error{
        fmt::format("the network can't be made for inputs of {}: {}", to_string(input), built.error().message)};
  }
  if (const auto same = check_weights(model, built->network); !same) {
    return Error{fmt::format("for inputs of {} it is a network of other weights (it takes one size only): {}",
                             to_string(input), same.error().message)};
  }
  return std::move(built->network);
}

Result<Network> larger_network_for(const ModelDirectory& model, const Shape& input) {
  const Network& network = model.built.network;
  const ReceptiveField field = receptive_field(network, network.output);
  if (!field.is_map) return Error{"its output has no positions"};
  Shape larger = input;
  for (std::size_t axis = 0; axis < input.dims; ++axis) {
    const std::int64_t stride = field.axes[axis].stride;
    const std::int64_t beyond = (input.size[axis] - model.input().size[axis]) % stride;
    larger.size[axis] += beyond == 0 ? 0 : beyond > 0 ? stride - beyond : -beyond;
  }
  auto made = network_at(network, larger);
  if (!made) return made.error();
  if (const auto same = check_weights(model, *made); !same) return same.error();
  return made;
}

}  // namespace nas
