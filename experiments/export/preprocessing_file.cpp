#include "experiments/export/preprocessing_file.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "experiments/export/run_program.h"
#include "experiments/search/local_evaluator.h"

namespace nas {

Result<Unit> write_preprocessing(const DataOptions& data, const std::filesystem::path& file,
                                 const std::filesystem::path& work) {
  const auto trainer = find_trainer();
  if (!trainer) return trainer.error();
  DataOptions copy = data;
  const nlohmann::json request = {{"data", options_to_json(options(copy))}};
  const auto outcome = run_program({*trainer, "--preprocessing"}, request.dump(), work);
  if (!outcome) return outcome.error();
  if (outcome->exit_code != 0) {
    const std::string said = outcome->errors.substr(0, outcome->errors.find('\n'));
    return Error{said.empty() ? fmt::format("nas-trainer ended with exit code {}", outcome->exit_code) : said};
  }
  std::ofstream out(file, std::ios::binary);
  out << outcome->output;
  out.close();
  if (out) return Unit{};
  return Error{fmt::format("{}: can't be written, is the disk full?", file.string())};
}

}  // namespace nas
