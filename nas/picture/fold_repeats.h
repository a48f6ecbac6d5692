// Finds consecutive parts of a sequence of boxes that are alike in what they do and in how they are
// wired, so that a picture shows one of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nas::detail {

/// One box as the search for repeats sees it.
struct FoldBox {
  std::size_t exact = 0;             // equal: alike in everything but place
  std::size_t loose = 0;             // equal: alike but for the shapes that it takes
  std::vector<std::int32_t> inputs;  // earlier boxes
  std::string path;                  // steps joined by '.': repeats begin and end where few are shared
};

/// Boxes [start, start + times * period) are `times` alike parts.
struct Repeat {
  std::size_t start = 0;
  std::size_t period = 0;
  std::size_t times = 0;
  bool exact = true;
  std::int32_t parent = -1;  // the repeat in whose last part it lies, an earlier one, -1: none

  [[nodiscard]] std::size_t end() const { return start + times * period; }
  [[nodiscard]] std::size_t last_part() const { return start + (times - 1) * period; }
  bool operator==(const Repeat&) const = default;
};

/// Outer repeats before those inside them. Parts are alike when each box does the same and reads
/// the same place of its own part or of parts before it, or one box before the repeat; the first
/// two parts may read what is before the repeat where later ones read a part before their own.
/// Each part reads the one before it. What follows reads the last part, and the one before that
/// only where the parts themselves read two parts back.
[[nodiscard]] std::vector<Repeat> find_repeats(const std::vector<FoldBox>& boxes);

}  // namespace nas::detail
