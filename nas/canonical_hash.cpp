#include <algorithm>
#include <bit>
#include <string_view>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "nas/mix.h"
#include "nas/network_graph.h"
#include "nas/operation.h"

namespace nas {
namespace detail {
namespace {

using Vertex = NetworkGraph::Vertex;
using Words = std::vector<std::uint64_t>;

constexpr int kRounds = 2;

std::uint64_t hash_words(const Words& words) { return XXH3_64bits(words.data(), words.size() * sizeof(std::uint64_t)); }

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

std::uint64_t word(bool value) { return value ? 1 : 0; }
std::uint64_t word(std::int32_t value) { return static_cast<std::uint64_t>(value); }
std::uint64_t word(std::int64_t value) { return static_cast<std::uint64_t>(value); }
std::uint64_t word(double value) { return std::bit_cast<std::uint64_t>(value); }

void append(Words& words, const Axes& axes) {
  for (const std::int32_t value : axes) words.push_back(word(value));
}
void append(Words& words, auto value) { words.push_back(word(value)); }

void append(Words& words, const Shape& shape) {
  words.insert(words.end(),
               {word(shape.channels), shape.dims, word(shape.size[0]), word(shape.size[1]), word(shape.size[2])});
}

std::uint64_t hash_text(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

// By name, not by enumerator: a new operation in the middle changes no hash.
std::uint64_t op_hash(Op op) {
  static const Words kHashes = [] {
    Words hashes;
    for (const Operation& row : operations()) hashes.push_back(hash_text(row.name));
    return hashes;
  }();
  return kHashes[static_cast<std::size_t>(op)];
}

// Only what differs from its default: a new attribute changes no hash either.
void append_attributes(Words& words, const Operation& row, const Attributes& attributes) {
  static const Attributes kDefaults;
  for (const AttributeField& field : row.attributes) {
    std::visit(
        [&](auto member) {
          if (attributes.*member == kDefaults.*member) return;
          words.push_back(hash_text(field.name));
          append(words, attributes.*member);
        },
        field.member);
  }
}

// What a vertex is by itself. Shapes follow from the input's and the operations.
std::uint64_t own_colour(const NetworkGraph& graph, const Vertex& vertex, Words& words) {
  const Node& node = graph.node_of(vertex);
  words.assign(1, op_hash(vertex.op));
  if (vertex.op == Op::Input) {
    append(words, node.shape);
  } else if (vertex.op == Op::Zero) {
    append(words, node.shape.channels);
  } else {
    append_attributes(words, operation(vertex.op), node.attributes);
  }
  return hash_words(words);
}

// What an exit is to those who read its results: names are parts of metrics' names.
std::uint64_t exit_colour(const Exit& exit) {
  const Words words = {hash_text(exit.auxiliary ? "auxiliary" : "exit"), word(exit.weight + 0.0),
                       exit.auxiliary ? 0 : hash_text(exit.name)};
  return hash_words(words);
}

// Vertices learn which outputs they are. A network without exits has one vertex that nothing uses,
// the output, so nothing has to be learnt.
void colour_outputs(const NetworkGraph& graph, Words& colour) {
  if (graph.exits.empty()) return;
  std::vector<std::pair<std::int32_t, std::uint64_t>> outputs = {{graph.output, hash_text("output")}};
  for (std::size_t i = 0; i < graph.exits.size(); ++i) {
    outputs.emplace_back(graph.exits[i], exit_colour(graph.network->exits[i]));
  }
  std::sort(outputs.begin(), outputs.end());
  for (const auto& [vertex, mark] : outputs) colour[at(vertex)] = hash_words({colour[at(vertex)], mark});
}

// Who uses each vertex, as ranges of one array.
struct Users {
  struct User {
    std::int32_t vertex = 0;
    std::uint32_t place = 0;  // which of the user's inputs, counted from 1; 0 where order does not matter
  };
  std::vector<std::uint32_t> first;  // size vertices + 1
  std::vector<User> users;
};

Users find_users(const NetworkGraph& graph) {
  Users result;
  result.first.assign(graph.vertices.size() + 1, 0);
  for (const std::int32_t input : graph.inputs) ++result.first[at(input) + 1];
  for (std::size_t i = 1; i < result.first.size(); ++i) result.first[i] += result.first[i - 1];
  result.users.resize(graph.inputs.size());
  std::vector<std::uint32_t> next(result.first.begin(), result.first.end() - 1);
  for (std::size_t i = 0; i < graph.vertices.size(); ++i) {
    const Vertex& vertex = graph.vertices[i];
    const bool ordered = !operation(vertex.op).commutative;
    std::uint32_t place = 0;
    for (const std::int32_t input : graph.inputs_of(vertex)) {
      ++place;
      result.users[next[at(input)]++] = {static_cast<std::int32_t>(i), ordered ? place : 0};
    }
  }
  return result;
}

constexpr std::uint64_t kPlace = 0x9E3779B97F4A7C15ULL;

// Sums of mixed words stand for multisets here and below: nested sums of sums have so many operands
// that sorting them would take most of the time.

// Each vertex learns the colours of its inputs, and through them all that is below it.
void refine_up(const NetworkGraph& graph, Words& colour, Words& words) {
  for (std::size_t i = 0; i < graph.vertices.size(); ++i) {
    const Vertex& vertex = graph.vertices[i];
    const std::uint64_t step = operation(vertex.op).commutative ? 0 : kPlace;
    std::uint64_t sum = 0;
    std::uint64_t place = 0;
    for (const std::int32_t input : graph.inputs_of(vertex)) sum += mix(colour[at(input)] + step * ++place);
    words.assign({colour[i], sum});
    colour[i] = hash_words(words);
  }
}

// Each vertex learns the colours of its users, and through them all that is above it.
void refine_down(const NetworkGraph& graph, const Users& users, Words& colour, Words& words) {
  for (std::size_t i = graph.vertices.size(); i-- > 0;) {
    std::uint64_t sum = 0;
    for (std::uint32_t k = users.first[i]; k < users.first[i + 1]; ++k) {
      sum += mix(colour[at(users.users[k].vertex)] + kPlace * users.users[k].place);
    }
    words.assign({colour[i], sum});
    colour[i] = hash_words(words);
  }
}

}  // namespace

std::vector<std::uint64_t> colours(const NetworkGraph& graph) {
  Words words;
  Words colour;
  colour.reserve(graph.vertices.size());
  for (const Vertex& vertex : graph.vertices) colour.push_back(own_colour(graph, vertex, words));
  colour_outputs(graph, colour);
  const Users users = find_users(graph);
  for (int round = 0; round < kRounds; ++round) {
    refine_up(graph, colour, words);
    refine_down(graph, users, colour, words);
  }
  return colour;
}

}  // namespace detail

std::uint64_t canonical_hash(const Network& network) {
  const auto live = detail::live_graph(network);
  if (!live) return kNoNetwork;
  std::vector<std::uint64_t> colour = detail::colours(detail::fold(*live));
  std::sort(colour.begin(), colour.end());
  const std::uint64_t hash = detail::hash_words(colour);
  return hash == kNoNetwork ? 1 : hash;
}

}  // namespace nas
