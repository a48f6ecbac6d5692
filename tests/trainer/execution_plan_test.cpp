#include "trainer/execution_plan.h"

#include <gtest/gtest.h>

namespace nas {
namespace {

class Plan : public ::testing::Test {
 protected:
  std::int32_t add(Op op, std::vector<std::int32_t> inputs, Attributes attributes = {}) {
    return add_node(network_, op, attributes, std::move(inputs)).value();
  }
  std::int32_t conv(std::int32_t input) { return add(Op::Conv, {input}, {.channels = 4}); }
  ExecutionPlan plan() const { return make_execution_plan(network_); }

  Network network_ = make_network({.channels = 4, .dims = 2, .size = {6, 6, 1}});
};

TEST_F(Plan, RunsAChainAndLetsGoOfEachTensor) {
  const auto a = conv(0);
  const auto b = add(Op::Tanh, {a});
  const auto c = conv(b);
  EXPECT_EQ(plan(), (ExecutionPlan{{{a, {0}, false, {0}}, {b, {a}, false, {a}}, {c, {b}, false, {b}}}, c}));
}

TEST_F(Plan, LeavesOutWhatTheOutputDoesNotUse) {
  const auto a = conv(0);
  conv(a);
  network_.output = a;
  EXPECT_EQ(plan(), (ExecutionPlan{{{a, {0}, false, {0}}}, a}));
}

TEST_F(Plan, IdentitiesZerosAndSingleSummandsCostNothing) {
  const auto a = conv(0);
  const auto feeds_zero = conv(a);
  const auto zero = add(Op::Zero, {feeds_zero});
  const auto sum = add(Op::Add, {add(Op::Identity, {a}), zero});
  const auto b = conv(add(Op::Add, {sum}));
  EXPECT_EQ(plan(), (ExecutionPlan{{{a, {0}, false, {0}}, {b, {a}, false, {a}}}, b}));
}

TEST_F(Plan, AZeroThatIsNeededIsComputed) {
  const auto zero = add(Op::Zero, {0});
  const auto sum = add(Op::Add, {zero, add(Op::Identity, {zero})});
  const auto a = conv(sum);
  EXPECT_EQ(plan(), (ExecutionPlan{{{zero, {}, false, {}}, {a, {zero}, false, {zero}}}, a}));
}

TEST_F(Plan, TheSameOperationOnTheSameTensorRunsOnce) {
  const auto a = conv(0);
  const auto first = add(Op::Relu, {a});
  const auto b = conv(first);
  const auto c = conv(add(Op::Relu, {add(Op::Identity, {a})}));
  const auto sum = add(Op::Add, {b, c});
  const ExecutionPlan made = plan();
  ASSERT_EQ(made.steps.size(), 5U);
  EXPECT_EQ(made.steps[1], (ExecutionStep{first, {a}, true, {a}}));
  EXPECT_EQ(made.steps[2], (ExecutionStep{b, {first}, false, {}}));
  EXPECT_EQ(made.steps[3], (ExecutionStep{c, {first}, false, {first}}));
  EXPECT_EQ(made.steps[4], (ExecutionStep{sum, {b, c}, true, {b, c}}));
}

TEST_F(Plan, OtherAttributesAreAnotherOperation) {
  const auto small = add(Op::MaxPool, {0}, {.kernel = {2, 2, 1}});
  const auto large = add(Op::MaxPool, {0}, {.kernel = {2, 2, 1}, .pad_high = {1, 1, 0}});
  add(Op::Concat, {add(Op::GlobalAveragePool, {small}), add(Op::GlobalAveragePool, {large})});
  EXPECT_EQ(plan().steps.size(), 5U);
}

TEST_F(Plan, WeightsAndDropoutAreNeverShared) {
  const auto kept = add(Op::Dropout, {0}, {.rate = 0.5});
  const auto other = add(Op::Dropout, {0}, {.rate = 0.5});
  const auto a = conv(0);
  const auto b = conv(0);
  add(Op::Add, {kept, other, a, b});
  EXPECT_EQ(plan().steps.size(), 5U);
}

TEST_F(Plan, NothingIsWrittenOverThatIsReadAgain) {
  const auto a = conv(0);
  const auto relu = add(Op::Relu, {a});
  const auto sum = add(Op::Add, {relu, a});
  const ExecutionPlan made = plan();
  EXPECT_EQ(made.steps[1], (ExecutionStep{relu, {a}, false, {}}));
  EXPECT_FALSE(made.steps[2].overwrite_first) << "backward of relu reads its output, and `a` was read before";
  EXPECT_EQ(made.output, sum);
}

TEST_F(Plan, ASumWithItselfIsNotWrittenOver) {
  const auto a = conv(0);
  add(Op::Add, {a, a});
  EXPECT_FALSE(plan().steps[1].overwrite_first);
}

TEST_F(Plan, TheSummandThatIsFreeIsWrittenOver) {
  const auto a = conv(0);
  const auto relu = add(Op::Relu, {a});
  const auto b = conv(relu);
  const auto sum = add(Op::Add, {relu, b});
  EXPECT_EQ(plan().steps[3], (ExecutionStep{sum, {b, relu}, true, {relu, b}}));
}

}  // namespace
}  // namespace nas
