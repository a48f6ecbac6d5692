// The network graph: the only truth about an architecture. Cost model, hash, torch builder,
// exports and pictures all walk this value, so they cannot disagree.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nas/result.h"

namespace nas {

/// Every operation a network may hold; the table of nas/operation.h says what each one is.
enum class Op : std::uint8_t {
  Input,
  Identity,
  Zero,
  Conv,
  Linear,
  MaxPool,
  AveragePool,
  GlobalAveragePool,
  BatchNorm,
  Relu,
  Relu6,
  Silu,
  Gelu,
  Sigmoid,
  HardSwish,
  HardSigmoid,
  Tanh,
  Dropout,
  Add,
  Multiply,
  Concat,
  Flatten,
  Slice,
  ConvTranspose,
  GlobalMaxPool,
  AdaptiveAveragePool,
  AdaptiveMaxPool,
  LayerNorm,
  GroupNorm,
  LeakyRelu,
  PRelu,
  Softmax,
  DropPath,
  ChannelShuffle,
  Upsample,
  Pad,
  Reshape,
};

/// A tensor's shape without the batch: channels, then `dims` spatial sizes. A plain vector of
/// features has dims 0.
struct Shape {
  static constexpr std::size_t kMaxDims = 3;
  std::int64_t channels = 0;
  std::size_t dims = 0;
  std::array<std::int64_t, kMaxDims> size{1, 1, 1};  // unused axes are 1

  [[nodiscard]] std::int64_t positions() const { return size[0] * size[1] * size[2]; }
  [[nodiscard]] std::int64_t elements() const { return channels * positions(); }
  bool operator==(const Shape&) const = default;
};

/// "16x32x32".
[[nodiscard]] std::string to_string(const Shape& shape);

/// The largest tensor, parameter count and MAC count that one operation may have; keeps all
/// arithmetic on them far from overflow.
inline constexpr std::int64_t kMaxCount = std::int64_t{1} << 50;

/// What is wrong with a shape that people wrote: an axis below 1, more than kMaxCount elements.
[[nodiscard]] std::optional<Error> check_shape(const Shape& shape);

/// One number an axis of the signal; axes beyond the network's dims hold the neutral value.
using Axes = std::array<std::int32_t, Shape::kMaxDims>;

/// Everything an operation can be told. Fields that an operation does not list in its row keep
/// their defaults, so that equal operations compare equal.
struct Attributes {
  // Conv, ConvTranspose, Reshape: output channels; Linear: output features; Slice: how many are
  // taken; Zero: output channels, 0 for the input's.
  std::int64_t channels = 0;
  std::int64_t start = 0;   // Slice: the first channel taken
  std::int32_t groups = 1;  // Conv, ConvTranspose, GroupNorm, ChannelShuffle
  bool bias = false;        // Conv, ConvTranspose, Linear
  Axes kernel{1, 1, 1};
  Axes stride{1, 1, 1};
  Axes dilation{1, 1, 1};
  Axes pad_low{0, 0, 0};  // ConvTranspose: cut off the output; Pad: below 0 cuts off the input
  Axes pad_high{0, 0, 0};
  Axes output_padding{0, 0, 0};    // ConvTranspose: more positions at the upper end
  Axes size{0, 0, 0};              // adaptive pooling, Reshape: of the output; 0 where there is no axis
  Axes scale{1, 1, 1};             // Upsample
  bool linear = false;             // Upsample: interpolates; else repeats
  bool ceil_mode = false;          // pooling
  bool count_include_pad = false;  // AveragePool
  bool affine = true;              // normalisation: learnt scale and shift of each channel
  bool shared = false;             // PRelu: one slope for all channels
  double epsilon = 1e-5;           // normalisation
  double momentum = 0.1;           // BatchNorm, PyTorch's meaning
  double rate = 0;                 // Dropout: share of elements set to zero; DropPath: of examples
  double slope = 0.01;             // LeakyRelu, below 0
  bool operator==(const Attributes&) const = default;
};

/// One operation applied to earlier nodes' outputs.
struct Node {
  Op op = Op::Input;
  Attributes attributes;
  std::vector<std::int32_t> inputs;  // indices of earlier nodes
  Shape shape;                       // of the output, inferred
  std::string name;                  // unique; letters, digits, '_' and '.'
  bool operator==(const Node&) const = default;
};

/// A further output beside the network's own: an early exit (Huang et al. 2018, Multi-Scale Dense
/// Networks), or an auxiliary head that only training uses (Szegedy et al. 2015).
struct Exit {
  std::string name;  // unique; a metric's suffix: letters, digits, '_'
  std::int32_t node = 0;
  bool auxiliary = false;  // left out of all counts but the memory of training
  double weight = 1;       // of its loss, at least 0; the network's own output has 1
  bool operator==(const Exit&) const = default;
};

/// Nodes in topological order; node 0 is the only Input. Build it with `add_node`, which infers shapes.
struct Network {
  std::vector<Node> nodes;
  std::int32_t output = 0;
  std::vector<Exit> exits;  // in the order of the space

