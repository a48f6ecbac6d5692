#include "experiments/search/run_experiment.h"

#include "experiments/config/data_record.h"
#include "experiments/store/run_directory.h"
#include "experiments/store/study.h"

namespace nas {

Result<LoadedExperiment> load_run_experiment(const std::filesystem::path& run) {
  const auto study = open_study(run);
  if (!study) return study.error();
  const auto description = result_of([&]() -> Result<StudyDescription> { return read_description(*study); });
  if (!description) return description.error();
  return load_experiment(run / run_files::kConfig, {}, data_of_record(description->data_text));
}

}  // namespace nas
