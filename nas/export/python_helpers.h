// Small modules that PyTorch lacks; exported source holds those that it uses.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace nas {

/// All of them.
[[nodiscard]] std::vector<std::string> python_helper_names();

struct PythonHelpers {
  std::string source;       // class definitions, two empty lines after each
  bool functional = false;  // they need `torch.nn.functional as F`
};

/// Those of these names; other names are passed over.
[[nodiscard]] PythonHelpers python_helpers(const std::set<std::string>& used);

}  // namespace nas
