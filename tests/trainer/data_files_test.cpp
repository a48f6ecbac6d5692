// Formats that are plain files: CIFAR's binary version, folders of images, tables.
#include <gmock/gmock.h>
#include <png.h>
#include <turbojpeg.h>

#include <array>
#include <cmath>

#include "tests/trainer/data_folder.h"
#include "trainer/data/table_columns.h"

namespace nas {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Cifar : public DataFolder {
 protected:
  /// Records of 3,073 bytes; pixels are the record's number.
  void write_batches(std::uint8_t classes) const {
    for (int file = 1; file <= 5; ++file) {
      std::string bytes;
      for (int i = 0; i < 2; ++i) {
        const int number = 2 * (file - 1) + i;
        bytes += static_cast<char>(number % classes);
        bytes += std::string(3072, static_cast<char>(number));
      }
      write("data_batch_" + std::to_string(file) + ".bin", bytes);
    }
  }
  DataOptions here(const std::string& set) const { return {.set = set, .folder = folder_.string()}; }
};

TEST_F(Cifar, ReadsAllFilesInTheirOrder) {
  write_batches(10);
  const auto set = open_data(here("cifar10"));
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_EQ(set->facts.input, (Shape{.channels = 3, .dims = 2, .size = {32, 32, 1}}));
  EXPECT_THAT(set->facts.labels, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_EQ(record<std::uint8_t>(*set, 7).first, std::vector<std::uint8_t>(3072, 7));
}

TEST_F(Cifar, TheTestPartFollowsTheTraining) {
  write_batches(10);
  write("test_batch.bin", std::string(1, '\4') + std::string(3072, '\x63'));
  const auto test = with_test_part(here("cifar10"));
  ASSERT_TRUE(test.ok());
  const auto set = open_data(*test);
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_EQ(set->facts.fixed_validation, 1);
  EXPECT_EQ(set->facts.labels[10], 4);
  EXPECT_EQ(record<std::uint8_t>(*set, 10).first, std::vector<std::uint8_t>(3072, 99));
}

TEST_F(Cifar, WhatIsWrongIsSaidWithFileAndRecord) {
  write_batches(9);
  EXPECT_THAT(error_of(here("cifar10")), HasSubstr("class 9 of 10 has no record"));
  write_batches(11);
  EXPECT_EQ(error_of(here("cifar10")), "no error");
  write("data_batch_3.bin", std::string(3073, 0) + char{10} + std::string(3072, 0));
  EXPECT_THAT(error_of(here("cifar10")), AllOf(HasSubstr("data_batch_3.bin"), HasSubstr("record 1 is of class 10")));
  write("data_batch_3.bin", std::string(3072, 0));
  EXPECT_THAT(error_of(here("cifar10")), HasSubstr("truncated"));
  std::filesystem::remove(folder_ / "data_batch_3.bin");
  EXPECT_THAT(error_of(here("cifar10")), AllOf(HasSubstr("data_batch_3.bin"), HasSubstr("no such file")));
  DataOptions masks = here("cifar10");
  masks.task = "segmentation";
  EXPECT_THAT(error_of(masks), AllOf(StartsWith("data.task: "), HasSubstr("classification")));
}

TEST_F(Cifar, HundredFineClasses) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += std::string{char{7}, static_cast<char>(99 - i)} + std::string(3072, char{1});
  write("train.bin", bytes);
  const auto set = open_data(here("cifar100"));
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_EQ(set->facts.labels.front(), 99);
  EXPECT_EQ(set->facts.labels.back(), 0);
}

class Images : public DataFolder {
 protected:
  using Pixels = std::vector<std::uint8_t>;

