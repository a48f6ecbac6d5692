// What one operation is in PyTorch source: modules that are made once and run one after the other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nas {

/// An argument of a module's constructor, as source text.
struct PythonArgument {
  std::string value;
  std::string role;           // what it is called where a class takes it as a parameter
  std::string keyword = {};   // empty: positional
  std::string fallback = {};  // the constructor's default: not written where the value is this
};

struct PythonModule {
  std::string_view suffix;  // of its attribute's name; empty for the one that holds the weights
  std::string callee;       // "nn.Conv2d", or one of python_helpers.h
  std::vector<PythonArgument> arguments = {};
};

/// `open` x `separator` y `close`, then the modules on that.
struct PythonCode {
  std::vector<PythonModule> modules = {};
  std::string open = {};
  std::string separator = {};
  std::string close = {};
};

}  // namespace nas
