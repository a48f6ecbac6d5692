// nas-trainer: trains the networks that its parent sends, one line a job.
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string_view>

#include "nas/check.h"
#include "trainer/cpu_memory.h"
#include "trainer/device.h"
#include "trainer/measure_preprocessing.h"
#include "trainer/model_job.h"
#include "trainer/predict_job.h"
#include "trainer/server.h"
#include "trainer/version.h"

namespace {

constexpr std::string_view kHelp =
    R"(nas-trainer: trains networks for `nas search`, which starts it; rarely started by hand.

usage: nas-trainer                  read jobs from standard input, answer on standard output
       nas-trainer --model          read one JSON object, write a network's weights or outputs to files
       nas-trainer --preprocessing  read which data, write what training does to them
       nas-trainer --predict        read one JSON object, run a trained network on files
       nas-trainer --version        what it is made of, as JSON
       nas-trainer --help           this text

A job is one line of JSON: {"id": 1, "seed": 1, "budget": 3, "network": {...}, "training": {...}, "data": {...}}.
It may name a folder to keep checkpoints in and one to go on from (docs/command_protocol.md).
Answers: {"id": 1, "epoch": 0, "metrics": {}} when training starts, the same with metrics after each epoch, then
{"id": 1, "metrics": {...}} or {"id": 1, "error": "...", "failure": "diverged|out_of_memory|invalid"}.
It ends at the end of its input, and with its parent. CUDA_VISIBLE_DEVICES= makes it train on the CPU.
)";

/// The answers' own descriptor; what any library prints to standard output goes to standard error.
int take_standard_output() {
  const int answers = dup(STDOUT_FILENO);
  if (answers < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    throw nas::Exception("standard output or standard error is closed, answers have nowhere to go");
  }
  return answers;
}

void write_all(int descriptor, std::string line) {
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = write(descriptor, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw nas::Exception("nobody reads the answers any more");
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

int serve_standard_streams() {
  // Dies with the thread that started it; SIGPIPE becomes an error of write.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGPIPE, SIG_IGN);
  // A limit on the size of files is then one more reason why a checkpoint can't be written.
  std::signal(SIGXFSZ, SIG_IGN);
  const int answers = take_standard_output();
  std::ios::sync_with_stdio(false);
  nas::count_cpu_memory();
  nas::LineReader input(STDIN_FILENO);
  return nas::serve(
      input, [answers](const std::string& line) { write_all(answers, line); }, nas::pick_device());
}

int run(int argc, char** argv) {
  if (argc == 1) return serve_standard_streams();
  const std::string_view argument = argv[1];
  if (argc == 2 && argument == "--version") {
    std::cout << nas::trainer_version().dump() << "\n";
    return 0;
  }
  if (argc == 2 && argument == "--model") return nas::run_model_job(std::cin, std::cerr);
  if (argc == 2 && argument == "--predict") return nas::run_predict_job(std::cin, std::cerr);
  if (argc == 2 && argument == "--preprocessing") {
    return nas::run_preprocessing_job(std::cin, std::cout, std::cerr);
  }
  if (argc == 2 && (argument == "--help" || argument == "-h")) {
    std::cout << kHelp;
    return 0;
  }
  std::cerr << "nas-trainer: unknown argument '" << argument << "', try --help\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "nas-trainer: " << error.what() << "\n";
    return 1;
  }
}
