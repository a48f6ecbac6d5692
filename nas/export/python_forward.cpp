#include "nas/export/python_forward.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "nas/export/python_classes.h"
#include "nas/export/python_layout.h"

namespace nas::detail {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

constexpr std::size_t kBody = 8;

/// Writes one statement an item; a tensor that nothing reads any more gives its name to the next.
class ForwardWriter {
 public:
  ForwardWriter(const ExportGraph& graph, const ModuleNode& module, bool is_root)
      : graph_(graph), module_(module), has_dict_(is_root && graph.outputs.size() > 1) {
    for (std::size_t i = 0; i < module.inputs.size(); ++i) {
      const std::string name = module.inputs.size() == 1 ? "x" : fmt::format("x_{}", i + 1);
      arguments_.push_back(name);
      names_[module.inputs[i]] = name;
    }
    if (is_root && module.inputs.empty()) {  // nothing but the input
      arguments_ = {"x"};
      names_[0] = "x";
    }
    for (const ModuleItem& item : module.items) {
      for (const std::int32_t input : item.inputs) ++reads_[input];
    }
    outputs_ = module.outputs;
    if (is_root) {
      outputs_.clear();
      for (const ExportOutput& output : graph.outputs) outputs_.push_back(output.value);
    }
    for (const std::int32_t output : outputs_) ++reads_[output];
  }

  std::string write() {
    std::string text = head();
    for (const ModuleItem& item : module_.items) {
      if (!item.training_only) text += statement(item, kBody);
    }
    if (returned_) return text;
    if (!has_dict_) return text + fmt::format("        return {}\n", fmt::join(names_of(outputs_), ", "));
    return text + write_dict();
  }

 private:
  std::string head() const {
    PythonText head{"def forward(", {{"self"}}, ")"};
    for (const std::string& name : arguments_) head.parts.push_back({name + ": Tensor"});
    std::string result = "Tensor";
    if (has_dict_) result = "dict[str, Tensor]";
    if (!has_dict_ && outputs_.size() > 1) {
      constexpr std::size_t kMostNamed = 3;
      std::vector<std::string> types(std::min(outputs_.size(), kMostNamed), "Tensor");
      if (outputs_.size() > kMostNamed) types = {"Tensor", "..."};
      result = fmt::format("tuple[{}]", fmt::join(types, ", "));
    }
    return python_lines(4, "", head, fmt::format(" -> {}:", result));
  }

  std::string write_dict() {
    PythonText dict{"{", {}, "}"};
    for (const ExportOutput& output : graph_.outputs) {
      if (!output.training_only) {
        dict.parts.push_back({fmt::format("\"{}\": {}", output.name, names_.at(output.value))});
      }
    }
    const bool has_more = std::ranges::any_of(graph_.outputs, &ExportOutput::training_only);
    if (!has_more) return python_lines(kBody, "return ", dict);
    std::string text = python_lines(kBody, "outputs = ", dict) + "        if self.training:\n";
    for (const ModuleItem& item : module_.items) {
      if (item.training_only) text += statement(item, kBody + 4);
    }
    for (const ExportOutput& output : graph_.outputs) {
      if (output.training_only) {
        text += fmt::format("            outputs[\"{}\"] = {}\n", output.name, names_.at(output.value));
      }
    }
    return text + "        return outputs\n";
  }

  std::vector<std::string> names_of(const std::vector<std::int32_t>& values) const {
    std::vector<std::string> names;
    for (const std::int32_t value : values) names.push_back(names_.at(value));
    return names;
  }

  /// What the item computes, as an expression.
  PythonText expression(const ModuleItem& item) const {
    const std::vector<std::string> inputs = names_of(item.inputs);
    if (item.step < 0) return call(item.name, inputs);
    const PythonCode code = python_code_of(graph_, graph_.steps[at(item.step)]);
    PythonText text{inputs.front()};
    if (!code.open.empty() || !code.separator.empty()) text = joined(code, inputs);
    for (const PythonModule& part : code.modules) {
      text = PythonText{fmt::format("self.{}{}(", item.name, part.suffix), {std::move(text)}, ")"};
    }
    return text;
  }

