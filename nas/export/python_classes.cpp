#include "nas/export/python_classes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "nas/export/module_names.h"
#include "nas/export/python_helpers.h"
#include "nas/operation.h"

namespace nas {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

using Made = std::vector<std::vector<PythonModule>>;  // item by item

/// The arguments of a module's parts one after the other.
std::vector<PythonArgument*> arguments_of(Made& made) {
  std::vector<PythonArgument*> arguments;
  for (auto& item : made) {
    for (PythonModule& module : item) {
      for (PythonArgument& argument : module.arguments) arguments.push_back(&argument);
    }
  }
  return arguments;
}

std::string type_of_text(const std::string& text) {
  if (text == "True" || text == "False") return "bool";
  if (text.starts_with('(')) return "tuple[int, ...]";
  if (text.starts_with('"')) return "str";
  return text.find_first_not_of("-0123456789") == std::string::npos ? "int" : "float";
}

std::string type_of(const std::vector<std::string>& texts) {
  std::set<std::string> types;
  for (const std::string& text : texts) types.insert(type_of_text(text));
  std::string joined;
  for (const std::string& type : types) joined += (joined.empty() ? "" : " | ") + type;
  return joined;
}

/// One parameter for several arguments: what comes in and goes out are just `channels` together.
std::string name_of(const std::set<std::string>& roles, const std::string& first) {
  const bool both = roles.contains("in_channels") && (roles.contains("out_channels") || roles.contains("channels"));
  return both ? "channels" : detail::without_number(first);
}

/// The uses of one class, alike but for the values of their arguments.
struct Uses {
  std::vector<std::size_t> modules;
  std::vector<Made> made;  // by use
};

class ClassMaker {
 public:
  ClassMaker(const ExportGraph& graph, const ModuleTree& tree, const std::string& root_name)
      : graph_(graph), tree_(tree), calls_(tree.modules.size()), heights_(tree.modules.size()) {
    for (const std::string& helper : python_helper_names()) names_.insert(helper);
    names_.insert(root_name);
    root_name_ = root_name;
  }

  PythonClasses make() {
    int highest = 0;
    for (std::size_t i = 0; i < tree_.modules.size(); ++i) {
      for (const ModuleItem& item : tree_.modules[i].items) {
        if (item.inner >= 0) heights_[i] = std::max(heights_[i], heights_[at(item.inner)] + 1);
      }
      highest = std::max(highest, heights_[i]);
    }
    for (int height = 0; height <= highest; ++height) make_level(height);
    return std::move(result_);
  }

 private:
  void make_level(int height) {
    std::map<std::string, std::size_t> places;
    std::vector<Uses> all;
    for (std::size_t i = 0; i < tree_.modules.size(); ++i) {
      if (heights_[i] != height) continue;
      Made made = parts_of(tree_.modules[i]);
      if (tree_.modules[i].in_sequence) {
        for (auto& item : made) calls_[i].insert(calls_[i].end(), item.begin(), item.end());
        continue;
      }
      const auto [place, is_new] = places.try_emplace(key_of(tree_.modules[i], made), all.size());
      if (is_new) all.emplace_back();
      all[place->second].modules.push_back(i);
      all[place->second].made.push_back(std::move(made));
    }
    for (Uses& uses : all) make_class(uses);
  }

  Made parts_of(const ModuleNode& module) const {
    Made made;
    for (const ModuleItem& item : module.items) {
      made.push_back(item.step >= 0 ? python_code_of(graph_, graph_.steps[at(item.step)]).modules
                                    : calls_[at(item.inner)]);
    }
    return made;
  }

