#include "search_spaces/decoder.h"

#include <fmt/format.h>

#include <charconv>

#include "search_spaces/decoder_state.h"
#include "search_spaces/limits.h"

namespace nas {
namespace {

/// Most networks fit without growth; and a block this large is neither merged with its neighbours nor
/// given back to the system after each network, which took a third of the time of large ones.
constexpr std::size_t kTypicalNodes = 512;

}  // namespace

Decoder::Decoder(const SpaceAst& ast, const GeneTable& genes, const Genotype& genotype)
    : ast_(ast), genes_(genes), genotype_(genotype), network_(make_network(*ast.input)) {
  network_.nodes.reserve(kTypicalNodes);
}

Result<Decoded> Decoder::run() {
  Frame frame;
  const Tensor output = walk(ast_.network, frame, 0);
  if (output == kFailed) return std::move(*error_);
  network_.output = output;
  return Decoded{std::move(network_), std::move(cells_)};
}

Tensor Decoder::fail(const Place& place, const std::string& what) {
  if (!error_) error_ = Error{fmt::format("{}: {}", to_string(place), what)};
  return kFailed;
}

const Shape& Decoder::shape(Tensor tensor) const { return network_.nodes[static_cast<std::size_t>(tensor)].shape; }

std::size_t Decoder::option(std::size_t choice, ScopeId scope) const {
  return static_cast<std::size_t>(genotype_.genes[genes_.gene_of.at({choice, scope})]);
}

ScopeId Decoder::child(ScopeId scope, const void* opener, std::size_t index) const {
  return genes_.child_scopes.at({scope, opener, index});
}

std::size_t Decoder::push_path(std::string_view label) {
  const std::size_t length = path_.size();
  if (!path_.empty() && !label.empty()) path_ += '.';
  path_ += label;
  return length;
}

std::size_t Decoder::push_path(std::size_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return push_path(std::string_view(digits, static_cast<std::size_t>(end - digits)));
}

Tensor Decoder::add(const Place& place, Op op, const Attributes& attributes, std::vector<Tensor> inputs,
                    std::string_view cell) {
  if (network_.nodes.size() > kMaxNodes)
    return fail(place, fmt::format("the network has more than {} operations", kMaxNodes));
  name_bytes_ += path_.size();
  if (name_bytes_ > kMaxNameBytes) return fail(place, "the names of the operations are too long, use shorter labels");
  auto node = add_node(network_, op, attributes, std::move(inputs), path_);
  if (node) return *node;
  return fail(place, cell.empty() ? node.error().message : fmt::format("cell '{}': {}", cell, node.error().message));
}

Tensor Decoder::apply(const Step& step, const Frame& frame, Tensor current) {
  const Operation& row = operation(step.op);
  arguments_.clear();
  if (!evaluate_arguments(step.arguments, frame, current, arguments_)) return kFailed;
  const auto attributes = make_attributes(row, arguments_, shape(current));
  if (!attributes) return fail(step.place, fmt::format("`{}`: {}", row.name, attributes.error().message));
  return add(step.place, step.op, *attributes, {current});
}

Frame Decoder::enter(const Step& step, const Frame& outer, Tensor current) const {
  Frame inner;
  inner.entered = current;
  inner.scope = step.own_choices ? child(outer.scope, &step, 0) : outer.scope;
  return inner;
}

Tensor Decoder::walk_block(const Step& step, const Frame& outer, Tensor current) {
  const BlockDefinition& block = ast_.blocks[step.target];
  Frame inner = enter(step, outer, current);
  if (!bind(block.parameters, step, outer, current, inner)) return kFailed;
  return walk(block.body, inner, current);
}

Result<Decoded> decode_network(const SpaceAst& ast, const GeneTable& genes, const Genotype& genotype) {
  return Decoder(ast, genes, genotype).run();
}

}  // namespace nas
