// train.py: a short PyTorch script that trains exported source by the recipe of the search.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "nas/network.h"

namespace nas {

struct TrainRecipe {
  std::string title;        // one line
  std::string data_set;     // "fashion_mnist"; empty: none is known
  std::string data_folder;  // where the search found it; may be empty
  Shape input;
  std::int64_t classes = 0;
};

/// Settings of this recipe that the script does not have, such as "mixup=0.2"; those that are off
/// do not count.
[[nodiscard]] std::vector<std::string> left_out_of_script(const nlohmann::json& training);

/// A classifier's. `training`: the resolved `training` of an experiment with the candidate's hyperparameters in it;
/// what is missing has the trainer's defaults. Runs as it is: `python train.py`, or under torchrun.
[[nodiscard]] std::string train_script(const TrainRecipe& recipe, const Network& network,
                                       const nlohmann::json& training);

}  // namespace nas
