#include "trainer/measure_preprocessing.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <exception>
#include <fstream>
#include <istream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "nas/check.h"

namespace nas {
namespace {

std::vector<double> numbers_of(const at::Tensor& channels) {
  const at::Tensor flat = channels.to(at::kCPU).flatten().contiguous();
  const float* const first = flat.const_data_ptr<float>();
  return {first, first + flat.numel()};
}

ChannelScaling scaling_of(const Normalisation& normalisation) {
  return {numbers_of(normalisation.scale), numbers_of(normalisation.offset)};
}

}  // namespace

Preprocessing preprocessing_of(const TrainingData& data, const DataOptions& options) {
  const DataFacts& facts = data.facts;
  Preprocessing made{.task = facts.task, .input = facts.input, .element = facts.element};
  made.axes = options.axes;
  made.array = options.inputs;
  made.inputs = scaling_of(data.inputs);
  made.missing = facts.missing;
  if (data.targets.scale.defined()) made.targets = scaling_of(data.targets);
  // Where nothing else is restored, the clean inputs are.
  const ElementType restored = facts.target.channels > 0 ? facts.target_element : facts.element;
  made.bytes_restored = facts.task == TaskKind::Restoration && restored == ElementType::UInt8;
  made.classes = facts.classes;
  made.names = facts.names;
  made.columns = facts.columns;
  return made;
}

void keep_preprocessing(const TrainingData& data, const DataOptions& options, const std::filesystem::path& file) {
  std::error_code failed;
  if (std::filesystem::exists(file, failed) || failed) return;
  // Other trainers write the same.
  std::filesystem::path draft = file;
  draft += fmt::format(".new-{}", getpid());
  std::ofstream out(draft, std::ios::binary);
  fmt::print(out, "{}\n", preprocessing_to_json(preprocessing_of(data, options)).dump(2));
  out.close();
  if (out) std::filesystem::rename(draft, file, failed);
  if (!out || failed) std::filesystem::remove(draft, failed);
}

int run_preprocessing_job(std::istream& input, std::ostream& out, std::ostream& errors) {
  try {
    const nlohmann::json request = nlohmann::json::parse(input);
    DataOptions data;
    if (const auto set = options_from_json(options(data), request.at("data")); !set) {
      throw Exception("data: " + set.error().message);
    }
    const auto loaded = load_training_data(without_folds(data), at::kCPU);
    if (!loaded) throw Exception(loaded.error().message);
    fmt::print(out, "{}\n", preprocessing_to_json(preprocessing_of(*loaded, data)).dump(2));
    return 0;
  } catch (const std::exception& error) {
    const std::string text = error.what();
    fmt::print(errors, "nas-trainer: --preprocessing: {}\n", text.substr(0, text.find('\n')));
    return 1;
  }
}

}  // namespace nas
