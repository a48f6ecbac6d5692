// What `nas predict` asks of `nas-trainer --predict`.
#pragma once

#include <iosfwd>

namespace nas {

/// Reads a PredictRequest as JSON to the end of `input` and writes the answers into its folder. On the
/// first GPU that is visible, else on the CPU, in float32. Returns the exit code: 0, or 1 with one
/// line in `errors`.
[[nodiscard]] int run_predict_job(std::istream& input, std::ostream& errors);

}  // namespace nas
