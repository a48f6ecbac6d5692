#include "nas/durable_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <iterator>

namespace nas {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class DurableFileTest : public ::testing::Test {
 protected:
  DurableFileTest() {
    std::string name = (fs::temp_directory_path() / "nas-durable-XXXXXX").string();
    NAS_CHECK(mkdtemp(name.data()) != nullptr, "no temporary directory");
    folder_ = name;
  }
  ~DurableFileTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  static std::string content(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  fs::path folder_;
};

TEST_F(DurableFileTest, ReplacesAsAWhole) {
  const fs::path file = folder_ / "file";
  ASSERT_TRUE(write_durably(file, std::string(100'000, 'a')).ok());
  ASSERT_TRUE(write_durably(file, std::string("b\0c", 3)).ok());
  EXPECT_EQ(content(file), std::string("b\0c", 3));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "nothing is left beside it";
}

TEST_F(DurableFileTest, AFullDiskLeavesTheOldContent) {
  const fs::path file = folder_ / "file";
  ASSERT_TRUE(write_durably(file, "old").ok());
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{1000, before.rlim_max};
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const Result<Unit> written = write_durably(file, std::string(5000, 'x'));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written.ok());
  EXPECT_THAT(written.error().message, HasSubstr("file.new (File too large)"));
  EXPECT_EQ(content(file), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "half a file is removed";
}

TEST_F(DurableFileTest, SaysWhyThereIsNone) {
  EXPECT_THAT(write_durably(folder_ / "no/such/file", "x").error().message, HasSubstr("No such file or directory"));
  EXPECT_THAT(sync_directory(folder_ / "none").error().message, HasSubstr("No such file or directory"));
}

}  // namespace
}  // namespace nas
