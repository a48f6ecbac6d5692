#include "nas/picture/scopes.h"

#include <algorithm>

#include "nas/check.h"

namespace nas::detail {
namespace {

constexpr std::int32_t kPage = -1;

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

class ScopeMaker {
 public:
  explicit ScopeMaker(const Picture& picture)
      : picture_(picture), scopes_(picture.groups.size() + 1), first_box_(picture.groups.size(), -1) {}

  std::vector<Scope> make() {
    const auto count = static_cast<std::int32_t>(picture_.boxes.size());
    for (std::int32_t box = 0; box < count; ++box) add_box(box);
    for (std::int32_t box = 0; box < count; ++box) {
      for (const PictureEdge& edge : picture_.boxes[at(box)].inputs) add_edge(edge, box);
    }
    for (Scope& scope : scopes_) {
      std::sort(scope.items.begin(), scope.items.end());
      scope.items.erase(std::unique(scope.items.begin(), scope.items.end()), scope.items.end());
      std::sort(scope.edges.begin(), scope.edges.end());
      const auto is_same = [](const ScopeEdge& a, const ScopeEdge& b) { return a == b && !a.to.is_box(); };
      scope.edges.erase(std::unique(scope.edges.begin(), scope.edges.end(), is_same), scope.edges.end());
    }
    return std::move(scopes_);
  }

 private:
  [[nodiscard]] std::int32_t parent(std::int32_t group) const { return picture_.groups[at(group)].parent; }
  Scope& scope(std::int32_t group) { return scopes_[at(group + 1)]; }
  static Item box_item(std::int32_t box) { return {Item::Kind::Inside, {box, LineStyle::Solid}, -1}; }
  [[nodiscard]] Item frame_item(std::int32_t group) const {
    return {Item::Kind::Inside, {first_box_[at(group)], LineStyle::Solid}, group};
  }

  void add_box(std::int32_t box) {
    std::int32_t group = picture_.boxes[at(box)].group;
    scope(group).items.push_back(box_item(box));
    for (; group != kPage && first_box_[at(group)] < 0; group = parent(group)) {
      NAS_CHECK(parent(group) < group, "a frame comes after the one round it");
      first_box_[at(group)] = box;
      scope(parent(group)).items.push_back(frame_item(group));
    }
  }

  /// Innermost first, the page last.
  [[nodiscard]] std::vector<std::int32_t> scopes_round(std::int32_t box) const {
    std::vector<std::int32_t> found;
    for (std::int32_t group = picture_.boxes[at(box)].group; group != kPage; group = parent(group)) {
      found.push_back(group);
    }
    found.push_back(kPage);
    return found;
  }

  void add_part(std::int32_t group, const Item& from, const Item& to, const Tensor& tensor) {
    NAS_CHECK(from < to, "the boxes of a group are consecutive");
    Scope& in = scope(group);
    if (from.kind == Item::Kind::Entry) in.items.push_back(from);
    if (to.kind == Item::Kind::Exit) in.items.push_back(to);
    in.edges.push_back({from, to, tensor});
  }

  /// Cuts an edge at the borders that it crosses: out of the frames round its source, then into
  /// those round its target.
  void add_edge(const PictureEdge& edge, std::int32_t to) {
    NAS_CHECK(edge.from >= 0 && edge.from < to, "boxes are in topological order");
    std::vector<std::int32_t> out = scopes_round(edge.from), in = scopes_round(to);
    while (out.size() > 1 && in.size() > 1 && out[out.size() - 2] == in[in.size() - 2]) {
      out.pop_back();
      in.pop_back();
    }
    const Tensor tensor{edge.from, edge.style};
    Item source = box_item(edge.from);
    for (std::size_t i = 0; i + 1 < out.size(); ++i) {
      add_part(out[i], source, {Item::Kind::Exit, tensor, -1}, tensor);
      source = frame_item(out[i]);
    }
    Item target = box_item(to);
    for (std::size_t i = 0; i + 1 < in.size(); ++i) {
      add_part(in[i], {Item::Kind::Entry, tensor, -1}, target, tensor);
      target = frame_item(in[i]);
    }
    add_part(out.back(), source, target, tensor);
  }

  const Picture& picture_;
  std::vector<Scope> scopes_;
  std::vector<std::int32_t> first_box_;  // of each group, -1 before it is met
};

}  // namespace

std::vector<Scope> make_scopes(const Picture& picture) { return ScopeMaker(picture).make(); }

}  // namespace nas::detail
