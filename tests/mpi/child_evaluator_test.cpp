#include "mpi/child_evaluator.h"

#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "nas/check.h"
#include "tests/mpi/child_fixture.h"
#include "tests/nas/evaluator_conformance.h"

namespace nas {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class ChildEvaluatorTest : public ChildFixture {
 protected:
  /// One bad candidate between two good ones on one slot.
  Evaluation evaluate_among_good(Misbehaviour how, ChildEvaluatorOptions chosen) {
    ChildEvaluator evaluator(std::move(chosen));
    auto results = evaluate_all(evaluator, {job(1, Misbehaviour::Answer), job(2, how), job(3, Misbehaviour::Answer)});
    EXPECT_EQ(results[1].metrics, (Metrics{{"score", 101.0}}));
    EXPECT_EQ(results[3].metrics, (Metrics{{"score", 103.0}}));
    EXPECT_FALSE(results[1].failure);
    EXPECT_FALSE(results[3].failure);
    return results[2];
  }
  Evaluation evaluate_among_good(Misbehaviour how) { return evaluate_among_good(how, options(1)); }
};

struct Fault {
  Misbehaviour how;
  FailureType type;
  const char* message;
};

class FaultTest : public ChildEvaluatorTest, public ::testing::WithParamInterface<Fault> {};

TEST_P(FaultTest, CostsExactlyItsCandidate) {
  const Evaluation result = evaluate_among_good(GetParam().how);
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(to_string(result.failure->type), to_string(GetParam().type));
  EXPECT_THAT(result.failure->message, HasSubstr(GetParam().message));
  EXPECT_THAT(result.failure->log_tail, HasSubstr("job 2"));
  EXPECT_THAT(result.failure->log_tail, Not(HasSubstr("job 1"))) << "the log of another candidate";
}

INSTANTIATE_TEST_SUITE_P(
    Each, FaultTest,
    ::testing::Values(Fault{Misbehaviour::SegmentationFault, FailureType::Crashed, "SIGSEGV (segmentation fault)"},
                      Fault{Misbehaviour::ExitThree, FailureType::Crashed, "exit code 3"},
                      Fault{Misbehaviour::OrphanThenExit, FailureType::Crashed, "exit code 0"},
                      Fault{Misbehaviour::CurveThenCrash, FailureType::Crashed, "SIGSEGV"},
                      Fault{Misbehaviour::OtherId, FailureType::Protocol, "candidate 1002 while 2 is being evaluated"},
                      Fault{Misbehaviour::TextMetric, FailureType::Protocol, "\"score\" is not a number"},
                      Fault{Misbehaviour::ReportError, FailureType::Reported, "ValueError: no such layer"},
                      Fault{Misbehaviour::ReportDiverged, FailureType::Diverged, "it went wrong"},
                      Fault{Misbehaviour::ReportOutOfMemory, FailureType::OutOfMemory, "it went wrong"},
                      Fault{Misbehaviour::ReportInvalid, FailureType::Invalid, "it went wrong"}),
    [](const auto& fault) { return std::to_string(static_cast<int>(fault.param.how)); });

// All at once, so that a deadline that suits a busy machine has to pass once only.
TEST_F(ChildEvaluatorTest, HangsEndAtTheDeadline) {
  constexpr Misbehaviour kHangs[] = {Misbehaviour::Hang, Misbehaviour::StopItself, Misbehaviour::OrphanThenHang,
                                     Misbehaviour::CloseOutputAndHang, Misbehaviour::BrokenJson};
  std::vector<Candidate> candidates;
  for (std::uint64_t id = 0; id < std::size(kHangs); ++id) candidates.push_back(job(id, kHangs[id]));
  for (std::uint64_t id = 100; id < 110; ++id) candidates.push_back(job(id, Misbehaviour::Answer));
  ChildEvaluator evaluator(options(std::size(kHangs), 4.0));
  for (const auto& [id, result] : evaluate_all(evaluator, candidates)) {
    ASSERT_EQ(result.failure.has_value(), id < 100) << id;
    if (!result.failure) continue;
    EXPECT_EQ(result.failure->type, FailureType::TimedOut) << id;
    EXPECT_EQ(result.failure->message, "not finished within 4 s (resources.seconds_per_candidate)");
    EXPECT_THAT(result.failure->log_tail, HasSubstr(fmt::format("job {}", id)));
    EXPECT_GE(result.seconds, 4.0);
  }
}

TEST_F(ChildEvaluatorTest, KeepsTheCurve) {
  const std::vector<CurvePoint> curve{{1, {{"loss", 1.0}}}, {2, {{"loss", 0.5}}}, {3, {{"loss", 1.0 / 3}}}};
  EXPECT_EQ(evaluate_among_good(Misbehaviour::CurveThenAnswer).curve, curve);
  EXPECT_EQ(evaluate_among_good(Misbehaviour::CurveThenCrash).curve, curve) << "also of a candidate that failed";
}

TEST_F(ChildEvaluatorTest, AStoppedTrainingSaysSo) {
  const Evaluation stopped = evaluate_among_good(Misbehaviour::CurveThenStop);
  EXPECT_TRUE(stopped.stopped);
  EXPECT_EQ(stopped.metrics, (Metrics{{"score", 102.0}}));
  EXPECT_FALSE(evaluate_among_good(Misbehaviour::CurveThenAnswer).stopped);
}

TEST_F(ChildEvaluatorTest, OtherLinesAreForTheLogOrAFault) {
  const Evaluation lenient = evaluate_among_good(Misbehaviour::GarbageLine);
  EXPECT_FALSE(lenient.failure);
  std::stringstream log;
  log << std::ifstream(directory_ / "0.log").rdbuf();
  EXPECT_THAT(log.str(), HasSubstr("loading \x01 data..."));

  ChildEvaluatorOptions strict = options(1);
  strict.rules.other_lines = OtherLines::AreProtocolErrors;
  const Evaluation result = evaluate_among_good(Misbehaviour::GarbageLine, strict);
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(result.failure->type, FailureType::Protocol);
  EXPECT_THAT(result.failure->message, HasSubstr("no JSON object: loading \\x01 data..."));
}

TEST_F(ChildEvaluatorTest, ALineHasALimit) {
  ChildEvaluatorOptions chosen = options(1);
  chosen.rules.max_line_bytes = 1U << 20;
  const Evaluation result = evaluate_among_good(Misbehaviour::HugeLine, chosen);
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(result.failure->type, FailureType::Protocol);
  EXPECT_THAT(result.failure->message, HasSubstr("more than 1048576 bytes"));
}

TEST_F(ChildEvaluatorTest, NonFiniteMetricsAreMissing) {
  EXPECT_EQ(evaluate_among_good(Misbehaviour::NotANumber).metrics, (Metrics{{"score", 1.0}}));
}

TEST_F(ChildEvaluatorTest, TheLogTailIsTheLastTwentyLines) {
  const Evaluation result = evaluate_among_good(Misbehaviour::ManyErrorLines);
  ASSERT_TRUE(result.failure);
  EXPECT_THAT(result.failure->log_tail, ::testing::StartsWith("late line 31\n"));
  EXPECT_THAT(result.failure->log_tail, ::testing::EndsWith("late line 50"));
}

TEST_F(ChildEvaluatorTest, ACommandMayEndAfterEachAnswer) {
  ChildEvaluator evaluator(options(1));
  std::vector<Candidate> candidates;
  for (std::uint64_t id = 0; id < 20; ++id) candidates.push_back(job(id, Misbehaviour::AnswerThenExit));
  for (const auto& [id, result] : evaluate_all(evaluator, candidates)) EXPECT_FALSE(result.failure) << id;
}

TEST_F(ChildEvaluatorTest, OrphansOfAGoodCandidateEndWithTheChild) {
  {
    ChildEvaluator evaluator(options(1));
    auto results = evaluate_all(evaluator, {job(1, Misbehaviour::OrphanThenAnswer)});
    EXPECT_FALSE(results[1].failure);
    EXPECT_TRUE(wait_for_processes(marker_, 3)) << "guard, child and orphan should be there still";
  }
  EXPECT_TRUE(processes_with(marker_).empty());
}

TEST_F(ChildEvaluatorTest, ACommandThatEndsAtOnceFailsItsCandidatesInsteadOfLooping) {
  ChildEvaluatorOptions chosen = options(1);
  chosen.slots[0].environment = {"MISBEHAVE=dies_at_once"};
  ChildEvaluator evaluator(std::move(chosen));
  auto results = evaluate_all(evaluator, {job(1, Misbehaviour::Answer)});
  ASSERT_TRUE(results[1].failure);
  EXPECT_EQ(results[1].failure->type, FailureType::Crashed);
  EXPECT_THAT(results[1].failure->message, HasSubstr("the command ends before it reads a job: exit code 1, 5 times"));
  EXPECT_THAT(results[1].failure->log_tail, HasSubstr("No module named 'torch'"));
}

TEST_F(ChildEvaluatorTest, AMissingCommandFailsItsCandidates) {
  ChildEvaluatorOptions chosen = options(1);
  chosen.rules.command = {"/no/such/program", marker_};
  ChildEvaluator evaluator(std::move(chosen));
  auto results = evaluate_all(evaluator, {job(1, Misbehaviour::Answer)});
  ASSERT_TRUE(results[1].failure);
  EXPECT_EQ(results[1].failure->type, FailureType::Crashed);
  EXPECT_THAT(results[1].failure->message, HasSubstr("exit code 127"));
  EXPECT_THAT(results[1].failure->log_tail, HasSubstr("cannot start '/no/such/program': No such file"));
}

TEST_F(ChildEvaluatorTest, AMissingGuardFailsItsCandidates) {
  ChildEvaluatorOptions chosen = options(1);
  chosen.rules.guard_program = "/no/such/guard";
  ChildEvaluator evaluator(std::move(chosen));
  auto results = evaluate_all(evaluator, {job(1, Misbehaviour::Answer)});
  ASSERT_TRUE(results[1].failure);
  EXPECT_THAT(results[1].failure->message, HasSubstr("cannot start /no/such/guard"));
}

TEST_F(ChildEvaluatorTest, AChildThatNeverReadsBlocksNobody) {
  ChildEvaluatorOptions chosen = options(2);
  chosen.slots[0].environment = {"MISBEHAVE=never_reads"};
  chosen.job_line = [](const Candidate& candidate) -> Result<std::string> {
    constexpr std::size_t kMoreThanASocketHolds = 4U << 20;
    return fmt::format(R"({{"id": {}, "seed": 5, "genotype": [0], "padding": "{}"}})", number(candidate.id),
                       std::string(kMoreThanASocketHolds, 'x'));
  };
  ChildEvaluator evaluator(std::move(chosen));
  evaluator.submit(job(1, Misbehaviour::Answer));  // the first free slot
  evaluator.submit(job(2, Misbehaviour::Answer));
  std::vector<Evaluation> results;
  while (results.empty()) results = evaluator.wait_some(1s);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].id, CandidateId{2});
  EXPECT_EQ(results[0].metrics, (Metrics{{"score", 5.0}}));
}

