// Files that ask for too much, or for much in a roundabout way, are answered at once (the test's
// own time limit is the judge) and politely.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "search_spaces/text_space.h"

namespace nas {
namespace {

using ::testing::HasSubstr;

constexpr const char* kHead = "space: t\ninput: {channels: 4, size: [8, 8]}\n";

Result<std::unique_ptr<TextSpace>> space_of(const std::string& text) {
  const auto root = parse_yaml(text, "t.yaml");
  if (!root) return root.error();
  return TextSpace::make(*root);
}

/// What is wrong with the file, or with the first network of the space.
std::string answer(const std::string& text) {
  const auto space = space_of(text);
  if (!space) return space.error().message;
  (void)try_count_genotypes((*space)->genes());
  if (!(*space)->has_network()) return "no error";
  Rng rng(1, 0, Stream::Test);
  const auto network = (*space)->decode(sample_genes((*space)->genes(), rng));
  return network ? "no error" : network.error().message;
}

/// `count` times what `item` makes of 0, 1, ..., joined by commas.
template <class Item>
std::string list(int count, const Item& item) {
  std::string text;
  for (int i = 0; i < count; ++i) text += (i == 0 ? "" : ", ") + item(i);
  return text;
}

std::string network(const std::string& body) { return kHead + ("network: [" + body + "]\n"); }

/// The body `depth` times inside `before` ... `after`.
std::string nested(const std::string& before, const std::string& body, const std::string& after, int depth) {
  std::string text = body;
  for (int i = 0; i < depth; ++i) text = before + text + after;
  return text;
}

TEST(SpaceLimits, ManyOptionsAreNamedInTimeAndApart) {
  const auto space =
      space_of("space: t\nchoices: {a: {choose: [" + list(100'000, [](int) { return std::string("1"); }) + "]}}\n");
  ASSERT_TRUE(space.ok()) << space.error().message;
  EXPECT_EQ((*space)->genes()[0].options[99'999].name, "1#99999");
  EXPECT_THAT(
      answer("space: t\nchoices: {a: {choose: [" + list(100'001, [](int i) { return std::to_string(i); }) + "]}}\n"),
      HasSubstr("`choose` has 100001 options, more than 100000"));
  EXPECT_THAT(answer(network("{repeat: {times: 50, choices: own, body: [{dropout: {rate: {choose: {from: 0, to: 0.9, "
                             "steps: 100000}}}}]}}")),
              HasSubstr("the genes up to here have over 1000000 options"));
}

TEST(SpaceLimits, OptionsThatReadAlikeAfterTheirPositionStayApart) {
  const auto space = space_of("space: t\nchoices: {a: {choose: [x, \"x#2\", x]}}\n");
  ASSERT_TRUE(space.ok()) << space.error().message;
  EXPECT_EQ((*space)->genes()[0].options[1].name, "x#2");
  EXPECT_EQ((*space)->genes()[0].options[2].name, "x#2#2");
}

TEST(SpaceLimits, RepeatsOfRepeatsEnd) {
  const std::string three = nested("{repeat: {times: 9999, body: [", "relu", "]}}", 3);
  EXPECT_THAT(answer(network(three)), HasSubstr("t.yaml:3:101: the space is too large from here on"));
  const std::string own = nested("{repeat: {times: 400, choices: own, body: [", "{choose: [relu, tanh]}", "]}}", 2);
  EXPECT_THAT(answer(network(own)), HasSubstr("the space is too large from here on"));
  EXPECT_THAT(answer(network("{repeat: {times: 95, body: [{repeat: {times: 1000, body: [relu]}}]}}")), "no error");
}

TEST(SpaceLimits, BlocksThatUseBlocksTwiceEnd) {
  const std::string doubling =
      list(40, [](int i) { return i == 0 ? std::string("b0: [relu]") : fmt::format("b{0}: [b{1}, b{1}]", i, i - 1); });
  EXPECT_THAT(answer(kHead + ("blocks: {" + doubling + "}\nnetwork: [b39]\n")), HasSubstr("too large from here on"));
}

TEST(SpaceLimits, ChainsOfBlocksEnd) {
  const auto chain = [](int count) {
    return list(count, [](int i) {
      return i == 0 ? std::string("b0: [relu]") : fmt::format("b{0}: [{{residual: [b{1}]}}]", i, i - 1);
    });
  };
  EXPECT_EQ(answer(kHead + ("blocks: {" + chain(90) + "}\nnetwork: [b89]\n")), "no error");
  EXPECT_THAT(answer(kHead + ("blocks: {" + chain(4000) + "}\nnetwork: [b3999]\n")), HasSubstr("nested over 200 deep"));
  const std::string backwards =
      list(4000, [](int i) { return i == 3999 ? std::string("b3999: [relu]") : fmt::format("b{}: [b{}]", i, i + 1); });
  EXPECT_THAT(answer(kHead + ("blocks: {" + backwards + "}\nnetwork: [relu]\n")),
              HasSubstr("use one another over 200 deep"));
  EXPECT_THAT(answer(kHead + ("blocks: {" + chain(6000) + "}\nnetwork: [relu]\n")),
              HasSubstr("6000 blocks, more than 5000"));
}

TEST(SpaceLimits, EntangledChoicesAreGivenUp) {
  const std::string genes =
      "choices: {" + list(12, [](int i) { return fmt::format("g{}: {{choose: [0, 1]}}", i); }) + "}\n";
  std::string parity = "mod(g0";
  for (int i = 1; i < 12; ++i) parity += fmt::format(" + g{}", i);
  parity += ", 2)";
  EXPECT_THAT(
      answer(kHead + genes + "network: [{choose: [relu, {choose: [relu, tanh]}], by: \"${" + parity + "}\"}]\n"),
      HasSubstr("whether this is reached depends on 2048 combinations of choices, more than 1000"));
}

TEST(SpaceLimits, ChoicesThatReadChoicesAreReadOnce) {
  const std::string twice = list(60, [](int i) {
    return i < 2 ? fmt::format("g{}: {{choose: [0, 1]}}", i)
                 : fmt::format("g{}: {{choose: [\"${{g{} + 0 * g{}}}\", 1]}}", i, i - 1, i - 2);
  });
  EXPECT_EQ(answer("space: t\nchoices: {" + twice + "}\n"), "no error");
}

TEST(SpaceLimits, CountingGivesUp) {
  const auto space =
      space_of(network("{repeat: {times: {choose: {from: 1, to: 300}}, choices: own, body: [{repeat: {times: {choose: "
                       "{from: 1, to: 30}}, "
                       "choices: own, body: [{choose: [relu, tanh]}]}}]}}"));
  ASSERT_TRUE(space.ok()) << space.error().message;
  EXPECT_EQ(try_count_genotypes((*space)->genes()), std::nullopt);
}

TEST(SpaceLimits, HugeNumbersAreNumbersLikeOthers) {
  EXPECT_THAT(answer("space: t\ninput: {channels: 1000000000}\nnetwork: [{split: {parts: \"${channels}\", branches: "
                     "[[relu]]}}]\n"),
              HasSubstr("`split` of 1000000000 channels into 1000000000 parts: use 1 to 10000"));
  EXPECT_THAT(answer("space: t\ninput: {channels: 1000000000}\nnetwork: [" +
                     list(60, [](int) { return std::string("{concat: [[identity], [identity]]}"); }) + "]\n"),
              HasSubstr("t.yaml:3:"));
  EXPECT_THAT(answer(network("{repeat: {times: \"${0 / 0}\", body: [relu]}}")),
              HasSubstr("expected a whole number up to 10000"));
}

TEST(SpaceLimits, OptionsOfAnySizeAreWrittenAsJson) {
  const auto space = space_of("space: t\nchoices: {a: {choose: [1e308, -1e19, 3, 0.5]}}\n");
  ASSERT_TRUE(space.ok()) << space.error().message;
  EXPECT_EQ(choices_by_name(**space, Genotype{{0}}).dump(), R"({"a":1e+308})");
  EXPECT_EQ(choices_by_name(**space, Genotype{{1}}).dump(), R"({"a":-1e+19})");
  EXPECT_EQ(choices_by_name(**space, Genotype{{2}}).dump(), R"({"a":3})");
  EXPECT_EQ(choices_by_name(**space, Genotype{{3}}).dump(), R"({"a":0.5})");
}

TEST(SpaceLimits, ManyNamedTensorsAreFoundInTime) {
  EXPECT_EQ(answer(network(list(20'000, [](int i) { return fmt::format("{{as: n{}}}", i); }))), "no error");
}

TEST(SpaceLimits, LongLabelsDoNotFillTheMemory) {
  EXPECT_THAT(answer(network("{repeat: {times: 9999, body: [{relu: {}, label: " + std::string(4000, 'x') + "}]}}")),
              HasSubstr("the names of the operations are too long"));
}

TEST(SpaceLimits, ManyParametersAndConstraintsAreRefused) {
  EXPECT_THAT(answer(kHead + ("parameters: {" + list(501, [](int i) { return fmt::format("p{}: 1", i); }) +
                              "}\nnetwork: [relu]\n")),
              HasSubstr("t.yaml:3:1: 501 parameters, more than 500"));
  EXPECT_THAT(answer(network("{choose: [relu, tanh], name: a}") + "constraints: [" +
                     list(101, [](int) { return std::string("\"a < 2\""); }) + "]\n"),
              HasSubstr("101 constraints, more than 100"));
}

}  // namespace
}  // namespace nas
