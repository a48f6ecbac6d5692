#include "nas/export/python_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "nas/export/python_classes.h"
#include "nas/export/python_forward.h"
#include "nas/export/python_helpers.h"
#include "nas/export/python_layout.h"

namespace nas {
namespace {

using detail::python_lines;
using detail::PythonText;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

PythonText call_text(const PythonModule& module) {
  PythonText text{module.callee + "(", {}, ")"};
  for (const PythonArgument& argument : module.arguments) {
    if (!argument.fallback.empty() && argument.value == argument.fallback) continue;
    text.parts.push_back({argument.keyword.empty() ? argument.value : argument.keyword + "=" + argument.value});
  }
  return text;
}

/// Runs of the same call become one loop.
PythonText sequence_text(const std::vector<PythonModule>& calls) {
  constexpr std::size_t kLeastToFold = 3;
  PythonText text{"nn.Sequential(", {}, ")"};
  for (std::size_t i = 0; i < calls.size();) {
    const PythonText call = call_text(calls[i]);
    std::size_t end = i + 1;
    while (end < calls.size() && call_text(calls[end]).flat() == call.flat()) ++end;
    if (end - i >= kLeastToFold) {
      text.parts.push_back({"*(", {call, {fmt::format("for _ in range({})", end - i)}}, ")", " "});
    } else {
      text.parts.insert(text.parts.end(), end - i, call);
    }
    i = end;
  }
  return text;
}

std::string shape_text(const Network& network, const std::vector<std::int32_t>& values) {
  std::vector<std::string> shapes;
  for (const std::int32_t value : values) shapes.push_back(to_string(network.shape_of(value)));
  return fmt::format("{}", fmt::join(shapes, ", "));
}

std::string class_docstring(const ExportGraph& graph, const ModuleNode& module, bool is_root) {
  const std::string shapes =
      fmt::format("{} -> {}", shape_text(*graph.network, module.inputs), shape_text(*graph.network, module.outputs));
  std::string text = is_root ? fmt::format("Shapes without the batch: {}.", shapes) : fmt::format("{}.", shapes);
  if (!is_root) text = "At its first use: " + text;
  constexpr std::size_t kAround = 10;  // margin and quotes
  if (text.size() + kAround > detail::kPythonColumns) return "";
  return fmt::format("    \"\"\"{}\"\"\"\n\n", text);
}

std::string init_text(const PythonClass& made, const ModuleTree& tree) {
  PythonText head{"def __init__(", {{"self"}}, ")"};
  for (const PythonParameter& parameter : made.parameters) {
    head.parts.push_back({fmt::format("{}: {}", parameter.name, parameter.type)});
  }
  std::string text = python_lines(4, "", head, " -> None:") + "        super().__init__()\n";
  const ModuleNode& module = tree.modules[at(made.module)];
  for (std::size_t i = 0; i < module.items.size(); ++i) {
    const ModuleItem& item = module.items[i];
    if (item.inner >= 0 && tree.modules[at(item.inner)].in_sequence) {
      text += python_lines(8, fmt::format("self.{} = ", item.name), sequence_text(made.made[i]));
      continue;
    }
    for (const PythonModule& part : made.made[i]) {
      text += python_lines(8, fmt::format("self.{}{} = ", item.name, part.suffix), call_text(part));
    }
  }
  return text;
}

std::string class_text(const ExportGraph& graph, const ModuleTree& tree, const PythonClass& made) {
  const ModuleNode& module = tree.modules[at(made.module)];
  const bool is_root = at(made.module) + 1 == tree.modules.size();
  return fmt::format("class {}(nn.Module):\n{}{}\n{}", made.name, class_docstring(graph, module, is_root),
                     init_text(made, tree), detail::python_forward(graph, module, is_root));
}

std::string docstring(const PythonSourceOptions& options) {
  std::string text = options.title + (options.origin.empty() ? "" : "\n\n" + options.origin);
  for (const char* const bad : {"\\", "\"\"\""}) {
    for (std::size_t place = text.find(bad); place != std::string::npos; place = text.find(bad, place)) {
      text.replace(place, std::string_view(bad).size(), "'");
    }
  }
  return fmt::format("\"\"\"{}{}\"\"\"\n\n", text, options.origin.empty() ? "" : "\n");
}

}  // namespace

std::string python_source(const ExportGraph& graph, const ModuleTree& tree, const PythonSourceOptions& options) {
  const PythonClasses classes = make_python_classes(graph, tree, options.class_name);
  std::set<std::string> callees;
  for (const PythonClass& one : classes.classes) {
    for (const auto& item : one.made) {
      for (const PythonModule& part : item) callees.insert(part.callee);
    }
  }
  const PythonHelpers helpers = python_helpers(callees);
  std::vector<std::string> texts;
  for (const PythonClass& one : classes.classes) texts.push_back(class_text(graph, tree, one));
  const std::string body = helpers.source + fmt::format("{}", fmt::join(texts, "\n\n"));
  std::string source = docstring(options);
  if (body.find("torch.") != std::string::npos) source += "import torch\n";
  if (helpers.functional) source += "import torch.nn.functional as F\n";
  return source + "from torch import Tensor, nn\n\n\n" + body;
}

}  // namespace nas
