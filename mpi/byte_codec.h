// Writing and reading the primitive values of the wire format (docs/wire_format.md): little-endian,
// integers as LEB128 varints. Reading past the end or nonsense marks the reader as failed and
// yields zeros; it never throws and never allocates more than the input could describe.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nas {

class ByteWriter {
 public:
  void byte(std::uint8_t value) { bytes_.push_back(std::byte{value}); }
  void unsigned_integer(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  /// Zigzag, so that small negative numbers stay short.
  void signed_integer(std::int64_t value) {
    unsigned_integer((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void fixed64(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) byte(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  void real(double value) { fixed64(std::bit_cast<std::uint64_t>(value)); }
  void text(std::string_view value) {
    unsigned_integer(value.size());
    const auto* data = reinterpret_cast<const std::byte*>(value.data());
    bytes_.insert(bytes_.end(), data, data + value.size());
  }
  [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  /// All of it was read, and nothing failed.
  [[nodiscard]] bool complete() const { return ok_ && rest_.empty(); }
  void fail() {
    ok_ = false;
    rest_ = {};
  }

  std::uint8_t byte() {
    if (rest_.empty()) {
      fail();
      return 0;
    }
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_ = rest_.subspan(1);
    return value;
  }
  std::uint64_t unsigned_integer() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint64_t part = byte();
      // The tenth byte has room for one bit only.
      if (shift == 63 && part > 1) break;
      value |= (part & 0x7f) << shift;
      if (part < 0x80) return ok_ ? value : 0;
    }
    fail();
    return 0;
  }
  std::int64_t signed_integer() {
    const std::uint64_t value = unsigned_integer();
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  std::int32_t int32() {
    const std::int64_t value = signed_integer();
    if (value < INT32_MIN || value > INT32_MAX) {
      fail();
      return 0;
    }
    return static_cast<std::int32_t>(value);
  }
  std::uint32_t fixed32() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value |= static_cast<std::uint32_t>(byte()) << (8 * i);
    return ok_ ? value : 0;
  }
  std::uint64_t fixed64() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value |= static_cast<std::uint64_t>(byte()) << (8 * i);
    return ok_ ? value : 0;
  }
  double real() { return std::bit_cast<double>(fixed64()); }
  /// Number of elements that follow, each of at least `least_bytes` bytes.
  std::size_t count(std::size_t least_bytes) {
    const std::uint64_t value = unsigned_integer();
    if (value > rest_.size() / least_bytes) {
      fail();
      return 0;
    }
    return static_cast<std::size_t>(value);
  }
  std::string text() {
    const std::size_t size = count(1);
    std::string value(size, '\0');
    if (size > 0) std::memcpy(value.data(), rest_.data(), size);
    rest_ = rest_.subspan(size);
    return value;
  }

 private:
  std::span<const std::byte> rest_;
  bool ok_ = true;
};

}  // namespace nas
