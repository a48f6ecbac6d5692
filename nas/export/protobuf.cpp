#include "nas/export/protobuf.h"

#include <bit>

namespace nas::detail {
namespace {

constexpr std::uint64_t kVarint = 0;
constexpr std::uint64_t kLengthDelimited = 2;
constexpr std::uint64_t kFixed32 = 5;

std::uint64_t key(int field, std::uint64_t wire_type) { return static_cast<std::uint64_t>(field) << 3 | wire_type; }

}  // namespace

void ProtobufMessage::varint(std::uint64_t value) {
  while (value >= 0x80) {
    bytes_ += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  bytes_ += static_cast<char>(value);
}

void ProtobufMessage::integer(int field, std::int64_t value) {
  varint(key(field, kVarint));
  varint(static_cast<std::uint64_t>(value));
}

void ProtobufMessage::number(int field, float value) {
  varint(key(field, kFixed32));
  const auto bits = std::bit_cast<std::uint32_t>(value);
  for (int shift = 0; shift < 32; shift += 8) bytes_ += static_cast<char>(bits >> shift & 0xff);
}

void ProtobufMessage::open(int field, std::uint64_t bytes) {
  varint(key(field, kLengthDelimited));
  varint(bytes);
}

void ProtobufMessage::text(int field, std::string_view value) {
  open(field, value.size());
  bytes_ += value;
}

}  // namespace nas::detail
