#include "trainer/server.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <istream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "trainer/job.h"
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

class Server {
 public:
  Server(const WriteLine& write_line, c10::Device device) : write_line_(write_line), device_(device) {}

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
    TrainingEvents events{
        .on_epoch = [&](std::int32_t epoch, const Metrics& metrics) { write_line_(epoch_line(id, epoch, metrics)); },
        .on_note = [&](const std::string& note) { fmt::print(stderr, "candidate {}: {}\n", id.dump(), note); }};
    if (!job->end.is_empty()) {
      events.on_trained = [&](const TorchNetwork& network) { return conclude(*job, network); };
    }
    const TrainingOutcome outcome = train(job->training, *data_, device_, events);
    if (const auto* const failure = std::get_if<Failure>(&outcome)) {
      return write_line_(error_line(id, failure->message, failure->type));
    }
    write_line_(result_line(id, std::get<TrainingResult>(outcome)));
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
    const auto test = load_test_data(job.data, *data_);
    if (!test) throw Exception(test.error().message);
    return test_metrics(network, job.training.network, *test, job.training.training);
  }

  Result<Unit> load(const DataOptions& options) {
    if (data_ && options == options_) return Unit{};
    data_.reset();
    Result<TrainingData> loaded = load_training_data(options, device_);
    if (!loaded) return loaded.error();
    data_ = std::move(loaded).value();
    options_ = options;
    return Unit{};
  }

  const WriteLine& write_line_;
  c10::Device device_;
  DataOptions options_;
  std::optional<TrainingData> data_;
};

}  // namespace

int serve(std::istream& input, const WriteLine& write_line, c10::Device device) {
  Server server(write_line, device);
  std::string text;
  while (std::getline(input, text)) {
    const json line = json::parse(text, nullptr, /*allow_exceptions=*/false);
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
