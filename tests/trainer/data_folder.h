// Fixture: a folder that a test fills with small files of data.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>
#include <zip.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trainer/data/data_format.h"

namespace nas {

class DataFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("nas_data_" + std::to_string(getpid()) + "_" + test->test_suite_name() + "_" + test->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream stream(folder_ / name, std::ios::binary);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return folder_ / name;
  }

  static std::string read(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  /// NumPy's own header, version 1; `descr` such as "|u1", `shape` such as "3, 2".
  template <class T>
  static std::string npy(const std::string& descr, const std::string& shape, const std::vector<T>& values,
                         const std::string& order = "False") {
    std::string header = "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': (" + shape + "), }";
    while ((10 + header.size() + 1) % 64 != 0) header += ' ';
    header += '\n';
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes += static_cast<char>(header.size() & 0xFF);
    bytes += static_cast<char>(header.size() >> 8);
    return bytes + header + std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  }

  enum class Packing { Stored, Deflated };
  std::filesystem::path write_npz(const std::string& name,
                                  const std::vector<std::pair<std::string, std::string>>& arrays,
                                  Packing packing) const {
    int code = 0;
    zip_t* const archive = zip_open((folder_ / name).c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    for (const auto& [array, bytes] : arrays) {
      zip_source_t* const source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
      const zip_int64_t index = zip_file_add(archive, (array + ".npy").c_str(), source, 0);
      const zip_int32_t method = packing == Packing::Stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE;
      zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), method, 0);
    }
    EXPECT_EQ(zip_close(archive), 0);
    return folder_ / name;
  }

  static std::string error_of(const DataOptions& data) {
    const auto facts = inspect_data(data);
    if (!facts) return facts.error().message;
    const auto set = open_data(data);
    if (!set) return set.error().message;
    return first_error(*set);
  }

  /// Of the records, in their order.
  static std::string first_error(const DataSet& set) {
    for (std::int64_t i = 0; i < set.facts.records; ++i) {
      std::vector<std::byte> input(set.facts.input_bytes());
      std::vector<std::byte> target(set.facts.target_bytes());
      const auto read = set.reader->read(i, {input, target});
      if (!read) return read.error().message;
    }
    return "no error";
  }

  /// Input and target of one record as numbers of these types.
  template <class Input, class Target = std::uint8_t>
  static std::pair<std::vector<Input>, std::vector<Target>> record(const DataSet& set, std::int64_t index) {
    std::vector<Input> input(set.facts.input_bytes() / sizeof(Input));
    std::vector<Target> target(set.facts.target_bytes() / sizeof(Target));
    const auto read =
        set.reader->read(index, {std::as_writable_bytes(std::span(input)), std::as_writable_bytes(std::span(target))});
    EXPECT_TRUE(read.ok()) << read.error().message;
    return {input, target};
  }

  std::filesystem::path folder_;
};

}  // namespace nas
