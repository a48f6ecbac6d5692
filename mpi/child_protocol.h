// What a line from a child means (docs/command_protocol.md). Pure functions of the line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nas/candidate.h"

namespace nas {

struct ChildMessage {
  enum class Kind {
    Text,         // no JSON object: something that a program printed
    Started,      // epoch 0: training has begun
    Progress,     // `point`
    Answer,       // `metrics`
    Failed,       // `failure`, as the child reported it
    Interrupted,  // as it was asked: no result, a checkpoint
    Malformed,    // `failure` of type Protocol
  };
  Kind kind = Kind::Text;
  CurvePoint point;
  Metrics metrics;
  bool stopped = false;  // Answer: before its budget, as its job asked for
  Failure failure;
};

/// `expected`: the candidate that the child works on, none if it is idle. Metrics that are null or
/// not finite (also Python's NaN and Infinity, which are no JSON) are left out.
[[nodiscard]] ChildMessage parse_child_line(std::string_view line, std::optional<CandidateId> expected);

/// Asks a child that knows it to keep a checkpoint of this candidate and leave it; without a newline.
[[nodiscard]] std::string interrupt_line(CandidateId id);

/// "exit code 3" or "SIGSEGV (segmentation fault)" for a wait status.
[[nodiscard]] std::string describe_end(int wait_status);

/// The last `lines` lines of a text, without a trailing newline.
[[nodiscard]] std::string last_lines(std::string_view text, std::size_t lines);

/// At most `max_bytes` of the first line of `text`, with control characters made visible: fit to be
/// quoted in a message.
[[nodiscard]] std::string quotable(std::string_view text, std::size_t max_bytes = 80);

/// The same text with every byte that is no UTF-8 replaced by U+FFFD: fit for JSON and the store.
[[nodiscard]] std::string valid_utf8(const std::string& text);

}  // namespace nas
