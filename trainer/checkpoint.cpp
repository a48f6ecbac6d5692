#include "trainer/checkpoint.h"

#include <fmt/format.h>
#include <zlib.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "nas/check.h"
#include "nas/export/safetensors.h"
#include "trainer/tensor_entries.h"

namespace nas {
namespace {

using nlohmann::json;

std::string format_name() { return fmt::format("nas training checkpoint {}", kCheckpointFormat); }

std::string position_text(const TrainingPosition& position) {
  json curve = json::array();
  for (const CurvePoint& point : position.curve) curve.push_back({point.epoch, point.metrics});
  return json{{"epoch", position.epoch},
              {"steps", position.steps},
              {"next",
               {position.next.steps, position.next.records, position.next.last_records, position.next.loss_sum,
                position.next.last_loss_sum}},
              {"images", position.images},
              {"train_seconds", position.train_seconds},
              {"peak_memory_bytes", position.peak_memory_bytes},
              {"energy_joules", position.energy.net_joules},
              {"energy_gross_joules", position.energy.gross_joules},
              {"curve", curve}}
      .dump();
}

TrainingPosition position_from(const std::string& text) {
  const json object = json::parse(text);
  TrainingPosition position;
  object.at("epoch").get_to(position.epoch);
  object.at("steps").get_to(position.steps);
  const json& next = object.at("next");
  next.at(0).get_to(position.next.steps);
  next.at(1).get_to(position.next.records);
  next.at(2).get_to(position.next.last_records);
  next.at(3).get_to(position.next.loss_sum);
  next.at(4).get_to(position.next.last_loss_sum);
  object.at("images").get_to(position.images);
  object.at("train_seconds").get_to(position.train_seconds);
  object.at("peak_memory_bytes").get_to(position.peak_memory_bytes);
  object.at("energy_joules").get_to(position.energy.net_joules);
  object.at("energy_gross_joules").get_to(position.energy.gross_joules);
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

/// Throws json::exception and std::out_of_range where the metadata are not as we write them.
Result<TrainingPosition> restore(const TensorFile& file, std::span<const NamedTensor> tensors,
                                 const std::string& fingerprint, std::int64_t most_epochs) {
  const auto& metadata = file.metadata;
  if (metadata.at("format") != format_name()) return Error{"it is of another format or version"};
  const std::string& position = metadata.at("position");
  if (metadata.at("crc32") != checksum(position, file.data)) return Error{"it is damaged (its checksum is wrong)"};
  if (metadata.at("training") != fingerprint || file.tensors != tensor_entries(tensors)) {
    return Error{"it is of another training"};
  }
  TrainingPosition restored = position_from(position);
  const bool has_begun_next = restored.next.steps > 0;
  if (restored.epoch + (has_begun_next ? 1 : 0) > most_epochs) return Error{"it has more epochs than this training"};
  if (restored.epoch < (has_begun_next ? 0 : 1) || restored.curve.size() != static_cast<std::size_t>(restored.epoch)) {
    return Error{"it is damaged (epochs without metrics)"};
  }
  fill_tensors(tensors, file.data);
  return restored;
}

}  // namespace

std::string checkpoint_bytes(const TrainingPosition& position, std::span<const NamedTensor> tensors,
                             const std::string& fingerprint) {
  const std::string data = tensor_bytes(tensors);
  const std::string text = position_text(position);
  return safetensors_head(tensor_entries(tensors), {{"format", format_name()},
                                                    {"training", fingerprint},
                                                    {"position", text},
                                                    {"crc32", checksum(text, data)}}) +
         data;
}

Result<TrainingPosition> restore_checkpoint(std::string_view bytes, std::span<const NamedTensor> tensors,
                                            const std::string& fingerprint, std::int64_t most_epochs) {
  const std::optional<TensorFile> file = read_safetensors(bytes);
  if (!file) return Error{"it is damaged (no header, or one that does not fit what follows)"};
  try {
    return restore(*file, tensors, fingerprint, most_epochs);
  } catch (const std::out_of_range&) {
    return Error{"it is damaged (its header is not as this program writes it)"};
  } catch (const json::exception&) {
    return Error{"it is damaged (its header is not as this program writes it)"};
  }
}

}  // namespace nas
