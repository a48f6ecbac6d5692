#include "experiments/tensorboard/event_file.h"

#include <array>
#include <bit>
#include <cstddef>

namespace nas {
namespace {

constexpr std::uint32_t kCastagnoli = 0x82F63B78;  // the polynomial, lowest bit first

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kCastagnoli : 0);
    table[byte] = crc;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kCrcTable = crc_table();

/// Little-endian.
template <class Unsigned>
void put_fixed(std::string& out, Unsigned value) {
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
}

// Protobuf's wire format: a field is its number and type, then its value.

enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>((value & 0x7F) | 0x80));
  out.push_back(static_cast<char>(value));
}

void put_tag(std::string& out, std::uint32_t field, WireType type) { put_varint(out, (field << 3) | type); }

void put_integer(std::string& out, std::uint32_t field, std::int64_t value) {
  put_tag(out, field, kVarint);
  put_varint(out, static_cast<std::uint64_t>(value));
}

void put_double(std::string& out, std::uint32_t field, double value) {
  put_tag(out, field, kFixed64);
  put_fixed(out, std::bit_cast<std::uint64_t>(value));
}

void put_float(std::string& out, std::uint32_t field, float value) {
  put_tag(out, field, kFixed32);
  put_fixed(out, std::bit_cast<std::uint32_t>(value));
}

/// A text, or a message.
void put_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
  put_tag(out, field, kBytes);
  put_varint(out, bytes.size());
  out.append(bytes);
}

// Numbers of fields, by message (tensorboard/compat/proto/*.proto, tensorboard/plugins/hparams/*.proto,
// google/protobuf/struct.proto).
namespace event {
constexpr std::uint32_t kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5;
}
namespace summary {
constexpr std::uint32_t kValue = 1, kTag = 1, kSimpleValue = 2, kTensor = 8, kMetadata = 9;
}
namespace metadata {
constexpr std::uint32_t kPluginData = 1, kPluginName = 1, kContent = 2;
}
namespace tensor {
constexpr std::uint32_t kType = 1, kShape = 2, kDimension = 2;
constexpr std::int64_t kFloat = 1;
}  // namespace tensor
namespace hparams {
constexpr std::uint32_t kSessionStart = 3, kSessionEnd = 4, kValues = 1, kStartTime = 5, kStatus = 1, kEndTime = 2;
}
namespace entry {
constexpr std::uint32_t kKey = 1, kValue = 2;
}
namespace value {
constexpr std::uint32_t kNumber = 2, kText = 3;
}

/// A record: length, checksum of it, content, checksum of it.
std::string record(std::string_view content) {
  const auto masked = [](std::string_view bytes) {
    constexpr std::uint32_t kMask = 0xA282EAD8;
    return std::rotr(crc32c(bytes), 15) + kMask;
  };
  std::string out;
  put_fixed(out, std::uint64_t{content.size()});
  put_fixed(out, masked(out));
  out.append(content);
  put_fixed(out, masked(content));
  return out;
}

std::string summary_record(double wall_time, std::int64_t step, std::string_view values) {
  std::string message;
  put_double(message, event::kWallTime, wall_time);
  put_integer(message, event::kStep, step);
  put_bytes(message, event::kSummary, values);
  return record(message);
}

/// A summary that is for a plugin alone: its tensor is empty.
std::string plugin_record(double wall_time, std::string_view tag, std::string_view plugin, std::string_view content) {
  std::string shape;
  put_bytes(shape, tensor::kDimension, {});
  std::string empty;
  put_integer(empty, tensor::kType, tensor::kFloat);
  put_bytes(empty, tensor::kShape, shape);
  std::string data;
  put_bytes(data, metadata::kPluginName, plugin);
  put_bytes(data, metadata::kContent, content);
  std::string about;
  put_bytes(about, metadata::kPluginData, data);
  std::string value;
  put_bytes(value, summary::kTag, tag);
  put_bytes(value, summary::kTensor, empty);
  put_bytes(value, summary::kMetadata, about);
  std::string values;
  put_bytes(values, summary::kValue, value);
  return summary_record(wall_time, 0, values);
}

std::string struct_value(const HyperparameterValue& given) {
  std::string out;
  if (const auto* const number = std::get_if<double>(&given)) {
    put_double(out, value::kNumber, *number);
  } else {
    put_bytes(out, value::kText, std::get<std::string>(given));
  }
  return out;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char byte : bytes) crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFF];
  return ~crc;
}

std::string event_file_start(double wall_time) {
  std::string message;
  put_double(message, event::kWallTime, wall_time);
  put_bytes(message, event::kFileVersion, "brain.Event:2");
  return record(message);
}

std::string scalars_event(double wall_time, std::int64_t step, const Metrics& scalars) {
  std::string values;
  for (const auto& [name, number] : scalars) {
    std::string value;
    put_bytes(value, summary::kTag, name);
    put_float(value, summary::kSimpleValue, static_cast<float>(number));
    put_bytes(values, summary::kValue, value);
  }
  return summary_record(wall_time, step, values);
}

Metrics final_scalars(const Metrics& result, const Metrics& last_point) {
  Metrics named;
  for (const auto& [name, value] : result) {
    if (!last_point.contains(name)) named["final/" + name] = value;
  }
  return named;
}

std::string hyperparameters_event(double wall_time, const std::map<std::string, HyperparameterValue>& values) {
  std::string session;
  for (const auto& [name, given] : values) {
    std::string pair;
    put_bytes(pair, entry::kKey, name);
    put_bytes(pair, entry::kValue, struct_value(given));
    put_bytes(session, hparams::kValues, pair);
  }
  put_double(session, hparams::kStartTime, wall_time);
  std::string content;
  put_bytes(content, hparams::kSessionStart, session);
  return plugin_record(wall_time, "_hparams_/session_start_info", "hparams", content);
}

std::string session_end_event(double wall_time, SessionStatus status) {
  std::string session;
  put_integer(session, hparams::kStatus, static_cast<std::int64_t>(status));
  put_double(session, hparams::kEndTime, wall_time);
  std::string content;
  put_bytes(content, hparams::kSessionEnd, session);
  return plugin_record(wall_time, "_hparams_/session_end_info", "hparams", content);
}

}  // namespace nas
