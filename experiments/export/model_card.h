// model_card.md: what a person who has never heard of this program must know of an exported network.
#pragma once

#include <optional>
#include <string>

#include "experiments/export/subject.h"
#include "experiments/export/verify.h"

namespace nas {

struct ModelCardFacts {
  std::string program_version;
  std::string weights;                   // where they are from, or why there are none; a sentence
  bool has_weights = false;              // model.safetensors
  bool has_onnx = false;                 // model.onnx
  bool has_preprocessing = false;        // preprocessing.json
  bool has_train_script = false;         // train.py
  std::optional<VerifyResult> verified;  // empty: nobody compared the files
};

[[nodiscard]] std::string model_card(const ExportSubject& subject, const ModelCardFacts& facts);

}  // namespace nas
