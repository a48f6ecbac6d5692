#include "experiments/predict/predict_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "nas/operation.h"
#include "nas/option.h"
#include "nas/tile_plan.h"

namespace nas {
namespace {

std::vector<std::string> exit_names(const Network& network) {
  std::vector<std::string> names;
  for (const Exit& exit : network.exits) {
    if (!exit.auxiliary) names.push_back(exit.name);
  }
  return names;
}

Result<Unit> check_confidence(const ModelDirectory& model, const PredictOptions& options) {
  if (!options.confidence) return Unit{};
  if (model.preprocessing.task != TaskKind::Classification) {
    return Error{
        fmt::format("--confidence: only classes have one, the task is {}", task_row(model.preprocessing.task).name)};
  }
  if (!options.exit.empty() || options.passes > 0) {
    return Error{"--confidence can't be combined with --exit and --mc-dropout"};
  }
  if (exit_names(model.built.network).empty()) return Error{"--confidence: the network has no exits to stop at"};
  return Unit{};
}

Result<Unit> check_exit(const ModelDirectory& model, const std::string& name) {
  const auto names = exit_names(model.built.network);
  if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return Unit{};
  if (names.empty()) return Error{fmt::format("--exit {}: the network has no exits", name)};
  return Error{fmt::format("--exit {}: there is no such exit{}, the network has {}", name, suggest(name, names),
                           fmt::join(names, ", "))};
}

Result<Unit> check_options(const ModelDirectory& model, const PredictOptions& options) {
  if (const auto good = check_exit(model, options.exit); !good) return good;
  if (const auto good = check_confidence(model, options); !good) return good;
  if (options.probabilities && model.preprocessing.task != TaskKind::Segmentation) {
    return Error{"--probabilities: for segmentation; classes of whole records come with theirs"};
  }
  return Unit{};
}

/// Only what the answer is computed by.
Network answering(Network network, const PredictOptions& options) {
  if (options.confidence) return network;
  for (const Exit& exit : network.exits) {
    if (exit.name == options.exit) network.output = exit.node;
  }
  network.exits.clear();
  return network;
}

bool drops(const Network& network) {
  const std::vector<bool> used = used_nodes(network, {network.output});
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    if (used[i] && network.nodes[i].op == Op::Dropout && network.nodes[i].attributes.rate > 0) return true;
  }
  return false;
}

std::string sizes_text(const Shape& shape) {
  std::string text;
  for (std::size_t axis = 0; axis < shape.dims; ++axis) {
    text += fmt::format("{}{}", axis == 0 ? "" : "x", shape.size[axis]);
  }
  return text;
}

std::int64_t params_of(const Network& network, std::size_t index) {
  const Node& node = network.nodes[index];
  std::vector<Shape> inputs;
  for (const std::int32_t input : node.inputs) inputs.push_back(network.shape_of(input));
  return operation(node.op).params(node.attributes, inputs);
}

class Planner {
 public:
  Planner(const ModelDirectory& model, const PredictOptions& options) : model_(model), options_(options) {
    PredictRequest& request = plan_.request;
    request.preprocessing = model.preprocessing;
    request.weights = std::filesystem::absolute(model.weights());
    request.names = model.names;
    request.confidence = options.confidence;
    request.passes = options.passes;
    request.seed = options.seed;
    request.batch = options.batch;
    request.probabilities = options.probabilities;
  }

  Result<PredictPlan> plan() {
    for (const auto& file : options_.inputs) {
      const auto source = open_predict_source(file, model_.preprocessing, options_.array);
      if (!source) return source.error();
      const auto graph = graph_for(*source);
      if (!graph) return graph.error();
      plan_.request.files.push_back({std::filesystem::absolute(file), options_.array, *graph});
      const Network& network = plan_.request.graphs[*graph].network;
      plan_.files.push_back({file, source->records(), source->bare, network.shape_of(network.output)});
    }
    return std::move(plan_);
  }

 private:
  [[nodiscard]] bool maps() const { return gives_maps(model_.preprocessing.task); }

  Result<std::size_t> graph_for(const PredictSource& source) {
    auto& graphs = plan_.request.graphs;
    const auto same = std::find_if(graphs.begin(), graphs.end(),
                                   [&](const PredictGraph& graph) { return graph.record == source.shape(); });
    if (same != graphs.end()) return static_cast<std::size_t>(same - graphs.begin());
    if (!maps() && source.shape() != model_.input()) {
      return Error{
          fmt::format("{}: {}, the network takes {} (its answer is about a whole record of that size), bring "
                      "it to that size first",
                      source.name, to_string(source.shape()), to_string(model_.input()))};
    }
    auto network = network_for(model_, source.shape());
    if (!network && maps()) {
      if (auto larger = larger_network_for(model_, source.shape())) network = std::move(larger);
    }
    if (!network) return Error{fmt::format("{}: {}", source.name, network.error().message)};
    for (const auto& [node, name] : weight_names(*network)) {
      if (const auto known = plan_.request.names.emplace(node, name).first; known->second != name) {
        return Error{fmt::format("{}: the network for {} has its weights elsewhere ({}), it takes one size only",
                                 source.name, to_string(source.shape()), node)};
      }
    }
    PredictGraph graph{answering(std::move(*network), options_), std::nullopt, source.shape()};
    if (options_.passes > 0 && !drops(graph.network)) {
      return Error{"--mc-dropout: the network has no dropout, all passes would be alike"};
    }
    if (maps()) {
      auto tile = tile_for(graph.network);
      if (!tile) return Error{fmt::format("{}: {}", source.name, tile.error().message)};
      graph.tile = *tile;
    }
    graphs.push_back(std::move(graph));
    return graphs.size() - 1;
  }

