#include "experiments/search/work_order.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "experiments/config/data_record.h"
#include "experiments/config/diagnostics.h"
#include "experiments/config/read_experiment.h"

namespace nas {
std::string encode(const WorkOrder& order) {
  nlohmann::json json = {{"config", yaml_text(resolved_json(order.config))},
                         {"space_name", order.space_name},
                         {"space", order.space_text},
                         {"logs", order.log_folder},
                         {"checkpoints", order.checkpoint_folder},
                         {"threads", order.threads},
                         {"devices", nlohmann::json::array()}};
  for (const PlannedSlot& slot : order.slots) json["devices"].push_back(slot.device);
  if (order.data) json["data"] = data_record(*order.data);
  return json.dump();
}

Result<WorkOrder> decode_work_order(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const Error foreign{"the coordinator's work order can't be read, are all ranks the same version of nas?"};
  if (!json.is_object() || !json.contains("config")) return foreign;
  auto tree = parse_yaml(json.at("config").get<std::string>(), "config");
  if (!tree) return tree.error();
  Diagnostics diagnostics;
  WorkOrder order;
  order.config = read_experiment(*tree, "/", diagnostics);
  if (!diagnostics.empty()) return diagnostics.error();
  order.space_name = json.at("space_name");
  order.space_text = json.at("space");
  order.log_folder = json.at("logs");
  order.checkpoint_folder = json.at("checkpoints");
  order.threads = json.at("threads");
  for (const auto& device : json.at("devices")) order.slots.push_back({device.get<std::string>()});
  if (json.contains("data")) {
    order.data = data_of_record(json.at("data").get<std::string>());
    if (!order.data) return foreign;
  }
  return order;
}

std::string data_in_words(const DataDescription& data) {
  return fmt::format("{} of {} records, shape {}, {} outputs", data.train + data.validation, data.available,
                     to_string(data.input), data.output.channels);
}

Result<Unit> check_data_here(const DataOptions& data, const std::string& words_of_rank_0) {
  const Result<DataDescription> here = describe_data(data);
  if (!here) return here.error();
  if (data_in_words(*here) == words_of_rank_0) return Unit{};
  return Error{fmt::format("data: other data than rank 0 has ({} here, {} there), give all hosts the same files",
                           data_in_words(*here), words_of_rank_0)};
}

Result<Unit> check_data_here(const WorkOrder& order) {
  return order.data ? check_data_here(order.config.data, data_in_words(*order.data)) : Unit{};
}

Result<std::unique_ptr<TextSpace>> make_space(const WorkOrder& order, const std::map<std::string, Place>& places) {
  auto tree = parse_yaml(order.space_text, order.space_name);
  if (!tree) return tree.error();
  SpaceOverrides overrides;
  for (const auto& [name, value] : order.config.parameters) {
    const auto place = places.find(name);
    overrides.parameters.push_back({name, value, place == places.end() ? Place{} : place->second});
  }
  if (order.data) {
    overrides.input = order.data->input;
    overrides.classes = static_cast<double>(order.data->output.channels);
  }
  return TextSpace::make(*tree, overrides);
}

}  // namespace nas
