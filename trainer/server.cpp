#include "trainer/server.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "trainer/cross_validation.h"
#include "trainer/device.h"
#include "trainer/energy_source.h"
#include "trainer/job.h"
#include "trainer/measure_preprocessing.h"
#include "trainer/train.h"

namespace nas {

namespace {

using nlohmann::json;

/// The first line of what torch says; the rest is its stack trace.
std::string first_line(const std::exception& error) {
  const auto* const from_torch = dynamic_cast<const c10::Error*>(&error);
  const std::string text = from_torch != nullptr ? from_torch->what_without_backtrace() : error.what();
  return text.substr(0, text.find('\n'));
}

/// Jobs, and what is asked of the one at hand.
class JobLines {
 public:
  explicit JobLines(LineReader& input) : input_(input) {}

  std::optional<std::string> next() {
    if (waiting_) return std::exchange(waiting_, std::nullopt);
    return input_.next();
  }

  /// Another job may have been sent already: it waits, and what is sent after it with it.
  bool asks_to_interrupt(const json& id) {
    if (waiting_) return false;
    std::optional<std::string> text = input_.next_if_there();
    if (!text) return false;
    if (interrupted_job(json::parse(*text, nullptr, /*allow_exceptions=*/false)) == id) return true;
    waiting_ = std::move(text);
    return false;
  }

 private:
  LineReader& input_;
  std::optional<std::string> waiting_;
};

class Server {
 public:
  Server(JobLines& lines, const WriteLine& write_line, c10::Device device)
      : lines_(lines), write_line_(write_line), device_(device) {}

  /// False where the process must be replaced.
  bool answer(const json& line) {
    const json& id = line.at("id");
    try {
      run(id, line);
      return true;
    } catch (const std::exception& error) {
      write_line_(error_line(id, first_line(error), std::nullopt));
      // After an error of CUDA every later call may fail, and it may show as any exception.
      return device_.is_cpu();
    }
  }

 private:
  void run(const json& id, const json& line) {
    const Result<Job> job = job_from_json(line);
    if (!job) return write_line_(error_line(id, job.error().message, FailureType::Invalid));
    if (const Result<Unit> loaded = load(job->data); !loaded) {
      return write_line_(error_line(id, loaded.error().message, FailureType::Invalid));
    }
    // Each fold has means of its own; an export measures those of one training part then.
    if (folds_.size() == 1 && !job->preprocessing.empty()) {
      keep_preprocessing(folds_.front(), job->data, job->preprocessing);
    }
    TrainingJob training = job->training;
    if (const auto settled = settle_energy(training); !settled) {
      return write_line_(error_line(id, settled.error().message, FailureType::Invalid));
    }
    TrainingEvents events{
        .on_epoch = [&](std::int32_t epoch, const Metrics& metrics) { write_line_(epoch_line(id, epoch, metrics)); },
        .on_note = [&](const std::string& note) { fmt::print(stderr, "candidate {}: {}\n", id.dump(), note); }};
    if (!job->end.is_empty()) {
      events.on_trained = [&](const TorchNetwork& network) { return conclude(*job, network); };
    }
    if (job->training.parallel.place.size == 1) {
      events.is_interrupted = [&] { return lines_.asks_to_interrupt(id); };
    }
    const TrainingOutcome outcome = folds_.size() == 1 ? train(training, folds_.front(), device_, events)
                                                       : cross_validate(training, folds_, device_, events);
    if (std::holds_alternative<Interrupted>(outcome)) return write_line_(interrupted_line(id));
    if (const auto* const failure = std::get_if<Failure>(&outcome)) {
      return write_line_(error_line(id, failure->message, failure->type));
    }
    write_line_(result_line(id, std::get<TrainingResult>(outcome), training.training.energy.source));
  }

  /// Which source it is, and the meter of what counts; idle power is measured before the first training.
  Result<Unit> settle_energy(TrainingJob& training) {
    std::string& source = training.training.energy.source;
    const std::string gpu = device_.is_cpu() ? std::string() : cuda_bus_id();
    if (source == "auto") source = meter_ ? meter_source_ : best_energy_source(gpu, energy_places());
    // The processor's counters have all processes of a machine.
    if (!is_counted(source) || (source == "rapl" && training.parallel.place.rank > 0)) return Unit{};
    if (!meter_ || meter_source_ != source) {
      meter_.reset();
      auto counter = open_energy_counter(source, gpu, energy_places());
      if (!counter) return Error{fmt::format("training.energy: {}: {}", source, counter.error().message)};
      auto meter =
          std::make_unique<EnergyMeter>(std::move(counter).value(), [device = device_] { synchronize(device); });
      meter->measure_idle();
      meter_ = std::move(meter);
      meter_source_ = source;
    }
    training.energy = meter_.get();
    return Unit{};
  }

  /// The weights first: they are not lost where the test part can't be read.
  Metrics conclude(const Job& job, const TorchNetwork& network) const {
    if (!job.end.weights.empty()) {
      std::vector<NamedTensor> tensors = network.parameters();
      std::ranges::move(network.buffers(), std::back_inserter(tensors));
      const auto written = write_weights(tensors, job.end.weights);
      if (!written) throw Exception(written.error().message);
    }
    if (!job.end.test) return {};
    const auto test = load_test_data(job.data, folds_.front());
    if (!test) throw Exception(test.error().message);
    return test_metrics(network, job.training.network, *test, job.training.training);
  }

  Result<Unit> load(const DataOptions& options) {
    if (!folds_.empty() && options == options_) return Unit{};
    folds_.clear();
    Result<std::vector<TrainingData>> loaded = load_folds(options, device_);
    if (!loaded) return loaded.error();
    folds_ = std::move(loaded).value();
    options_ = options;
    return Unit{};
  }

  JobLines& lines_;
  const WriteLine& write_line_;
  c10::Device device_;
  DataOptions options_;
  std::vector<TrainingData> folds_;     // one where there are none; empty before the first job
  std::unique_ptr<EnergyMeter> meter_;  // null before energy is counted
  std::string meter_source_;
};

}  // namespace

int serve(LineReader& input, const WriteLine& write_line, c10::Device device) {
  JobLines lines(input);
  Server server(lines, write_line, device);
  while (const std::optional<std::string> text = lines.next()) {
    const json line = json::parse(*text, nullptr, /*allow_exceptions=*/false);
    // Its job was over before it came.
    if (interrupted_job(line)) continue;
    if (!line.is_object() || !line.contains("id")) {
      write_line(
          error_line(nullptr, "a line that is no job (a JSON object with an id and a network)", FailureType::Invalid));
      return 2;
    }
    if (!server.answer(line)) return 1;
  }
  return 0;
}

}  // namespace nas
