#include <gmock/gmock.h>

#include "tests/trainer/data_folder.h"
#include "trainer/data/array_file.h"

namespace nas {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Bytes = std::vector<std::uint8_t>;

class Arrays : public DataFolder {
 protected:
  /// Two records of 2x3 pixels with 2 channels last, 0 to 23, classes 0 and 1.
  DataOptions colour_images(Packing packing) const {
    Bytes pixels;
    for (std::uint8_t i = 0; i < 24; ++i) pixels.push_back(i);
    const auto file = write_npz("set.npz",
                                {{"other", npy<std::int32_t>("<i4", "1,", {7})},
                                 {"images", npy("|u1", "2, 2, 3, 2", pixels)},
                                 {"labels", npy<std::int64_t>("<i8", "2,", {1, 0})}},
                                packing);
    DataOptions data{.set = "arrays", .file = file.string(), .inputs = "images", .targets = {"labels"}};
    return data;
  }
};

TEST_F(Arrays, ChannelsComeFirstWhateverTheFileHas) {
  for (const Packing packing : {Packing::Stored, Packing::Deflated}) {
    const auto set = open_data(colour_images(packing));
    ASSERT_TRUE(set.ok()) << set.error().message;
    EXPECT_EQ(set->facts.input, (Shape{.channels = 2, .dims = 2, .size = {2, 3, 1}}));
    EXPECT_EQ(set->facts.element, ElementType::UInt8);
    EXPECT_THAT(set->facts.labels, ElementsAre(1, 0));
    EXPECT_EQ(set->facts.classes, 2);
    EXPECT_THAT(record<std::uint8_t>(*set, 1).first, ElementsAre(12, 14, 16, 18, 20, 22, 13, 15, 17, 19, 21, 23));
  }
}

TEST_F(Arrays, StoredEntriesAreMappedNotRead) {
  const DataOptions data = colour_images(Packing::Stored);
  const auto array = open_array(data.file, "images");
  ASSERT_TRUE(array.ok()) << array.error().message;
  const std::string file = read(data.file);
  const std::string_view bytes(reinterpret_cast<const char*>(array->data.data()), array->data.size());
  EXPECT_NE(file.find(bytes), std::string::npos);
  // What is mapped changes with its file.
  const auto at = static_cast<std::streamoff>(file.find(bytes));
  std::fstream change(data.file, std::ios::binary | std::ios::in | std::ios::out);
  change.seekp(at);
  change.put(char{99});
  change.close();
  EXPECT_EQ(std::to_integer<int>(array->data[0]), 99);
}

TEST_F(Arrays, AxesByName) {
  write("x.npy", npy<std::int16_t>("<i2", "2, 3", {1, -2, 3, 4, 5, -6}));
  write("y.npy", npy<std::uint8_t>("|u1", "2,", {0, 1}));
  DataOptions data{.set = "arrays", .folder = folder_.string(), .inputs = "x", .targets = {"y"}};
  EXPECT_EQ(inspect_data(data)->input, (Shape{.channels = 3}));
  data.axes = "nl";
  const auto set = open_data(data);
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_EQ(set->facts.input, (Shape{.channels = 1, .dims = 1, .size = {3, 1, 1}}));
  EXPECT_EQ(set->facts.element, ElementType::Int16);
  EXPECT_THAT(record<std::int16_t>(*set, 1).first, ElementsAre(4, 5, -6));
  for (const char* axes : {"n", "ln", "nn", "nx", "nlc"}) {
    data.axes = axes;
    EXPECT_THAT(error_of(data), StartsWith("data.axes: ")) << axes;
  }
}

TEST_F(Arrays, AFixedValidationPartComesLast) {
  write("x.npy", npy<std::uint8_t>("|u1", "3, 1", {1, 2, 3}));
  write("y.npy", npy<std::uint8_t>("|u1", "3,", {0, 1, 0}));
  write("vx.npy", npy<std::uint8_t>("|u1", "2, 1", {8, 9}));
  write("vy.npy", npy<std::uint8_t>("|u1", "2,", {1, 0}));
  DataOptions data{.set = "arrays", .folder = folder_.string(), .inputs = "x", .targets = {"y"}};
  data.validation_inputs = "vx";
  EXPECT_THAT(error_of(data), StartsWith("data.validation_targets: "));
  data.validation_targets = "vy";
  const auto set = open_data(data);
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_EQ(set->facts.records, 5);
  EXPECT_EQ(set->facts.fixed_validation, 2);
  EXPECT_THAT(set->facts.labels, ElementsAre(0, 1, 0, 1, 0));
  EXPECT_THAT(record<std::uint8_t>(*set, 4).first, ElementsAre(9));
  write("vx.npy", npy<std::uint8_t>("|u1", "2, 2", {8, 9, 8, 9}));
  EXPECT_THAT(error_of(data), HasSubstr("as in training"));
}

TEST_F(Arrays, TargetsOfEachTask) {
  write("x.npy", npy<std::uint8_t>("|u1", "2, 2, 2", {1, 2, 3, 4, 5, 6, 7, 8}));
  write("mask.npy", npy<std::int64_t>("<i8", "2, 2, 2", {0, 1, 2, 255, 0, 0, 1, 1}));
  write("flags.npy", npy<std::uint8_t>("|b1", "2, 3", {1, 0, 1, 0, 0, 1}));
  write("numbers.npy", npy<double>("<f8", "2, 2", {0.5, -1, 2, 3}));
  DataOptions data{.set = "arrays", .folder = folder_.string(), .inputs = "x"};
  data.task = "segmentation";
  data.targets = {"mask"};
  auto set = open_data(data);
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_EQ(set->facts.classes, 3);
  EXPECT_THAT(record<std::uint8_t>(*set, 0).second, ElementsAre(0, 1, 2, 255));
  data.task = "multi_label";
  data.targets = {"flags"};
  set = open_data(data);
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_EQ(set->facts.classes, 3);
  EXPECT_THAT(record<std::uint8_t>(*set, 1).second, ElementsAre(0, 0, 1));
  data.task = "regression";
  data.targets = {"numbers"};
  set = open_data(data);
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_THAT((record<std::uint8_t, float>(*set, 1).second), ElementsAre(2.0F, 3.0F));
  data.task = "restoration";
  data.targets = {"mask"};
  EXPECT_EQ(inspect_data(data)->target, (Shape{.channels = 1, .dims = 2, .size = {2, 2, 1}}));
  data.targets = {};
  EXPECT_THAT(error_of(data), StartsWith("data.noise: "));
  data.noise = 0.1;
  EXPECT_EQ(error_of(data), "no error");
}

TEST_F(Arrays, WhatDoesNotBelongTogetherIsSaid) {
  write("x.npy", npy<float>("<f4", "2, 2, 2", std::vector<float>(8, 1.0F)));
  write("short.npy", npy<std::uint8_t>("|u1", "1,", {0}));
  write("mask.npy", npy<std::uint8_t>("|u1", "2, 2, 3", Bytes(12, 0)));
  write("large.npy", npy<std::int32_t>("<i4", "2, 2, 2", {0, 0, 0, 0, 0, 300, 0, 0}));
  write("classes.npy", npy<std::int64_t>("<i8", "2,", {0, -3}));
  DataOptions data{.set = "arrays", .folder = folder_.string(), .inputs = "x", .targets = {"short"}};
  EXPECT_THAT(error_of(data), AllOf(HasSubstr("uint8 (1)"), HasSubstr("one for each of 2 records")));
  data.targets = {"classes"};
  EXPECT_THAT(error_of(data), HasSubstr("record 1 is of class -3"));
  data.targets = {"x"};
  EXPECT_THAT(error_of(data), HasSubstr("integers (a class each)"));
  data.targets = {"shrt"};
  EXPECT_THAT(error_of(data), HasSubstr("did you mean 'short'"));
  data.task = "segmentation";
  data.targets = {"mask"};
  EXPECT_THAT(error_of(data), AllOf(HasSubstr("uint8 (2, 2, 3)"), HasSubstr("at each position")));
  data.targets = {"large"};
  EXPECT_THAT(error_of(data), HasSubstr("holds the class 300"));
}

TEST_F(Arrays, NotANumberIsFoundWithItsRecord) {
  std::vector<float> values(6, 1.0F);
  values[4] = std::numeric_limits<float>::quiet_NaN();
  write("x.npy", npy<float>("<f4", "3, 2", values));
  write("y.npy", npy<std::uint8_t>("|u1", "3,", {0, 1, 0}));
  const DataOptions data{.set = "arrays", .folder = folder_.string(), .inputs = "x", .targets = {"y"}};
  EXPECT_THAT(error_of(data), AllOf(HasSubstr("x.npy: record 2"), HasSubstr("nan")));
}

TEST_F(Arrays, DamagedFilesAreErrors) {
  write("y.npy", npy<std::uint8_t>("|u1", "3,", {0, 1, 0}));
  DataOptions data{.set = "arrays", .folder = folder_.string(), .inputs = "x", .targets = {"y"}};
  const std::string good = npy<std::uint8_t>("|u1", "3, 2", Bytes(6, 1));
  const std::vector<std::pair<std::string, std::string>> bad = {
      {good.substr(0, good.size() - 1), "truncated"},
      {good + "x", "damaged"},
      {good.substr(0, 40), "not a NumPy array"},
      {"PK", "not a NumPy array"},
      {"", "empty"},
      {npy<std::uint8_t>("|u1", "3, 2", Bytes(6, 1), "True"), "ascontiguousarray"},
      {npy<std::uint8_t>(">u2", "3, 1", Bytes(6, 1)), "big-endian"},
      {npy<std::uint8_t>("|O8", "3, 2", Bytes(6, 1)), "'|O8' are not read"},
      {npy<std::uint8_t>("<f2", "3, 1", Bytes(6, 1)), "'<f2' are not read"},
      {npy<std::uint8_t>("|u1", "3, 99999999999999, 99999999999999", Bytes(6, 1)), "too many elements"},
  };
  for (const auto& [content, word] : bad) {
    write("x.npy", content);
    EXPECT_THAT(error_of(data), AllOf(StartsWith("data.folder: "), HasSubstr("x.npy"), HasSubstr(word))) << word;
  }
}

TEST_F(Arrays, DamagedArchivesAreErrors) {
  const DataOptions data = colour_images(Packing::Deflated);
  const std::string good = read(data.file);
  write("set.npz", good.substr(0, good.size() / 2));
  EXPECT_THAT(error_of(data), AllOf(StartsWith("data.file: "), HasSubstr("set.npz: no .npz archive, or damaged")));
  // A bit of the compressed pixels.
  std::string broken = good;
  const std::size_t at = good.find("images.npy") + 60;
  broken[at] = static_cast<char>(broken[at] ^ 0x10);
  write("set.npz", broken);
  EXPECT_THAT(error_of(data), HasSubstr("set.npz: images"));
  DataOptions missing = data;
  missing.file = (folder_ / "none.npz").string();
  EXPECT_THAT(error_of(missing), HasSubstr("no such file"));
}

}  // namespace
}  // namespace nas
