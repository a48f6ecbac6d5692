#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "nas/picture/fold_repeats.h"
#include "nas/picture/merge_chains.h"
#include "nas/picture/operation_label.h"
#include "nas/picture/picture.h"

namespace nas {
namespace {

using detail::FoldBox;
using detail::MergedBox;
using detail::Repeat;

constexpr std::size_t kMostPassing = 100'000;  // boxes that lines pass, before the longest are left out
constexpr std::size_t kFar = 40;               // boxes that a line may pass then

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

/// Boxes that lines pass by, in all; lines from one box run together.
std::size_t count_passing(const Picture& picture) {
  std::vector<std::size_t> last_reader(picture.boxes.size(), 0);
  for (std::size_t b = 0; b < picture.boxes.size(); ++b) {
    for (const PictureEdge& edge : picture.boxes[b].inputs) last_reader[at(edge.from)] = b;
  }
  std::size_t passing = 0;
  for (std::size_t b = 0; b < last_reader.size(); ++b) passing += last_reader[b] > b ? last_reader[b] - b - 1 : 0;
  return passing;
}

/// A net of hundreds of layers that all read each other would be a page of lines: long ones become
/// words.
void leave_out_far_edges(Picture& picture) {
  if (count_passing(picture) <= kMostPassing) return;
  for (std::size_t b = 0; b < picture.boxes.size(); ++b) {
    PictureBox& box = picture.boxes[b];
    const std::size_t left_out =
        std::erase_if(box.inputs, [&](const PictureEdge& edge) { return b - at(edge.from) > kFar; });
    if (left_out == 0) continue;
    box.sublabel += fmt::format("{}and {} from further up", box.sublabel.empty() ? "" : ", ", left_out);
  }
}

/// Equal texts get equal numbers.
class Numbering {
 public:
  std::size_t of(const std::string& text) { return numbers_.try_emplace(text, numbers_.size()).first->second; }

 private:
  std::unordered_map<std::string, std::size_t> numbers_;
};

class NetworkPicture {
 public:
  NetworkPicture(const Network& network, std::string title) : network_(network), boxes_(detail::merge_chains(network)) {
    picture_.title = std::move(title);
    const Cost cost = count_cost(network);
    picture_.subtitle = fmt::format("{} params, {} MACs, input {}", detail::with_commas(cost.params),
                                    detail::with_commas(cost.macs), to_string(network.nodes.front().shape));
    add_outputs();
    repeats_ = detail::find_repeats(fold_boxes());
  }

  Picture make() {
    make_groups();
    drawn_.assign(boxes_.size(), -1);
    for (std::size_t b = 0; b < boxes_.size(); ++b) {
      if (is_drawn(b)) draw(b);
    }
    leave_out_far_edges(picture_);
    return std::move(picture_);
  }

 private:
  [[nodiscard]] const Shape& shape_of(const MergedBox& box) const { return network_.nodes[box.nodes.back()].shape; }

  /// Boxes without operations: what leaves the network.
  void add_outputs() {
    std::vector<std::int32_t> box_of(network_.nodes.size());
    for (std::size_t b = 0; b < boxes_.size(); ++b) {
      for (const std::size_t node : boxes_[b].nodes) box_of[node] = static_cast<std::int32_t>(b);
    }
    const auto add = [&](std::int32_t node, std::string label, std::string sublabel) {
      while (network_.nodes[at(node)].op == Op::Identity) node = network_.nodes[at(node)].inputs[0];
      MergedBox box;
      box.inputs = {box_of[at(node)]};
      box.kind = BoxKind::Output;
      box.label = std::move(label);
      box.sublabel = std::move(sublabel);
      box.exact_key = fmt::format("output {}", boxes_.size());
      boxes_.push_back(std::move(box));
    };
    for (const Exit& exit : network_.exits) {
      add(exit.node, fmt::format("{} {}", exit.auxiliary ? "auxiliary" : "exit", exit.name), "");
    }
    add(network_.output, "output", "");
  }

