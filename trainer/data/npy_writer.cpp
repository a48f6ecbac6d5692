#include "trainer/data/npy_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace nas {
namespace {

std::string header_text(ElementType element, const std::vector<std::int64_t>& shape) {
  constexpr const char* kTypes[] = {"|u1", "<i2", "<f4"};
  constexpr std::size_t kBefore = 10;  // the magic number, the version and the length
  constexpr std::size_t kAligned = 64;
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}",
                  kTypes[static_cast<std::size_t>(element)], fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  text.append(kAligned - 1 - (kBefore + text.size()) % kAligned, ' ');
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(text.size() & 0xFF);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

}  // namespace

Result<NpyWriter> NpyWriter::create(const std::filesystem::path& file, ElementType element,
                                    std::vector<std::int64_t> shape) {
  constexpr mode_t kMode = 0666;
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
  NpyWriter writer(file.string(), descriptor, element, std::move(shape));
  if (descriptor < 0) return writer.failed("can't be written");
  const std::string header = header_text(element, writer.shape_);
  std::size_t bytes = bytes_of(element);
  for (const std::int64_t size : writer.shape_) bytes *= static_cast<std::size_t>(size);
  if (const auto written = writer.write(0, std::as_bytes(std::span(header))); !written) return written.error();
  writer.offset_ = header.size();
  // So that a full disk is found now and not after hours.
  const int error = bytes == 0 ? 0 : posix_fallocate(descriptor, 0, static_cast<off_t>(writer.offset_ + bytes));
  if (error != 0) return Error{fmt::format("{}: can't be written: {}", writer.name_, std::strerror(error))};
  return writer;
}

NpyWriter::NpyWriter(NpyWriter&& other) noexcept
    : name_(std::move(other.name_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      element_(other.element_),
      shape_(std::move(other.shape_)),
      offset_(other.offset_) {}

NpyWriter::~NpyWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Error NpyWriter::failed(const char* what) const {
  return Error{fmt::format("{}: {}: {}", name_, what, std::strerror(errno))};
}

Result<Unit> NpyWriter::write(std::int64_t first, std::span<const std::byte> bytes) {
  std::size_t place = offset_ + static_cast<std::size_t>(first) * bytes_of(element_);
  while (!bytes.empty()) {
    const ssize_t written = pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(place));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("can't be written");
    place += static_cast<std::size_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return Unit{};
}

Result<Unit> NpyWriter::close() {
  if (::close(std::exchange(descriptor_, -1)) != 0) return failed("can't be written");
  return Unit{};
}

}  // namespace nas
