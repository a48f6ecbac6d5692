// Tensors of torch as the entries and bytes of a safetensors file, and back.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nas/export/safetensors.h"
#include "trainer/layer.h"

namespace nas {

/// Row-major, one after the other. REQUIRES: unique names, types that the format has.
[[nodiscard]] std::vector<TensorEntry> tensor_entries(std::span<const NamedTensor> tensors);

/// What the entries name, whatever the tensors' devices and strides.
[[nodiscard]] std::string tensor_bytes(std::span<const NamedTensor> tensors);

/// The other way; tensors keep their device and strides. REQUIRES: `bytes` is as long as the tensors
/// are together.
void fill_tensors(std::span<const NamedTensor> tensors, std::string_view bytes);

}  // namespace nas
