// What a space may ask for at most: far more than any published one does, and little enough that
// every file is answered within a second.
#pragma once

#include <cstddef>
#include <cstdint>

#include "nas/limits_divisor.h"

namespace nas {

inline constexpr std::size_t kMaxRepetitions = 10'000;  // of one repeat, parts of one split
inline constexpr std::size_t kMaxNesting = 200;         // of bodies in bodies, through blocks and cells
inline constexpr std::size_t kMaxErrors = 50;           // that are shown
inline constexpr std::size_t kMaxParameters = 500;
inline constexpr std::size_t kMaxDefinitions = 5'000;  // blocks, or cells, or architectures
inline constexpr std::size_t kMaxConstraints = 100;
inline constexpr std::size_t kMaxOptions = 100'000 / kLimitsDivisor;       // of one choice
inline constexpr std::size_t kMaxAllOptions = 1'000'000 / kLimitsDivisor;  // of all genes
inline constexpr std::size_t kMaxGenes = 100'000 / kLimitsDivisor;
inline constexpr std::size_t kMaxSteps = 200'000 / kLimitsDivisor;  // that the largest network takes
inline constexpr std::size_t kMaxNodes = 100'000 / kLimitsDivisor;  // operations of a network
inline constexpr std::size_t kMaxNameBytes = (std::size_t{32} << 20) / kLimitsDivisor;  // of all operations
inline constexpr std::size_t kMaxAlternatives = 1'000;                                  // of the conditions of one gene
inline constexpr std::size_t kMaxWork = 100'000'000 / kLimitsDivisor;  // on conditions and tables of values

}  // namespace nas
