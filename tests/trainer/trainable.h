// That a network builds in torch and learns: shapes, counted parameters, gradients, one step.
#pragma once

#include <cstdint>

#include "nas/network.h"

namespace nas {

/// One step of plain SGD on two random examples and random targets for all outputs, auxiliary ones
/// included. Fails where torch and the graph disagree on a shape or a count, where something is
/// not finite, and where a learnt tensor gets no gradient or does not change as its gradient says.
/// REQUIRES: the output depends on the input.
void expect_trainable(const Network& network, std::uint64_t seed);

}  // namespace nas
