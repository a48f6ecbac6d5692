#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <numbers>

#include "experiments/config/duration.h"
#include "experiments/simulate/simulate.h"
#include "nas/rng.h"

namespace nas {
namespace {

Error wrong(std::string_view text) {
  return Error{fmt::format(
      "--seconds-per-candidate: '{}' is no law, write a time (30m), exponential:MEAN or lognormal:MEDIAN:SIGMA", text)};
}

/// Box and Muller, one of the two.
double standard_normal(Rng& rng) {
  const double radius = std::sqrt(-2 * std::log1p(-rng.uniform()));
  return radius * std::cos(2 * std::numbers::pi * rng.uniform());
}

}  // namespace

double DurationLaw::draw(std::uint64_t seed, std::uint64_t number) const {
  Rng rng(seed, number, Stream::Training);
  switch (kind) {
    case Kind::Fixed:
      return seconds;
    case Kind::Exponential:
      return -seconds * std::log1p(-rng.uniform());
    case Kind::Lognormal:
      return seconds * std::exp(sigma * standard_normal(rng));
  }
  return seconds;
}

Result<DurationLaw> parse_duration_law(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  DurationLaw law;
  if (name == "exponential") {
    law.kind = DurationLaw::Kind::Exponential;
  } else if (name == "lognormal") {
    law.kind = DurationLaw::Kind::Lognormal;
  }
  std::string_view rest = law.kind == DurationLaw::Kind::Fixed ? text : text.substr(std::min(colon, text.size()));
  if (law.kind != DurationLaw::Kind::Fixed && !rest.empty()) rest.remove_prefix(1);
  if (law.kind == DurationLaw::Kind::Lognormal) {
    const std::size_t last = rest.rfind(':');
    if (last == std::string_view::npos) return wrong(text);
    const std::string_view sigma = rest.substr(last + 1);
    const auto [end, error] = std::from_chars(sigma.data(), sigma.data() + sigma.size(), law.sigma);
    if (error != std::errc() || end != sigma.data() + sigma.size() || !(law.sigma >= 0 && law.sigma <= 10)) {
      return wrong(text);
    }
    rest = rest.substr(0, last);
  }
  const auto seconds = parse_duration(rest, "--seconds-per-candidate");
  if (!seconds) return wrong(text);
  law.seconds = *seconds;
  return law;
}

}  // namespace nas
