// nas space list | new | validate | describe | count | sample | cost | draw

#include "experiments/cli/rows.h"
#include "experiments/cli/space/space_rows.h"

namespace nas {

std::vector<Command> space_commands() {
  return {space_list_row(),  space_new_row(),    space_validate_row(), space_describe_row(),
          space_count_row(), space_sample_row(), space_cost_row(),     space_draw_row()};
}

}  // namespace nas
