// One array in NumPy's .npy format (version 1 to 3), as bytes that may be mapped from its file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nas/result.h"

namespace nas {

/// `descr` without its byte order: b1, u1, i2, f4 and the like.
struct NpyHeader {
  char kind = 'u';  // b, i, u or f
  std::size_t item_bytes = 1;
  std::vector<std::int64_t> shape;
  std::size_t data_offset = 0;  // bytes

  [[nodiscard]] std::size_t data_bytes() const;
  /// "uint8 (664, 96, 96, 3)".
  [[nodiscard]] std::string text() const;
};

struct NpyArray {
  std::string name;  // "file.npz: images", for errors
  NpyHeader header;
  std::span<const std::byte> data;   // header.data_bytes(); may be unaligned
  std::shared_ptr<const void> keep;  // owns the data
};

/// From the first bytes of an array: at most kMostNpyHeaderBytes are looked at. Error: not an
/// array, a type or an order of elements that is not read, or damaged; begins with `name`.
inline constexpr std::size_t kMostNpyHeaderBytes = 4096;
[[nodiscard]] Result<NpyHeader> parse_npy_header(std::span<const std::byte> bytes, const std::string& name);

/// The header's array within the whole content of a file. Error: also too short or too long.
[[nodiscard]] Result<NpyArray> npy_from_bytes(std::span<const std::byte> bytes, std::shared_ptr<const void> keep,
                                              const std::string& name);

/// A .npy file, mapped.
[[nodiscard]] Result<NpyArray> map_npy_file(const std::filesystem::path& file);

/// `count` elements of the array from `first` as another type. Float targets take anything; bytes
/// take b1 and u1, 16-bit integers i1 and i2 too. REQUIRES: the range is within the array, and the type fits.
void copy_elements(const NpyArray& array, std::size_t first, std::span<std::uint8_t> into);
void copy_elements(const NpyArray& array, std::size_t first, std::span<std::int16_t> into);
void copy_elements(const NpyArray& array, std::size_t first, std::span<float> into);
/// Integers of any size; unsigned ones above the largest int64 come out negative.
void copy_elements(const NpyArray& array, std::size_t first, std::span<std::int64_t> into);

}  // namespace nas
