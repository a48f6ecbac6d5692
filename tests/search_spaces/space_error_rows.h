// What people get wrong in space files, and what they are told, by the letter.
#pragma once

#include <span>
#include <string_view>

namespace nas {

/// `construct` and `key` as in search_spaces/language.h (or what else the mistake is about; "": no
/// key). `error` is the whole answer to `text`, a line a mistake.
struct SpaceErrorRow {
  std::string_view construct;
  std::string_view key;
  std::string_view text;
  std::string_view error;
};

[[nodiscard]] std::span<const SpaceErrorRow> space_errors_top();
[[nodiscard]] std::span<const SpaceErrorRow> space_errors_steps();

}  // namespace nas
