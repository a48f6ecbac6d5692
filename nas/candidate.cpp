#include "nas/candidate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <utility>

#include "nas/check.h"

namespace nas {
namespace {

constexpr std::array<std::pair<FailureType, std::string_view>, 8> kFailureNames = {{
    {FailureType::Diverged, "diverged"},
    {FailureType::OutOfMemory, "out_of_memory"},
    {FailureType::Crashed, "crashed"},
    {FailureType::TimedOut, "timed_out"},
    {FailureType::WorkerLost, "worker_lost"},
    {FailureType::Invalid, "invalid"},
    {FailureType::Protocol, "protocol"},
    {FailureType::Reported, "reported"},
}};

}  // namespace

std::string_view to_string(FailureType type) {
  for (const auto& [value, name] : kFailureNames) {
    if (value == type) return name;
  }
  NAS_CHECK(false, "failure type without a name");
  return {};
}

std::optional<FailureType> failure_type_from(std::string_view text) {
  for (const auto& [value, name] : kFailureNames) {
    if (name == text) return value;
  }
  return std::nullopt;
}

bool is_above_bound(const std::vector<double>& stop_above, std::int32_t epoch, double value) {
  const auto index = static_cast<std::size_t>(epoch - 1);
  return index < stop_above.size() && value > stop_above[index];
}

std::string to_string(const Genotype& genotype) { return fmt::format("{}", fmt::join(genotype.genes, ",")); }

std::optional<Genotype> genotype_from(std::string_view text) {
  Genotype genotype;
  if (text.empty()) return genotype;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (;;) {
    std::int32_t gene = 0;
    const auto [rest, status] = std::from_chars(at, end, gene);
    if (status != std::errc{}) return std::nullopt;
    genotype.genes.push_back(gene);
    if (rest == end) return genotype;
    if (*rest != ',') return std::nullopt;
    at = rest + 1;
  }
}

}  // namespace nas
