// Whole numbers of any size, for people.
#pragma once

#include <gmpxx.h>

#include <optional>
#include <string>

namespace nas {

/// "15,625".
[[nodiscard]] std::string grouped_digits(const mpz_class& number);

/// In full up to 30 digits, "about 1.2e45" above; of nothing (try_count_genotypes) that it is not known.
[[nodiscard]] std::string count_text(const std::optional<mpz_class>& number);

/// In full; above 30 digits followed by " (about 1.2e45)"; of nothing as above.
[[nodiscard]] std::string exact_count_text(const std::optional<mpz_class>& number);

/// JSON text in which the member `"key": null` becomes this number, every digit of it (a JSON
/// number may have any length; the JSON library's may not); it stays null for nothing.
[[nodiscard]] std::string with_integer(std::string json, const std::string& key,
                                       const std::optional<mpz_class>& number);

}  // namespace nas
