// The network graph as JSON: what crosses to a trainer or a user's command. Format in
// docs/formats.md.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "nas/network.h"

namespace nas {

inline constexpr int kNetworkFormat = 1;

/// {"format": 1, "nodes": [{"op", "name", "inputs", "shape", attributes...}], "output": index}, and
/// where there are exits {"exits": [{"name", "node", "role", "weight"}]}.
[[nodiscard]] nlohmann::json network_to_json(const Network& network);

/// Rebuilds and checks everything: unknown operations or keys, indices, shapes.
[[nodiscard]] Result<Network> network_from_json(const nlohmann::json& json);

}  // namespace nas