  [[nodiscard]] std::vector<FoldBox> fold_boxes() const {
    Numbering exact, loose;
    std::vector<FoldBox> found;
    for (const MergedBox& box : boxes_) {
      const bool is_output = box.nodes.empty();
      FoldBox fold;
      fold.exact = exact.of(box.exact_key);
      fold.loose = loose.of(is_output ? box.exact_key : fmt::format("{}\n{}", box.label, box.sublabel));
      fold.inputs = box.inputs;
      if (!is_output) fold.path = network_.nodes[box.nodes.front()].name + ".";
      found.push_back(std::move(fold));
    }
    return found;
  }

  void make_groups() {
    for (const Repeat& repeat : repeats_) {
      PictureGroup group;
      group.label = fmt::format("× {}", repeat.times);
      group.parent = repeat.parent;
      group.tooltip = fmt::format("{} parts that are alike, drawn once", repeat.times);
      if (!repeat.exact) {
        const std::string first = to_string(shape_of(boxes_[repeat.start + repeat.period - 1]));
        const std::string last = to_string(shape_of(boxes_[repeat.end() - 1]));
        group.tooltip += ": the last; shapes differ inside";
        group.sublabel = first == last ? "shapes differ inside" : fmt::format("{} to {}", first, last);
      }
      picture_.groups.push_back(std::move(group));
    }
  }

  [[nodiscard]] static bool contains(const Repeat& repeat, std::size_t box) {
    return box >= repeat.start && box < repeat.end();
  }

  /// Only the last part of each repeat is.
  [[nodiscard]] bool is_drawn(std::size_t box) const {
    return std::none_of(repeats_.begin(), repeats_.end(),
                        [&](const Repeat& r) { return contains(r, box) && box < r.last_part(); });
  }

  void draw(std::size_t b) {
    const MergedBox& box = boxes_[b];
    PictureBox drawn;
    drawn.label = box.label;
    drawn.sublabel = box.sublabel;
    drawn.kind = box.kind;
    drawn.edge_label = box.nodes.empty() ? "" : to_string(shape_of(box));
    for (const std::size_t node : box.nodes) {
      drawn.tooltip += (drawn.tooltip.empty() ? "" : "\n") + detail::full_label(network_, node);
    }
    for (std::size_t r = 0; r < repeats_.size(); ++r) {
      if (contains(repeats_[r], b)) drawn.group = static_cast<std::int32_t>(r);
    }
    for (std::size_t slot = 0; slot < box.inputs.size(); ++slot) drawn.inputs.push_back(source_of(b, slot));
    drawn_[b] = static_cast<std::int32_t>(picture_.boxes.size());
    picture_.boxes.push_back(std::move(drawn));
  }

  /// What an input of a drawn box reads. Where that is an earlier part of its own repeat, the line
  /// comes from what the first part reads; where it is a part of another repeat that is not drawn,
  /// from the same place in the part that is.
  [[nodiscard]] PictureEdge source_of(std::size_t reader, std::size_t slot) const {
    std::size_t read = at(boxes_[reader].inputs[slot]);
    for (std::size_t r = repeats_.size(); r-- > 0;) {
      const Repeat& repeat = repeats_[r];
      if (!contains(repeat, reader) || !contains(repeat, read) || read >= repeat.last_part()) continue;
      reader -= repeat.last_part() - repeat.start;
      read = at(boxes_[reader].inputs[slot]);
    }
    PictureEdge edge;
    for (const Repeat& repeat : repeats_) {
      if (!contains(repeat, read) || read >= repeat.last_part()) continue;
      read = repeat.last_part() + (read - repeat.start) % repeat.period;
      edge.style = LineStyle::Dashed;
    }
    edge.from = drawn_[read];
    return edge;
  }

  const Network& network_;
  std::vector<MergedBox> boxes_;     // with the outputs at the end
  std::vector<Repeat> repeats_;      // outer ones before inner ones
  std::vector<std::int32_t> drawn_;  // of each box, its box in the picture
  Picture picture_;
};

}  // namespace

Picture picture_of(const Network& network, std::string title) {
  return NetworkPicture(network, std::move(title)).make();
}

}  // namespace nas
