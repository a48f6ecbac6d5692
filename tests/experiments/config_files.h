// Experiment files for the tests of experiments/config, in a folder that goes when the test ends.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "experiments/config/load_experiment.h"

namespace nas {

class ConfigFiles : public testing::Test {
 protected:
  ConfigFiles() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string("nas_config_") + test->test_suite_name() + "_" + test->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "images");
    write("images/train-images-idx3-ubyte", idx({220, 8, 8}, 220 * 8 * 8));
    std::string labels = idx({220}, 220);
    for (std::size_t i = 0; i < 220; ++i) labels[labels.size() - 220 + i] = static_cast<char>(i % 10);
    write("images/train-labels-idx1-ubyte", labels);
  }
  ~ConfigFiles() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  /// Of the experiment t.yaml with this text; the folder's name is cut off.
  [[nodiscard]] std::string errors(const std::string& text, const std::vector<std::string>& sets = {}) const {
    const auto loaded = load_experiment(write("t.yaml", text), sets);
    if (loaded.ok()) return "no error";
    std::string message = loaded.error().message;
    const std::string prefix = folder_.string() + "/";
    for (std::size_t at = message.find(prefix); at != std::string::npos; at = message.find(prefix)) {
      message.erase(at, prefix.size());
    }
    return message;
  }

  /// Loads t.yaml with this text. REQUIRES: it is right.
  [[nodiscard]] LoadedExperiment load(const std::string& text, const std::vector<std::string>& sets = {}) const {
    auto loaded = load_experiment(write("t.yaml", text), sets);
    EXPECT_TRUE(loaded.ok()) << loaded.error().message;
    return loaded.ok() ? *loaded : LoadedExperiment{};
  }

  std::filesystem::path folder_;

 private:
  /// The header of LeCun's idx format for bytes, and as many zeros as asked for.
  static std::string idx(const std::vector<unsigned char>& sizes, std::size_t bytes) {
    std::string text{'\0', '\0', '\x08', static_cast<char>(sizes.size())};
    for (const unsigned char size : sizes) text += std::string{'\0', '\0', '\0', static_cast<char>(size)};
    return text + std::string(bytes, '\0');
  }
};

/// The lines that every experiment on the folder's own images begins with (two lines).
inline const std::string kImages = "space: nas_bench_201\ndata: {folder: images, train: 200, validation: 10}\n";

}  // namespace nas
