// Asynchronous successive halving: many candidates train for a few epochs, the best of them go on.
#pragma once

#include <cstdint>
#include <string>

#include "nas/search_algorithm.h"

namespace nas {

/// Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht and Talwalkar 2020, A system for
/// massively parallel hyperparameter tuning, algorithm 2 (the promotion type), with rungs counted
/// from the top: the search's budget, and eta times fewer epochs each (rounded) down to
/// `min_epochs`. New candidates come from another algorithm, which hears each of its candidates
/// once, with the result of the lowest rung. Where that algorithm only repeats itself, the best
/// candidate that was left behind goes on. Several objectives: nas/algorithms/rung.h. Asynchronous.
/// Failed and stopped candidates count as the worst of their rung. A starting point is trained in full
/// at once.
struct AshaConfig final : AlgorithmConfig {
  static constexpr std::int64_t kAutoEpochs = 0;

  std::int64_t min_epochs = kAutoEpochs;  // a 27th of the search's budget, at least 1
  std::int64_t eta = 3;
  std::string proposals = "surrogate";
  bool stop = true;

  [[nodiscard]] Options options() override;
  [[nodiscard]] Result<std::unique_ptr<SearchAlgorithm>> make(const SearchProblem& problem) const override;
};

/// Epochs of each rung, rising; the last is `budget`. REQUIRES: all >= 1, eta >= 2.
[[nodiscard]] std::vector<std::int32_t> rung_epochs(std::int32_t budget, std::int32_t min_epochs, std::int32_t eta);

}  // namespace nas
