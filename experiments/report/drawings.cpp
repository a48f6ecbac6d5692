#include "experiments/report/drawings.h"

#include <fmt/format.h>

#include "nas/picture/picture.h"
#include "nas/picture/svg.h"

namespace nas {
namespace {

/// The bytes of one drawing.
std::size_t size_of(const ArchitectureDrawing& drawing) {
  std::size_t bytes = drawing.network.size();
  for (const auto& [name, svg] : drawing.cells) bytes += svg.size();
  return bytes;
}

ArchitectureDrawing draw(const SearchSpace& space, const DrawingRequest& request) {
  ArchitectureDrawing drawing;
  const auto network = space.decode(*request.genotype);
  if (!network) return drawing;
  if (const auto decoded = space.decode_cells(*request.genotype)) {
    for (const CellGraph& cell : decoded->cells) drawing.cells.emplace_back(cell.name, to_svg(picture_of(cell)));
  }
  if (request.parts == DrawingRequest::Parts::CellsAndNetwork || drawing.cells.empty()) {
    drawing.network = to_svg(picture_of(*network, fmt::format("candidate {}", number(request.id))));
  }
  return drawing;
}

}  // namespace

std::map<CandidateId, ArchitectureDrawing> draw_architectures(const SearchSpace& space,
                                                              std::span<const DrawingRequest> requests,
                                                              std::size_t most_bytes) {
  std::map<CandidateId, ArchitectureDrawing> drawings;
  std::size_t bytes = 0;
  for (const DrawingRequest& request : requests) {
    ArchitectureDrawing drawing = draw(space, request);
    if (size_of(drawing) == 0) continue;
    bytes += size_of(drawing);
    if (bytes > most_bytes) break;
    drawings.emplace(request.id, std::move(drawing));
  }
  return drawings;
}

}  // namespace nas
