#include "experiments/commands/count_text.h"

#include <gtest/gtest.h>

#include <string>

namespace nas {
namespace {

TEST(GroupedDigits, ByHand) {
  EXPECT_EQ(grouped_digits(0), "0");
  EXPECT_EQ(grouped_digits(999), "999");
  EXPECT_EQ(grouped_digits(1000), "1,000");
  EXPECT_EQ(grouped_digits(-123), "-123");
  EXPECT_EQ(grouped_digits(-1234567), "-1,234,567");
  EXPECT_EQ(grouped_digits(mpz_class("123456789012345678901")), "123,456,789,012,345,678,901");
}

TEST(CountText, APowerAboveThirtyDigits) {
  const std::string thirty(30, '9');
  EXPECT_EQ(count_text(mpz_class(thirty)), grouped_digits(mpz_class(thirty)));
  EXPECT_EQ(exact_count_text(mpz_class(thirty)), grouped_digits(mpz_class(thirty)));
  EXPECT_EQ(count_text(mpz_class("1" + std::string(30, '0'))), "about 1.0e30");
  EXPECT_EQ(count_text(mpz_class("124" + std::string(30, '9'))), "about 1.2e32");
  EXPECT_EQ(count_text(mpz_class("125" + std::string(30, '0'))), "about 1.3e32");
  EXPECT_EQ(count_text(mpz_class("996" + std::string(30, '0'))), "about 1.0e33") << "rounding carries";
  EXPECT_EQ(exact_count_text(mpz_class("1" + std::string(30, '0'))),
            "1,000,000,000,000,000,000,000,000,000,000 (about 1.0e30)");
}

TEST(WithInteger, EveryDigit) {
  EXPECT_EQ(with_integer(R"({"a": null, "b": null})", "b", mpz_class("123456789012345678901234567890")),
            R"({"a": null, "b": 123456789012345678901234567890})");
}

}  // namespace
}  // namespace nas
