#include "experiments/train/gentle_end.h"

#include <gtest/gtest.h>

#include <csignal>

#include "tests/experiments/store_fixture.h"

namespace nas {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryDirectory;

constexpr double kLongGrace = 1e6;  // seconds

class GentleEndTest : public ::testing::Test {
 protected:
  void keep(const std::string& training, const std::string& name, int seconds) const {
    const fs::path file = directory_.path() / training / name;
    fs::create_directories(file.parent_path());
    testing::write_text(file, "checkpoint");
    fs::last_write_time(file, fs::file_time_type() + std::chrono::seconds(seconds));
  }
  GentleEnd::Training training(std::size_t number) const {
    return {number, directory_.path() / std::to_string(number)};
  }
  TemporaryDirectory directory_;
};

TEST(GentleEndWalltime, LeavesTimeToTrain) {
  Resources resources;
  resources.grace_seconds = 10;
  EXPECT_TRUE(check_walltime(0, resources));
  EXPECT_TRUE(check_walltime(26, resources));
  const auto refused = check_walltime(25, resources);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "--walltime of 25 s leaves no time to train (25 s are kept for the next checkpoints and the end), ask for "
            "more, or lower resources.grace_seconds");
}

// A signal to this process cannot be taken back, so one test tells the whole story.
TEST_F(GentleEndTest, WaitsForACheckpointOfEachThatRuns) {
  GentleEnd end({0, kLongGrace});
  const std::vector<GentleEnd::Training> running = {training(0), training(1), {2, {}}};
  keep("0", "epoch-00001.safetensors", 100);
  EXPECT_FALSE(end.is_over(running));
  EXPECT_FALSE(end.has_begun());

  std::raise(SIGUSR1);
  EXPECT_FALSE(end.is_over(running)) << "0 and 1 have none of now; 2 keeps none";
  EXPECT_TRUE(end.has_begun());
  EXPECT_STREQ(end.reason(), "SIGUSR1");
  keep("0", "epoch-00002.safetensors", 200);
  EXPECT_FALSE(end.is_over(running)) << "1 still has none";
  keep("1", "epoch-00001.new", 200);
  EXPECT_FALSE(end.is_over(running)) << "it is being written";
  keep("1", "epoch-00001.safetensors", 50);
  EXPECT_TRUE(end.is_over(running));
  EXPECT_TRUE(end.is_over({})) << "all have finished";
}

}  // namespace
}  // namespace nas
