// A ChildEvaluator over misbehaving_child.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "mpi/child_evaluator.h"
#include "tests/mpi/misbehaviour.h"
#include "tests/mpi/processes.h"

namespace nas {

inline Candidate job(std::uint64_t id, Misbehaviour how) {
  return {CandidateId{id}, {{static_cast<std::int32_t>(how)}}, 1, 100 + id, {}, "sample"};
}

inline Result<std::string> plain_job_line(const Candidate& candidate) {
  return fmt::format(R"({{"id": {}, "seed": {}, "genotype": [{}]}})", number(candidate.id), candidate.seed,
                     to_string(candidate.genotype));
}

class ChildFixture : public ::testing::Test {
 protected:
  ChildFixture() : marker_(unique_marker()), directory_(std::filesystem::temp_directory_path() / marker_) {
    std::filesystem::create_directories(directory_);
  }
  ~ChildFixture() override { std::filesystem::remove_all(directory_); }

  /// Whatever happened, nothing may be left once the evaluator is gone.
  void TearDown() override { EXPECT_TRUE(processes_with(marker_).empty()) << "processes survived"; }

  ChildEvaluatorOptions options(std::size_t slots, double seconds_per_candidate = 0) {
    ChildEvaluatorOptions chosen;
    chosen.rules.command = {NAS_MISBEHAVING_CHILD, marker_};
    chosen.rules.guard_program = NAS_GUARD_TOOL;
    chosen.rules.seconds_per_candidate = seconds_per_candidate;
    for (std::size_t i = 0; i < slots; ++i) {
      chosen.slots.push_back({{}, (directory_ / fmt::format("{}.log", i)).string(), fmt::format("here:0.{}", i)});
    }
    chosen.job_line = plain_job_line;
    return chosen;
  }

  std::string marker_;
  std::filesystem::path directory_;
};

}  // namespace nas
