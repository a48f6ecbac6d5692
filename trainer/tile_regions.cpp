#include "trainer/tile_regions.h"

#include <algorithm>
#include <numeric>

#include "nas/operation.h"

namespace nas {
namespace {

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return -floor_divide(-a, b); }

/// Worth a copy: the part has fewer than so many of so many positions.
constexpr std::int64_t kFewer = 15;
constexpr std::int64_t kOf = 16;

std::int64_t positions(const RegionBox& box, std::size_t dims) {
  std::int64_t count = 1;
  for (std::size_t axis = 0; axis < dims; ++axis) count *= box[axis].length();
  return count;
}

RegionBox whole(const Shape& shape) {
  RegionBox box;
  for (std::size_t axis = 0; axis < shape.dims; ++axis) box[axis] = {0, shape.size[axis]};
  return box;
}

Shape shape_of_part(Shape shape, const RegionBox& box) {
  for (std::size_t axis = 0; axis < shape.dims; ++axis) shape.size[axis] = box[axis].length();
  return shape;
}

/// What an operation of this reach reads of an input of `size` positions for the outputs `wanted`. The part begins
/// where its outputs are whole positions from the start, and ends as far from the end.
PositionRange read_for(const Reach& reach, const PositionRange& wanted, std::int64_t size) {
  const std::int64_t unit = reach.step / std::gcd(reach.step, reach.parts);
  const std::int64_t first = ceil_divide(wanted.begin * reach.step + reach.first, reach.parts);
  const std::int64_t last = floor_divide((wanted.end - 1) * reach.step + reach.last, reach.parts);
  const std::int64_t begin = std::clamp<std::int64_t>(first, 0, size - 1) / unit * unit;
  const std::int64_t spare = std::max<std::int64_t>(0, size - std::max(last + 1, begin + 1)) / unit * unit;
  return {begin, size - spare};
}

class RegionPlanner {
 public:
  RegionPlanner(const Network& network, const ExecutionPlan& plan)
      : network_(network), plan_(plan), needed_(network.nodes.size()), there_(network.nodes.size()) {}

  std::optional<RegionPlan> make(const RegionBox& kept) {
    const std::int32_t output = plan_.outputs.front();
    need(output, kept);
    for (auto step = plan_.steps.rbegin(); step != plan_.steps.rend(); ++step) {
      if (!look_back(*step)) return std::nullopt;
    }
    there_[0] = whole(network_.nodes[0].shape);
    RegionPlan made;
    for (const ExecutionStep& step : plan_.steps) {
      auto planned = run(step);
      if (!planned) return std::nullopt;
      made.steps.emplace(step.node, std::move(*planned));
    }
    if (!saves_) return std::nullopt;
    made.kept = within(kept, there_[index(output)]);
    return made;
  }

 private:
  static std::size_t index(std::int32_t value) { return static_cast<std::size_t>(value); }
  std::size_t dims() const { return network_.nodes[0].shape.dims; }

  RegionBox within(const RegionBox& box, const RegionBox& part) const {
    RegionBox moved = box;
    for (std::size_t axis = 0; axis < dims(); ++axis) {
      moved[axis] = {box[axis].begin - part[axis].begin, box[axis].end - part[axis].begin};
    }
    return moved;
  }

  void need(std::int32_t value, const RegionBox& box) {
    std::optional<RegionBox>& mine = needed_[index(value)];
    if (!mine) {
      mine = box;
      return;
    }
    for (std::size_t axis = 0; axis < dims(); ++axis) {
      (*mine)[axis] = {std::min((*mine)[axis].begin, box[axis].begin), std::max((*mine)[axis].end, box[axis].end)};
    }
  }

