#include "search_spaces/yaml_tree.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "nas/rng.h"

namespace nas {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Json = nlohmann::json;

YamlNode parsed(std::string_view text) {
  auto node = parse_yaml(text, "t.yaml");
  EXPECT_TRUE(node.ok()) << node.error().message;
  return node.ok() ? *node : YamlNode{};
}

std::string error_of(std::string_view text) {
  const auto node = parse_yaml(text, "t.yaml");
  EXPECT_FALSE(node.ok()) << text.substr(0, 200);
  return node.ok() ? std::string() : node.error().message;
}

TEST(YamlTree, PlacesAreLinesOfTheFile) {
  const YamlNode root = parsed("# first\nspace: a\ntraining:\n  epochs: 3\n  sizes:\n    - 1\n    - 2\n");
  EXPECT_EQ(to_string(root.find("space")->place), "t.yaml:2:1");
  const YamlNode* training = root.find("training");
  EXPECT_EQ(to_string(training->place), "t.yaml:3:1");
  EXPECT_EQ(to_string(training->find("epochs")->place), "t.yaml:4:3");
  EXPECT_EQ(training->find("epochs")->place.column, 3);
  EXPECT_EQ(to_string(training->find("sizes")->items[1].place), "t.yaml:7:7");
  EXPECT_EQ(root.keys(), (std::vector<std::string>{"space", "training"}));
  EXPECT_EQ(root.find("spaces"), nullptr);
}

TEST(YamlTree, ScalarsFollowTheCoreSchema) {
  const Json json = to_json(parsed(R"(
null_word: null
null_tilde: ~
nothing:
yes_word: yes
truth: true
falsehood: FALSE
integer: 12
signed: +7
negative: -3
octal: 0o17
hex: 0x1F
large: 18446744073709551615
larger: 18446744073709551616
exponent: 2e6
fraction: .5
dot: 1.
quoted: "12"
single: '1e3'
version: 1.2.3
infinite: .inf
overflow: 1e999
underscore: 1_000
)"));
  const Json expected = {
      {"null_word", nullptr}, {"null_tilde", nullptr}, {"nothing", nullptr}, {"yes_word", "yes"},
      {"truth", true},        {"falsehood", false},    {"integer", 12},      {"signed", 7},
      {"negative", -3},       {"octal", 15},           {"hex", 31},          {"large", 18446744073709551615ULL},
      {"exponent", 2e6},      {"larger", 0x1p64},      {"fraction", 0.5},    {"dot", 1.0},
      {"quoted", "12"},       {"single", "1e3"},       {"version", "1.2.3"}, {"infinite", ".inf"},
      {"overflow", "1e999"},  {"underscore", "1_000"},
  };
  EXPECT_EQ(json, expected);
  EXPECT_TRUE(json["integer"].is_number_integer());
  EXPECT_TRUE(json["dot"].is_number_float());
}

TEST(YamlTree, NumberIsOfUnquotedScalarsOnly) {
  const YamlNode root = parsed("[2e6, '2', two, -0.5, 0x10, [1]]");
  EXPECT_EQ(root.items[0].number(), 2e6);
  EXPECT_EQ(root.items[1].number(), std::nullopt);
  EXPECT_EQ(root.items[2].number(), std::nullopt);
  EXPECT_EQ(root.items[3].number(), -0.5);
  EXPECT_EQ(root.items[4].number(), 16);
  EXPECT_EQ(root.items[5].number(), std::nullopt);
}

TEST(YamlTree, EmptyTextIsNull) {
  EXPECT_EQ(parsed("").kind, YamlNode::Kind::Null);
  EXPECT_EQ(parsed("# only a comment\n").kind, YamlNode::Kind::Null);
  EXPECT_EQ(to_string(parsed("").place), "t.yaml:1:1");
}

TEST(YamlTree, DuplicateKeyNamesBothLines) {
  EXPECT_EQ(error_of("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n"),
            "t.yaml:5:3: c: this key is already there at line 3, remove one of the two");
}

TEST(YamlTree, RefusesWhatItDoesNotSupport) {
  EXPECT_THAT(error_of("a: 1\n---\nb: 2\n"), StartsWith("t.yaml:2:1: a second document"));
  EXPECT_THAT(error_of("a: {b: 1}\nc:\n  <<: {d: 1}\n"), StartsWith("t.yaml:3:3: the merge key '<<'"));
  EXPECT_THAT(error_of("a: !!python/object 1\n"), StartsWith("t.yaml:1:4: the tag "));
  EXPECT_THAT(error_of("a:\n  ? [1, 2]\n  : 3\n"), StartsWith("t.yaml:2:5: a key must be a word"));
  EXPECT_THAT(error_of("a: &x [*x]\n"), HasSubstr("the value that holds it"));
  EXPECT_THAT(error_of("a: *unknown\n"), StartsWith("t.yaml:1:4: not YAML: "));
}

TEST(YamlTree, SyntaxErrorsNameTheLine) {
  EXPECT_THAT(error_of("a: 1\nb: [1, 2\nc: 3\n"), StartsWith("t.yaml:"));
  EXPECT_THAT(error_of("a: 1\n\tb: 2\n"), StartsWith("t.yaml:2:1: "));
  EXPECT_THAT(error_of("a: 1\n b: 2\n"), StartsWith("t.yaml:2:3: "));
  EXPECT_EQ(error_of("a: 1\nb: \"open\n"), "t.yaml:2:9: not YAML: a quoted text is never closed");
  EXPECT_EQ(error_of("a: 'open"), "t.yaml:1:9: not YAML: a quoted text is never closed");
}

TEST(YamlTree, BytesThatAreNoTextAreNamed) {
  EXPECT_EQ(error_of("a: 1\nb: \xff\n"), "t.yaml:2:4: byte 0xff is no UTF-8 text, is this a YAML file?");
  EXPECT_THAT(error_of(std::string_view("a: \0b", 5)), HasSubstr("byte 0x00"));
  EXPECT_THAT(error_of("a: 1\n\x04"
                       "b: 2\n"),
              HasSubstr("t.yaml:2:1: byte 0x04"));                   // yaml-cpp's end of file
  EXPECT_THAT(error_of("a: \xed\xa0\x80"), HasSubstr("byte 0xed"));  // a surrogate
  EXPECT_THAT(error_of("a: \xc0\xaf"), HasSubstr("byte 0xc0"));      // overlong
  EXPECT_EQ(parsed("a: gr\xc3\xbc\xc3\x9f\x65 \xf0\x9f\x90\x9f\n").find("a")->text,
            "gr\xc3\xbc\xc3\x9f\x65 \xf0\x9f\x90\x9f");
}

TEST(YamlTree, AliasesAreCopies) {
  const YamlNode root = parsed("base: &b {x: [1, 2]}\nfirst: *b\nlist: [*b, &s word, *s]\n");
  EXPECT_EQ(to_json(root), Json::parse(R"({"base": {"x": [1, 2]}, "first": {"x": [1, 2]},
                                           "list": [{"x": [1, 2]}, "word", "word"]})"));
  EXPECT_EQ(to_string(root.find("first")->place), "t.yaml:2:1");
}

std::string doubling_aliases(int levels) {
  std::string text = "a0: &a0 [x, x]\n";
  for (int i = 1; i <= levels; ++i) text += fmt::format("a{0}: &a{0} [*a{1}, *a{1}]\n", i, i - 1);
  return text;
}

TEST(YamlTree, AliasesCannotFillTheMemory) {
  EXPECT_THAT(error_of(doubling_aliases(40)), HasSubstr("more than 1000000 values"));
  EXPECT_TRUE(parse_yaml(doubling_aliases(8), "t.yaml").ok());
  std::string text = "a: &a " + std::string(1 << 20, 'x') + "\nb: [";
  for (int i = 0; i < 100; ++i) text += "*a, ";
  EXPECT_THAT(error_of(text + "]\n"), HasSubstr("more than 64 MiB of text"));
}

std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
}

TEST(YamlTree, DepthEndsAt64) {
  EXPECT_TRUE(parse_yaml(nested(64), "t.yaml").ok());
  EXPECT_EQ(error_of(nested(65)), "t.yaml:1:65: nested deeper than 64 levels");
  EXPECT_THAT(error_of("a: &a " + nested(40) + "\nb: " + std::string(30, '[') + "*a" + std::string(30, ']')),
              StartsWith("t.yaml:2:34: nested deeper than 64"));
}

TEST(YamlTree, HugeNestingNeverCrashes) {
  for (const std::string unit : {"[", "{", "- ", "? ", "{a: ", "[{", "a: {", "\"", "&a ", "!a ", "- - ? "}) {
    const std::size_t bytes = unit == "[" ? 2'000'000 : 100'000;
    std::string text;
    while (text.size() < bytes) text += unit;
    EXPECT_THAT(error_of(text), StartsWith("t.yaml:")) << unit;
  }
}

TEST(YamlTree, RandomBytesNeverCrash) {
  static constexpr std::string_view kAlphabet = "ab:-?[]{},&*!|>'\"%@`#\n\n  \t~0.5";
  for (std::uint64_t round = 0; round < 5000; ++round) {
    Rng rng(1, round, Stream::Test);
    std::string text(rng.index(60), ' ');
    const bool any_byte = round % 5 == 0;
    for (char& c : text) c = any_byte ? static_cast<char>(rng.index(256)) : kAlphabet[rng.index(kAlphabet.size())];
    const auto node = parse_yaml(text, "t.yaml");
    if (node.ok()) {
      EXPECT_NO_THROW((void)to_json(*node).dump()) << text;
    } else {
      EXPECT_THAT(node.error().message, testing::ContainsRegex("^t\\.yaml:[0-9]+:[0-9]+: ")) << text;
    }
  }
}

TEST(YamlTree, ReadYamlSaysWhyNot) {
  const auto dir = std::filesystem::path(testing::TempDir()) / "nas_yaml_tree_test";
  std::filesystem::create_directories(dir);
  EXPECT_THAT(read_yaml(dir).error().message, HasSubstr("it is a directory"));
  EXPECT_THAT(read_yaml(dir / "none.yaml").error().message, HasSubstr("No such file"));
  EXPECT_THAT(read_yaml("/dev/zero").error().message, HasSubstr("larger than 16 MiB"));
  std::ofstream(dir / "good.yaml") << "a: 1\n";
  const auto good = read_yaml(dir / "good.yaml");
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(to_string(good->find("a")->place), (dir / "good.yaml").string() + ":1:1");
  std::filesystem::remove_all(dir);
}

TEST(YamlTree, SetPathReplacesAndMakes) {
  YamlNode root = parsed("training: {epochs: 3}\nobjectives: [{maximize: a}, {minimize: b}]\nempty:\n");
  for (const auto& [path, value] : std::vector<std::pair<std::string, std::string>>{{"training.epochs", "5"},
                                                                                    {"seed", "7"},
                                                                                    {"data.set", "x"},
                                                                                    {"objectives.1.minimize", "macs"},
                                                                                    {"limits", "[params <= 2e6]"},
                                                                                    {"empty.a.b", "'1'"}}) {
    const auto done = set_path(root, path, value);
    EXPECT_TRUE(done.ok()) << done.error().message;
  }
  EXPECT_EQ(to_json(root), Json::parse(R"({"training": {"epochs": 5}, "seed": 7, "data": {"set": "x"},
      "objectives": [{"maximize": "a"}, {"minimize": "macs"}], "limits": ["params <= 2e6"],
      "empty": {"a": {"b": "1"}}})"));
  EXPECT_EQ(to_string(root.find("seed")->place), "--set");
}

TEST(YamlTree, SetPathErrors) {
  YamlNode root = parsed("training: {epochs: 3}\nlist: [1, 2]\n");
  const auto error = [&](std::string_view path, std::string_view value) {
    const auto done = set_path(root, path, value);
    return done.ok() ? std::string("no error") : done.error().message;
  };
  EXPECT_EQ(error("training.epochs.x", "1"),
            "--set training.epochs.x: training.epochs: is the single value '3', nothing below it can be set");
  EXPECT_THAT(error("list.2", "1"), HasSubstr("is a list of 2"));
  EXPECT_THAT(error("list.x", "1"), HasSubstr("'x' names none of them"));
  EXPECT_THAT(error("training..x", "1"), HasSubstr("an empty name in the path"));
  EXPECT_THAT(error("", "1"), HasSubstr("an empty name in the path"));
  EXPECT_THAT(error("training.epochs", "[1"), StartsWith("--set training.epochs:1:3: not YAML"));
}

TEST(YamlText, IsPlainBlockStyle) {
  const Json json = Json::parse(R"({"space": "nas_bench_201", "objectives": [{"maximize": "val_accuracy"},
    {"minimize": "macs"}], "limits": [], "data": {"train": 2000, "rate": 0.1, "whole": 3.0},
    "odd": ["yes", "1", "", "a: b", " x", "null", "/a/b c.yaml", "-1", "a\nb"], "matrix": [[1, 2], []], "none": null})");
  EXPECT_EQ(yaml_text(json),
            "data:\n  rate: 0.1\n  train: 2000\n  whole: 3.0\n"
            "limits: []\n"
            "matrix:\n  - - 1\n    - 2\n  - []\n"
            "none: null\n"
            "objectives:\n  - maximize: val_accuracy\n  - minimize: macs\n"
            "odd:\n  - \"yes\"\n  - \"1\"\n  - \"\"\n  - \"a: b\"\n  - \" x\"\n  - \"null\"\n  - /a/b c.yaml\n"
            "  - \"-1\"\n  - \"a\\nb\"\n"
            "space: nas_bench_201\n");
}

