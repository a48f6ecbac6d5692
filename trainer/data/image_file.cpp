#include "trainer/data/image_file.h"

#include <fmt/format.h>
#include <png.h>
#include <turbojpeg.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "trainer/data/mapped_file.h"

namespace nas {

namespace {

using Bytes = std::span<const std::byte>;

constexpr std::string_view kPngStart = "\x89PNG\r\n\x1a\n";
constexpr std::string_view kJpegStart = "\xff\xd8\xff";
constexpr std::string_view kPngEnd = "IEND";

Error failed(const std::filesystem::path& file, std::string_view what) {
  return Error{fmt::format("{}: {}", file.string(), what)};
}

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// libpng's simplified reader, freed.
struct PngReader {
  png_image image{};
  PngReader() { image.version = PNG_IMAGE_VERSION; }
  ~PngReader() { png_image_free(&image); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  [[nodiscard]] bool begin(Bytes bytes) {
    return png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) != 0;
  }
  [[nodiscard]] std::string problem() const { return fmt::format("damaged PNG ({}), get it again", image.message); }
};

struct JpegDestroy {
  void operator()(void* decoder) const { tjDestroy(decoder); }
};
using JpegDecoder = std::unique_ptr<void, JpegDestroy>;

std::string jpeg_problem(const JpegDecoder& decoder) {
  return fmt::format("damaged JPEG ({}), get it again", tjGetErrorStr2(decoder.get()));
}

const unsigned char* jpeg_bytes(Bytes bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

Result<ImageHeader> png_header(const std::filesystem::path& file, Bytes bytes) {
  constexpr std::size_t kTail = 256;
  const Bytes tail = bytes.subspan(bytes.size() - std::min(bytes.size(), kTail));
  if (text_of(tail).find(kPngEnd) == std::string_view::npos) return failed(file, "truncated PNG, get it again");
  PngReader reader;
  if (!reader.begin(bytes)) return failed(file, reader.problem());
  return ImageHeader{reader.image.height, reader.image.width, (reader.image.format & PNG_FORMAT_FLAG_COLOR) != 0};
}

Result<ImageHeader> jpeg_header(const std::filesystem::path& file, Bytes bytes) {
  const JpegDecoder decoder(tjInitDecompress());
  int width = 0;
  int height = 0;
  int sampling = 0;
  int colours = 0;
  if (tjDecompressHeader3(decoder.get(), jpeg_bytes(bytes), bytes.size(), &width, &height, &sampling, &colours) != 0) {
    return failed(file, jpeg_problem(decoder));
  }
  return ImageHeader{height, width, colours != TJCS_GRAY};
}

Result<ImageHeader> header_of(const std::filesystem::path& file, Bytes bytes) {
  if (text_of(bytes).starts_with(kPngStart)) return png_header(file, bytes);
  if (text_of(bytes).starts_with(kJpegStart)) return jpeg_header(file, bytes);
  return failed(file, "neither PNG nor JPEG, whatever its name says");
}

/// Into rows of interleaved pixels.
Result<Unit> decode(const std::filesystem::path& file, Bytes bytes, std::int64_t channels,
                    std::span<std::uint8_t> pixels) {
  if (text_of(bytes).starts_with(kPngStart)) {
    PngReader reader;
    if (!reader.begin(bytes)) return failed(file, reader.problem());
    reader.image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    const png_color black{};
    if (png_image_finish_read(&reader.image, &black, pixels.data(), 0, nullptr) == 0) {
      return failed(file, reader.problem());
    }
    return Unit{};
  }
  const JpegDecoder decoder(tjInitDecompress());
  const int format = channels == 1 ? TJPF_GRAY : TJPF_RGB;
  const int flags = TJFLAG_STOPONWARNING | TJFLAG_ACCURATEDCT;
  if (tjDecompress2(decoder.get(), jpeg_bytes(bytes), bytes.size(), pixels.data(), 0, 0, 0, format, flags) != 0) {
    return failed(file, jpeg_problem(decoder));
  }
  return Unit{};
}

}  // namespace

Result<ImageHeader> read_image_header(const std::filesystem::path& file) {
  const auto mapped = MappedFile::open(file);
  if (!mapped) return mapped.error();
  return header_of(file, (*mapped)->bytes());
}

Result<Unit> decode_image(const std::filesystem::path& file, const ImageHeader& header, std::int64_t channels,
                          std::span<std::uint8_t> into) {
  const auto mapped = MappedFile::open(file);
  if (!mapped) return mapped.error();
  const Bytes bytes = (*mapped)->bytes();
  const auto found = header_of(file, bytes);
  if (!found) return found.error();
  if (found->height != header.height || found->width != header.width) return failed(file, "changed while it was read");
  if (channels == 1) return decode(file, bytes, channels, into);
  std::vector<std::uint8_t> pixels(into.size());
  const Result<Unit> decoded = decode(file, bytes, channels, pixels);
  if (!decoded) return decoded;
  const auto planes = static_cast<std::size_t>(channels);
  const std::size_t positions = into.size() / planes;
  for (std::size_t p = 0; p < positions; ++p) {
    for (std::size_t c = 0; c < planes; ++c) into[c * positions + p] = pixels[p * planes + c];
  }
  return Unit{};
}

}  // namespace nas
