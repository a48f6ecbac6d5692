#include "trainer/checkpoint_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

namespace nas {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CheckpointKeeperTest : public ::testing::Test {
 protected:
  CheckpointKeeperTest() {
    std::string name = (fs::temp_directory_path() / "nas-keeper-XXXXXX").string();
    NAS_CHECK(mkdtemp(name.data()) != nullptr, "no temporary directory");
    root_ = name;
  }
  ~CheckpointKeeperTest() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  CheckpointKeeper keeper(const TrainingOptions& training, std::int64_t full_epochs) {
    return {{.folder = root_ / "own", .continue_from = root_ / "earlier"},
            training,
            full_epochs,
            [this](const std::string& note) { notes_.push_back(note); }};
  }
  /// Contents in the order in which they are offered; `good` is taken.
  std::vector<std::string> offered(const std::string& good) {
    std::vector<std::string> contents;
    (void)keeper({.epochs = 9}, 9).restore_newest([&](std::string_view content) -> Result<Unit> {
      contents.emplace_back(content);
      if (content == good) return Unit{};
      return Error{"it is bad"};
    });
    return contents;
  }
  static std::vector<std::string> names(const fs::path& folder) {
    std::vector<std::string> names;
    for (const fs::path& file : checkpoint_files(folder)) names.push_back(file.filename().string());
    return names;
  }

  fs::path root_;
  std::vector<std::string> notes_;
};

TEST_F(CheckpointKeeperTest, IsDueByEpochsAndAtTheEndOfAPart) {
  const TrainingOptions every_two{.epochs = 5, .checkpoint_epochs = 2, .checkpoint_minutes = 0};
  const auto due = [](const CheckpointKeeper& one) {
    std::vector<std::int32_t> epochs;
    for (std::int32_t epoch = 1; epoch <= 5; ++epoch) {
      if (one.due(epoch)) epochs.push_back(epoch);
    }
    return epochs;
  };
  EXPECT_THAT(due(keeper(every_two, 9)), ElementsAre(2, 4, 5));
  EXPECT_THAT(due(keeper(every_two, 5)), ElementsAre(2, 4)) << "nothing goes on from its end";
  const TrainingOptions never{.epochs = 5, .checkpoint_epochs = 0, .checkpoint_minutes = 0};
  EXPECT_THAT(due(keeper(never, 9)), ElementsAre(5));
  const CheckpointPlan whole{.folder = root_ / "own", .keep_end = true};
  EXPECT_THAT(due(CheckpointKeeper(whole, never, 5, [](const std::string&) {})), ElementsAre(5)) << "its job goes on";
  EXPECT_THAT(due(CheckpointKeeper({}, every_two, 9, [](const std::string&) {})), IsEmpty()) << "no folder to write to";
}

TEST_F(CheckpointKeeperTest, KeepsTheNewestTwo) {
  CheckpointKeeper one = keeper({.epochs = 200'000}, 200'000);
  for (const std::int32_t epoch : {8, 9, 10, 99'999, 100'000}) one.keep(epoch, 0, std::to_string(epoch));
  EXPECT_THAT(names(root_ / "own"), ElementsAre("epoch-100000.safetensors", "epoch-99999.safetensors"));
  EXPECT_THAT(notes_, IsEmpty());
}

TEST_F(CheckpointKeeperTest, ThoseThatWerePassedOverGoAndNotTheNewOne) {
  CheckpointKeeper one = keeper({.epochs = 9}, 9);
  for (const std::int32_t epoch : {7, 8}) one.keep(epoch, 0, "of another version");
  one.keep(1, 0, "anew");
  EXPECT_THAT(names(root_ / "own"), ElementsAre("epoch-00001.safetensors"));
}

TEST_F(CheckpointKeeperTest, StepsOfTheNextEpochComeBeforeItsEnd) {
  fs::create_directories(root_ / "own");
  for (const char* const name :
       {"epoch-x.safetensors", "epoch-00009-step-.safetensors", "epoch-00009 (copy).safetensors"}) {
    std::ofstream(root_ / "own" / name) << "no checkpoint";
  }
  CheckpointKeeper one = keeper({.epochs = 9}, 9);
  one.keep(0, 40, "first epoch");
  one.keep(1, 0, "its end");
  EXPECT_THAT(names(root_ / "own"), ElementsAre("epoch-00001.safetensors", "epoch-00000-step-0000040.safetensors"));
  one.keep(1, 9'999'999, "long");
  one.keep(1, 10'000'000, "longer");
  EXPECT_THAT(offered("none"), ElementsAre("longer", "long"));
  one.keep(2, 0, "end");
  EXPECT_THAT(offered("none"), ElementsAre("end", "longer"));
}

TEST_F(CheckpointKeeperTest, WithinAnEpochMinutesCount) {
  EXPECT_TRUE(keeper({.epochs = 9, .checkpoint_minutes = 1e-12}, 9).due_within_epoch());
  EXPECT_FALSE(keeper({.epochs = 9, .checkpoint_epochs = 1, .checkpoint_minutes = 0}, 9).due_within_epoch());
  EXPECT_FALSE(keeper({.epochs = 9, .checkpoint_minutes = 60}, 9).due_within_epoch());
  const TrainingOptions always{.epochs = 9, .checkpoint_minutes = 1e-12};
  EXPECT_FALSE(CheckpointKeeper({}, always, 9, [](const std::string&) {}).due_within_epoch()) << "no folder";
}

TEST_F(CheckpointKeeperTest, OffersTheNewestFirstAndItsOwnBeforeOthers) {
  fs::create_directories(root_ / "earlier");
  std::ofstream(root_ / "earlier/epoch-00002.safetensors") << "e2";
  std::ofstream(root_ / "earlier/epoch-00003.safetensors") << "e3";
  std::ofstream(root_ / "earlier/epoch-00004.safetensors.new") << "half";
  CheckpointKeeper own = keeper({.epochs = 9}, 9);
  own.keep(5, 0, "o5");
  own.keep(6, 0, "o6");
  EXPECT_THAT(offered("o6"), ElementsAre("o6"));
  EXPECT_THAT(offered("e2"), ElementsAre("o6", "o5", "e3", "e2"));
  notes_.clear();
  EXPECT_EQ(offered("none").size(), 4U);
  ASSERT_EQ(notes_.size(), 5U);
  EXPECT_THAT(notes_[0], HasSubstr("epoch-00006.safetensors is passed over: it is bad"));
  EXPECT_THAT(notes_[4], HasSubstr("trains from the start"));
}

TEST_F(CheckpointKeeperTest, WhatCannotBeWrittenIsSaidOnce) {
  std::ofstream(root_ / "own") << "a file where the folder is to be";
  CheckpointKeeper one = keeper({.epochs = 9}, 9);
  one.keep(1, 0, "x");
  one.keep(2, 0, "x");
  ASSERT_EQ(notes_.size(), 1U);
  EXPECT_THAT(notes_[0], HasSubstr("the training goes on"));
}

}  // namespace
}  // namespace nas
