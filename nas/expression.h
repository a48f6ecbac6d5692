// Arithmetic that people write: in spaces, objectives and limits. muParser behind a value type.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nas/result.h"

namespace nas {

/// A parsed expression over named variables. Operators `+ - * / ^ < <= > >= == != and or not ? :`
/// (as muParser: `-2^2` is -4; `and`, `or`, `not` also as && || !), functions `min max floor ceil
/// round abs sqrt log log2 log10 exp round_to(v, d) mod(a, b)`; names may hold dots
/// (`input.channels`). `round_to` is EfficientNet's rounding of widths (Tan and Le 2019,
/// reference code): floor(v + d/2) to a multiple of d, at least d, plus d if below 0.9 v.
/// Cheap to copy; `evaluate` is safe to call from several threads on separate copies only made by
/// `parse` (a parser keeps its variables inside), so treat one Expression as one thread's.
class Expression {
 public:
  /// Error: what muParser could not read, with the position.
  [[nodiscard]] static Result<Expression> parse(std::string_view text);

  [[nodiscard]] const std::string& text() const;
  /// Names that the expression reads, sorted, each once.
  [[nodiscard]] const std::vector<std::string>& variables() const;
  /// `values` in the order of variables(). Not finite where arithmetic says so (1/0).
  [[nodiscard]] double evaluate(std::span<const double> values) const;

 private:
  struct Parsed;
  std::shared_ptr<Parsed> parsed_;
};

}  // namespace nas
