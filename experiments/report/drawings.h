// Pictures of the architectures in a report.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nas/candidate.h"
#include "nas/search_space.h"

namespace nas {

struct ArchitectureDrawing {
  std::vector<std::pair<std::string, std::string>> cells;  // name, SVG
  std::string network;                                     // SVG; empty: the cells say enough
};

struct DrawingRequest {
  CandidateId id{};
  const Genotype* genotype = nullptr;
  enum class Parts { CellsAndNetwork, CellsOrNetwork } parts = Parts::CellsAndNetwork;
};

/// In this order until `most_bytes` of SVG are there; a genotype that gives no network has none. CellsOrNetwork: the
/// network only where it has no cells. REQUIRES: genotypes
/// of the space, which has a network.
[[nodiscard]] std::map<CandidateId, ArchitectureDrawing> draw_architectures(const SearchSpace& space,
                                                                            std::span<const DrawingRequest> requests,
                                                                            std::size_t most_bytes);

}  // namespace nas
