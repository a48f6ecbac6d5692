#include "experiments/commands/count_text.h"

#include <fmt/format.h>

#include "nas/check.h"

namespace nas {
namespace {

constexpr std::size_t kDigitsInFull = 30;
constexpr const char* kUnknown = "not known (the genes' conditions are too entangled to be counted)";

std::size_t digit_count(const mpz_class& number) { return mpz_class(abs(number)).get_str().size(); }

/// REQUIRES: three digits or more, positive.
std::string power_text(const mpz_class& number) {
  const std::string digits = number.get_str();
  std::size_t exponent = digits.size() - 1;
  int tenths = (std::stoi(digits.substr(0, 3)) + 5) / 10;
  if (tenths == 100) {
    tenths = 10;
    ++exponent;
  }
  return fmt::format("about {}.{}e{}", tenths / 10, tenths % 10, exponent);
}

}  // namespace

std::string grouped_digits(const mpz_class& number) {
  std::string digits = number.get_str();
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string count_text(const std::optional<mpz_class>& number) {
  if (!number) return kUnknown;
  return digit_count(*number) > kDigitsInFull ? power_text(*number) : grouped_digits(*number);
}

std::string exact_count_text(const std::optional<mpz_class>& number) {
  if (!number) return kUnknown;
  const std::string digits = grouped_digits(*number);
  return digit_count(*number) > kDigitsInFull ? fmt::format("{} ({})", digits, power_text(*number)) : digits;
}

std::string with_integer(std::string json, const std::string& key, const std::optional<mpz_class>& number) {
  const std::string member = fmt::format("\"{}\": ", key);
  const std::size_t at = json.find(member + "null");
  NAS_CHECK(at != std::string::npos, "the JSON has no such member");
  return number ? json.replace(at + member.size(), 4, number->get_str()) : json;
}

}  // namespace nas
