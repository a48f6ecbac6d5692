#include "experiments/commands/trials.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/experiments/store_fixture.h"

namespace nas {
namespace {

using testing::ask;
using testing::asked_trial;
using testing::failed_trial;
using testing::finished_trial;
using testing::OpenRun;
using testing::start_run;
using testing::tell;
using testing::TemporaryDirectory;

TEST(Trials, OneLineAnEvaluation) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  AskedTrial child = asked_trial(2, {1, 0, 0});
  child.candidate.continues = CandidateId{0};
  child.candidate.budget = 9;
  child.candidate.parents = {CandidateId{0}, CandidateId{1}};
  ask(run.store, {asked_trial(0, {0, 1, 1}), asked_trial(1, {0, 0, 0}), child});
  FinishedTrial done = finished_trial(0, 0, 0.1, 100);
  done.evaluation.worker = "host \"a\", first";
  done.evaluation.metrics["seconds"] = 2;
  done.evaluation.stopped = true;
  tell(run.store, {done, failed_trial(1, 1, FailureType::OutOfMemory)});
  std::ostringstream text;
  ASSERT_TRUE(print_trials_csv(run.directory.path(), TrialRows::Results, text).ok());
  EXPECT_EQ(text.str(),
            "id,state,failure,genotype,epochs,continues,macs,params,metric.seconds,val_accuracy,val_loss,seconds,"
            "worker,parents\n"
            "0,stopped,,\"0,1,1\",3,,100,10,2,0.1,1.5,1.5,\"host \"\"a\"\", first\",\n"
            "1,failed,out_of_memory,\"0,0,0\",3,,101,10,,,,0.25,host:2.0,\n"
            "2,running,,\"1,0,0\",9,0,102,10,,,,,,\"0,1\"\n");
}

TEST(Trials, ARunWithoutTrialsIsAHeader) {
  const TemporaryDirectory directory;
  const OpenRun run = start_run(directory.path() / "run");
  std::ostringstream text;
  ASSERT_TRUE(print_trials_csv(run.directory.path(), TrialRows::Results, text).ok());
  EXPECT_EQ(text.str(), "id,state,failure,genotype,epochs,continues,seconds,worker,parents\n");
}

TEST(Trials, CurvesHaveALineAnEpoch) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  ask(run.store, {asked_trial(0, {0, 1, 1}), asked_trial(1, {0, 0, 0}), asked_trial(2, {1, 0, 0})});
  FinishedTrial done = finished_trial(0, 0, 0.1, 100);
  done.evaluation.curve = {{1, {{"val_loss", 2.5}, {"id", 7}}}, {2, {{"val_loss", 2}, {"top5", 0.5}}}};
  tell(run.store, {done, failed_trial(1, 1, FailureType::OutOfMemory)});
  std::ostringstream text;
  ASSERT_TRUE(print_trials_csv(run.directory.path(), TrialRows::Epochs, text).ok());
  EXPECT_EQ(text.str(),
            "id,genotype,epoch,metric.id,top5,val_loss\n"
            "0,\"0,1,1\",1,7,,2.5\n"
            "0,\"0,1,1\",2,,0.5,2\n");
}

TEST(Trials, ATrainingThatWasCarriedOnHasEachEpochOnce) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  AskedTrial second = asked_trial(1, {0, 1, 1});
  second.candidate.continues = CandidateId{0};
  AskedTrial third = asked_trial(2, {0, 1, 1});
  third.candidate.continues = CandidateId{1};
  ask(run.store, {asked_trial(0, {0, 1, 1}), second, third});
  FinishedTrial first_part = finished_trial(0, 0, 0.1, 100);
  first_part.evaluation.curve = {{1, {{"a", 1}}}};
  FinishedTrial both_parts = finished_trial(1, 1, 0.1, 100);
  both_parts.evaluation.curve = {{1, {{"a", 1}}}, {2, {{"a", 2}}}};
  FinishedTrial last_part = finished_trial(2, 2, 0.1, 100);
  last_part.evaluation.curve = {{3, {{"a", 3}}}};
  tell(run.store, {first_part, both_parts, last_part});
  std::ostringstream text;
  ASSERT_TRUE(print_trials_csv(run.directory.path(), TrialRows::Epochs, text).ok());
  EXPECT_EQ(text.str(), "id,genotype,epoch,a\n1,\"0,1,1\",1,1\n1,\"0,1,1\",2,2\n2,\"0,1,1\",3,3\n");
}

}  // namespace
}  // namespace nas
