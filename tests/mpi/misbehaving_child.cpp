// A child that does, job by job, what it is told: misbehaving_child MARKER. The marker is only
// there to be found in /proc. The variable MISBEHAVE chooses what it does before its first job.
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tests/mpi/misbehaviour.h"

namespace {

using nas::Misbehaviour;

[[noreturn]] void sleep_for_ever() {
  for (;;) pause();
}

void say(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

void answer(std::uint64_t id, double score, std::string_view more = "") {
  say(fmt::format(R"({{"id": {}, "metrics": {{"score": {}}}{}}})", id, score, more));
}

void report(std::uint64_t id, std::string_view failure) {
  say(fmt::format(R"({{"id": {}, "error": "it went wrong", "failure": "{}"}})", id, failure));
}

void leave_an_orphan() {
  if (fork() != 0) return;
  setsid();
  std::signal(SIGTERM, SIG_IGN);
  if (fork() != 0) _exit(0);
  sleep_for_ever();
}

void crash() {
  std::signal(SIGSEGV, SIG_DFL);
  raise(SIGSEGV);
}

void read_request(std::uint64_t id) {
  std::string line;
  std::getline(std::cin, line);
  const nlohmann::json wanted = {{"id", id}, {"interrupt", true}};
  if (nlohmann::json::parse(line) != wanted) _exit(4);
}

void write_huge_line() {
  const std::string block(1U << 16, 'x');
  for (;;) std::fputs(block.c_str(), stdout);
}

void misbehave(Misbehaviour how, std::uint64_t id, double score) {
  switch (how) {
    case Misbehaviour::Answer:
      return answer(id, score);
    case Misbehaviour::CurveThenAnswer:
    case Misbehaviour::CurveThenStop:
    case Misbehaviour::CurveThenCrash:
      say(fmt::format(R"({{"id": {}, "epoch": 0, "metrics": {{}}}})", id));
      for (int epoch = 1; epoch <= 3; ++epoch) {
        say(fmt::format(R"({{"id": {}, "epoch": {}, "metrics": {{"loss": {}}}}})", id, epoch, 1.0 / epoch));
      }
      if (how == Misbehaviour::CurveThenCrash) return crash();
      return answer(id, score, how == Misbehaviour::CurveThenStop ? R"(, "stopped": true)" : "");
    case Misbehaviour::SegmentationFault:
      return crash();
    case Misbehaviour::ExitThree:
      _exit(3);
    case Misbehaviour::Hang:
      sleep_for_ever();
    case Misbehaviour::StopItself:
      raise(SIGSTOP);
      return;
    case Misbehaviour::GarbageLine:
      say("loading \x01 data...");
      return answer(id, score);
    case Misbehaviour::OtherId:
      return answer(id + 1000, score);
    case Misbehaviour::OrphanThenHang:
      leave_an_orphan();
      sleep_for_ever();
    case Misbehaviour::OrphanThenAnswer:
      leave_an_orphan();
      return answer(id, score);
    case Misbehaviour::OrphanThenExit:
      leave_an_orphan();
      _exit(0);
    case Misbehaviour::CloseOutputAndHang:
      close(STDIN_FILENO);
      close(STDOUT_FILENO);
      sleep_for_ever();
    case Misbehaviour::HugeLine:
      return write_huge_line();
    case Misbehaviour::ReportError:
      return say(fmt::format(R"({{"id": {}, "error": "Traceback:\n  line 3\nValueError: no such layer"}})", id));
    case Misbehaviour::ReportDiverged:
      return report(id, "diverged");
    case Misbehaviour::ReportOutOfMemory:
      return report(id, "out_of_memory");
    case Misbehaviour::ReportInvalid:
      return report(id, "invalid");
    case Misbehaviour::TextMetric:
      return say(fmt::format(R"({{"id": {}, "metrics": {{"score": "good"}}}})", id));
    case Misbehaviour::NotANumber:
      return say(fmt::format(R"({{"id": {}, "metrics": {{"score": 1, "loss": NaN, "NaN": -Infinity}}}})", id));
    case Misbehaviour::AnswerThenExit:
      answer(id, score);
      _exit(0);
    case Misbehaviour::ManyErrorLines:
      for (int line = 1; line <= 50; ++line) std::fprintf(stderr, "late line %d\n", line);
      return crash();
    case Misbehaviour::BrokenJson:
      say(fmt::format(R"({{"id": {}, "metrics": )", id));
      sleep_for_ever();
    case Misbehaviour::LeaveWhenAsked:
      read_request(id);
      return say(fmt::format(R"({{"id": {}, "interrupted": true}})", id));
    case Misbehaviour::AnswerWhenAsked:
      read_request(id);
      return answer(id, score);
    case Misbehaviour::CrashWhenAsked:
      read_request(id);
      return crash();
    case Misbehaviour::Count:
      return;
  }
}

}  // namespace

int main() {
  const char* variable = std::getenv("MISBEHAVE");
  const std::string_view from_the_start = variable != nullptr ? variable : "";
  if (from_the_start == "never_reads") sleep_for_ever();
  if (from_the_start == "dies_at_once") {
    std::fputs("ModuleNotFoundError: No module named 'torch'\n", stderr);
    return 1;
  }
  std::fputs("child is up\n", stderr);
  for (std::string line; std::getline(std::cin, line);) {
    const nlohmann::json job = nlohmann::json::parse(line);
    const auto id = job["id"].get<std::uint64_t>();
    std::fprintf(stderr, "job %llu\n", static_cast<unsigned long long>(id));
    misbehave(static_cast<Misbehaviour>(job["genotype"][0].get<int>()), id, job["seed"].get<double>());
  }
  return 0;
}
