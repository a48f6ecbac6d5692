#include "nas/export/module_tree.h"

#include <algorithm>
#include <iterator>

#include "nas/export/module_names.h"
#include "nas/operation.h"

namespace nas {
namespace {

using detail::is_number;
using detail::is_structure;
using detail::telling_name;

/// The steps [begin, end), which share `labels` of their paths. One without parts is a step.
struct Draft {
  std::vector<std::string> labels;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::vector<Draft> parts = {};
  bool in_sequence = false;
};

class TreeBuilder {
 public:
  explicit TreeBuilder(const ExportGraph& graph)
      : graph_(graph), made_in_(graph.network->nodes.size(), kOutside), last_reader_(graph.steps.size()) {
    for (std::size_t i = 0; i < graph.steps.size(); ++i) {
      made_in_[index(graph.steps[i].node)] = i;
      paths_.push_back(detail::path_of(node_of(i).name));
      for (const std::int32_t input : graph.steps[i].inputs) note_reader(input, i);
    }
    for (const ExportOutput& output : graph.outputs) note_reader(output.value, graph.steps.size());
  }

  ModuleTree build() {
    Draft root{{}, 0, graph_.steps.size(), parts_of(0, graph_.steps.size(), 0)};
    tidy(root);
    root.in_sequence = false;
    place(root, "");
    return std::move(tree_);
  }

 private:
  static constexpr std::size_t kOutside = static_cast<std::size_t>(-1);
  static std::size_t index(std::int32_t node) { return static_cast<std::size_t>(node); }
  void note_reader(std::int32_t value, std::size_t reader) {
    const std::size_t maker = made_in_[index(value)];
    if (maker != kOutside) last_reader_[maker] = reader;
  }
  const Node& node_of(std::size_t step) const { return graph_.network->nodes[index(graph_.steps[step].node)]; }

  /// Neighbouring steps with the same label at `depth` of their paths are one part.
  std::vector<Draft> parts_of(std::size_t begin, std::size_t end, std::size_t depth) const {
    std::vector<Draft> parts;
    for (std::size_t i = begin; i < end;) {
      std::size_t last = i + 1;
      const bool is_step = paths_[i].size() <= depth + 1;
      while (!is_step && last < end && paths_[last].size() > depth + 1 && paths_[last][depth] == paths_[i][depth]) {
        ++last;
      }
      parts.push_back({{paths_[i][depth]}, i, last});
      if (!is_step) parts.back().parts = parts_of(i, last, depth + 1);
      i = last;
    }
    return parts;
  }

  bool is_training_only(std::size_t begin, std::size_t end) const {
    return std::all_of(graph_.steps.begin() + static_cast<std::ptrdiff_t>(begin),
                       graph_.steps.begin() + static_cast<std::ptrdiff_t>(end),
                       [](const ExportStep& step) { return step.training_only; });
  }

  /// What runs in training alone can't be inside a module that always runs.
  bool is_mixed(const Draft& draft) const {
    const auto first = graph_.steps.begin() + static_cast<std::ptrdiff_t>(draft.begin);
    const auto last = graph_.steps.begin() + static_cast<std::ptrdiff_t>(draft.end);
    return std::any_of(first, last, [&](const ExportStep& step) { return step.training_only != first->training_only; });
  }

  void tidy(Draft& draft) const {
    std::vector<Draft> parts;
    for (Draft& part : draft.parts) {
      tidy(part);
      while (part.parts.size() == 1) {
        Draft inner = std::move(part.parts.front());
        inner.labels.insert(inner.labels.begin(), part.labels.begin(), part.labels.end());
        part = std::move(inner);
      }
      const bool dissolves = (is_structure(part.labels) && !part.in_sequence) || is_mixed(part);
      if (part.parts.empty() || !dissolves) {
        parts.push_back(std::move(part));
        continue;
      }
      for (Draft& inner : part.parts) {
        inner.labels.insert(inner.labels.begin(), part.labels.begin(), part.labels.end());
        parts.push_back(std::move(inner));
      }
    }
    draft.parts = std::move(parts);
    draft.in_sequence = is_sequence(draft);
    if (draft.in_sequence) join_sequences(draft);
  }

  /// A sequence of sequences is one.
  static void join_sequences(Draft& draft) {
    std::vector<Draft> parts;
    for (Draft& part : draft.parts) {
      if (part.in_sequence) {
        std::ranges::move(part.parts, std::back_inserter(parts));
      } else {
        parts.push_back(std::move(part));
      }
    }
    draft.parts = std::move(parts);
  }

