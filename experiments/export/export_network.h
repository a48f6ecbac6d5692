// Writes everything of one exported network into a directory.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiments/export/draft_directory.h"
#include "experiments/export/subject.h"
#include "experiments/export/verify.h"
#include "nas/result.h"
#include "trainer/data_options.h"

namespace nas {

struct ExportOptions {
  std::filesystem::path directory;
  std::string weights;  // a safetensors file; empty: of the run where it still has some, else untrained
  std::string python;   // that verifies; empty: look for one
  enum class Verify { WherePossible, Always, Never };
  Verify verify = Verify::WherePossible;
  ExistingTarget existing = ExistingTarget::Refuse;
  std::uint64_t seed = 1;                // of untrained weights
  std::optional<DataOptions> data = {};  // it was trained on, where the subject doesn't know
};

struct ExportReport {
  std::filesystem::path directory;
  std::optional<VerifyResult> verified;
  std::vector<std::string> notes;  // what was left out, and why
};

/// model.py, model.safetensors, model.onnx, architecture.yaml, architecture.svg, model_card.md,
/// requirements.txt, train.py, and preprocessing.json where the data are known and there; all or nothing: they are
/// written beside the directory, which is renamed at the end. Without nas-trainer there are no weights but given ones.
/// Error: an existing directory, one that can't be written, weights that do not belong to the architecture, files that
/// do not compute what the trainer does.
[[nodiscard]] Result<ExportReport> export_network(const ExportSubject& subject, const ExportOptions& options);

}  // namespace nas
