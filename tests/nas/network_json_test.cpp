#include "nas/network_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "nas/operation.h"
#include "nas/rng.h"
#include "tests/nas/nas_bench_201.h"

namespace nas {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;
using testing::NetworkBuilder;

Network small_network() {
  NetworkBuilder net(Shape{3, 2, {8, 8, 1}});
  const auto x = net.relu_conv_bn(0, 4, 3, 2);
  Attributes dropout;
  dropout.rate = 0.3;
  Attributes linear;
  linear.channels = 10;
  linear.bias = true;
  net.add(Op::Linear, {net.add(Op::Dropout, {net.add(Op::Add, {x, x})}, dropout)}, linear);
  return net.network();
}

std::string why_not(const Json& json) {
  const auto network = network_from_json(json);
  return network.ok() ? "it was read" : network.error().message;
}

TEST(NetworkJson, IsWhatTheFormatSays) {
  const Json json = network_to_json(small_network());
  EXPECT_EQ(json["format"], 1);
  EXPECT_EQ(json["output"], 6);
  EXPECT_EQ(json["nodes"][0], Json::parse(R"({"op": "input", "name": "input", "inputs": [], "shape": [3, 8, 8]})"));
  EXPECT_EQ(json["nodes"][2], Json::parse(R"({"op": "conv", "name": "conv_2", "inputs": [1], "shape": [4, 4, 4],
    "channels": 4, "kernel": [3, 3], "stride": [2, 2], "dilation": [1, 1], "groups": 1, "bias": false,
    "pad_low": [1, 1], "pad_high": [1, 1]})"));
  EXPECT_EQ(json["nodes"][6], Json::parse(R"({"op": "linear", "name": "linear_6", "inputs": [5], "shape": [10],
    "units": 10, "bias": true})"));
}

TEST(NetworkJson, RoundTrips) {
  EXPECT_EQ(network_from_json(network_to_json(small_network())).value(), small_network());
  for (int cell = 0; cell < testing::kCells201; cell += 1999) {
    Network network = testing::network_201(testing::digits_201(cell), {4, 1});
    network.output -= 1;
    EXPECT_EQ(network_from_json(Json::parse(network_to_json(network).dump())).value(), network);
  }
}

TEST(NetworkJson, LeftOutAttributesHaveTheirDefaults) {
  Json json = network_to_json(small_network());
  json["nodes"][3].erase("eps");
  json["nodes"][3].erase("shape");
  EXPECT_EQ(network_from_json(json).value(), small_network());
}

struct Damage {
  const char* pointer;  // into the JSON of small_network
  const char* value;    // null: the key is removed
  const char* error;
};

TEST(NetworkJson, ErrorsNameNodeAndKey) {
  const Damage cases[] = {
      {"", "[]", "network: expected an object, got []"},
      {"", "null", "expected an object"},
      {"/format", "2", "format 1 is expected, got 2"},
      {"/format", nullptr, "format 1 is expected, got none"},
      {"/output", "7", "output: expected an index of a node, below 7, got 7"},
      {"/output", "-1", "got -1"},
      {"/output", "1.5", "got 1.5"},
      {"/output", nullptr, "got none"},
      {"/nodes", "{}", "nodes: expected a list"},
      {"/nodes", "[]", "nodes: expected a list"},
      {"/nodes/1", "5", "node 1: expected an object, got 5"},
      {"/nodes/0/op", "\"relu\"", "node 0: op: the first node must be `input`"},
      {"/nodes/1/op", "\"input\"", "node 1: op: only the first node may be `input`"},
      {"/nodes/1/op", "\"reluu\"", "op: unknown operation \"reluu\", did you mean 'relu'?"},
      {"/nodes/1/op", nullptr, "op: expected the name"},
      {"/nodes/0/shape", "[3, 8, 0]", "an axis below 1"},
      {"/nodes/0/shape", "[3, 8, 8, 8, 8]", "shape: expected [channels]"},
      {"/nodes/0/shape", "[9223372036854775807, 9223372036854775807]", "2^50"},
      {"/nodes/0/shape", "[18446744073709551615]", "shape: expected [channels]"},
      {"/nodes/0/shape", nullptr, "shape: the input needs one"},
      {"/nodes/0/inputs", "[0]", "expected an empty list"},
      {"/nodes/1/inputs", "[1]", "below 1, got 1"},
      {"/nodes/1/inputs", "[-1]", "below 1, got -1"},
      {"/nodes/1/inputs", "[6]", "below 1, got 6"},
      {"/nodes/1/inputs", "[4294967296]", "got 4294967296"},
      {"/nodes/1/inputs", "0", "inputs: expected a list"},
      {"/nodes/1/inputs", "[]", "`relu` takes one tensor, got 0"},
      {"/nodes/1/name", "\"input\"", "'input' is taken"},
      {"/nodes/1/name", "\"a b\"", "letters, digits"},
      {"/nodes/1/name", "\"\"", "letters, digits"},
      {"/nodes/1/name", "7", "name: expected a text"},
      {"/nodes/1/shape", "[3, 8, 9]", "3x8x9 is stated, 3x8x8 follows"},
      {"/nodes/1/shape", "\"3x8x8\"", "shape: expected [channels]"},
      {"/nodes/1/kernel", "[3, 3]", "unknown key 'kernel' of `relu`"},
      {"/nodes/2/channels", "1e3", "channels: expected an integer, got 1000.0"},
      {"/nodes/2/channels", "18446744073709551615", "channels: expected an integer"},
      {"/nodes/2/channels", "-4", "channels -4 is out of range"},
      {"/nodes/2/kernel", "[3, 3, 3, 3]", "kernel: expected a list of at most three"},
      {"/nodes/2/kernel", "3", "kernel: expected a list"},
      {"/nodes/2/kernel", "[2147483648, 3]", "kernel: expected a list"},
      {"/nodes/2/kernel", "[-2147483648, 3]", "kernel -2147483648 is out of range"},
      {"/nodes/2/bias", "1", "bias: expected true or false, got 1"},
      {"/nodes/2/chanels", "4", "did you mean 'channels'?"},
      {"/nodes/5/rate", "\"0.5\"", "rate: expected a number"},
      {"/nodez", "1", "unknown key 'nodez', did you mean 'nodes'?"},
  };
  for (const Damage& damage : cases) {
    Json json = network_to_json(small_network());
    const Json::json_pointer pointer(damage.pointer);
    if (damage.value != nullptr) {
      json[pointer] = Json::parse(damage.value);
    } else {
      json[pointer.parent_pointer()].erase(pointer.back());
    }
    EXPECT_THAT(why_not(json), HasSubstr(damage.error)) << damage.pointer;
  }
}

// Any value in any place: an answer, never a crash (the sanitizer build sees more).
TEST(NetworkJson, RandomDamageIsAnAnswer) {
  const Json good = network_to_json(small_network());
  const Json flat = good.flatten();
  const Json junk = Json::parse(R"([null, true, -1, 0, 1, 2147483647, -2147483648, 9223372036854775807,
    18446744073709551615, 1e308, -0.5, "", "conv", "\u0000", [], {}, [[[]]], {"a": 1}, [0, 0, 0, 0]])");
  std::vector<std::string> places;
  for (const auto& item : flat.items()) places.push_back(item.key());
  Rng rng(3, 0, Stream::Test);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    Json json = good;
    json[Json::json_pointer(places[rng.index(places.size())])] = junk[rng.index(junk.size())];
    const auto network = network_from_json(json);
    if (!network.ok()) {
      EXPECT_FALSE(network.error().message.empty());
      ++refused;
      continue;
    }
    EXPECT_EQ(network_from_json(network_to_json(*network)).value(), *network);
    (void)count_cost(*network);
    (void)canonical_hash(*network);
  }
  EXPECT_GT(refused, 1500);
  EXPECT_LT(refused, 3000);
}

}  // namespace
}  // namespace nas
