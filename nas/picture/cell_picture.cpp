#include <fmt/format.h>

#include <utility>

#include "nas/check.h"
#include "nas/picture/picture.h"

namespace nas {
namespace {

class CellPicture {
 public:
  explicit CellPicture(const CellGraph& cell) : cell_(cell) {
    picture_.title = cell.name;
    picture_.direction = PictureFlow::Up;
  }

  Picture make() {
    for (std::size_t input = 0; input < cell_.inputs; ++input) {
      const std::size_t back = cell_.inputs - 1 - input;
      made_.push_back(add(cell_.inputs == 1 ? "input" : hidden(back), BoxKind::Input, {}, "an input of the cell"));
    }
    for (std::size_t k = 0; k < cell_.nodes.size(); ++k) made_.push_back(add_node(k));
    std::vector<std::int32_t> taken;
    for (const std::int32_t tensor : cell_.output) taken.push_back(box_of(tensor));
    const std::int32_t joined = join(taken, cell_.output_concat, "what the output takes");
    add(cell_.inputs == 1 ? "output" : "h[i+1]", BoxKind::Output, {joined}, "the output of the cell");
    return std::move(picture_);
  }

 private:
  static std::string hidden(std::size_t back) { return back == 0 ? "h[i]" : fmt::format("h[i-{}]", back); }

  [[nodiscard]] std::int32_t box_of(std::int32_t tensor) const {
    NAS_CHECK(tensor >= 0 && static_cast<std::size_t>(tensor) < made_.size(), "a cell's nodes read earlier tensors");
    return made_[static_cast<std::size_t>(tensor)];
  }

  std::int32_t add(std::string label, BoxKind kind, const std::vector<std::int32_t>& inputs, std::string tooltip) {
    PictureBox box;
    box.label = std::move(label);
    box.kind = kind;
    box.tooltip = std::move(tooltip);
    for (const std::int32_t input : inputs) box.inputs.push_back({input, LineStyle::Solid});
    picture_.boxes.push_back(std::move(box));
    return static_cast<std::int32_t>(picture_.boxes.size() - 1);
  }

  /// One tensor needs no join, none at all is drawn as zeros.
  std::int32_t join(const std::vector<std::int32_t>& boxes, bool concat, const std::string& tooltip) {
    if (boxes.size() == 1) return boxes.front();
    if (boxes.empty()) return add("zero", BoxKind::Zero, {}, tooltip);
    return add(concat ? "concat" : "add", BoxKind::Join, boxes, tooltip);
  }

  std::int32_t add_node(std::size_t k) {
    const CellNode& node = cell_.nodes[k];
    const std::string name = fmt::format("node {}", cell_.inputs + k);
    std::vector<std::int32_t> edges;
    for (const CellEdge& edge : node.edges) {
      const std::int32_t from = box_of(edge.from);
      const std::string tooltip = fmt::format("{}, from {}", name, edge.from);
      edges.push_back(edge.label.empty() ? from : add(edge.label, kind_of_name(edge.label), {from}, tooltip));
    }
    const std::int32_t joined = join(edges, cell_.join_concat, name);
    return node.label.empty() ? joined : add(node.label, kind_of_name(node.label), {joined}, name);
  }

  const CellGraph& cell_;
  Picture picture_;
  std::vector<std::int32_t> made_;  // the box of each tensor
};

}  // namespace

Picture picture_of(const CellGraph& cell) { return CellPicture(cell).make(); }

}  // namespace nas