  /// Empty: all at once.
  Result<std::optional<Shape>> tile_for(const Network& network) {
    const Shape& whole = network.nodes[0].shape;
    const std::int64_t most = options_.memory_mib << 20;
    const std::int64_t bytes = count_memory(network, 1).inference_bytes;
    const bool fits = options_.tile == PredictOptions::kAutoTile
                          ? bytes <= most
                          : std::all_of(whole.size.begin(), whole.size.end(),
                                        [&](std::int64_t size) { return size <= options_.tile; });
    if (fits || whole.dims == 0) return std::optional<Shape>();
    const ReceptiveField field = receptive_field(network, network.output);
    if (const auto seamless = check_field(network, field, bytes); !seamless) return seamless.error();
    const auto axes = tiled_axes(network, network.output, field);
    auto tile =
        options_.tile == PredictOptions::kAutoTile ? tile_within(network, axes, most) : tile_of_side(whole, axes);
    if (!tile) return Error{fmt::format("{}; {}", tile.error().message, "raise --memory or --tile")};
    if (const auto same = check_tile(network, *tile); !same) return same.error();
    if (*tile == whole) return std::optional<Shape>();
    note(whole, *tile, axes);
    return std::optional<Shape>(*tile);
  }

  Result<Unit> check_field(const Network& network, const ReceptiveField& field, std::int64_t bytes) const {
    if (!field.unbounded) return Unit{};
    const Node& node = network.nodes[static_cast<std::size_t>(*field.unbounded)];
    const std::string why =
        fmt::format("its operation {} ({}) reads the whole input", node.name, operation(node.op).name);
    const std::int64_t mib = (bytes >> 20) + 1;
    if (!field.is_map) {
      return Error{fmt::format("the network can't be computed in tiles ({}), {} MiB for all at once: --memory {}", why,
                               mib, mib)};
    }
    if (options_.seams == PredictOptions::Seams::Accept) return Unit{};
    return Error{fmt::format("tiles would have seams ({}); at once it needs {} MiB: --memory {}, or --accept-seams",
                             why, mib, mib)};
  }

  Result<Shape> tile_of_side(const Shape& whole, const std::vector<TiledAxis>& axes) const {
    Shape tile = whole;
    for (std::size_t axis = 0; axis < axes.size(); ++axis) {
      const std::int64_t largest = largest_tile(axes[axis], options_.tile);
      if (largest > 0) {
        // As many tiles as these, but no larger than so many need to be.
        const auto count = static_cast<std::int64_t>(place_tiles(axes[axis], largest).tiles.size());
        tile.size[axis] = tile_of_count(axes[axis], count);
        continue;
      }
      return Error{
          fmt::format("tiles of {} hold nothing but the halo of {} + {} positions that the network sees "
                      "beyond its output (its stride is {}), the smallest possible is {}",
                      options_.tile, axes[axis].field.halo_low(), axes[axis].field.halo_high(), axes[axis].field.stride,
                      smallest_tile(axes[axis]))};
    }
    return tile;
  }

  /// A network with a layer for one size of inputs has other weights in a tile.
  static Result<Unit> check_tile(const Network& network, const Shape& tile) {
    const auto smaller = network_at(network, tile);
    if (!smaller) return Error{fmt::format("tiles of {}: {}", sizes_text(tile), smaller.error().message)};
    for (std::size_t i = 1; i < network.nodes.size(); ++i) {
      if (params_of(network, i) == params_of(*smaller, i)) continue;
      return Error{fmt::format("the network can't be computed in tiles: {} ({}) is made for inputs of {}",
                               network.nodes[i].name, operation(network.nodes[i].op).name,
                               sizes_text(network.nodes[0].shape))};
    }
    return Unit{};
  }

  void note(const Shape& whole, const Shape& tile, const std::vector<TiledAxis>& axes) {
    std::size_t tiles = 1;
    std::vector<std::string> halos;
    for (std::size_t axis = 0; axis < axes.size(); ++axis) {
      tiles *= place_tiles(axes[axis], tile.size[axis]).tiles.size();
      halos.push_back(std::to_string(std::max(axes[axis].field.halo_low(), axes[axis].field.halo_high())));
    }
    plan_.notes.push_back(fmt::format("inputs of {} in {} tiles of {}, halo {}", sizes_text(whole), tiles,
                                      sizes_text(tile), fmt::join(halos, "x")));
  }

  const ModelDirectory& model_;
  const PredictOptions& options_;
  PredictPlan plan_;
};

}  // namespace

Result<PredictPlan> plan_prediction(const ModelDirectory& model, const PredictOptions& options) {
  if (const auto checked = check_options(model, options); !checked) return checked.error();
  return Planner(model, options).plan();
}

}  // namespace nas