  std::vector<std::int32_t> values_read(std::size_t begin, std::size_t end) const {
    std::vector<std::int32_t> values;
    for (std::size_t i = begin; i < end; ++i) {
      for (const std::int32_t input : graph_.steps[i].inputs) {
        const std::size_t maker = made_in_[index(input)];
        const bool is_inside = maker != kOutside && maker >= begin && maker < end;
        if (!is_inside && std::ranges::find(values, input) == values.end()) values.push_back(input);
      }
    }
    return values;
  }

  std::vector<std::int32_t> values_given(std::size_t begin, std::size_t end) const {
    std::vector<std::int32_t> values;
    for (std::size_t i = begin; i < end; ++i) {
      if (last_reader_[i] >= end) values.push_back(graph_.steps[i].node);
    }
    return values;
  }

  /// nn.Sequential can hold it: 0, 1, 2, ..., each reads what the one before gives and nothing else.
  bool is_sequence(const Draft& draft) const {
    if (draft.parts.size() < 2) return false;
    for (std::size_t i = 0; i < draft.parts.size(); ++i) {
      const Draft& part = draft.parts[i];
      if (part.labels.front() != std::to_string(i)) return false;
      if (part.parts.empty() && !is_one_module(part.begin)) return false;
      const auto given = values_given(part.begin, part.end);
      if (values_read(part.begin, part.end).size() != 1 || given.size() != 1) return false;
      if (i > 0 && values_read(part.begin, part.end) != values_given(draft.parts[i - 1].begin, part.begin))
        return false;
    }
    return values_given(draft.begin, draft.end).size() == 1;
  }

  bool is_one_module(std::size_t step) const {
    const Node& node = node_of(step);
    std::vector<Shape> inputs;
    for (const std::int32_t input : graph_.steps[step].inputs) inputs.push_back(graph_.network->shape_of(input));
    const PythonCode code = operation(node.op).python_code(node, inputs);
    return code.modules.size() == 1 && code.open.empty();
  }

  std::string wanted_name(const Draft& draft) const {
    std::string name = telling_name(draft.labels);
    if (name.empty() && draft.parts.empty()) name = operation(node_of(draft.begin).op).name;
    if (name.empty() && draft.in_sequence) name = telling_name(draft.parts.front().labels);
    return detail::attribute_name(name.empty() ? "branch" : name);
  }

  std::vector<std::string> names_of(const Draft& draft) const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < draft.parts.size(); ++i) {
      names.push_back(draft.in_sequence ? std::to_string(i) : wanted_name(draft.parts[i]));
    }
    return draft.in_sequence ? names : detail::unique_names(names);
  }

  std::int32_t place(const Draft& draft, const std::string& path) {
    ModuleNode made;
    made.kind = draft.labels.empty() ? "network" : detail::kind_name(draft.labels);
    if (made.kind.empty()) made.kind = wanted_name(draft);
    made.in_sequence = draft.in_sequence;
    made.inputs = values_read(draft.begin, draft.end);
    made.outputs = values_given(draft.begin, draft.end);
    const std::vector<std::string> names = names_of(draft);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const Draft& part = draft.parts[i];
      const std::string inner_path = path.empty() ? names[i] : path + "." + names[i];
      ModuleItem item{names[i], -1, -1, {}, {}, path.empty() && is_training_only(part.begin, part.end)};
      if (part.parts.empty()) {
        const ExportStep& step = graph_.steps[part.begin];
        item.step = static_cast<std::int32_t>(part.begin);
        item.inputs = step.inputs;
        item.outputs = {step.node};
        tree_.paths[step.node] = inner_path;
      } else {
        item.inner = place(part, inner_path);
        item.inputs = tree_.modules[index(item.inner)].inputs;
        item.outputs = tree_.modules[index(item.inner)].outputs;
      }
      made.items.push_back(std::move(item));
    }
    tree_.modules.push_back(std::move(made));
    return static_cast<std::int32_t>(tree_.modules.size()) - 1;
  }

  const ExportGraph& graph_;
  std::vector<std::size_t> made_in_;             // by node: its step
  std::vector<std::size_t> last_reader_;         // by step: the last one that reads it; past the end for outputs
  std::vector<std::vector<std::string>> paths_;  // by step
  ModuleTree tree_;
};

}  // namespace

ModuleTree make_module_tree(const ExportGraph& graph) { return TreeBuilder(graph).build(); }

}  // namespace nas
