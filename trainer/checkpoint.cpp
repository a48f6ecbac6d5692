#include "trainer/checkpoint.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <zlib.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "nas/check.h"

namespace nas {
namespace {

using nlohmann::json;

constexpr const char* kMetadata = "__metadata__";
constexpr std::size_t kLengthBytes = 8;

std::string format_name() { return fmt::format("nas training checkpoint {}", kCheckpointFormat); }

const char* dtype_name(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return "F32";
    case at::kDouble:
      return "F64";
    case at::kHalf:
      return "F16";
    case at::kBFloat16:
      return "BF16";
    case at::kLong:
      return "I64";
    default:
      NAS_CHECK(false, "a checkpoint of a type of tensor that it has no name for");
      return "";
  }
}

/// What the header says of the tensors: row-major, one after the other.
json tensor_table(std::span<const NamedTensor> tensors) {
  json table = json::object();
  std::size_t offset = 0;
  for (const NamedTensor& named : tensors) {
    const std::size_t end = offset + named.tensor.nbytes();
    table[named.name] = {{"dtype", dtype_name(named.tensor.scalar_type())},
                         {"shape", named.tensor.sizes().vec()},
                         {"data_offsets", {offset, end}}};
    offset = end;
  }
  NAS_CHECK(table.size() == tensors.size(), "two tensors of a checkpoint have one name");
  return table;
}

std::string position_text(const TrainingPosition& position) {
  json curve = json::array();
  for (const CurvePoint& point : position.curve) curve.push_back({point.epoch, point.metrics});
  return json{{"epoch", position.epoch},
              {"steps", position.steps},
              {"images", position.images},
              {"train_seconds", position.train_seconds},
              {"peak_memory_bytes", position.peak_memory_bytes},
              {"curve", curve}}
      .dump();
}

TrainingPosition position_from(const std::string& text) {
  const json object = json::parse(text);
  TrainingPosition position;
  object.at("epoch").get_to(position.epoch);
  object.at("steps").get_to(position.steps);
  object.at("images").get_to(position.images);
  object.at("train_seconds").get_to(position.train_seconds);
  object.at("peak_memory_bytes").get_to(position.peak_memory_bytes);
  for (const json& point : object.at("curve")) {
    CurvePoint& last = position.curve.emplace_back();
    point.at(0).get_to(last.epoch);
    for (const auto& [name, value] : point.at(1).items()) last.metrics[name] = value.get<double>();
  }
  return position;
}

std::string checksum(const std::string& position, std::string_view data) {
  const auto crc_of = [](uLong crc, std::string_view text) {
    return crc32_z(crc, reinterpret_cast<const Bytef*>(text.data()), text.size());
  };
  return fmt::format("{:08x}", crc_of(crc_of(crc32_z(0, nullptr, 0), position), data));
}

std::string data_of(std::span<const NamedTensor> tensors) {
  std::string data;
  for (const NamedTensor& named : tensors) {
    const at::Tensor values = named.tensor.detach().to(at::kCPU).contiguous();
    data.append(static_cast<const char*>(values.const_data_ptr()), values.nbytes());
  }
  return data;
}

/// REQUIRES: `data` is as long as the tensors are together.
void fill(std::span<const NamedTensor> tensors, std::string_view data) {
  const at::NoGradGuard no_grad;
  for (const NamedTensor& named : tensors) {
    const at::Tensor values = at::empty(named.tensor.sizes(), named.tensor.options().device(at::kCPU));
    std::memcpy(values.mutable_data_ptr(), data.data(), values.nbytes());
    data.remove_prefix(values.nbytes());
    named.tensor.copy_(values);
  }
}

struct File {
  json header;
  std::string_view data;
};

std::optional<File> split(std::string_view bytes) {
  std::uint64_t length = 0;
  if (bytes.size() < kLengthBytes) return std::nullopt;
  for (std::size_t i = kLengthBytes; i-- > 0;) length = length << 8 | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(kLengthBytes);
  if (length > bytes.size()) return std::nullopt;
  File file{json::parse(bytes.substr(0, length), nullptr, /*allow_exceptions=*/false), bytes.substr(length)};
  if (!file.header.is_object() || !file.header.contains(kMetadata)) return std::nullopt;
  return file;
}

/// Throws json::exception where the header is not as we write it.
Result<TrainingPosition> restore(const File& file, std::span<const NamedTensor> tensors, const std::string& fingerprint,
                                 std::int64_t most_epochs) {
  const json& metadata = file.header.at(kMetadata);
  if (metadata.at("format") != format_name()) return Error{"it is of another format or version"};
  const std::string position = metadata.at("position").get<std::string>();
  if (metadata.at("crc32") != checksum(position, file.data)) return Error{"it is damaged (its checksum is wrong)"};
  json table = file.header;
  table.erase(kMetadata);
  if (metadata.at("training") != fingerprint || table != tensor_table(tensors)) {
    return Error{"it is of another training"};
  }
  std::size_t expected = 0;
  for (const NamedTensor& named : tensors) expected += named.tensor.nbytes();
  if (file.data.size() != expected) return Error{"it is damaged (cut off)"};
  TrainingPosition restored = position_from(position);
  if (restored.epoch > most_epochs) return Error{"it has more epochs than this training"};
  if (restored.epoch < 1 || restored.curve.size() != static_cast<std::size_t>(restored.epoch)) {
    return Error{"it is damaged (epochs without metrics)"};
  }
  fill(tensors, file.data);
  return restored;
}

}  // namespace

std::string checkpoint_bytes(const TrainingPosition& position, std::span<const NamedTensor> tensors,
                             const std::string& fingerprint) {
  const std::string data = data_of(tensors);
  const std::string text = position_text(position);
  json header = tensor_table(tensors);
  header[kMetadata] = {
      {"format", format_name()}, {"training", fingerprint}, {"position", text}, {"crc32", checksum(text, data)}};
  const std::string head = header.dump();
  std::string bytes;
  for (std::size_t i = 0; i < kLengthBytes; ++i) bytes += static_cast<char>(head.size() >> (8 * i) & 0xff);
  return bytes + head + data;
}

Result<TrainingPosition> restore_checkpoint(std::string_view bytes, std::span<const NamedTensor> tensors,
                                            const std::string& fingerprint, std::int64_t most_epochs) {
  const std::optional<File> file = split(bytes);
  if (!file) return Error{"it is damaged (no header)"};
  try {
    return restore(*file, tensors, fingerprint, most_epochs);
  } catch (const json::exception&) {
    return Error{"it is damaged (its header is not as this program writes it)"};
  }
}

}  // namespace nas
