#include "nas/export/module_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>

namespace nas::detail {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Words of the space language that only say how something is put together.
bool is_construct(const std::string& label) {
  constexpr std::array<std::string_view, 10> kConstructs = {"choose", "repeat",   "residual", "split",  "sum",
                                                            "concat", "multiply", "body",     "output", "join"};
  return std::ranges::find(kConstructs, without_number(label)) != kConstructs.end();
}

bool tells(const std::string& label) { return !is_number(label) && !is_construct(label); }

bool is_taken(const std::string& name) {
  static const std::set<std::string, std::less<>> kTaken = {
      // Python
      "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except",
      "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass",
      "raise", "return", "try", "while", "with", "yield", "False", "None", "True", "self", "x", "torch", "nn", "Tensor",
      "dict", "float", "int", "tuple", "super", "range", "bool",
      // torch.nn.Module
      "T_destination", "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children", "compile", "cpu",
      "cuda", "double", "dump_patches", "eval", "extra_repr", "forward", "get_buffer", "get_extra_state",
      "get_parameter", "get_submodule", "half", "ipu", "load_state_dict", "modules", "mtia", "named_buffers",
      "named_children", "named_modules", "named_parameters", "parameters", "register_buffer", "register_module",
      "register_parameter", "requires_grad_", "set_extra_state", "set_submodule", "share_memory", "state_dict", "to",
      "to_empty", "train", "training", "type", "xpu", "zero_grad"};
  return kTaken.contains(name);
}

}  // namespace

std::vector<std::string> path_of(std::string_view name) {
  std::vector<std::string> labels;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    labels.emplace_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  return labels;
}

bool is_number(std::string_view label) { return !label.empty() && std::ranges::all_of(label, is_digit); }

std::string without_number(const std::string& label) {
  const std::size_t end = label.find_last_not_of("0123456789");
  const bool numbered = end != std::string::npos && end > 0 && end + 1 < label.size() && label[end] == '_';
  return numbered ? label.substr(0, end) : label;
}

std::string telling_name(const std::vector<std::string>& labels) {
  const auto label = std::ranges::find_if(labels, tells);
  return label == labels.end() ? std::string() : without_number(*label);
}

std::string kind_name(const std::vector<std::string>& labels) {
  const auto label = std::find_if(labels.rbegin(), labels.rend(), tells);
  return label == labels.rend() ? std::string() : without_number(*label);
}

bool is_structure(const std::vector<std::string>& labels) { return telling_name(labels).empty(); }

std::string attribute_name(std::string_view wanted) {
  std::string name;
  for (const char c : wanted) {
    const bool fits = is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    name += fits ? c : '_';
  }
  // Python mangles names that begin with two underscores, and torch begins its own with one.
  name.erase(0, std::min(name.find_first_not_of('_'), name.size()));
  if (name.empty() || is_digit(name[0])) name = "part_" + name;
  if (is_taken(name)) name += '_';
  return name;
}

std::string class_name(std::string_view wanted) {
  std::string name;
  bool begins = true;
  for (const char c : attribute_name(wanted)) {
    if (c == '_') {
      begins = true;
      continue;
    }
    name += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    begins = false;
  }
  return name;
}

std::vector<std::string> unique_names(const std::vector<std::string>& wanted) {
  std::map<std::string, int> counts;
  for (const std::string& name : wanted) ++counts[name];
  std::map<std::string, int> numbers;
  std::set<std::string> given;
  std::vector<std::string> names;
  for (const std::string& name : wanted) {
    std::string made = counts[name] == 1 ? name : fmt::format("{}_{}", name, ++numbers[name]);
    while (given.contains(made) || (made != name && counts.contains(made))) made += '_';
    given.insert(made);
    names.push_back(std::move(made));
  }
  return names;
}

}  // namespace nas::detail
