// The wire format of Protocol Buffers, as far as ONNX needs it: a message is a string to which
// fields are appended. (https://protobuf.dev/programming-guides/encoding/)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nas::detail {

class ProtobufMessage {
 public:
  void integer(int field, std::int64_t value);
  void number(int field, float value);
  void text(int field, std::string_view value);  // also bytes
  void message(int field, const ProtobufMessage& value) { text(field, value.bytes_); }
  /// Key and length of a field whose `bytes` are appended by the caller to what take() gives.
  void open(int field, std::uint64_t bytes);

  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
  void append(std::string_view raw) { bytes_ += raw; }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] std::string take() && { return std::move(bytes_); }

 private:
  void varint(std::uint64_t value);
  std::string bytes_;
};

}  // namespace nas::detail
