// Operations over windows. Runtimes differ in what `ceil_mode` means, so it is never used: the
// upper padding is made large enough for the network's number of windows.
#include <algorithm>
#include <limits>
#include <utility>

#include "nas/export/operation_onnx.h"

namespace nas::detail {
namespace {

using Integers = std::vector<std::int64_t>;

Integers first(const Axes& axes, std::size_t dims) {
  return {axes.begin(), axes.begin() + static_cast<std::ptrdiff_t>(dims)};
}

Integers joined(Integers low, const Integers& high) {
  low.insert(low.end(), high.begin(), high.end());
  return low;
}

std::string add_pad(const OnnxSite& site, const std::string& input, const Integers& low, const Integers& high,
                    float value) {
  const Integers amounts = joined(joined({0, 0}, low), joined({0, 0}, high));
  return site.add("Pad", {input, site.graph.integers(amounts), site.graph.number(value)});
}

/// kernel_shape, strides, dilations and pads as Conv and the pools take them.
std::vector<OnnxAttribute> window_attributes(const OnnxSite& site, Integers pads) {
  const Attributes& a = site.node.attributes;
  std::vector<OnnxAttribute> attributes = {{"kernel_shape", first(a.kernel, site.dims())},
                                           {"strides", first(a.stride, site.dims())},
                                           {"pads", std::move(pads)}};
  if (site.node.op != Op::AveragePool) attributes.push_back({"dilations", first(a.dilation, site.dims())});
  return attributes;
}

/// How far the last windows reach past the padded input, by axis.
Integers overhang(const OnnxSite& site) {
  const Attributes& a = site.node.attributes;
  Integers more;
  for (std::size_t axis = 0; axis < site.dims(); ++axis) {
    const std::int64_t extent = std::int64_t{a.dilation[axis]} * (a.kernel[axis] - 1) + 1;
    const std::int64_t last = (site.node.shape.size[axis] - 1) * a.stride[axis] + extent;
    const std::int64_t padded = site.inputs[0].size[axis] + a.pad_low[axis] + a.pad_high[axis];
    more.push_back(std::max<std::int64_t>(0, last - padded));
  }
  return more;
}

Integers sum(Integers a, const Integers& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

/// Runtimes refuse padding that is as large as the kernel.
bool pads_within_kernel(const OnnxSite& site, const Integers& pads) {
  const Integers kernel = first(site.node.attributes.kernel, site.dims());
  for (std::size_t i = 0; i < pads.size(); ++i) {
    if (pads[i] >= kernel[i % kernel.size()]) return false;
  }
  return true;
}

Integers no_pads(const OnnxSite& site) { return Integers(2 * site.dims(), 0); }

/// From where to where the window `i` of `count` over `size` positions reaches.
std::pair<std::int64_t, std::int64_t> adaptive_window(std::int64_t i, std::int64_t count, std::int64_t size) {
  return {i * size / count, ((i + 1) * size + count - 1) / count};
}

/// Axis by axis, window by window.
std::string adaptive_by_parts(const OnnxSite& site, std::string_view reduce) {
  std::string value = site.values[0];
  for (std::size_t axis = 0; axis < site.dims(); ++axis) {
    const std::int64_t size = site.inputs[0].size[axis];
    const std::int64_t count = site.node.shape.size[axis];
    if (count == size) continue;
    const auto number = static_cast<std::int64_t>(axis) + 2;
    std::vector<std::string> parts;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto [begin, end] = adaptive_window(i, count, size);
      const std::string part = site.add(
          "Slice", {value, site.graph.integers({begin}), site.graph.integers({end}), site.graph.integers({number})});
      parts.push_back(site.add(reduce, {part}, {{"axes", Integers{number}}, {"keepdims", std::int64_t{1}}}));
    }
    value = parts.size() == 1 ? parts.front() : site.add("Concat", parts, {{"axis", number}});
  }
  return value;
}

std::string adaptive_pool(const OnnxSite& site, std::string_view pool, std::string_view reduce) {
  Integers kernel;
  for (std::size_t axis = 0; axis < site.dims(); ++axis) {
    if (site.inputs[0].size[axis] % site.node.shape.size[axis] != 0) return adaptive_by_parts(site, reduce);
    kernel.push_back(site.inputs[0].size[axis] / site.node.shape.size[axis]);
  }
  return site.add(pool, site.values, {{"kernel_shape", kernel}, {"strides", kernel}});
}

/// Runtimes refuse as much output padding as the stride, which a dilation larger than that allows.
/// What lies beyond the reach of the input is the bias alone.
std::string conv_transpose_far(const OnnxSite& site, std::vector<OnnxAttribute> attributes) {
  const Attributes& a = site.node.attributes;
  Integers high = first(a.pad_high, site.dims());
  Integers beyond(site.dims(), 0);
  for (std::size_t axis = 0; axis < site.dims(); ++axis) {
    high[axis] -= a.output_padding[axis];
    beyond[axis] = std::max<std::int64_t>(0, -high[axis]);
    high[axis] = std::max<std::int64_t>(0, high[axis]);
  }
  for (OnnxAttribute& attribute : attributes) {
    if (attribute.name == "pads") attribute.value = joined(first(a.pad_low, site.dims()), high);
  }
  std::string value = site.add("ConvTranspose", {site.values[0], site.weight("weight")}, std::move(attributes));
  value = add_pad(site, value, Integers(site.dims(), 0), beyond, 0);
  if (!a.bias) return value;
  Integers axes;
  for (std::size_t axis = 0; axis < site.dims(); ++axis) axes.push_back(static_cast<std::int64_t>(axis) + 1);
  return site.add("Add", {value, site.add("Unsqueeze", {site.weight("bias"), site.graph.integers(axes)})});
}

}  // namespace

std::string conv_onnx(const OnnxSite& site) {
  const Attributes& a = site.node.attributes;
  std::vector<std::string> inputs = {site.values[0], site.weight("weight")};
  if (a.bias) inputs.push_back(site.weight("bias"));
  auto attributes = window_attributes(site, joined(first(a.pad_low, site.dims()), first(a.pad_high, site.dims())));
  attributes.push_back({"group", std::int64_t{a.groups}});
  return site.add("Conv", std::move(inputs), std::move(attributes));
}

std::string conv_transpose_onnx(const OnnxSite& site) {
  const Attributes& a = site.node.attributes;
  auto attributes = window_attributes(site, joined(first(a.pad_low, site.dims()), first(a.pad_high, site.dims())));
  attributes.push_back({"group", std::int64_t{a.groups}});
  for (std::size_t axis = 0; axis < site.dims(); ++axis) {
    if (a.output_padding[axis] >= a.stride[axis] && a.output_padding[axis] > 0) {
      return conv_transpose_far(site, std::move(attributes));
    }
  }
  attributes.push_back({"output_padding", first(a.output_padding, site.dims())});
  std::vector<std::string> inputs = {site.values[0], site.weight("weight")};
  if (a.bias) inputs.push_back(site.weight("bias"));
  return site.add("ConvTranspose", std::move(inputs), std::move(attributes));
}

std::string max_pool_onnx(const OnnxSite& site) {
  const Attributes& a = site.node.attributes;
  const Integers low = first(a.pad_low, site.dims());
  const Integers high = sum(first(a.pad_high, site.dims()), overhang(site));
  const Integers pads = joined(low, high);
  if (pads_within_kernel(site, pads)) return site.add("MaxPool", site.values, window_attributes(site, pads));
  const std::string padded = add_pad(site, site.values[0], low, high, -std::numeric_limits<float>::infinity());
  return site.add("MaxPool", {padded}, window_attributes(site, no_pads(site)));
}

std::string average_pool_onnx(const OnnxSite& site) {
  const Attributes& a = site.node.attributes;
  const Integers low = first(a.pad_low, site.dims());
  const Integers high = first(a.pad_high, site.dims());
  const Integers more = overhang(site);
  if (!a.count_include_pad) {
    return site.add("AveragePool", site.values, window_attributes(site, joined(low, sum(high, more))));
  }
  // Padding counts, what lies beyond it does not.
  const std::string padded =
      joined(low, high) == no_pads(site) ? site.values[0] : add_pad(site, site.values[0], low, high, 0);
  return site.add("AveragePool", {padded}, window_attributes(site, joined(Integers(site.dims(), 0), more)));
}

std::string adaptive_average_pool_onnx(const OnnxSite& site) {
  return adaptive_pool(site, "AveragePool", "ReduceMean");
}

std::string adaptive_max_pool_onnx(const OnnxSite& site) { return adaptive_pool(site, "MaxPool", "ReduceMax"); }

std::string upsample_onnx(const OnnxSite& site) {
  const Attributes& a = site.node.attributes;
  std::vector<float> scales = {1, 1};
  for (std::size_t axis = 0; axis < site.dims(); ++axis) scales.push_back(static_cast<float>(a.scale[axis]));
  std::vector<OnnxAttribute> attributes = {
      {"mode", std::string(a.linear ? "linear" : "nearest")},
      {"coordinate_transformation_mode", std::string(a.linear ? "half_pixel" : "asymmetric")}};
  if (!a.linear) attributes.push_back({"nearest_mode", std::string("floor")});
  return site.add("Resize", {site.values[0], "", site.graph.numbers(std::move(scales))}, std::move(attributes));
}

std::string pad_onnx(const OnnxSite& site) {
  const Attributes& a = site.node.attributes;
  return add_pad(site, site.values[0], first(a.pad_low, site.dims()), first(a.pad_high, site.dims()), 0);
}

}  // namespace nas::detail