  void write_png(const std::string& name, unsigned width, unsigned height, const Pixels& pixels) const {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = width;
    image.height = height;
    image.format = pixels.size() == std::size_t{width} * height ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    std::filesystem::create_directories((folder_ / name).parent_path());
    ASSERT_NE(png_image_write_to_file(&image, (folder_ / name).c_str(), 0, pixels.data(), 0, nullptr), 0);
  }
  void write_jpeg(const std::string& name, int width, int height, const Pixels& pixels) const {
    tjhandle const encoder = tjInitCompress();
    unsigned char* bytes = nullptr;
    unsigned long size = 0;  // NOLINT: turbojpeg's type
    ASSERT_EQ(tjCompress2(encoder, pixels.data(), width, 0, height, TJPF_RGB, &bytes, &size, TJSAMP_444, 100, 0), 0);
    write(name, {reinterpret_cast<const char*>(bytes), size});
    tjFree(bytes);
    tjDestroy(encoder);
  }
  DataOptions here() const { return {.set = "images", .folder = folder_.string()}; }
};

TEST_F(Images, ClassesAreFoldersInTheirOrder) {
  write_png("zebra/1.png", 2, 1, {9, 8});
  write_png("ant/b.png", 2, 1, {3, 4});
  write_png("ant/a.png", 2, 1, {1, 2});
  write("ant/notes.txt", "no image");
  const auto set = open_data(here());
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_THAT(set->facts.names, ElementsAre("ant", "zebra"));
  EXPECT_THAT(set->facts.labels, ElementsAre(0, 0, 1));
  EXPECT_EQ(set->facts.input, (Shape{.channels = 1, .dims = 2, .size = {1, 2, 1}}));
  EXPECT_THAT(record<std::uint8_t>(*set, 1).first, ElementsAre(3, 4));
  EXPECT_THAT(record<std::uint8_t>(*set, 2).first, ElementsAre(9, 8));
}

TEST_F(Images, OneColouredImageMakesAllColoured) {
  write_png("a/1.png", 2, 1, {10, 20});
  write_png("b/1.png", 2, 1, {1, 2, 3, 4, 5, 6});
  const auto set = open_data(here());
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_EQ(set->facts.input.channels, 3);
  EXPECT_THAT(record<std::uint8_t>(*set, 0).first, ElementsAre(10, 20, 10, 20, 10, 20));
  EXPECT_THAT(record<std::uint8_t>(*set, 1).first, ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST_F(Images, JpegIsKnownByItsContent) {
  Pixels pixels;
  for (int i = 0; i < 64; ++i) pixels.insert(pixels.end(), {200, 100, 50});
  write_jpeg("a/1.png", 8, 8, pixels);
  write_jpeg("b/1.jpeg", 8, 8, pixels);
  const auto set = open_data(here());
  ASSERT_TRUE(set.ok()) << set.error().message;
  const auto planes = record<std::uint8_t>(*set, 0).first;
  EXPECT_NEAR(planes[0], 200, 2);
  EXPECT_NEAR(planes[64], 100, 2);
  EXPECT_NEAR(planes[128], 50, 2);
}

TEST_F(Images, AFixedValidationPart) {
  for (const char* part : {"train", "val", "test"}) {
    write_png(std::string(part) + "/a/1.png", 1, 1, {1});
    write_png(std::string(part) + "/b/1.png", 1, 1, {2});
  }
  const auto facts = inspect_data(here());
  ASSERT_TRUE(facts.ok()) << facts.error().message;
  EXPECT_EQ(facts->records, 4);
  EXPECT_EQ(facts->fixed_validation, 2);
  write_png("val/c/1.png", 1, 1, {2});
  EXPECT_THAT(error_of(here()), HasSubstr("classes a, b, c where training has a, b"));
}

TEST_F(Images, TheTestPartIsAFolder) {
  for (const char* part : {"train", "val"}) {
    write_png(std::string(part) + "/a/1.png", 1, 1, {1});
    write_png(std::string(part) + "/b/1.png", 1, 1, {2});
  }
  const DataOptions data = *with_test_part(here());
  EXPECT_THAT(error_of(data), HasSubstr("no folders `train` and `test`"));
  write_png("test/b/1.png", 1, 1, {3});
  write_png("test/b/2.png", 1, 1, {3});
  write_png("test/a/1.png", 1, 1, {3});
  const auto facts = inspect_data(data);
  ASSERT_TRUE(facts.ok()) << facts.error().message;
  EXPECT_EQ(facts->fixed_validation, 3);
  EXPECT_EQ(facts->records, 5);
}

TEST_F(Images, BadImagesAreSaidByName) {
  write_png("a/1.png", 4, 4, Pixels(16, 7));
  write_png("b/1.png", 4, 4, Pixels(16, 7));
  const std::string good = read(folder_ / "a/1.png");
  write("b/2.png", good.substr(0, good.size() - 12));
  EXPECT_THAT(error_of(here()), AllOf(StartsWith("data.folder: "), HasSubstr("b/2.png: truncated PNG")));
  std::string broken = good;
  broken[broken.find("IDAT") + 6] ^= 0x40;
  write("b/2.png", broken);
  EXPECT_THAT(error_of(here()), HasSubstr("b/2.png: damaged PNG"));
  write("b/2.png", "GIF89a");
  EXPECT_THAT(error_of(here()), HasSubstr("b/2.png: neither PNG nor JPEG"));
  write_png("b/2.png", 4, 3, Pixels(12, 7));
  EXPECT_THAT(error_of(here()), AllOf(HasSubstr("b/2.png: 3x4 pixels"), HasSubstr("a/1.png) has 4x4")));
  Pixels noise;
  for (int i = 0; i < 3 * 64 * 64; ++i) noise.push_back(static_cast<std::uint8_t>(i * i));
  write_jpeg("c/1.jpg", 64, 64, noise);
  std::filesystem::remove_all(folder_ / "a");
  std::filesystem::remove_all(folder_ / "b");
  const std::string jpeg = read(folder_ / "c/1.jpg");
  write("d/1.jpg", jpeg.substr(0, jpeg.size() / 2));
  EXPECT_THAT(error_of(here()), HasSubstr("d/1.jpg: damaged JPEG"));
  std::filesystem::remove(folder_ / "d/1.jpg");
  EXPECT_THAT(error_of(here()), AllOf(HasSubstr("/d: "), HasSubstr("empty class")));
  std::filesystem::remove_all(folder_ / "c");
  std::filesystem::remove_all(folder_ / "d");
  EXPECT_THAT(error_of(here()), HasSubstr("no folders of classes"));
}

class Table : public DataFolder {
 protected:
  DataOptions here(const std::string& text) const {
    return {.set = "table", .file = write("table.csv", text).string()};
  }
};

TEST_F(Table, NumbersCategoriesAndGaps) {
  const auto set = open_data(here("age,colour,size,kind\n1.5,red,7,b\n?,blue,8,a\n2,,9,b\n"));
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_THAT(set->facts.names, ElementsAre("a", "b"));
  EXPECT_THAT(set->facts.labels, ElementsAre(1, 0, 1));
  // age, whether it is missing, blue, red, size.
  EXPECT_EQ(set->facts.input, (Shape{.channels = 5}));
  EXPECT_TRUE(set->facts.missing);
  EXPECT_THAT(record<float>(*set, 0).first, ElementsAre(1.5F, 0, 0, 1, 7));
  const auto second = record<float>(*set, 1).first;
  EXPECT_TRUE(std::isnan(second[0]));
  EXPECT_EQ(second[1], 1);
  EXPECT_THAT(record<float>(*set, 2).first, ElementsAre(2, 0, 0, 0, 9));
}

TEST_F(Table, HeadersAreFoundAndLinesSkipped) {
  DataOptions data = here("3,4,benign,malignant\n1,2,0\n3,4,1\n5,6,0\n");
  EXPECT_THAT(error_of(data), AllOf(HasSubstr("table.csv:2"), HasSubstr("3 fields")));
  data.skip_lines = 1;
  const auto set = open_data(data);
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_EQ(set->facts.records, 3);
  EXPECT_THAT(record<float>(*set, 1).first, ElementsAre(3, 4));
  data.header = "yes";
  EXPECT_EQ(inspect_data(data)->records, 2);
}

TEST_F(Table, ColumnsByNameAndNumber) {
  DataOptions data = here("id,x,y,z\n1,0.5,1,0\n2,0.25,0,1\n3,1,1,1\n");
  data.leave_out = {"id"};
  data.categorical = {"y"};
  const auto set = open_data(data);
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_THAT(record<float>(*set, 0).first, ElementsAre(0.5F, 0, 1));
  data = here("id,x,y,z\n1,0.5,1,0\n2,0.25,0,1\n3,1,1,1\n");
  data.task = "multi_label";
  data.targets = {"y", "4"};
  const auto labels = open_data(data);
  ASSERT_TRUE(labels.ok()) << labels.error().message;
  EXPECT_THAT(labels->facts.names, ElementsAre("y", "z"));
  EXPECT_THAT(record<float>(*labels, 1).second, ElementsAre(0, 1));
  data.task = "regression";
  data.targets = {"x"};
  const auto numbers = open_data(data);
  ASSERT_TRUE(numbers.ok()) << numbers.error().message;
  EXPECT_THAT((record<float, float>(*numbers, 1).second), ElementsAre(0.25F));
  data.targets = {"xx"};
  EXPECT_THAT(error_of(data), AllOf(StartsWith("data.targets: "), HasSubstr("'xx'"), HasSubstr("did you mean 'x'")));
}

TEST_F(Table, BadTargetsAreSaidWithTheirLine) {
  EXPECT_THAT(error_of(here("x,y\n1,a\n2,?\n3,b\n")), AllOf(HasSubstr("table.csv:3"), HasSubstr("'?'")));
  EXPECT_THAT(error_of(here("x,y\n1,a\n2,a\n")), HasSubstr("one value only"));
  EXPECT_THAT(error_of(here("x,y\n")), HasSubstr("no rows"));
  EXPECT_THAT(error_of(here("y\n1\n2\n")), HasSubstr("no column is left"));
  DataOptions data = here("x,y\n1,2\n2,often\n");
  data.task = "regression";
  EXPECT_THAT(error_of(data), AllOf(HasSubstr("table.csv:3"), HasSubstr("'often'"), HasSubstr("a number")));
}

TEST_F(Table, AValidationFileHasTheSameColumns) {
  DataOptions data = here("x,y\n1,a\n2,b\n");
  data.validation_file = write("more.csv", "x,y\n5,b\n").string();
  const auto set = open_data(data);
  ASSERT_TRUE(set.ok()) << set.error().message;
  EXPECT_EQ(set->facts.fixed_validation, 1);
  EXPECT_THAT(record<float>(*set, 2).first, ElementsAre(5));
  write("more.csv", "x,y\n5,?\n");
  EXPECT_THAT(error_of(data), HasSubstr("more.csv:2"));
  write("more.csv", "x,z\n5,b\n");
  EXPECT_THAT(error_of(data), StartsWith("data.validation_file: "));
  data.test_file = data.validation_file;
  data.validation_file.clear();
  const auto test = describe_test_part(data);
  ASSERT_FALSE(test.ok());
  EXPECT_THAT(test.error().message, StartsWith("data.test_file: "));
}

TEST(TableColumns, CategoriesByValueOrByLetters) {
  EXPECT_THAT(categories_of({"10", "9", "?", "10", "-1"}), ElementsAre("-1", "9", "10"));
  EXPECT_THAT(categories_of({"10", "9", "x"}), ElementsAre("10", "9", "x"));
  EXPECT_EQ(parse_number(" 1e3 "), 1000);
  EXPECT_EQ(parse_number("1,5"), std::nullopt);
  EXPECT_EQ(parse_number("inf"), std::nullopt);
  EXPECT_TRUE(is_missing("  NaN"));
  EXPECT_FALSE(is_missing("0"));
}

TEST(DataFormats, KeysThatAFormatWouldPassOverAreErrors) {
  EXPECT_THAT(inspect_data({.set = "idx", .folder = "f", .axes = "nhw"}).error().message,
              AllOf(StartsWith("data.axes: has no meaning for the set 'idx'"), HasSubstr("folder")));
  EXPECT_THAT(inspect_data({.set = "table", .folder = "f"}).error().message, StartsWith("data.folder: has no meaning"));
  EXPECT_THAT(inspect_data({.set = "table"}).error().message, StartsWith("data.file: not given"));
  EXPECT_THAT(inspect_data({.set = "idx", .folder = "f", .noise = 1}).error().message, StartsWith("data.noise: "));
  for (const DataFormat& format : data_formats()) {
    EXPECT_EQ(find_data_format(format.name), &format);
    EXPECT_FALSE(format.keys.empty());
  }
}

}  // namespace
}  // namespace nas
