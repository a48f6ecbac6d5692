// Event files as TensorBoard reads them: records framed as TFRecord (lengths and masked CRC-32C), each a protobuf
// message `Event`. Written by hand, so that three small messages cost no library.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "nas/candidate.h"

namespace nas {

/// What an event file's name must contain for TensorBoard to read it.
inline constexpr const char* kEventFileName = "events.out.tfevents";

// One record each; a file is records behind one another, that of event_file_start first. Times are Unix times in
// seconds.

[[nodiscard]] std::string event_file_start(double wall_time);

/// A point of each of these scalars, by their names; TensorBoard keeps them as 32-bit numbers.
[[nodiscard]] std::string scalars_event(double wall_time, std::int64_t step, const Metrics& scalars);

/// Of a result's metrics those that its learning curve lacks, named `final/NAME`.
[[nodiscard]] Metrics final_scalars(const Metrics& result, const Metrics& last_point);

using HyperparameterValue = std::variant<double, std::string>;

/// A row of the HPARAMS view, which takes its metrics from the scalars of the same file.
[[nodiscard]] std::string hyperparameters_event(double wall_time,
                                                const std::map<std::string, HyperparameterValue>& values);

enum class SessionStatus { Success = 1, Failure = 2 };

/// How that row ended.
[[nodiscard]] std::string session_end_event(double wall_time, SessionStatus status);

/// CRC-32C (Castagnoli), as RFC 3720 has it.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

}  // namespace nas
