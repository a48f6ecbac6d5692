#include "trainer/precision.h"

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <ATen/cpu/Utils.h>
#include <fmt/format.h>

#include "trainer/device.h"

namespace nas {
namespace {

bool cpu_has_bf16() {
  static const bool has = [] {
    const auto capabilities = at::cpu::get_cpu_capabilities();
    for (const char* const name : {"avx512_bf16", "amx_bf16"}) {
      const auto found = capabilities.find(name);
      if (found != capabilities.end() && found->second.isBool() && found->second.toBool()) return true;
    }
    return false;
  }();
  return has;
}

bool is_low(Precision precision) { return precision == Precision::Bf16 || precision == Precision::Fp16; }

}  // namespace

std::string_view to_string(Precision precision) {
  switch (precision) {
    case Precision::Tf32:
      return "tf32";
    case Precision::Bf16:
      return "bf16";
    case Precision::Fp16:
      return "fp16";
    case Precision::Fp32:
      break;
  }
  return "fp32";
}

Precision choose_precision(const std::string& name, c10::Device device) {
  if (name == "bf16") return Precision::Bf16;
  if (name == "fp16") return Precision::Fp16;
  if (name == "tf32" && !device.is_cpu()) return Precision::Tf32;
  if (name == "auto") {
    constexpr int kFirstWithBf16 = 8;
    const bool has = device.is_cpu() ? cpu_has_bf16() : cuda_capability() >= kFirstWithBf16;
    return has ? Precision::Bf16 : Precision::Fp32;
  }
  return Precision::Fp32;
}

std::optional<std::string> precision_note(const std::string& name, Precision precision) {
  if (name == to_string(precision) && precision == Precision::Fp32) return std::nullopt;
  if (name == to_string(precision)) return fmt::format("trains in {}", name);
  return fmt::format("trains in {} (precision {} on this device)", to_string(precision), name);
}

void set_global_precision(Precision precision) {
  at::globalContext().setAllowTF32CuBLAS(precision == Precision::Tf32);
  at::globalContext().setAllowTF32CuDNN(precision == Precision::Tf32);
}

AutocastGuard::AutocastGuard(Precision precision, c10::DeviceType device) : is_on_(is_low(precision)), device_(device) {
  if (!is_on_) return;
  was_enabled_ = at::autocast::is_autocast_enabled(device_);
  had_type_ = at::autocast::get_autocast_dtype(device_);
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::set_autocast_dtype(device_, precision == Precision::Bf16 ? at::kBFloat16 : at::kHalf);
  at::autocast::increment_nesting();
}

AutocastGuard::~AutocastGuard() {
  if (!is_on_) return;
  // Weights that were converted are kept until the outermost guard is left: they change afterwards.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, was_enabled_);
  at::autocast::set_autocast_dtype(device_, had_type_);
}

std::vector<at::Tensor> forward_in(Precision precision, const TorchNetwork& network, const at::Tensor& input,
                                   Mode mode) {
  std::vector<at::Tensor> outputs;
  {
    const AutocastGuard guard(precision, input.device().type());
    outputs = network.forward_all(input, mode);
  }
  for (at::Tensor& output : outputs) output = output.to(at::kFloat);
  return outputs;
}

}  // namespace nas
