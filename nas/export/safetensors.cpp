#include "nas/export/safetensors.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace nas {
namespace {

using nlohmann::json;

constexpr const char* kMetadata = "__metadata__";
constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kAlignment = 8;

/// Elements times bytes of one; empty where that is no size.
std::optional<std::size_t> size_of(const TensorEntry& tensor) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 62;
  std::uint64_t bytes = tensor_type_bytes(tensor.type);
  if (bytes == 0) return std::nullopt;
  for (const std::int64_t axis : tensor.shape) {
    if (axis < 0 || (axis > 0 && bytes > kMost / static_cast<std::uint64_t>(axis))) return std::nullopt;
    bytes *= static_cast<std::uint64_t>(axis);
  }
  return bytes;
}

/// Throws json::exception where the header is not as the format has it.
TensorFile read_header(const json& header) {
  TensorFile file;
  for (const auto& [name, value] : header.items()) {
    if (name == kMetadata) {
      file.metadata = value.get<std::map<std::string, std::string>>();
      continue;
    }
    const auto offsets = value.at("data_offsets").get<std::array<std::size_t, 2>>();
    file.tensors.push_back({name, value.at("dtype").get<std::string>(),
                            value.at("shape").get<std::vector<std::int64_t>>(), offsets[0], offsets[1]});
  }
  std::ranges::sort(file.tensors, {}, [](const TensorEntry& tensor) { return std::pair(tensor.begin, tensor.end); });
  return file;
}

bool fits(const TensorFile& file) {
  std::size_t offset = 0;
  for (const TensorEntry& tensor : file.tensors) {
    const auto size = size_of(tensor);
    if (!size || tensor.begin != offset || tensor.end < tensor.begin || tensor.end - tensor.begin != *size)
      return false;
    offset = tensor.end;
  }
  return offset == file.data.size();
}

}  // namespace

std::size_t tensor_type_bytes(std::string_view type) {
  constexpr std::pair<std::string_view, std::size_t> kTypes[] = {{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2},
                                                                 {"I64", 8}, {"I32", 4}, {"I16", 2}, {"I8", 1},
                                                                 {"U8", 1},  {"BOOL", 1}};
  for (const auto& [name, bytes] : kTypes) {
    if (name == type) return bytes;
  }
  return 0;
}

std::string safetensors_head(const std::vector<TensorEntry>& tensors,
                             const std::map<std::string, std::string>& metadata) {
  json header = json::object();
  for (const TensorEntry& tensor : tensors) {
    header[tensor.name] = {
        {"dtype", tensor.type}, {"shape", tensor.shape}, {"data_offsets", {tensor.begin, tensor.end}}};
  }
  if (!metadata.empty()) header[kMetadata] = metadata;
  std::string text = header.dump();
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');  // tensors can be mapped
  std::string head;
  for (std::size_t i = 0; i < kLengthBytes; ++i) head += static_cast<char>(text.size() >> (8 * i) & 0xff);
  return head + text;
}

std::optional<TensorFile> read_safetensors(std::string_view bytes) {
  std::uint64_t length = 0;
  if (bytes.size() < kLengthBytes) return std::nullopt;
  for (std::size_t i = kLengthBytes; i-- > 0;) length = length << 8 | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(kLengthBytes);
  if (length > bytes.size()) return std::nullopt;
  const std::string_view text = bytes.substr(0, bytes.substr(0, length).find_last_not_of(' ') + 1);
  const json header = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!header.is_object() || text.back() != '}') return std::nullopt;
  try {
    TensorFile file = read_header(header);
    file.data = bytes.substr(length);
    if (!fits(file)) return std::nullopt;
    return file;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace nas
