// The text of an export's train.py, with @NAME@ in the places of what differs from network to network.
#pragma once

#include <string_view>

namespace nas::detail {

[[nodiscard]] std::string_view train_script_text();

}  // namespace nas::detail
