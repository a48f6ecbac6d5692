// Rank 0 of a search: run directory, farm, store, the loop, and what it says at the end.
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/search/prepare.h"
#include "mpi/node_plan.h"
#include "mpi/transport.h"
#include "mpi/worker.h"
#include "nas/result.h"

namespace nas {

enum class RunStart { New, Resume };

struct SearchRequest {
  std::filesystem::path run;  // directory
  RunStart start = RunStart::New;
  std::string program;         // for people: how to call nas
  std::string resume_command;  // for people: how to go on
  double walltime = 0;         // seconds from the start after which the job ends; 0: no limit
};

enum class SearchEnd {
  Complete,
  Continue,  // stopped by a signal or the time limit: --resume goes on
};

/// The other ranks of a search under mpirun, as rank 0 sees them.
struct Ranks {
  Transport& transport;
  std::vector<RankFacts> facts;  // of all ranks, this one's first
  std::vector<int> lost = {};    // at the end
};

/// Runs or continues the search and prints the front. `ranks`: null for a search of one process;
/// the caller stops them. Error: the run directory is not usable, it belongs to another config, or
/// no worker can go on.
[[nodiscard]] Result<SearchEnd> coordinate(PreparedSearch search, const SearchRequest& request, Ranks* ranks,
                                           std::ostream& out);

/// Every rank but 0: facts up, an order down, then `work` until told to stop; its error is told to rank 0.
[[nodiscard]] Departure serve_order(Transport& transport, const RankFacts& own,
                                    const std::function<Result<Departure>(std::string_view)>& work);

/// serve_order of a search: evaluates candidates.
[[nodiscard]] Departure serve(Transport& transport, const RankFacts& own);

}  // namespace nas
