// For unordered containers of genotypes. Not stored anywhere: it may change between versions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "nas/candidate.h"

namespace nas {

struct GenotypeHash {
  std::size_t operator()(const Genotype& genotype) const {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    for (const std::int32_t gene : genotype.genes) {
      hash = (hash ^ static_cast<std::uint32_t>(gene)) * 0x9E3779B97F4A7C15ULL;
      hash ^= hash >> 29;
    }
    return static_cast<std::size_t>(hash);
  }
};

}  // namespace nas