  static PythonText call(const std::string& name, const std::vector<std::string>& inputs) {
    PythonText text{fmt::format("self.{}(", name), {}, ")"};
    for (const std::string& input : inputs) text.parts.push_back({input});
    return text;
  }

  static PythonText joined(const PythonCode& code, const std::vector<std::string>& inputs) {
    if (code.open != "torch.cat((") {
      return {code.open + fmt::format("{}", fmt::join(inputs, code.separator)) + code.close};
    }
    PythonText tuple{"(", {}, ")"};
    for (const std::string& input : inputs) tuple.parts.push_back({input});
    return {"torch.cat(", {std::move(tuple), {"dim=1"}}, ")"};
  }

  std::string statement(const ModuleItem& item, std::size_t indent) {
    const PythonText text = expression(item);
    std::vector<std::string> free;  // names whose tensors end here
    for (const std::int32_t input : item.inputs) {
      if (--reads_[input] == 0) free.push_back(names_.at(input));
    }
    const bool is_last = !has_dict_ && &item == &module_.items.back() && item.outputs == outputs_;
    if (is_last) {
      returned_ = true;
      return lines(indent, "return ", text);
    }
    if (is_join(item)) std::erase_if(free, [&](const std::string& name) { return !is_argument(name); });
    std::vector<std::string> targets;
    for (const std::int32_t output : item.outputs) {
      std::string name = fresh_name(item, targets.size());
      if (const auto x = std::ranges::find(free, "x"); x != free.end()) std::iter_swap(free.begin(), x);
      if (!free.empty()) {
        name = free.front();
        free.erase(free.begin());
      }
      names_[output] = name;
      targets.push_back(std::move(name));
    }
    return lines(indent, fmt::format("{} = ", fmt::join(targets, ", ")), text);
  }

  bool is_argument(const std::string& name) const { return std::ranges::find(arguments_, name) != arguments_.end(); }

  /// What it gives is no longer what one of its inputs is called by.
  bool is_join(const ModuleItem& item) const {
    return item.step >= 0 && python_code_of(graph_, graph_.steps[at(item.step)]).modules.empty();
  }

  /// Sums and products have no brackets to break at: they get some.
  static std::string lines(std::size_t indent, const std::string& before, const PythonText& text) {
    const std::string line = std::string(indent, ' ') + before + text.flat();
    const bool fits = line.size() <= kPythonColumns;
    const std::string margin(indent + 4, ' ');
    if (!fits && before.find(", ") != std::string::npos) {  // several targets: what they get is in brackets
      return fmt::format("{0}{1}(\n{2}{0})\n", std::string(indent, ' '), before, python_lines(indent + 4, "", text));
    }
    if (fits || !text.parts.empty()) return python_lines(indent, before, text);
    std::string broken = std::string(indent, ' ') + before + "(\n" + margin;
    for (std::size_t i = 0; i < text.open.size(); ++i) {
      const bool breaks = text.open[i] == ' ' && i + 2 < text.open.size() && text.open[i + 2] == ' ';
      broken += breaks ? "\n" + margin : std::string(1, text.open[i]);
    }
    return broken + "\n" + std::string(indent, ' ') + ")\n";
  }

  std::string fresh_name(const ModuleItem& item, std::size_t output) const {
    std::string name = item.outputs.size() == 1 ? item.name : fmt::format("{}_{}", item.name, output + 1);
    const auto is_taken = [&] {
      return std::ranges::any_of(names_, [&](const auto& known) { return known.second == name; });
    };
    while (is_taken()) name += '_';
    return name;
  }

  const ExportGraph& graph_;
  const ModuleNode& module_;
  bool has_dict_;
  bool returned_ = false;
  std::vector<std::string> arguments_;
  std::vector<std::int32_t> outputs_;
  std::map<std::int32_t, std::string> names_;  // by value
  std::map<std::int32_t, int> reads_;          // by value: how many are to come
};

}  // namespace

std::string python_forward(const ExportGraph& graph, const ModuleNode& module, bool is_root) {
  return ForwardWriter(graph, module, is_root).write();
}

}  // namespace nas::detail
