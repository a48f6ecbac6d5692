#include "trainer/data_options.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/trainer/idx_fixture.h"
#include "trainer/image_set.h"

namespace nas {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Data : public IdxFolder {
 protected:
  DataOptions here(std::int64_t train, std::int64_t validation) const {
    return {.set = "idx", .folder = folder_.string(), .train = train, .validation = validation};
  }
  static std::string error_of(const DataOptions& data) {
    const auto described = describe_data(data);
    return described.ok() ? "no error" : described.error().message;
  }
};

TEST_F(Data, DescribesWhatWillBeUsed) {
  write_set(20, 4);
  const auto described = describe_data(here(12, 5));
  ASSERT_TRUE(described.ok()) << described.error().message;
  const DataDescription expected{.input = {.channels = 1, .dims = 2, .size = {3, 2, 1}},
                                 .classes = 4,
                                 .train = 12,
                                 .validation = 5,
                                 .available = 20};
  EXPECT_EQ(*described, expected);
}

TEST_F(Data, AllMeansWhatValidationLeaves) {
  write_set(20, 4);
  EXPECT_EQ(describe_data(here(DataOptions::kAllThatRemain, 5))->train, 15);
  EXPECT_EQ(describe_data(here(DataOptions::kAllThatRemain, 18))->train, 2);
  EXPECT_THAT(error_of(here(DataOptions::kAllThatRemain, 19)), StartsWith("data.validation: "));
}

TEST_F(Data, CountsTheImagesThatThereAre) {
  write_set(20, 4);
  EXPECT_TRUE(describe_data(here(15, 5)).ok());
  EXPECT_THAT(error_of(here(16, 5)), AllOf(StartsWith("data.train: "), HasSubstr("of 20")));
}

TEST_F(Data, ColourImagesHaveAnAxisOfChannels) {
  write("train-images-idx3-ubyte", idx_content({2, 3, 1, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  write("train-labels-idx1-ubyte", idx_content({2}, {0, 1}));
  const Result<ImageSet> set = find_image_set("idx")->load(folder_);
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_EQ(set->facts.image, (Shape{.channels = 3, .dims = 2, .size = {1, 2, 1}}));
  EXPECT_EQ(set->pixels.size(), 12U);
  EXPECT_EQ(set->facts.labels, (std::vector<std::uint8_t>{0, 1}));
}

TEST_F(Data, ErrorsNameTheKeyAndTheRemedy) {
  EXPECT_THAT(error_of({.set = "fashion_minst"}), AllOf(StartsWith("data.set: "), HasSubstr("fashion_mnist")));
  EXPECT_THAT(error_of({.set = "idx"}), AllOf(StartsWith("data.folder: "), HasSubstr("not given")));
  EXPECT_THAT(error_of({.set = "fashion_mnist", .folder = (folder_ / "none").string()}),
              AllOf(StartsWith("data.folder: "), HasSubstr("no such folder"), HasSubstr("dataset-fashion-mnist")));
  EXPECT_THAT(error_of(here(1, 1)), HasSubstr("holds no train-images-idx3-ubyte[.gz]"));
}

TEST_F(Data, FilesMustBelongTogether) {
  write_set(20, 4);
  write("train-labels-idx1-ubyte", idx_content({19}, Bytes(19, 1)));
  EXPECT_THAT(error_of(here(2, 2)), HasSubstr("19 labels for 20 images"));
  write("train-labels-idx1-ubyte", idx_content({20, 1}, Bytes(20, 1)));
  EXPECT_THAT(error_of(here(2, 2)), HasSubstr("labels need 1"));
  write("train-labels-idx1-ubyte", idx_content({20}, Bytes(18, 1)));
  EXPECT_THAT(error_of(here(2, 2)), HasSubstr("truncated"));
}

TEST(ImageSets, ADashInANameIsAnUnderscore) {
  EXPECT_EQ(find_image_set("fashion-mnist"), find_image_set("fashion_mnist"));
  EXPECT_NE(find_image_set("fashion-mnist"), nullptr);
  EXPECT_EQ(find_image_set("cifar"), nullptr);
}

TEST(DataOptionRows, RoundTripWithTheirWords) {
  DataOptions data;
  EXPECT_EQ(options_to_json(options(data)), nlohmann::json::parse(R"({"set": "fashion_mnist", "folder": "",
    "train": "all", "validation": 5000, "split_seed": "run"})"));
  const DataOptions other{.set = "idx", .folder = "f", .train = 7, .validation = 3, .split_seed = 9};
  DataOptions from = other;
  DataOptions to;
  ASSERT_TRUE(options_from_json(options(to), options_to_json(options(from))).ok());
  EXPECT_EQ(to, other);
}

}  // namespace
}  // namespace nas
