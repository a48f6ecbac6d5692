#include "trainer/data/array_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "nas/check.h"

namespace nas {

namespace {

constexpr std::string_view kSpatial = "dhwl";

std::string auto_axes(std::size_t axes) {
  switch (axes) {
    case 2:
      return "nf";
    case 3:
      return "nhw";
    case 4:
      return "nhwc";
    case 5:
      return "ndhwc";
    default:
      return {};
  }
}

template <class T>
std::span<T> as(std::span<std::byte> bytes) {
  return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
}

/// Copies one record; channels that come last are moved to the front.
template <class T>
void copy_record(const NpyArray& array, std::size_t record, const ArrayLayout& layout, std::span<T> into) {
  const auto channels = static_cast<std::size_t>(layout.record.channels);
  const std::size_t positions = into.size() / channels;
  if (!layout.channels_last || channels == 1) return copy_elements(array, record * into.size(), into);
  std::vector<T> buffer(into.size());
  copy_elements(array, record * into.size(), std::span<T>(buffer));
  for (std::size_t p = 0; p < positions; ++p) {
    for (std::size_t c = 0; c < channels; ++c) into[c * positions + p] = buffer[p * channels + c];
  }
}

void copy_as(ElementType type, const NpyArray& array, std::size_t record, const ArrayLayout& layout,
             std::span<std::byte> into) {
  switch (type) {
    case ElementType::UInt8:
      return copy_record(array, record, layout, as<std::uint8_t>(into));
    case ElementType::Int16:
      return copy_record(array, record, layout, as<std::int16_t>(into));
    case ElementType::Float32:
      return copy_record(array, record, layout, as<float>(into));
  }
}

Result<Unit> check_finite(ElementType type, const NpyArray& array, std::int64_t record, std::span<std::byte> bytes) {
  if (type != ElementType::Float32) return Unit{};
  const auto values = as<float>(bytes);
  const auto found = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  if (found == values.end()) return Unit{};
  return Error{fmt::format("{}: record {} holds {} (training would come to nothing), remove the record or fill it in",
                           array.name, record, *found)};
}

}  // namespace

Result<ArrayLayout> read_axes(const std::string& axes, const NpyHeader& header) {
  const std::string letters = axes == "auto" ? auto_axes(header.shape.size()) : axes;
  if (letters.size() != header.shape.size()) {
    return Error{
        fmt::format("data.axes: '{}' for an array {}, give a letter for each axis (n records, c channels, d h w "
                    "sizes, l length, f features)",
                    axes, header.text())};
  }
  ArrayLayout layout{.record = {.channels = 1}};
  std::string seen;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const char letter = letters[i];
    const bool known = letter == 'n' || letter == 'c' || letter == 'f' || kSpatial.find(letter) != std::string::npos;
    const bool placed = (i == 0) == (letter == 'n') && seen.find(letter) == std::string::npos;
    const bool last = i + 1 == letters.size();
    const bool channel = letter == 'c' || letter == 'f';
    const bool too_many = i > 0 && !channel && layout.record.dims == Shape::kMaxDims;
    if (!known || !placed || too_many || (channel && i > 1 && !last)) {
      return Error{
          fmt::format("data.axes: '{}' is no order of axes that is read, such as nhwc, nchw, nl, ncl, nf", axes)};
    }
    seen += letter;
    if (channel) {
      layout.record.channels = header.shape[i];
      layout.channels_last = i > 1;
    } else if (i > 0) {
      layout.record.size.at(layout.record.dims++) = header.shape[i];
    }
  }
  return layout;
}

ElementType element_of(const NpyHeader& header) {
  if (header.kind == 'b' || (header.kind == 'u' && header.item_bytes == 1)) return ElementType::UInt8;
  if (header.kind == 'i' && header.item_bytes <= 2) return ElementType::Int16;
  return ElementType::Float32;
}

ArrayRecords::ArrayRecords(std::vector<ArrayPart> parts, const DataFacts& facts, ArrayLayout input, ArrayLayout target)
    : parts_(std::move(parts)),
      task_(facts.task),
      classes_(facts.classes),
      element_(facts.element),
      target_element_(facts.target_element),
      input_(input),
      target_(target) {}

Result<Unit> ArrayRecords::read(std::int64_t record, RecordBytes into) const {
  std::int64_t index = record;
  for (const ArrayPart& part : parts_) {
    const std::int64_t records = part.inputs.header.shape[0];
    if (index >= records) {
      index -= records;
      continue;
    }
    copy_as(element_, part.inputs, static_cast<std::size_t>(index), input_, into.input);
    Result<Unit> checked = check_finite(element_, part.inputs, index, into.input);
    if (!checked || into.target.empty()) return checked;
    copy_as(target_element_, part.targets, static_cast<std::size_t>(index), target_, into.target);
    checked = check_finite(target_element_, part.targets, index, into.target);
    return checked ? check_target(part.targets, index, into.target) : checked;
  }
  NAS_CHECK(false, "a record that the set does not have");
  return Unit{};
}

Result<Unit> ArrayRecords::check_target(const NpyArray& array, std::int64_t record,
                                        std::span<const std::byte> target) const {
  const bool map = task_ == TaskKind::Segmentation;
  if (!map && task_ != TaskKind::MultiLabel) return Unit{};
  const std::int64_t values = map ? classes_ : 2;
  for (const std::byte one : target) {
    const auto value = std::to_integer<std::int64_t>(one);
    if (value < values || (map && value == kVoidClass)) continue;
    return Error{fmt::format("{}: record {} holds the {} {}, there are {}{}", array.name, record,
                             map ? "class" : "label value", value, values, map ? " (255: not judged)" : " (0 and 1)")};
  }
  return Unit{};
}

}  // namespace nas