TEST_F(ChildEvaluatorTest, AnInvalidCandidateReachesNoChild) {
  ChildEvaluatorOptions chosen = options(1);
  chosen.job_line = [](const Candidate&) -> Result<std::string> { return Error{"no network"}; };
  ChildEvaluator evaluator(std::move(chosen));
  auto results = evaluate_all(evaluator, {job(1, Misbehaviour::Answer), job(2, Misbehaviour::Answer)});
  EXPECT_EQ(results[1].failure, (Failure{FailureType::Invalid, "no network", ""}));
}

TEST_F(ChildEvaluatorTest, AChildKilledWhileIdleIsReplacedQuietly) {
  ChildEvaluator evaluator(options(1));
  EXPECT_FALSE(evaluate_all(evaluator, {job(1, Misbehaviour::Answer)})[1].failure);
  for (const pid_t pid : processes_with(marker_)) kill(pid, SIGKILL);
  EXPECT_FALSE(evaluate_all(evaluator, {job(2, Misbehaviour::Answer)})[2].failure);
}

TEST_F(ChildEvaluatorTest, AKilledGuardTakesTheChildWithIt) {
  ChildEvaluator evaluator(options(1));
  evaluator.submit(job(1, Misbehaviour::Hang));
  ASSERT_TRUE(evaluator.wait_some(1ms).empty());
  ASSERT_TRUE(wait_for_processes(marker_, 2));
  const std::vector<pid_t> before = processes_with(marker_);
  // Killed before it had read its job, the candidate would rightly be given to the next child.
  std::string log;
  while (log.find("job 1") == std::string::npos) {
    std::stringstream text;
    text << std::ifstream(directory_ / "0.log").rdbuf();
    log = text.str();
  }
  for (const pid_t pid : guards_with(marker_)) kill(pid, SIGKILL);
  std::vector<Evaluation> results;
  while (results.empty()) results = evaluator.wait_some(1s);
  ASSERT_TRUE(results[0].failure);
  EXPECT_EQ(results[0].failure->type, FailureType::Crashed);
  EXPECT_THAT(results[0].failure->message, HasSubstr("SIGKILL"));
  EXPECT_FALSE(evaluate_all(evaluator, {job(2, Misbehaviour::Answer)})[2].failure);
  for (const pid_t pid : before) EXPECT_THAT(processes_with(marker_), Not(::testing::Contains(pid)));
}

