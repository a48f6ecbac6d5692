// make_store RUN running|finished: a small run directory for optuna_reads_store.py, which knows
// what is in it. `running` keeps the search open until standard input ends.
#include <cstdio>
#include <iostream>
#include <string>

#include "tests/experiments/store_fixture.h"

int main(int argc, char** argv) {
  using namespace nas::testing;
  if (argc != 3) {
    std::cerr << "usage: make_store RUN running|finished\n";
    return 2;
  }
  const bool finish = std::string(argv[2]) == "finished";
  OpenRun run = start_run(argv[1]);
  ask(run.store, {asked_trial(0, {0, 1, 1}), asked_trial(1, {1, 0, 0}), asked_trial(2, {0, 0, 0})});
  tell(run.store, {finished_trial(1, 0, 0.75, 200), failed_trial(0, 1, nas::FailureType::OutOfMemory)});
  if (finish) {
    nas::AskedTrial partial = asked_trial(3, {1, 1, 0}, 3);
    partial.candidate.full_budget = 9;
    ask(run.store, {partial});
    nas::FinishedTrial stopped = finished_trial(3, 3, 0.25, 50);
    stopped.evaluation.stopped = true;
    tell(run.store, {finished_trial(2, 2, 0.5, 100), stopped});
    run.store.end("evaluations used up");
    return 0;
  }
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    // Each line is a wish for the next result.
    tell(run.store, {finished_trial(2, 2, 0.5, 100)});
    std::cout << "told" << std::endl;
  }
  return 0;
}
