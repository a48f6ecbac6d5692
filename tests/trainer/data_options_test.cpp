#include "trainer/data_options.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/trainer/idx_fixture.h"
#include "trainer/data/data_format.h"

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
  const DataDescription expected{.task = TaskKind::Classification,
                                 .input = {.channels = 1, .dims = 2, .size = {3, 2, 1}},
                                 .classes = 4,
                                 .output = {.channels = 4},
                                 .train = 12,
                                 .validation = 5,
                                 .available = 20};
  EXPECT_EQ(*described, expected);
}

TEST_F(Data, AllMeansWhatValidationLeaves) {
  write_set(20, 4);
  EXPECT_EQ(describe_data(here(DataOptions::kAllThatRemain, DataOptions::kAutoValidation))->validation, 4);
  EXPECT_EQ(describe_data(here(DataOptions::kAllThatRemain, 5))->train, 15);
  EXPECT_EQ(describe_data(here(DataOptions::kAllThatRemain, 18))->train, 2);
  EXPECT_THAT(error_of(here(DataOptions::kAllThatRemain, 19)), StartsWith("data.validation: "));
}

TEST_F(Data, FoldsTakeThePlaceOfAValidationPart) {
  write_set(20, 4);
  const auto folds = [this](std::int64_t count, std::int64_t train = DataOptions::kAllThatRemain) {
    DataOptions data = here(train, DataOptions::kAutoValidation);
    data.folds = count;
    return data;
  };
  const auto described = describe_data(folds(3));
  ASSERT_TRUE(described.ok()) << described.error().message;
  EXPECT_EQ(described->folds, 3);
  EXPECT_EQ(described->validation, 7) << "20 records: 7, 7 and 6";
  EXPECT_EQ(described->train, 13);
  EXPECT_EQ(describe_data(folds(4, 10))->validation, 3);
  EXPECT_EQ(describe_data(folds(4, 10))->train, 7);
  EXPECT_TRUE(describe_data(folds(20)).ok()) << "one is left out at a time";
  EXPECT_THAT(error_of(folds(21)), StartsWith("data.folds: 21 folds of 20 records"));
  EXPECT_THAT(error_of(folds(2, 2)), StartsWith("data.folds: 2 folds of 2 records"));
  EXPECT_THAT(error_of(folds(1)), AllOf(StartsWith("data.folds: 1 fold"), HasSubstr("try 5")));
  EXPECT_THAT(error_of(folds(3, 21)), StartsWith("data.train: 21 records of 20"));
  DataOptions both = folds(3);
  both.validation = 5;
  EXPECT_THAT(error_of(both), AllOf(StartsWith("data.folds: 3"), HasSubstr("data.validation is given")));
  DataFacts fixed{.records = 20};
  fixed.fixed_validation = 5;
  EXPECT_THAT(describe_parts(folds(3), fixed).error().message, HasSubstr("a validation part of their own"));
  EXPECT_EQ(without_folds(folds(3)).folds, 0);
  const auto one = describe_data(without_folds(folds(4, 10)));
  ASSERT_TRUE(one.ok()) << one.error().message;
  EXPECT_EQ(one->validation, 3);
  EXPECT_EQ(one->train, 7);
}

TEST_F(Data, CountsTheImagesThatThereAre) {
  write_set(20, 4);
  EXPECT_TRUE(describe_data(here(15, 5)).ok());
  EXPECT_THAT(error_of(here(16, 5)), AllOf(StartsWith("data.train: "), HasSubstr("of 20")));
}