  /// Of the step's only input, or of each that is joined.
  std::optional<RegionBox> reads_of(const ExecutionStep& step, std::int32_t value, const RegionBox& wanted) const {
    const Node& node = network_.nodes[index(step.node)];
    const Shape& from = network_.nodes[index(value)].shape;
    RegionBox box = wanted;
    for (std::size_t axis = 0; axis < dims(); ++axis) {
      if (from.dims != dims() || node.shape.dims != dims()) return std::nullopt;
      if (step.inputs.size() > 1) {
        if (from.size[axis] != node.shape.size[axis]) return std::nullopt;
        continue;
      }
      const auto reach = operation(node.op).reach(node.attributes, axis);
      if (!reach) return std::nullopt;
      box[axis] = read_for(*reach, wanted[axis], from.size[axis]);
    }
    return box;
  }

  bool look_back(const ExecutionStep& step) {
    if (!needed_[index(step.node)]) return false;  // nothing reads it: no plan of a map
    for (const std::int32_t value : step.inputs) {
      const auto box = reads_of(step, value, *needed_[index(step.node)]);
      if (!box) return false;
      need(value, *box);
    }
    return true;
  }

  /// All that there is of the inputs, where what is needed is hardly less.
  std::vector<RegionBox> choose_reads(const ExecutionStep& step) {
    const RegionBox& first = there_[index(step.inputs.front())];
    const RegionBox least = *reads_of(step, step.inputs.front(), *needed_[index(step.node)]);
    bool all = positions(least, dims()) * kOf >= positions(first, dims()) * kFewer;
    for (const std::int32_t value : step.inputs) all &= there_[index(value)] == first;
    if (!all) saves_ = true;
    return std::vector<RegionBox>(step.inputs.size(), all && starts_well(step, first) ? first : least);
  }

  /// Whether the operation's outputs are whole positions from the start there.
  bool starts_well(const ExecutionStep& step, const RegionBox& box) const {
    const Node& node = network_.nodes[index(step.node)];
    const Shape& from = network_.nodes[index(step.inputs.front())].shape;
    for (std::size_t axis = 0; axis < dims() && step.inputs.size() == 1; ++axis) {
      const Reach reach = *operation(node.op).reach(node.attributes, axis);
      const std::int64_t unit = reach.step / std::gcd(reach.step, reach.parts);
      if (box[axis].begin % unit != 0 || (from.size[axis] - box[axis].end) % unit != 0) return false;
    }
    return true;
  }

  std::optional<RegionStep> run(const ExecutionStep& step) {
    const Node& node = network_.nodes[index(step.node)];
    RegionStep made;
    if (step.inputs.empty()) {  // zeros: as many as are wanted
      there_[index(step.node)] = *needed_[index(step.node)];
      made.output = shape_of_part(node.shape, there_[index(step.node)]);
      return made;
    }
    RegionBox result = there_[index(step.node)];
    const std::vector<RegionBox> reads = choose_reads(step);
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const std::size_t value = index(step.inputs[i]);
      made.reads.push_back(within(reads[i], there_[value]));
      made.inputs.push_back(shape_of_part(network_.nodes[value].shape, reads[i]));
    }
    const auto output = operation(node.op).infer(node.attributes, made.inputs);
    if (!output || output->dims != dims()) return std::nullopt;
    made.output = *output;
    for (std::size_t axis = 0; axis < dims(); ++axis) {
      std::int64_t begin = reads.front()[axis].begin;
      if (step.inputs.size() == 1) {
        const Reach reach = *operation(node.op).reach(node.attributes, axis);
        begin = begin * reach.parts / reach.step;
      }
      result[axis] = {begin, begin + output->size[axis]};
      const PositionRange& wanted = (*needed_[index(step.node)])[axis];
      if (result[axis].begin > wanted.begin || result[axis].end < wanted.end) return std::nullopt;
    }
    there_[index(step.node)] = result;
    return made;
  }

  const Network& network_;
  const ExecutionPlan& plan_;
  std::vector<std::optional<RegionBox>> needed_;  // by value
  std::vector<RegionBox> there_;                  // by value: what is computed of it
  bool saves_ = false;
};

}  // namespace

std::optional<RegionPlan> plan_regions(const Network& network, const ExecutionPlan& plan, const RegionBox& kept) {
  if (plan.outputs.size() != 1 || network.nodes[0].shape.dims == 0) return std::nullopt;
  return RegionPlanner(network, plan).make(kept);
}

}  // namespace nas