std::string random_string(Rng& rng) {
  static const std::vector<std::string> kPieces = {
      "a", "Z", "0", "1e5",  ":",    " ",  "#", "-", "\n", "\t", "\"", "'",    "\\", "{", "]", ",", "&x",       "*x",
      "!", "|", ">", "null", "true", "\r", "%", "@", "`",  "~",  "ü",  "\x7f", "?",  "=", ".", "_", "\x01\x02", "🐟"};
  std::string text;
  for (std::size_t n = rng.index(6); n > 0; --n) text += kPieces[rng.index(kPieces.size())];
  return text;
}

double random_double(Rng& rng) {
  for (;;) {
    const std::uint64_t bits = rng.next();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (std::isfinite(value)) return value;
  }
}

Json random_json(Rng& rng, int depth) {
  switch (rng.index(depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return rng.index(2) == 0;
    case 2:
      return static_cast<std::int64_t>(rng.next());
    case 3:
      return rng.next();
    case 4:
      return rng.index(2) == 0 ? random_double(rng) : static_cast<double>(rng.index(10)) / 4;
    case 5:
      return random_string(rng);
    case 6: {
      Json items = Json::array();
      for (std::size_t n = rng.index(4); n > 0; --n) items.push_back(random_json(rng, depth - 1));
      return items;
    }
    default: {
      Json entries = Json::object();
      for (std::size_t n = rng.index(4); n > 0; --n) entries[random_string(rng)] = random_json(rng, depth - 1);
      return entries;
    }
  }
}

TEST(YamlText, ReadsBackToTheSameJson) {
  for (std::uint64_t round = 0; round < 3000; ++round) {
    Rng rng(2, round, Stream::Test);
    const Json json = random_json(rng, 5);
    const std::string text = yaml_text(json);
    const auto node = parse_yaml(text, "t.yaml");
    ASSERT_TRUE(node.ok()) << node.error().message << "\n" << text;
    ASSERT_EQ(to_json(*node), json) << text;
    ASSERT_EQ(to_json(*node).dump(), json.dump()) << text;  // types of numbers too
  }
}

}  // namespace
}  // namespace nas
