// A small benchmark in a folder of its own, which goes when the test ends.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "experiments/bench/benchmark.h"

namespace nas {

class BenchFiles : public ::testing::Test {
 protected:
  BenchFiles() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(::testing::TempDir()) /
              (std::string("nas_bench_") + test->test_suite_name() + "_" + test->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    write("two.yaml", "space: two\nchoices:\n  a: {choose: [x, y, z]}\n  b: {choose: [u, v]}\n");
    write("table.csv", kTable);
  }
  ~BenchFiles() override { std::filesystem::remove_all(folder_); }

  // Genotypes by rising value of `seen`: 00 10 01 20 11 21.
  static constexpr const char* kTable =
      "genotype,seen,test,price\n"
      "00,1,10,6\n"
      "10,2,30,5\n"
      "01,3,20,4\n"
      "20,4,20,2\n"
      "11,4,50,3\n"
      "21,5,40,9\n";
  static constexpr const char* kSingle =
      "space: two.yaml\n"
      "table: {file: table.csv}\n"
      "objectives: [{maximize: seen}]\n"
      "report: {maximize: test}\n"
      "evaluations: 6\n"
      "at: [2, 4]\n"
      "seeds: 8\n"
      "algorithms: [random, aging_evolution]\n";
  static constexpr const char* kFront =
      "space: two.yaml\n"
      "table: {file: table.csv}\n"
      "objectives: [{maximize: seen}, {minimize: price}]\n"
      "evaluations: 6\n"
      "seeds: 8\n"
      "algorithms: [nsga2]\n";

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  [[nodiscard]] BenchRequest request(const std::string& text, std::vector<std::string> sets = {},
                                     std::vector<std::string> algorithms = {}) const {
    return {write("b.yaml", text), std::move(sets), std::move(algorithms)};
  }

  /// REQUIRES: it is right.
  [[nodiscard]] BenchConfig config(const std::string& text, std::vector<std::string> sets = {},
                                   std::vector<std::string> algorithms = {}) const {
    auto loaded = load_bench(request(text, std::move(sets), std::move(algorithms)));
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    return loaded.ok() ? loaded->config : BenchConfig{};
  }

  /// REQUIRES: it is right.
  [[nodiscard]] std::unique_ptr<const Benchmark> benchmark(const std::string& text,
                                                           std::vector<std::string> sets = {}) const {
    auto loaded = load_bench(request(text, std::move(sets)));
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    auto made = Benchmark::make(std::move(*loaded), 2);
    EXPECT_TRUE(made.ok()) << made.error().message;
    return std::move(*made);
  }

  /// What is wrong with it; the folder's name is cut off.
  [[nodiscard]] std::string errors(const std::string& text, std::vector<std::string> sets = {},
                                   std::vector<std::string> algorithms = {}) const {
    auto loaded = load_bench(request(text, std::move(sets), std::move(algorithms)));
    if (!loaded) return without_folder(loaded.error().message);
    const auto made = Benchmark::make(std::move(*loaded), 2);
    return made ? "no error" : without_folder(made.error().message);
  }

  [[nodiscard]] std::string without_folder(std::string message) const {
    const std::string prefix = folder_.string() + "/";
    for (std::size_t at = message.find(prefix); at != std::string::npos; at = message.find(prefix)) {
      message.erase(at, prefix.size());
    }
    return message;
  }

  std::filesystem::path folder_;
};

}  // namespace nas
