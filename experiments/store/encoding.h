// The text forms of values in study.db: Optuna's, which follow Python's json.dumps, and our own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nas/candidate.h"
#include "nas/search_space.h"

namespace nas::encoding {

/// `{"name": "CategoricalDistribution", "attributes": {"choices": [...]}}`: numbers where the
/// option is one, else strings.
[[nodiscard]] std::string distribution(const Gene& gene);

/// A JSON string, all of it ASCII; bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string python_string(std::string_view text);
/// As Python's json writes a float: also NaN, Infinity, -Infinity.
[[nodiscard]] std::string python_number(double value);
[[nodiscard]] std::string python_list(const std::vector<double>& values);
[[nodiscard]] std::string python_list(const std::vector<std::string>& texts);

/// "FINITE", "INF_POS", "INF_NEG", "NAN".
[[nodiscard]] const char* value_type(double value);

/// "YYYY-MM-DD HH:MM:SS.ffffff", local time; `unix_seconds` with fraction.
[[nodiscard]] std::string datetime(double unix_seconds);

// Our own: JSON that gives back every double to the last bit; not finite ones as the strings
// "nan", "inf", "-inf". Reading throws nas::Exception for text that is no such JSON.
[[nodiscard]] std::string metrics_text(const Metrics& metrics);
[[nodiscard]] Metrics metrics_from(const std::string& text);
[[nodiscard]] std::string values_text(const std::vector<double>& values);
[[nodiscard]] std::vector<double> values_from(const std::string& text);
[[nodiscard]] std::string parents_text(const std::vector<CandidateId>& parents);
[[nodiscard]] std::vector<CandidateId> parents_from(const std::string& text);
/// [[epoch, {metric: value}], ...]
[[nodiscard]] std::string curve_text(const std::vector<CurvePoint>& curve);
[[nodiscard]] std::vector<CurvePoint> curve_from(const std::string& text);

/// The genes as the store keeps them, for readers that have no space at hand: names, options and
/// conditions.
[[nodiscard]] std::string genes_text(const std::vector<Gene>& genes);
[[nodiscard]] std::vector<Gene> genes_from(const std::string& text);

}  // namespace nas::encoding