/// What becomes of one candidate that is called back while its child works on it.
struct CalledBack {
  std::vector<Evaluation> results;
  std::vector<CandidateId> withdrawn;
};

CalledBack call_back(ChildEvaluator& evaluator, const std::filesystem::path& log) {
  const auto text_of_log = [&log] {
    std::stringstream text;
    text << std::ifstream(log).rdbuf();
    return text.str();
  };
  while (text_of_log().find("job 1\n") == std::string::npos) (void)evaluator.wait_some(1ms);
  evaluator.withdraw(CandidateId{1});
  evaluator.withdraw(CandidateId{1});  // a search that stops asks again and again
  CalledBack end;
  while (end.results.empty() && end.withdrawn.empty()) {
    end.results = evaluator.wait_some(1s);
    end.withdrawn = evaluator.take_withdrawn();
  }
  return end;
}

TEST_F(ChildEvaluatorTest, AChildThatLeavesItsCandidateAsAskedServesTheNext) {
  ChildEvaluatorOptions chosen = options(1);
  chosen.rules.interrupt_patience = 1h;
  ChildEvaluator evaluator(std::move(chosen));
  evaluator.submit(job(1, Misbehaviour::LeaveWhenAsked));
  EXPECT_TRUE(wait_for_processes(marker_, 2));
  const std::vector<pid_t> before = processes_with(marker_);
  const CalledBack end = call_back(evaluator, directory_ / "0.log");
  EXPECT_TRUE(end.results.empty());
  EXPECT_EQ(end.withdrawn, std::vector{CandidateId{1}});
  EXPECT_FALSE(evaluate_all(evaluator, {job(2, Misbehaviour::Answer)})[2].failure);
  EXPECT_EQ(processes_with(marker_), before) << "it was not killed";
}

