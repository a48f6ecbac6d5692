#include "trainer/execution_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace nas {
namespace {

class Plan : public ::testing::Test {
 protected:
  std::int32_t add(Op op, std::vector<std::int32_t> inputs, Attributes attributes = {}) {
    return add_node(network_, op, attributes, std::move(inputs)).value();
  }
  std::int32_t conv(std::int32_t input) { return add(Op::Conv, {input}, {.channels = 4}); }
  ExecutionPlan plan(Phase phase = Phase::Training) const { return make_execution_plan(network_, phase); }

  Network network_ = make_network({.channels = 4, .dims = 2, .size = {6, 6, 1}});
};

TEST_F(Plan, RunsAChainAndLetsGoOfEachTensor) {
  const auto a = conv(0);
  const auto b = add(Op::Tanh, {a});
  const auto c = conv(b);
  EXPECT_EQ(plan(), (ExecutionPlan{{{a, {0}, false, {0}}, {b, {a}, false, {a}}, {c, {b}, false, {b}}}, {c}}));
}

TEST_F(Plan, LeavesOutWhatTheOutputDoesNotUse) {
  const auto a = conv(0);
  conv(a);
  network_.output = a;
  EXPECT_EQ(plan(), (ExecutionPlan{{{a, {0}, false, {0}}}, {a}}));
}

TEST_F(Plan, IdentitiesZerosAndSingleSummandsCostNothing) {
  const auto a = conv(0);
  const auto feeds_zero = conv(a);
  const auto zero = add(Op::Zero, {feeds_zero});
  const auto sum = add(Op::Add, {add(Op::Identity, {a}), zero});
  const auto b = conv(add(Op::Add, {sum}));
  EXPECT_EQ(plan(), (ExecutionPlan{{{a, {0}, false, {0}}, {b, {a}, false, {a}}}, {b}}));
}

TEST_F(Plan, JoinsOfOneTensorAreThatTensor) {
  const auto a = conv(0);
  const auto same = add(Op::Concat, {add(Op::Multiply, {a})});
  const auto relu = add(Op::Relu, {same});
  const auto sum = add(Op::Add, {relu, a});
  // Written over `a`, the relu would spoil the sum.
  EXPECT_EQ(plan(),
            (ExecutionPlan{{{a, {0}, false, {0}}, {relu, {a}, false, {}}, {sum, {relu, a}, false, {relu, a}}}, {sum}}));
}

TEST_F(Plan, AZeroThatIsNeededIsComputed) {
  const auto zero = add(Op::Zero, {0});
  const auto sum = add(Op::Add, {zero, add(Op::Identity, {zero})});
  const auto a = conv(sum);
  EXPECT_EQ(plan(), (ExecutionPlan{{{zero, {}, false, {}}, {a, {zero}, false, {zero}}}, {a}}));
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
  const auto slope = add(Op::PRelu, {0});
  const auto other_slope = add(Op::PRelu, {0});
  const auto path = add(Op::DropPath, {0}, {.rate = 0.5});
  const auto other_path = add(Op::DropPath, {0}, {.rate = 0.5});
  add(Op::Add, {kept, other, a, b, slope, other_slope, path, other_path});
  EXPECT_EQ(plan().steps.size(), 9U);
}

TEST_F(Plan, NothingIsWrittenOverThatIsReadAgain) {
  const auto a = conv(0);
  const auto relu = add(Op::Relu, {a});
  const auto sum = add(Op::Add, {relu, a});
  const ExecutionPlan made = plan();
  EXPECT_EQ(made.steps[1], (ExecutionStep{relu, {a}, false, {}}));
  EXPECT_FALSE(made.steps[2].overwrite_first) << "backward of relu reads its output, and `a` was read before";
  EXPECT_EQ(made.outputs, std::vector{sum});
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

TEST_F(Plan, ExitsAreComputedAndKept) {
  const auto a = conv(0);
  const auto early = add(Op::Relu, {a});
  const auto b = add(Op::Relu, {conv(early)});
  ASSERT_TRUE(add_exit(network_, {"early", early, false, 1}).ok());
  const auto sum = add(Op::Add, {early, b});
  const auto made = plan();
  EXPECT_EQ(made.outputs, (std::vector{sum, early}));
  for (const ExecutionStep& step : made.steps) {
    EXPECT_EQ(std::count(step.last_use.begin(), step.last_use.end(), early), 0) << "an output is not let go";
  }
  EXPECT_FALSE(made.steps.back().overwrite_first) << "the exit is an output";
  EXPECT_EQ(plan(Phase::Inference), made);
}

TEST_F(Plan, AuxiliaryExitsRunInTrainingOnly) {
  const auto a = conv(0);
  const auto for_head = add(Op::Relu, {a});
  const auto head = conv(for_head);
  const auto relu = add(Op::Relu, {a});
  const auto b = conv(relu);
  ASSERT_TRUE(add_exit(network_, {"head", head, true, 0.4}).ok());
  const auto made = plan();
  EXPECT_EQ(made.outputs, (std::vector{b, head}));
  EXPECT_EQ(made.steps.back(), (ExecutionStep{b, {for_head}, false, {for_head}})) << "one relu serves both";
  EXPECT_EQ(plan(Phase::Inference),
            (ExecutionPlan{{{a, {0}, false, {0}}, {relu, {a}, true, {a}}, {b, {relu}, false, {relu}}}, {b}}));
}

}  // namespace
}  // namespace nas
