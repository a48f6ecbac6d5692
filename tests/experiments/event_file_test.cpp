#include "experiments/tensorboard/event_file.h"

#include <gtest/gtest.h>

namespace nas {
namespace {

std::string ascending() {
  std::string bytes;
  for (char byte = 0; byte < 32; ++byte) bytes.push_back(byte);
  return bytes;
}

TEST(EventFile, ChecksumsAreThoseOfRfc3720) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43U);
  EXPECT_EQ(crc32c(ascending()), 0x46DD794EU);
}

/// Zero bytes included.
template <std::size_t Size>
std::string bytes_of(const char (&literal)[Size]) {
  return {literal, Size - 1};
}

TEST(EventFile, RecordsAreThoseThatTensorBoardWrites) {
  // RecordWriter and Event of TensorBoard 2.21.
  EXPECT_EQ(event_file_start(1.5), bytes_of("\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22"
                                            "\x09\0\0\0\0\0\0\xf8\x3f\x1a\x0d"
                                            "brain.Event:2"
                                            "\x2a\x28\x64\x6c"));
  EXPECT_EQ(scalars_event(1.5, 300, {{"val_loss", 0.25}}),
            bytes_of("\x1f\0\0\0\0\0\0\0\x51\x4b\x44\x18"
                     "\x09\0\0\0\0\0\0\xf8\x3f\x10\xac\x02\x2a\x11\x0a\x0f\x0a\x08"
                     "val_loss"
                     "\x15\0\0\x80\x3e"
                     "\x96\xb5\xc2\x2d"));
}

TEST(EventFile, OnlyWhatTheCurveLacksIsFinal) {
  EXPECT_EQ(final_scalars({{"a", 1}, {"b", 2}}, {{"a", 3}}), (Metrics{{"final/b", 2}}));
  EXPECT_EQ(final_scalars({{"a", 1}}, {}), (Metrics{{"final/a", 1}}));
}

}  // namespace
}  // namespace nas