TEST_F(ChildEvaluatorTest, AResultThatCrossesTheRequestCounts) {
  ChildEvaluatorOptions chosen = options(1);
  chosen.rules.interrupt_patience = 1h;
  ChildEvaluator evaluator(std::move(chosen));
  evaluator.submit(job(1, Misbehaviour::AnswerWhenAsked));
  const CalledBack end = call_back(evaluator, directory_ / "0.log");
  ASSERT_EQ(end.results.size(), 1U);
  EXPECT_EQ(end.results[0].metrics, (Metrics{{"score", 101.0}}));
  EXPECT_TRUE(end.withdrawn.empty());
}

TEST_F(ChildEvaluatorTest, ADeathOnTheWayOutIsNoFailure) {
  ChildEvaluatorOptions chosen = options(1);
  chosen.rules.interrupt_patience = 1h;
  ChildEvaluator evaluator(std::move(chosen));
  evaluator.submit(job(1, Misbehaviour::CrashWhenAsked));
  const CalledBack end = call_back(evaluator, directory_ / "0.log");
  EXPECT_TRUE(end.results.empty());
  EXPECT_EQ(end.withdrawn, std::vector{CandidateId{1}});
}

TEST_F(ChildEvaluatorTest, WhoDoesNotLeaveInTimeIsKilled) {
  ChildEvaluatorOptions chosen = options(1);
  chosen.rules.interrupt_patience = 50ms;
  ChildEvaluator evaluator(std::move(chosen));
  evaluator.submit(job(1, Misbehaviour::Hang));
  EXPECT_EQ(call_back(evaluator, directory_ / "0.log").withdrawn, std::vector{CandidateId{1}});
  EXPECT_FALSE(evaluate_all(evaluator, {job(2, Misbehaviour::Answer)})[2].failure);
}

