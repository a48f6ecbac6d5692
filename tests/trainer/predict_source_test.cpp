#include "trainer/predict_source.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "tests/trainer/data_folder.h"
#include "trainer/data/image_file.h"
#include "trainer/data/npy_writer.h"
#include "trainer/data/png_file.h"

namespace nas {
namespace {

class PredictSourceTest : public DataFolder {
 protected:
  /// Of images with these channels and bytes.
  static Preprocessing bytes(std::int64_t channels, const std::string& axes = "auto") {
    Preprocessing made{.input = {channels, 2, {2, 3, 1}}};
    made.axes = axes;
    return made;
  }
  static std::vector<std::uint8_t> count_up(std::size_t count) {
    std::vector<std::uint8_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), std::uint8_t{0});
    return numbers;
  }
  static std::vector<float> box_of(const PredictSource& source, std::int64_t record, std::vector<std::int64_t> start,
                                   const Shape& box) {
    std::vector<float> numbers(static_cast<std::size_t>(box.elements()));
    const auto read = read_box(source, record, start, box, false, numbers);
    EXPECT_TRUE(read) << read.error().message;
    return numbers;
  }
  std::string refused(const std::filesystem::path& file, const Preprocessing& preprocessing,
                      const std::string& array = "") const {
    const auto source = open_predict_source(file, preprocessing, array);
    return source ? "opened" : source.error().message;
  }
};

using Floats = std::vector<float>;

TEST_F(PredictSourceTest, BoxesOfChannelsLastAndFirst) {
  // Two records of 2 x 3 positions, 2 channels: record r, row y, column x, channel c is 12 r + 6 y + 2 x + c.
  const auto last = write("last.npy", npy("|u1", "2, 2, 3, 2", count_up(24)));
  const auto source = open_predict_source(last, bytes(2), "");
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(source->records(), 2);
  EXPECT_FALSE(source->bare);
  EXPECT_EQ(source->shape(), (Shape{2, 2, {2, 3, 1}}));
  EXPECT_EQ(box_of(*source, 1, {1, 1}, {2, 2, {1, 2, 1}}), (Floats{20, 22, 21, 23}));
  EXPECT_EQ(box_of(*source, 0, {0, 0}, {2, 2, {2, 3, 1}}), (Floats{0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11}));
  // The same with channels first: 12 r + 6 c + 3 y + x.
  const auto first = write("first.npy", npy("|u1", "2, 2, 2, 3", count_up(24)));
  const auto other = open_predict_source(first, bytes(2, "nchw"), "");
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ(box_of(*other, 1, {1, 1}, {2, 2, {1, 2, 1}}), (Floats{16, 17, 22, 23}));
}

TEST_F(PredictSourceTest, BoxesOfVolumesSignalsAndVectors) {
  Preprocessing volume{.input = {1, 3, {2, 3, 4}}};
  volume.axes = "ndhw";
  const auto voxels = open_predict_source(write("v.npy", npy("|u1", "2, 3, 4", count_up(24))), volume, "");
  ASSERT_TRUE(voxels) << voxels.error().message;
  EXPECT_TRUE(voxels->bare);
  EXPECT_EQ(box_of(*voxels, 0, {1, 1, 2}, {1, 3, {1, 2, 2}}), (Floats{18, 19, 22, 23}));
  Preprocessing signal{.input = {2, 1, {4, 1, 1}}, .element = ElementType::Int16};
  signal.axes = "ncl";
  const std::vector<std::int16_t> numbers = {-1, 2, -3, 4, 5, 6, 7, 8};
  const auto waves = open_predict_source(write("s.npy", npy("<i2", "1, 2, 4", numbers)), signal, "");
  ASSERT_TRUE(waves) << waves.error().message;
  EXPECT_EQ(box_of(*waves, 0, {1}, {2, 1, {2, 1, 1}}), (Floats{2, -3, 6, 7}));
  Preprocessing vectors{.input = {.channels = 3}, .element = ElementType::Float32};
  const auto rows = open_predict_source(write("f.npy", npy("<f4", "2, 3", Floats{1, 2, 3, 4, 5, 6})), vectors, "");
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(box_of(*rows, 1, {}, {.channels = 3}), (Floats{4, 5, 6}));
}

TEST_F(PredictSourceTest, NumbersThatCanNotBeUsed) {
  const Floats numbers = {1, std::numeric_limits<float>::quiet_NaN(), 3};
  Preprocessing vectors{.input = {.channels = 3}, .element = ElementType::Float32};
  const auto source = open_predict_source(write("nan.npy", npy("<f4", "1, 3", numbers)), vectors, "");
  ASSERT_TRUE(source);
  Floats into(3);
  const Shape box{.channels = 3};
  const auto read = read_box(*source, 0, {}, box, false, into);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("record 0 holds nan"), std::string::npos) << read.error().message;
  EXPECT_TRUE(read_box(*source, 0, {}, box, true, into));
  EXPECT_NE(refused(write("b.npy", npy("|u1", "1, 3", count_up(3))), vectors).find("trained on other numbers"),
            std::string::npos);
  EXPECT_NE(refused(write("e.npy", npy("<f4", "0, 3", Floats{})), vectors).find("no records"), std::string::npos);
}

