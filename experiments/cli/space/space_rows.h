// The commands `nas space ...`, a row and a file each.
#pragma once

#include "experiments/cli/command.h"

namespace nas {

[[nodiscard]] Command space_list_row();
[[nodiscard]] Command space_new_row();
[[nodiscard]] Command space_validate_row();
[[nodiscard]] Command space_describe_row();
[[nodiscard]] Command space_count_row();
[[nodiscard]] Command space_sample_row();
[[nodiscard]] Command space_cost_row();
[[nodiscard]] Command space_draw_row();

}  // namespace nas
