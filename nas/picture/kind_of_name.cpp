#include <algorithm>
#include <array>
#include <cctype>

#include "nas/picture/picture.h"

namespace nas {
namespace {

struct Rule {
  std::string_view part;
  BoxKind kind;
  bool at_start;  // else anywhere in the name
};

// The first that fits counts: `conv_bn_relu` is a convolution, `softmax` no maximum.
constexpr std::array kRules = {
    Rule{"conv", BoxKind::Convolution, false},
    Rule{"softmax", BoxKind::Activation, false},
    Rule{"relu", BoxKind::Activation, false},
    Rule{"silu", BoxKind::Activation, false},
    Rule{"gelu", BoxKind::Activation, false},
    Rule{"elu", BoxKind::Activation, true},
    Rule{"sigmoid", BoxKind::Activation, false},
    Rule{"tanh", BoxKind::Activation, false},
    Rule{"swish", BoxKind::Activation, false},
    Rule{"sep", BoxKind::Convolution, true},
    Rule{"dil", BoxKind::Convolution, true},
    Rule{"mb", BoxKind::Convolution, true},
    Rule{"pool", BoxKind::Pooling, false},
    Rule{"max", BoxKind::Pooling, true},
    Rule{"avg", BoxKind::Pooling, true},
    Rule{"average", BoxKind::Pooling, true},
    Rule{"norm", BoxKind::Normalisation, false},
    Rule{"skip", BoxKind::Identity, true},
    Rule{"identity", BoxKind::Identity, true},
    Rule{"none", BoxKind::Zero, true},
    Rule{"zero", BoxKind::Zero, true},
    Rule{"linear", BoxKind::Linear, false},
    Rule{"dense", BoxKind::Linear, true},
    Rule{"add", BoxKind::Join, true},
    Rule{"sum", BoxKind::Join, true},
    Rule{"multiply", BoxKind::Join, true},
    Rule{"concat", BoxKind::Join, true},
};

}  // namespace

BoxKind kind_of_name(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const Rule& rule : kRules) {
    const std::size_t found = lower.find(rule.part);
    if (found != std::string::npos && (found == 0 || !rule.at_start)) return rule.kind;
  }
  // `1x7_7x1`, `3x3`: a kernel alone is a convolution's.
  const bool is_kernel =
      !lower.empty() && std::isdigit(static_cast<unsigned char>(lower[0])) != 0 && lower.find('x') != std::string::npos;
  return is_kernel ? BoxKind::Convolution : BoxKind::Other;
}

}  // namespace nas
