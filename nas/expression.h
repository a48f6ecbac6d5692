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
/// (as muParser: `-2^2` is -4; `and`, `or` also as && ||; `not` binds weaker than a comparison, as
/// in Python, `!` stronger, as in C), functions `min max floor ceil round abs sqrt log log2 log10
/// exp round_to(v, d) mod(a, b)`; names may hold dots (`input.channels`). `log` is the natural
/// one, `round` takes halves away from 0, `mod` has the sign of b. `round_to` is EfficientNet's
/// rounding of widths (Tan and Le 2019, reference code): floor(v + d/2) to a multiple of d, at
/// least d, plus d if below 0.9 v.
/// Cheap to copy; copies share one parser. Safe to use from several threads, which take turns.
class Expression {
 public:
  /// Error: what cannot be read, with the position.
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

/// Of muParser.
[[nodiscard]] std::string expression_library_version();

}  // namespace nas
