#include "experiments/train/final_order.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ifaddrs.h>

#include <cstdlib>
#include <set>
#include <utility>

#include "experiments/search/coordinator.h"
#include "experiments/search/local_evaluator.h"
#include "experiments/search/stop_request.h"
#include "experiments/search/work_order.h"
#include "mpi/child_evaluator.h"
#include "mpi/farm_rules.h"
#include "mpi/handshake.h"
#include "mpi/node_facts.h"

namespace nas {
namespace {

using nlohmann::json;

TrainingCounts counts_of(const FinalOrder& order) {
  return {order.jobs.size(), static_cast<std::size_t>(order.processes)};
}

std::set<std::string> network_interfaces() {
  std::set<std::string> names;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return names;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) names.insert(entry->ifa_name);
  freeifaddrs(list);
  return names;
}

std::vector<ChildSlotOptions> trainer_slots(const FinalOrder& order, int rank) {
  // NCCL finds its way by itself on one node, and where somebody has told it.
  const bool between_nodes = order.interface != kLoopback && std::getenv("NCCL_SOCKET_IFNAME") == nullptr;
  std::vector<ChildSlotOptions> slots = child_slots(order.slots, order.threads, order.log_folder, rank);
  for (ChildSlotOptions& slot : slots) {
    if (between_nodes) slot.environment.push_back("NCCL_SOCKET_IFNAME=" + order.interface);
  }
  return slots;
}

}  // namespace

std::string encode(const FinalOrder& order) {
  json text = {{"jobs", order.jobs},
               {"rendezvous", order.rendezvous},
               {"data", order.data_words},
               {"processes", order.processes},
               {"sync_batch_norm", order.sync_batch_norm},
               {"interface", order.interface},
               {"logs", order.log_folder},
               {"threads", order.threads},
               {"seconds_of_silence", order.seconds_of_silence},
               {"devices", json::array()}};
  for (const PlannedSlot& slot : order.slots) text["devices"].push_back(slot.device);
  return text.dump();
}

Result<FinalOrder> decode_final_order(std::string_view text) {
  FinalOrder order;
  try {
    const json given = json::parse(text);
    order.jobs = given.at("jobs").get<std::vector<json>>();
    order.rendezvous = given.at("rendezvous").get<std::vector<std::string>>();
    order.data_words = given.at("data");
    order.processes = given.at("processes");
    order.sync_batch_norm = given.at("sync_batch_norm");
    order.interface = given.at("interface");
    order.log_folder = given.at("logs");
    order.threads = given.at("threads");
    order.seconds_of_silence = given.at("seconds_of_silence");
    for (const json& device : given.at("devices")) order.slots.push_back({device.get<std::string>()});
  } catch (const json::exception&) {
    return Error{"the coordinator's order can't be read, are all ranks the same version of nas?"};
  }
  return order;
}

std::string job_line(const FinalOrder& order, CandidateId id) {
  const TrainingPlace place = place_of(id, counts_of(order));
  json job = order.jobs.at(place.training);
  job["id"] = number(id);
  if (order.processes > 1) {
    job["parallel"] = {{"rank", place.rank},
                       {"size", order.processes},
                       {"store", fmt::format("{}-{}", order.rendezvous.at(place.training), place.attempt)},
                       {"interface", order.interface},
                       {"sync_batch_norm", order.sync_batch_norm}};
  }
  return job.dump();
}

Result<Unit> check_interface(const std::string& name) {
  const std::set<std::string> known = network_interfaces();
  if (known.empty() || known.contains(name)) return Unit{};
  return Error{
      fmt::format("network.interface: {} has no interface '{}' (processes that train one network talk over "
                  "it), it has {}",
                  host_name(), name, fmt::join(known, ", "))};
}

Result<std::unique_ptr<Evaluator>> make_trainers(const FinalOrder& order, int rank,
                                                 std::function<void(CandidateId, const CurvePoint&)> on_epoch) {
  const auto trainer = find_trainer();
  if (!trainer) return trainer.error();
  if (order.processes > 1) {
    if (const auto there = check_interface(order.interface); !there) return there.error();
  }
  ChildEvaluatorOptions options;
  options.rules.command = {*trainer};
  options.rules.other_lines = OtherLines::AreProtocolErrors;
  // Several processes wait for each other in the middle of a step.
  if (order.processes == 1) options.rules.interrupt_patience = kCheckpointPatience;
  options.rules.guard_program = own_executable();
  options.rules.on_epoch = std::move(on_epoch);
  options.slots = trainer_slots(order, rank);
  options.job_line = [order](const Candidate& candidate) { return Result<std::string>(job_line(order, candidate.id)); };
  return std::unique_ptr<Evaluator>(std::make_unique<ChildEvaluator>(std::move(options)));
}

namespace {

Result<Unit> check_data_of(const FinalOrder& order) {
  DataOptions data;
  const auto set = options_from_json(options(data), order.jobs.front().at("data"));
  return set ? check_data_here(data, order.data_words) : set;
}

Result<Departure> train_places(std::string_view text, Transport& transport, const RankFacts& own) {
  const auto order = decode_final_order(text);
  if (!order) return order.error();
  const FarmTiming timing = FarmTiming::of(order->seconds_of_silence, transport.size());
  if (order->slots.empty()) return run_worker(transport, nullptr, timing);
  if (const auto data = check_data_of(*order); !data) return data.error();
  const auto trainers = make_trainers(*order, own.rank, [&transport](CandidateId id, const CurvePoint& point) {
    send_message(transport, kCoordinatorRank, CurveMessage{id, point});
  });
  if (!trainers) return trainers.error();
  return run_worker(transport, trainers->get(), timing);
}

}  // namespace

Departure serve_training(Transport& transport, const RankFacts& own) {
  return serve_order(transport, own, [&](std::string_view text) { return train_places(text, transport, own); });
}

}  // namespace nas