TEST_F(ChildEvaluatorTest, ACommandThatKnowsNoRequestIsSentNone) {
  ChildEvaluator evaluator(options(1));
  evaluator.submit(job(1, Misbehaviour::AnswerWhenAsked));  // it would take the line for a job
  const CalledBack end = call_back(evaluator, directory_ / "0.log");
  EXPECT_TRUE(end.results.empty());
  EXPECT_EQ(end.withdrawn, std::vector{CandidateId{1}});
}

TEST_F(ChildEvaluatorTest, SlotsHaveTheirOwnEnvironmentAndNoneOfMpi) {
  setenv("OMPI_COMM_WORLD_RANK", "3", 1);
  setenv("PMIX_RANK", "3", 1);
  ChildEvaluatorOptions chosen = options(1);
  chosen.rules.command = {"/bin/sh", "-c",
                          "while read line; do echo \"{\\\"id\\\": 1, \\\"error\\\": "
                          "\\\"$CUDA_VISIBLE_DEVICES/$OMPI_COMM_WORLD_RANK/$PMIX_RANK\\\"}\"; done",
                          marker_};
  chosen.slots[0].environment = {"CUDA_VISIBLE_DEVICES=7"};
  ChildEvaluator evaluator(std::move(chosen));
  auto results = evaluate_all(evaluator, {job(1, Misbehaviour::Answer)});
  unsetenv("OMPI_COMM_WORLD_RANK");
  unsetenv("PMIX_RANK");
  ASSERT_TRUE(results[1].failure);
  EXPECT_EQ(results[1].failure->message, "7//");
}

TEST_F(ChildEvaluatorTest, ALogThatCannotBeWrittenIsSaidAtOnce) {
  ChildEvaluatorOptions chosen = options(1);
  chosen.slots[0].log_path = "/no/such/directory/0.log";
  EXPECT_THROW(ChildEvaluator{std::move(chosen)}, Exception);
}

TEST_F(ChildEvaluatorTest, Conformance) {
  ChildEvaluator evaluator(options(3));
  constexpr Misbehaviour kMixture[] = {
      Misbehaviour::Answer,         Misbehaviour::SegmentationFault, Misbehaviour::CurveThenAnswer,
      Misbehaviour::AnswerThenExit, Misbehaviour::ReportError,       Misbehaviour::OtherId,
      Misbehaviour::OrphanThenExit, Misbehaviour::TextMetric,        Misbehaviour::NotANumber,
  };
  std::vector<Candidate> candidates;
  for (std::uint64_t id = 0; id < 60; ++id) candidates.push_back(job(id, kMixture[id % std::size(kMixture)]));
  expect_conformance(evaluator, candidates);
}

}  // namespace
}  // namespace nas
