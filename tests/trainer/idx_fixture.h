// Small IDX files in a folder of their own, for tests.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace nas {

using Bytes = std::vector<std::uint8_t>;

inline Bytes idx_header(const std::vector<std::uint32_t>& sizes, std::uint8_t type = 0x08) {
  Bytes bytes = {0, 0, type, static_cast<std::uint8_t>(sizes.size())};
  for (const std::uint32_t size : sizes) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(size >> shift));
  }
  return bytes;
}

inline Bytes idx_content(const std::vector<std::uint32_t>& sizes, const Bytes& data) {
  Bytes bytes = idx_header(sizes);
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

class IdxFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() /
        ("nas_idx_" + std::to_string(getpid()) + "_" + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& name, const Bytes& bytes) const {
    std::ofstream stream(folder_ / name, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return folder_ / name;
  }

  /// `mode` as gzopen has it: "ab" adds a member.
  std::filesystem::path write_gz(const std::string& name, const Bytes& bytes, const char* mode = "wb") const {
    gzFile file = gzopen((folder_ / name).c_str(), mode);
    gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
    return folder_ / name;
  }

  /// `images` of 1x3x2; image i is filled with i, its label is i modulo `classes`.
  void write_set(std::uint32_t images, std::uint32_t classes) const {
    Bytes pixels;
    Bytes labels;
    for (std::uint32_t i = 0; i < images; ++i) {
      pixels.insert(pixels.end(), 6, static_cast<std::uint8_t>(i));
      labels.push_back(static_cast<std::uint8_t>(i % classes));
    }
    write_gz("train-images-idx3-ubyte.gz", idx_content({images, 3, 2}, pixels));
    write("train-labels-idx1-ubyte", idx_content({images}, labels));
  }

  std::filesystem::path folder_;
};

}  // namespace nas
