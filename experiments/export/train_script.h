// train.py: a short PyTorch script that trains exported source by the recipe of the search.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nas/network.h"
#include "nas/result.h"
#include "trainer/task.h"

namespace nas {

struct TrainRecipe {
  std::string title;  // one line
  TaskKind task = TaskKind::Classification;
  nlohmann::json data = nlohmann::json::object();      // resolved `data` of an experiment; empty: none is known
  nlohmann::json training = nlohmann::json::object();  // resolved, hyperparameters in it; what is missing has defaults
  std::int64_t classes = 0;                            // or labels
  std::int64_t held_out = 0;      // validation records; 0: a fifth of those there are, at most 5000
  bool has_preprocessing = true;  // preprocessing.json lies beside it
};

/// Settings of this recipe that the script does not have, such as "mixup=0.2"; those that are off
/// do not count.
[[nodiscard]] std::vector<std::string> left_out_of_script(const nlohmann::json& training);

/// Losses, scores and scaling are those of nas-trainer (trainer/tasks). Runs as it is: `python train.py`, or under
/// torchrun. Error: these data can't be read without preprocessing.json.
[[nodiscard]] Result<std::string> train_script(const TrainRecipe& recipe, const Network& network);

}  // namespace nas
