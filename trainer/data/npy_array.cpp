#include "trainer/data/npy_array.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <optional>
#include <regex>
#include <string_view>

#include "nas/check.h"
#include "trainer/data/mapped_file.h"

namespace nas {

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::int64_t kMaxElements = std::int64_t{1} << 50;

/// Where the header's text lies within the file.
struct HeaderText {
  std::string_view text;
  std::size_t end = 0;
};

std::optional<HeaderText> header_text(std::string_view bytes) {
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + 6) return std::nullopt;
  const int major = bytes[kMagic.size()];
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::size_t start = kMagic.size() + 2 + length_bytes;
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    length |= std::size_t{static_cast<unsigned char>(bytes[start - length_bytes + i])} << (8 * i);
  }
  if (major < 1 || major > 3 || bytes.size() < start || length > bytes.size() - start) return std::nullopt;
  return HeaderText{bytes.substr(start, length), start + length};
}

/// The first group of the pattern in the text.
std::optional<std::string> find(const std::string& text, const char* pattern) {
  std::smatch match;
  if (!std::regex_search(text, match, std::regex(pattern))) return std::nullopt;
  return match[1].str();
}

Result<std::vector<std::int64_t>> parse_shape(const std::string& text, const std::string& name) {
  std::vector<std::int64_t> shape;
  std::int64_t elements = 1;
  static const std::regex kNumber("[0-9]+");
  for (std::sregex_iterator at(text.begin(), text.end(), kNumber), end; at != end; ++at) {
    const std::string digits = at->str();
    const std::int64_t size = digits.size() > 15 ? kMaxElements + 1 : std::stoll(digits);
    if (size > 0 && elements > kMaxElements / size) {
      return Error{fmt::format("{}: its header announces too many elements, it is damaged", name)};
    }
    if (size > 0) elements *= size;
    shape.push_back(size);
  }
  return shape;
}

std::optional<Error> check_type(const std::string& descr, const NpyHeader& header, const std::string& name) {
  if (descr[0] == '>' && header.item_bytes > 1) {
    return Error{fmt::format("{}: big-endian numbers ({}), save it with .astype('{}')", name, descr, descr.substr(1))};
  }
  const std::string_view sizes = header.kind == 'b' ? "1" : header.kind == 'f' ? "48" : "1248";
  const bool known = std::string_view("biuf").find(header.kind) != std::string_view::npos;
  if (known && sizes.find(static_cast<char>('0' + header.item_bytes)) != std::string_view::npos) return std::nullopt;
  return Error{fmt::format("{}: elements of type '{}' are not read, save it as integers, bool, float32 or float64",
                           name, descr)};
}

template <class From, class To>
void convert(const std::byte* from, std::span<To> into) {
  if constexpr (std::is_same_v<From, To>) {
    std::memcpy(into.data(), from, into.size_bytes());
  } else {
    for (To& value : into) {
      From raw;
      std::memcpy(&raw, from, sizeof raw);
      value = static_cast<To>(raw);
      from += sizeof raw;
    }
  }
}

template <class To>
void convert_any(const NpyArray& array, std::size_t first, std::span<To> into) {
  const NpyHeader& header = array.header;
  NAS_CHECK((first + into.size()) * header.item_bytes <= array.data.size(), "elements that the array does not have");
  const std::byte* const from = array.data.data() + first * header.item_bytes;
  if (header.kind == 'f') {
    if constexpr (std::is_floating_point_v<To>) {
      return header.item_bytes == 4 ? convert<float>(from, into) : convert<double>(from, into);
    }
    NAS_CHECK(false, "fractions where integers are wanted");
  }
  const bool is_signed = header.kind == 'i';
  switch (header.item_bytes) {
    case 1:
      return is_signed ? convert<std::int8_t>(from, into) : convert<std::uint8_t>(from, into);
    case 2:
      return is_signed ? convert<std::int16_t>(from, into) : convert<std::uint16_t>(from, into);
    case 4:
      return is_signed ? convert<std::int32_t>(from, into) : convert<std::uint32_t>(from, into);
    default:
      return is_signed ? convert<std::int64_t>(from, into) : convert<std::uint64_t>(from, into);
  }
}

}  // namespace

std::size_t NpyHeader::data_bytes() const {
  std::size_t bytes = item_bytes;
  for (const std::int64_t size : shape) bytes *= static_cast<std::size_t>(size);
  return bytes;
}

std::string NpyHeader::text() const {
  const char* const word = kind == 'b' ? "bool" : kind == 'i' ? "int" : kind == 'u' ? "uint" : "float";
  const std::string bits = kind == 'b' ? "" : std::to_string(8 * item_bytes);
  return fmt::format("{}{} ({})", word, bits, fmt::join(shape, ", "));
}

Result<NpyHeader> parse_npy_header(std::span<const std::byte> bytes, const std::string& name) {
  const std::string start(reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), kMostNpyHeaderBytes));
  const auto found = header_text(start);
  if (!found) return Error{fmt::format("{}: not a NumPy array, or cut off within its header", name)};
  const std::string text(found->text);
  const auto descr = find(text, "'descr': *'([<>|=][a-zA-Z][0-9]+)'");
  const auto order = find(text, "'fortran_order': *(True|False)");
  const auto shape_text = find(text, "'shape': *\\(([0-9, ]*)\\)");
  if (!descr || !order || !shape_text) {
    return Error{fmt::format("{}: its header can't be used (arrays of one kind of number are read): {}", name,
                             text.substr(0, text.find_last_not_of(" \n") + 1))};
  }
  auto shape = parse_shape(*shape_text, name);
  if (!shape) return shape.error();
  NpyHeader header{.kind = (*descr)[1],
                   .item_bytes = descr->size() == 3 ? static_cast<std::size_t>((*descr)[2] - '0') : 0,
                   .shape = std::move(shape).value(),
                   .data_offset = found->end};
  if (auto error = check_type(*descr, header, name)) return *error;
  if (*order == "True" && header.shape.size() > 1) {
    return Error{fmt::format("{}: in Fortran's order, save it with numpy.ascontiguousarray", name)};
  }
  return header;
}

Result<NpyArray> npy_from_bytes(std::span<const std::byte> bytes, std::shared_ptr<const void> keep,
                                const std::string& name) {
  auto header = parse_npy_header(bytes, name);
  if (!header) return header.error();
  const std::span<const std::byte> data = bytes.subspan(header->data_offset);
  if (data.size() != header->data_bytes()) {
    return Error{fmt::format("{}: {} bytes of data where its header announces {}: {}, get it again", name, data.size(),
                             header->data_bytes(), data.size() < header->data_bytes() ? "truncated" : "damaged")};
  }
  return NpyArray{name, std::move(header).value(), data, std::move(keep)};
}

Result<NpyArray> map_npy_file(const std::filesystem::path& file) {
  const auto mapped = MappedFile::open(file);
  if (!mapped) return mapped.error();
  return npy_from_bytes((*mapped)->bytes(), *mapped, file.string());
}

void copy_elements(const NpyArray& array, std::size_t first, std::span<std::uint8_t> into) {
  convert_any(array, first, into);
}
void copy_elements(const NpyArray& array, std::size_t first, std::span<std::int16_t> into) {
  convert_any(array, first, into);
}
void copy_elements(const NpyArray& array, std::size_t first, std::span<float> into) { convert_any(array, first, into); }
void copy_elements(const NpyArray& array, std::size_t first, std::span<std::int64_t> into) {
  convert_any(array, first, into);
}

}  // namespace nas