TEST_F(Data, ColourImagesHaveAnAxisOfChannels) {
  write("train-images-idx3-ubyte", idx_content({2, 3, 1, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  write("train-labels-idx1-ubyte", idx_content({2}, {0, 1}));
  const Result<DataSet> set = open_data(here(1, 1));
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_EQ(set->facts.input, (Shape{.channels = 3, .dims = 2, .size = {1, 2, 1}}));
  EXPECT_EQ(set->facts.labels, (std::vector<std::int64_t>{0, 1}));
  Bytes pixels(6);
  ASSERT_TRUE(set->reader->read(1, {std::as_writable_bytes(std::span(pixels)), {}}).ok());
  EXPECT_EQ(pixels, (Bytes{7, 8, 9, 10, 11, 12}));
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

/// Three images of class 0 or 1.
class TestPart : public Data {
 protected:
  void write_test(const Bytes& labels, std::uint32_t width = 2) const {
    write("t10k-images-idx3-ubyte", idx_content({3, 3, width}, Bytes(std::size_t{9} * width, 77)));
    write("t10k-labels-idx1-ubyte", idx_content({static_cast<std::uint32_t>(labels.size())}, labels));
  }
};

TEST_F(TestPart, TakesThePlaceOfTheValidationPart) {
  write_set(20, 2);
  write_test({1, 0, 1});
  EXPECT_EQ(describe_data(here(12, 5))->available, 20) << "a search does not open it";
  const auto parts = describe_test_part(here(12, 5));
  ASSERT_TRUE(parts.ok()) << parts.error().message;
  EXPECT_EQ(parts->validation, 3);
  const auto set = open_data(*with_test_part(here(12, 5)));
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_EQ(set->facts.fixed_validation, 3);
  EXPECT_EQ(set->facts.labels[20], 1);
  std::vector<std::byte> pixels(set->facts.input_bytes());
  ASSERT_TRUE(set->reader->read(22, {pixels, {}}).ok());
  EXPECT_EQ(std::to_integer<int>(pixels[5]), 77);
}

TEST_F(TestPart, MustBeOfTheSameKind) {
  write_set(20, 2);
  const auto error = [&] {
    const auto parts = describe_test_part(here(12, 5));
    return parts.ok() ? std::string("no error") : parts.error().message;
  };
  EXPECT_THAT(error(), HasSubstr("holds no t10k-images-idx3-ubyte"));
  write_test({0, 1, 2});
  EXPECT_THAT(error(), HasSubstr("an image of class 2, training has classes 0 to 1"));
  write_test({0, 1, 1}, 4);
  EXPECT_THAT(error(), HasSubstr("images of 1x3x4"));
  write_test({0, 1});
  EXPECT_THAT(error(), HasSubstr("2 labels for 3 images"));
}

TEST(TestPartKeys, FilesOfOnesOwnAreNamed) {
  const auto none = with_test_part({.set = "table", .file = "training.csv"});
  ASSERT_FALSE(none.ok());
  EXPECT_THAT(none.error().message, StartsWith("data.test_file: not given"));
  const auto named = with_test_part(
      {.set = "table", .file = "training.csv", .validation_file = "validation.csv", .test_file = "test.csv"});
  ASSERT_TRUE(named.ok());
  EXPECT_EQ(named->validation_file, "test.csv");
}

TEST(DataFormats, ADashInANameIsAnUnderscore) {
  EXPECT_EQ(find_data_format("fashion-mnist"), find_data_format("fashion_mnist"));
  EXPECT_NE(find_data_format("fashion-mnist"), nullptr);
  EXPECT_EQ(find_data_format("cifar"), nullptr);
}

TEST(OutputMismatch, EachTaskHasItsShape) {
  DataDescription data{.task = TaskKind::Segmentation,
                       .input = {.channels = 3, .dims = 2, .size = {8, 6, 1}},
                       .classes = 4,
                       .output = {.channels = 4, .dims = 2, .size = {8, 6, 1}}};
  EXPECT_EQ(output_mismatch(data, data.output), std::nullopt);
  EXPECT_THAT(*output_mismatch(data, {.channels = 4, .dims = 2, .size = {4, 3, 1}}), HasSubstr("4x8x6"));
  data.task = TaskKind::Classification;
  EXPECT_EQ(output_mismatch(data, {.channels = 4, .dims = 2, .size = {1, 1, 1}}), std::nullopt);
  EXPECT_THAT(*output_mismatch(data, {.channels = 3}), AllOf(HasSubstr("3 numbers"), HasSubstr("4 classes")));
  data.task = TaskKind::Regression;
  data.output = {.channels = 2};
  EXPECT_THAT(*output_mismatch(data, {.channels = 3}), HasSubstr("2 numbers"));
}

TEST(DataOptionRows, RoundTripWithTheirWords) {
  DataOptions data;
  const auto json = options_to_json(options(data));
  EXPECT_EQ(json["train"], "all");
  EXPECT_EQ(json["validation"], "auto");
  EXPECT_EQ(json["split_seed"], "run");
  EXPECT_EQ(json["classes"], "auto");
  const DataOptions other{.set = "arrays",
                          .task = "segmentation",
                          .folder = "f",
                          .file = "g",
                          .validation_file = "h",
                          .inputs = "x",
                          .targets = {"y", "z"},
                          .validation_inputs = "vx",
                          .validation_targets = "vy",
                          .axes = "nhw",
                          .classes = 5,
                          .header = "no",
                          .skip_lines = 2,
                          .categorical = {"a"},
                          .leave_out = {"b"},
                          .noise = 0.5,
                          .train = 7,
                          .validation = 3,
                          .split_seed = 9,
                          .resident_mib = 4,
                          .reader_threads = 6};
  DataOptions from = other;
  DataOptions to;
  ASSERT_TRUE(options_from_json(options(to), options_to_json(options(from))).ok());
  EXPECT_EQ(to, other);
}

}  // namespace
}  // namespace nas