  /// Equal for modules that are alike but for the values of arguments.
  std::string key_of(const ModuleNode& module, const Made& made) const {
    std::map<std::int32_t, std::size_t> numbers;
    for (const std::int32_t value : module.inputs) numbers.emplace(value, numbers.size());
    std::string key = fmt::format("{} {}", module.kind, module.inputs.size());
    for (std::size_t i = 0; i < module.items.size(); ++i) {
      const ModuleItem& item = module.items[i];
      key += fmt::format("\n{} {} {}:", item.name, item.training_only, item.inner >= 0);
      for (const std::int32_t input : item.inputs) key += fmt::format(" {}", numbers.at(input));
      for (const PythonModule& part : made[i]) {
        key += fmt::format(" {}{}/{}", part.callee, part.suffix, part.arguments.size());
      }
      if (item.step >= 0) {
        const PythonCode code = python_code_of(graph_, graph_.steps[at(item.step)]);
        key += code.open + code.separator + code.close;
      }
      for (const std::int32_t output : item.outputs) numbers.emplace(output, numbers.size());
    }
    for (const std::int32_t output : module.outputs) key += fmt::format(" {}", numbers.at(output));
    return key;
  }

  void make_class(Uses& uses) {
    const bool is_root = uses.modules.front() + 1 == tree_.modules.size();
    const ModuleNode& module = tree_.modules[uses.modules.front()];
    PythonClass made{is_root ? root_name_ : new_name(module.kind),
                     {},
                     static_cast<std::int32_t>(uses.modules.front()),
                     uses.made.front()};
    parameterise(uses, made);
    for (std::size_t use = 0; use < uses.modules.size(); ++use) {
      PythonModule call{"", made.name, {}};
      for (std::size_t i = 0; i < made.parameters.size(); ++i) {
        const PythonParameter& parameter = made.parameters[i];
        call.arguments.push_back({values_[i][use], parameter.name, made.parameters.size() > 1 ? parameter.name : ""});
      }
      calls_[uses.modules[use]] = {std::move(call)};
    }
    result_.classes.push_back(std::move(made));
  }

  /// Arguments that are not equal in all uses become parameters, those that always agree the same one.
  void parameterise(Uses& uses, PythonClass& made) {
    std::vector<std::vector<PythonArgument*>> arguments;
    for (Made& use : uses.made) arguments.push_back(arguments_of(use));
    const std::vector<PythonArgument*> own = arguments_of(made.made);
    std::map<std::vector<std::string>, std::vector<std::size_t>> groups;
    std::vector<std::vector<std::string>> order;
    for (std::size_t i = 0; i < own.size(); ++i) {
      std::vector<std::string> values;
      for (const auto& of_use : arguments) values.push_back(of_use[i]->value);
      if (std::ranges::all_of(values, [&](const std::string& value) { return value == values.front(); })) continue;
      auto& group = groups[values];
      if (group.empty()) order.push_back(values);
      group.push_back(i);
    }
    values_ = order;
    std::vector<std::string> names;
    for (const auto& values : order) {
      std::set<std::string> roles;
      for (const std::size_t i : groups[values]) roles.insert(detail::without_number(own[i]->role));
      names.push_back(name_of(roles, own[groups[values].front()]->role));
    }
    names = detail::unique_names(names);
    for (std::size_t i = 0; i < order.size(); ++i) {
      made.parameters.push_back({names[i], type_of(order[i])});
      for (const std::size_t argument : groups[order[i]]) {
        own[argument]->value = names[i];
        own[argument]->fallback.clear();
      }
    }
  }

  std::string new_name(const std::string& kind) {
    const std::string wanted = detail::class_name(kind);
    std::string name = wanted;
    for (int number = 2; !names_.insert(name).second; ++number) name = fmt::format("{}{}", wanted, number);
    return name;
  }

  const ExportGraph& graph_;
  const ModuleTree& tree_;
  std::vector<std::vector<PythonModule>> calls_;  // by module: what makes it; one call, but for a sequence
  std::vector<int> heights_;
  std::set<std::string> names_;
  std::string root_name_;
  std::vector<std::vector<std::string>> values_;  // by parameter of the class in hand, by use
  PythonClasses result_;
};

}  // namespace

PythonCode python_code_of(const ExportGraph& graph, const ExportStep& step) {
  const Node& node = graph.network->nodes[at(step.node)];
  std::vector<Shape> inputs;
  for (const std::int32_t input : step.inputs) inputs.push_back(graph.network->shape_of(input));
  return operation(node.op).python_code(node, inputs);
}

PythonClasses make_python_classes(const ExportGraph& graph, const ModuleTree& tree, const std::string& root_name) {
  return ClassMaker(graph, tree, root_name).make();
}

}  // namespace nas
