// Files of named tensors, as https://github.com/huggingface/safetensors describes them: 8 bytes,
// little-endian, with the length of a JSON header; the header; the tensors, row-major.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nas {

struct TensorEntry {
  std::string name;
  std::string type;  // "F32", "I64", ...
  std::vector<std::int64_t> shape;
  std::size_t begin = 0;  // of its bytes, counted from the end of the header
  std::size_t end = 0;
  bool operator==(const TensorEntry&) const = default;
};

struct TensorFile {
  std::map<std::string, std::string> metadata;
  std::vector<TensorEntry> tensors;  // by `begin`
  std::string_view data;             // all tensors' bytes

  [[nodiscard]] std::string_view bytes_of(const TensorEntry& entry) const {
    return data.substr(entry.begin, entry.end - entry.begin);
  }
};

/// Bytes of one element; 0 for a type that the format does not have.
[[nodiscard]] std::size_t tensor_type_bytes(std::string_view type);

/// The length and the header; what follows in the file are the tensors' bytes in the order of
/// `begin`. REQUIRES: names are unique, no tensor overlaps another, no gap.
[[nodiscard]] std::string safetensors_head(const std::vector<TensorEntry>& tensors,
                                           const std::map<std::string, std::string>& metadata);

/// Safe on any bytes, which the result points into. Empty where they are no such file: no header,
/// offsets that are not one after the other, sizes that do not follow from type and shape, bytes
/// that are missing or too many.
[[nodiscard]] std::optional<TensorFile> read_safetensors(std::string_view bytes);

}  // namespace nas
