#include "trainer/tensor_entries.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <cstring>
#include <set>

#include "nas/check.h"

namespace nas {
namespace {

const char* type_name(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return "F32";
    case at::kDouble:
      return "F64";
    case at::kHalf:
      return "F16";
    case at::kBFloat16:
      return "BF16";
    case at::kLong:
      return "I64";
    case at::kInt:
      return "I32";
    default:
      NAS_CHECK(false, "a file of a type of tensor that it has no name for");
      return "";
  }
}

}  // namespace

std::vector<TensorEntry> tensor_entries(std::span<const NamedTensor> tensors) {
  std::vector<TensorEntry> entries;
  std::set<std::string_view> names;
  std::size_t offset = 0;
  for (const NamedTensor& named : tensors) {
    NAS_CHECK(names.insert(named.name).second, "two tensors of a file have one name");
    const std::size_t end = offset + named.tensor.nbytes();
    entries.push_back({named.name, type_name(named.tensor.scalar_type()), named.tensor.sizes().vec(), offset, end});
    offset = end;
  }
  return entries;
}

std::string tensor_bytes(std::span<const NamedTensor> tensors) {
  std::string bytes;
  std::size_t size = 0;
  for (const NamedTensor& named : tensors) size += named.tensor.nbytes();
  bytes.reserve(size);
  for (const NamedTensor& named : tensors) {
    const at::Tensor values = named.tensor.detach().to(at::kCPU).contiguous();
    bytes.append(static_cast<const char*>(values.const_data_ptr()), values.nbytes());
  }
  return bytes;
}

void fill_tensors(std::span<const NamedTensor> tensors, std::string_view bytes) {
  const at::NoGradGuard no_grad;
  for (const NamedTensor& named : tensors) {
    const at::Tensor values = at::empty(named.tensor.sizes(), named.tensor.options().device(at::kCPU));
    std::memcpy(values.mutable_data_ptr(), bytes.data(), values.nbytes());
    bytes.remove_prefix(values.nbytes());
    named.tensor.copy_(values);
  }
}

}  // namespace nas
