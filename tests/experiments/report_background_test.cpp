#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "experiments/report/background_report.h"
#include "tests/experiments/store_fixture.h"

namespace nas {
namespace {

using testing::TemporaryDirectory;
using namespace std::chrono_literals;

/// A program that notes how it was called, in place of nas.
class BackgroundReportTest : public ::testing::Test {
 protected:
  void write_program(const std::string& more = "") {
    testing::write_text(program_, "#!/bin/sh\necho \"$@\" >> \"$2.calls\"\necho nobody reads this\n" + more + "\n");
    std::filesystem::permissions(program_, std::filesystem::perms::owner_all);
  }
  [[nodiscard]] std::string calls() const {
    std::ostringstream text;
    text << std::ifstream(run_.string() + ".calls").rdbuf();
    return text.str();
  }

  TemporaryDirectory directory_;
  std::filesystem::path program_ = directory_.path() / "program";
  std::filesystem::path run_ = directory_.path() / "run";
  BackgroundReport::Clock::time_point start_{};
};

TEST_F(BackgroundReportTest, TheLastOneIsWaitedFor) {
  write_program();
  BackgroundReport report(program_, run_, 60s, start_);
  ASSERT_TRUE(report.finish().ok());
  EXPECT_EQ(calls(), "report " + run_.string() + "\n");
}

TEST_F(BackgroundReportTest, IsWrittenOnceAPeriod) {
  write_program();
  BackgroundReport report(program_, run_, 60s, start_);
  report.update(start_ + 59s);
  EXPECT_EQ(calls(), "");
  report.update(start_ + 60s);
  report.update(start_ + 61s);
  ASSERT_TRUE(report.finish().ok());  // waits for the one at work, then writes its own
  const std::string call = "report " + run_.string() + "\n";
  EXPECT_EQ(calls(), call + call);
}

TEST_F(BackgroundReportTest, TwoAreNeverAtWork) {
  // The first one is at work until the file is there.
  write_program("while [ ! -e \"$2.go\" ]; do sleep 0.01; done");
  BackgroundReport report(program_, run_, 60s, start_);
  report.update(start_ + 60s);
  report.update(start_ + 600s);
  report.update(start_ + 6000s);
  testing::write_text(run_.string() + ".go", "");
  ASSERT_TRUE(report.finish().ok());
  const std::string call = "report " + run_.string() + "\n";
  EXPECT_EQ(calls(), call + call);
}

TEST_F(BackgroundReportTest, OneThatIsAtWorkEndsWithIt) {
  write_program("while true; do sleep 0.01; done");
  BackgroundReport report(program_, run_, 60s, start_);
  report.update(start_ + 60s);
  // Its destructor would not return if it waited for the program's own end.
}

TEST_F(BackgroundReportTest, WhatFailsIsSaidAtTheEnd) {
  write_program("exit 1");
  BackgroundReport failing(program_, run_, 60s, start_);
  failing.update(start_ + 60s);
  EXPECT_THAT(failing.finish().error().message, ::testing::HasSubstr(program_.string() + " report " + run_.string()));
  BackgroundReport missing(directory_.path() / "none", run_, 60s, start_);
  missing.update(start_ + 60s);
  EXPECT_FALSE(missing.finish().ok());
}

}  // namespace
}  // namespace nas