  [[nodiscard]] const Shape& shape_of(std::int32_t node) const;
  bool operator==(const Network&) const = default;
};

/// A network of one Input node, named `input`, with this shape. REQUIRES: check_shape finds nothing.
[[nodiscard]] Network make_network(const Shape& input);

/// Appends an operation, makes it the output and returns its index. Error: a wrong number of
/// inputs, a value out of range or shapes that do not fit, in words for the author of a space; the
/// network is unchanged then. Only attributes that the operation lists are taken. An empty name
/// becomes `<operation>_<index>`. REQUIRES: inputs are indices of existing nodes, the name is new.
[[nodiscard]] Result<std::int32_t> add_node(Network& network, Op op, const Attributes& attributes,
                                            std::vector<std::int32_t> inputs, std::string name = {});

/// Appends a further output. Error, in words for the author of a space: a name that can be no
/// metric's suffix or is taken, a weight below 0 or not finite, a node that does not exist.
[[nodiscard]] Result<Unit> add_exit(Network& network, Exit exit);

/// For each node, whether the output or an exit depends on it.
[[nodiscard]] std::vector<bool> used_nodes(const Network& network);
/// For each node, whether any of `roots` depends on it.
[[nodiscard]] std::vector<bool> used_nodes(const Network& network, const std::vector<std::int32_t>& roots);

/// The nodes whose values the network gives: the output, then the exits in their order. Outside
/// training auxiliary ones are no outputs.
enum class Phase { Training, Inference };
[[nodiscard]] std::vector<std::int32_t> output_nodes(const Network& network, Phase phase);

/// For each node, whether it depends on the input through operations other than Zero.
[[nodiscard]] std::vector<bool> reached_nodes(const Network& network);

/// Drops what the input does not reach and what neither the output nor an exit uses; a sum loses
/// its unreached summands, a concatenation gets zeros in place of unreached operands (a Zero node
/// of the first reached operand). Error: the output or an exit does not depend on the input.
[[nodiscard]] Result<Network> remove_unused(Network network);

/// Whether an error says that an output does not depend on the input: such a genotype is in its
/// space all right, but no candidate.
[[nodiscard]] bool is_disconnected(const Error& error);

/// `remove_unused`, then what changes nothing folded (dropout of rate 0, a slice of all, joins of one
/// operand), sums nested in sums flattened (an inner sum stays if something else uses it; a sum of
/// more than kMaxSummands stays nested) and summands ordered: isomorphic networks become alike but
/// for the order of nodes and names.
[[nodiscard]] Result<Network> simplify(const Network& network);
inline constexpr std::size_t kMaxSummands = 1024;

/// 64-bit hash of the simplified network: equal for isomorphic networks (a relabelling of nodes,
/// another order of summands, dead parts, identities). Colour refinement down and up the graph
/// (Weisfeiler and Leman 1968), so graphs that only a stronger test tells apart collide. Nodes'
/// names do not count. Exits count by role and weight, those that are not auxiliary also by name
/// (their metrics are called by it), but not by order. A network whose output or exit does not
/// depend on its input has the one value `kNoNetwork`.
[[nodiscard]] std::uint64_t canonical_hash(const Network& network);
inline constexpr std::uint64_t kNoNetwork = 0;

/// Without what only auxiliary exits use. Unused operations count if they were kept.
struct Cost {
  std::int64_t params = 0;               // learnt numbers
  std::int64_t macs = 0;                 // of one example: convolution + linear, no bias
  std::int64_t activation_elements = 0;  // sum over all operations' outputs, one example, input excluded
  std::int64_t layers = 0;               // operations that multiply weights: those with MACs
  std::int64_t depth = 0;                // the most layers on a path from the input to the output
  bool operator==(const Cost&) const = default;
};

/// 1 MAC is what EfficientNet, NASNet and DARTS call a FLOP. Sums stop at the largest int64.
[[nodiscard]] Cost count_cost(const Network& network);

/// Of what `node` depends on, itself included: what an exit costs when the network stops there.
[[nodiscard]] Cost count_cost_to(const Network& network, std::int32_t node);

/// Counts by the names that objectives and limits call them: `params` and `macs`, then
/// `params.NAME` and `macs.NAME` up to each exit that is not auxiliary.
[[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> named_counts(const Network& network);

/// Of float32 activations; weights, gradients and workspaces are not in it. Operations that only
/// rename a tensor (identity, flatten, a join of one) have no memory of their own.
struct MemoryCost {
  std::int64_t training_elements = 0;  // of one example, kept for the backward pass, each tensor once
  std::int64_t training_bytes = 0;     // of the batch
  std::int64_t inference_bytes = 0;    // of the batch: the most that is alive at a time
  bool operator==(const MemoryCost&) const = default;
};
inline constexpr std::int64_t kBytesPerElement = 4;
/// Training: every tensor that the backward pass of some operation reads (`Operation::keeps`), once,
/// with masks and indices in the bytes; nothing where no gradient flows. To the byte what PyTorch's
/// autograd saves, but for statistics of normalisations (a number a channel), dropout's mask on a
/// CPU, and the loss. Inference: operations run in the order of the graph, a tensor is let go after
/// its last reader, outputs stay. A runtime that writes over tensors may need less. Sums stop at the
/// largest int64. REQUIRES: batch >= 1.
[[nodiscard]] MemoryCost count_memory(const Network& network, std::int64_t batch);

}  // namespace nas