TEST_F(PredictSourceTest, ArraysOfAnArchive) {
  const auto file = write_npz(
      "two.npz", {{"images", npy("|u1", "1, 2, 3", count_up(6))}, {"others", npy("|u1", "2, 2, 3", count_up(12))}},
      Packing::Deflated);
  EXPECT_NE(refused(file, bytes(1)).find("images, others, choose one with --array"), std::string::npos);
  EXPECT_EQ(open_predict_source(file, bytes(1), "others")->records(), 2);
  Preprocessing named = bytes(1);
  named.array = "images";
  EXPECT_EQ(open_predict_source(file, named, "")->records(), 1);
  EXPECT_NE(refused(file, bytes(1), "image").find("which array?"), std::string::npos);
}

TEST_F(PredictSourceTest, Images) {
  RgbPicture picture(3, 2, 7);
  picture.at(2, 1)[0] = 200;
  ASSERT_TRUE(write_png(folder_ / "c.png", picture));
  const auto source = open_predict_source(folder_ / "c.png", bytes(3), "");
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(box_of(*source, 0, {1, 1}, {3, 2, {1, 2, 1}}), (Floats{7, 200, 7, 7, 7, 7}));
  EXPECT_NE(refused(folder_ / "c.png", bytes(1)).find("convert it to grey"), std::string::npos);
  Preprocessing floats = bytes(3);
  floats.element = ElementType::Float32;
  EXPECT_NE(refused(folder_ / "c.png", floats).find("trained on arrays"), std::string::npos);
  Preprocessing signal{.input = {1, 1, {6, 1, 1}}};
  EXPECT_NE(refused(folder_ / "c.png", signal).find("an image, the network takes 1 channel and 1 axes"),
            std::string::npos);
  EXPECT_NE(refused(folder_ / "absent.png", bytes(3)).find("no such file"), std::string::npos);
  EXPECT_NE(refused(write("text.png", "hello"), bytes(3)).find("neither PNG nor JPEG"), std::string::npos);
}

TEST_F(PredictSourceTest, TablesByTheirColumns) {
  Preprocessing made{.input = {.channels = 5}, .element = ElementType::Float32};
  made.missing = true;
  made.columns = {{"kind", {"a", "b"}, false}, {"width", {}, true}, {"length", {}, false}};
  const auto source = open_predict_source(write("t.csv", "length,x,width,kind\n4,?,,b\n5,?,2,\n"), made, "");
  ASSERT_TRUE(source) << source.error().message;
  Floats row(5);
  ASSERT_TRUE(read_box(*source, 0, {}, {.channels = 5}, true, row));
  EXPECT_TRUE(std::isnan(row[2]));
  row[2] = 0;
  EXPECT_EQ(row, (Floats{0, 1, 0, 1, 4}));
  EXPECT_EQ(box_of(*source, 1, {}, {.channels = 5}), (Floats{0, 0, 2, 0, 5}));
  EXPECT_NE(refused(write("u.csv", "length,width,kind\n4,1,c\n"), made).find("u.csv:2: 'c' in the column 'kind'"),
            std::string::npos);
  EXPECT_NE(refused(write("v.csv", "length,kind\n4,a\n"), made).find("no column 'width'"), std::string::npos);
  EXPECT_NE(refused(write("w.csv", "length,width,kind\n"), made).find("holds no rows"), std::string::npos);
  EXPECT_NE(refused(folder_ / "t.csv", bytes(1)).find("not trained on one"), std::string::npos);
}

TEST_F(PredictSourceTest, ArraysAreWrittenPieceByPiece) {
  const auto file = folder_ / "written.npy";
  auto writer = NpyWriter::create(file, ElementType::Float32, {2, 3});
  ASSERT_TRUE(writer) << writer.error().message;
  const Floats two = {5, 6};
  ASSERT_TRUE(writer->write(4, std::as_bytes(std::span(two))));
  ASSERT_TRUE(writer->close());
  const auto array = map_npy_file(file);
  ASSERT_TRUE(array) << array.error().message;
  EXPECT_EQ(array->header.text(), "float32 (2, 3)");
  Floats all(6);
  copy_elements(*array, 0, std::span<float>(all));
  EXPECT_EQ(all, (Floats{0, 0, 0, 0, 5, 6}));
  EXPECT_FALSE(NpyWriter::create(folder_ / "absent" / "x.npy", ElementType::UInt8, {1}));
}

TEST_F(PredictSourceTest, NumbersAsAPicture) {
  ASSERT_TRUE(write_numbers_png(folder_ / "n.png", {2, 1, {0, 1}}));
  std::vector<std::uint8_t> pixels(6);
  const auto header = read_image_header(folder_ / "n.png");
  ASSERT_TRUE(header);
  ASSERT_TRUE(decode_image(folder_ / "n.png", *header, 3, pixels));
  // PASCAL VOC's colours: 0 is black, 1 dark red; channels first.
  EXPECT_EQ(pixels, (std::vector<std::uint8_t>{0, 128, 0, 0, 0, 0}));
}

}  // namespace
}  // namespace nas
