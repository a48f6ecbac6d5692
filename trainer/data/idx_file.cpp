#include "trainer/data/idx_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace nas {

namespace {

constexpr std::uint8_t kUnsignedByte = 0x08;
constexpr std::size_t kMaxAxes = 4;
constexpr std::int64_t kMaxBytes = std::int64_t{1} << 40;
constexpr std::string_view kDamaged = "its gzip content is truncated or damaged, get it again";
constexpr unsigned kReadBuffer = 256 * 1024;

struct GzClose {
  void operator()(gzFile_s* file) const { gzclose(file); }
};
using GzFile = std::unique_ptr<gzFile_s, GzClose>;

Error file_error(const std::filesystem::path& file, const std::string& what) {
  return Error{fmt::format("{}: {}", file.string(), what)};
}

/// zlib reads plain files as they are.
Result<GzFile> open_file(const std::filesystem::path& file) {
  std::error_code code;
  const auto status = std::filesystem::status(file, code);
  if (!std::filesystem::exists(status)) return file_error(file, "no such file");
  if (!std::filesystem::is_regular_file(status)) return file_error(file, "not a file");
  GzFile opened(gzopen(file.c_str(), "rb"));
  if (!opened) return file_error(file, "can't be read, check its permissions");
  gzbuffer(opened.get(), kReadBuffer);
  return opened;
}

/// Bytes read; fewer than asked for at the end of the content. Empty where the content is damaged.
std::optional<std::size_t> read_up_to(gzFile_s* file, std::span<std::uint8_t> into) {
  constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;
  std::size_t done = 0;
  while (done < into.size()) {
    const auto part = into.subspan(done, std::min(kMostAtOnce, into.size() - done));
    const int read = gzread(file, part.data(), static_cast<unsigned>(part.size()));
    if (read < 0) return std::nullopt;
    if (read == 0) break;
    done += static_cast<std::size_t>(read);
  }
  int status = Z_OK;
  gzerror(file, &status);
  if (status != Z_OK && status != Z_STREAM_END) return std::nullopt;
  return done;
}

std::uint32_t big_endian(std::span<const std::uint8_t> bytes) {
  return (std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) | (std::uint32_t{bytes[2]} << 8) |
         std::uint32_t{bytes[3]};
}

Result<IdxHeader> parse_header(const std::filesystem::path& file, gzFile_s* opened) {
  std::array<std::uint8_t, 4> magic{};
  const auto read = read_up_to(opened, magic);
  if (!read) return file_error(file, std::string(kDamaged));
  if (*read != magic.size()) return file_error(file, "too short to be an IDX file, get it again");
  if (magic[0] != 0 || magic[1] != 0 || magic[3] == 0) {
    return file_error(file, "not an IDX file (it must begin with two zero bytes, a type and a number of axes)");
  }
  if (magic[2] != kUnsignedByte) {
    return file_error(file,
                      fmt::format("IDX elements of type 0x{:02x}, only unsigned bytes (0x08) are read", magic[2]));
  }
  if (magic[3] > kMaxAxes) return file_error(file, fmt::format("{} axes, at most {} are read", magic[3], kMaxAxes));
  IdxHeader header;
  for (int axis = 0; axis < magic[3]; ++axis) {
    std::array<std::uint8_t, 4> size{};
    if (read_up_to(opened, size) != size.size()) return file_error(file, "truncated within its header, get it again");
    header.sizes.push_back(big_endian(size));
  }
  std::int64_t bytes = 1;
  for (const std::int64_t size : header.sizes) {
    if (size == 0) return file_error(file, "holds nothing (an axis of size 0)");
    if (size > kMaxBytes / bytes) return file_error(file, "its header announces over a terabyte, get it again");
    bytes *= size;
  }
  return header;
}

/// Length of the content as the file itself states it: exact for a plain file, modulo 2^32 and of
/// the last member for gzip.
std::uint64_t stated_length(const std::filesystem::path& file, bool plain) {
  const std::uint64_t on_disk = std::filesystem::file_size(file);
  if (plain || on_disk < 4) return on_disk;
  std::ifstream stream(file, std::ios::binary);
  stream.seekg(-4, std::ios::end);
  std::array<char, 4> trailer{};
  stream.read(trailer.data(), trailer.size());
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < trailer.size(); ++i) {
    length |= std::uint64_t{static_cast<std::uint8_t>(trailer[i])} << (8 * i);
  }
  return length;
}

/// Inflates the rest to count it; for files whose trailer disagrees (several gzip members, or damage).
std::optional<std::uint64_t> count_rest(gzFile_s* opened) {
  std::vector<std::uint8_t> buffer(kReadBuffer);
  std::uint64_t total = 0;
  for (;;) {
    const auto read = read_up_to(opened, buffer);
    if (!read) return std::nullopt;
    total += *read;
    if (*read < buffer.size()) return total;
  }
}

Error length_error(const std::filesystem::path& file, std::int64_t expected, std::optional<std::uint64_t> found) {
  if (!found) return file_error(file, std::string(kDamaged));
  return file_error(file,
                    fmt::format("{} bytes of data where its header announces {}: {}, get it again", *found, expected,
                                *found < static_cast<std::uint64_t>(expected) ? "truncated" : "damaged"));
}

}  // namespace

std::int64_t IdxHeader::header_bytes() const { return 4 + 4 * static_cast<std::int64_t>(sizes.size()); }

std::int64_t IdxHeader::data_bytes() const {
  std::int64_t bytes = 1;
  for (const std::int64_t size : sizes) bytes *= size;
  return bytes;
}

Result<IdxHeader> read_idx_header(const std::filesystem::path& file) {
  Result<GzFile> opened = open_file(file);
  if (!opened) return opened.error();
  Result<IdxHeader> header = parse_header(file, opened->get());
  if (!header) return header;
  const bool plain = gzdirect(opened->get()) == 1;
  const auto expected = static_cast<std::uint64_t>(header->header_bytes() + header->data_bytes());
  const std::uint64_t stated = stated_length(file, plain);
  const std::uint64_t modulus = std::uint64_t{1} << 32;
  if (plain ? stated == expected : stated == expected % modulus) return header;
  const auto rest =
      plain ? std::optional(stated - static_cast<std::uint64_t>(header->header_bytes())) : count_rest(opened->get());
  if (rest == static_cast<std::uint64_t>(header->data_bytes())) return header;
  return length_error(file, header->data_bytes(), rest);
}

Result<std::vector<std::uint8_t>> read_idx_bytes(const std::filesystem::path& file, const IdxHeader& header) {
  Result<GzFile> opened = open_file(file);
  if (!opened) return opened.error();
  const Result<IdxHeader> found = parse_header(file, opened->get());
  if (!found) return found.error();
  if (*found != header) return file_error(file, "changed while it was read");
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(header.data_bytes()));
  const auto read = read_up_to(opened->get(), bytes);
  if (read != bytes.size()) return length_error(file, header.data_bytes(), read);
  return bytes;
}

}  // namespace nas
