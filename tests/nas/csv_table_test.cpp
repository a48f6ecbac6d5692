#include "nas/csv_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string why_not(const std::string& text) {
  const auto table = parse_csv(text, "t.csv");
  return table.ok() ? "it was read" : table.error().message;
}

class CsvFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  std::filesystem::path write_gzip(const std::string& name, const std::string& text) const {
    gzFile file = gzopen((folder_ / name).c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    return folder_ / name;
  }
  const std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) / "nas_csv_table_test";
};

TEST(ParseCsv, HeaderAndRows) {
  const auto table = parse_csv("a,b\n1,2\n\n3,\n", "t.csv");
  ASSERT_TRUE(table.ok());
  EXPECT_THAT(table->columns, ElementsAre("a", "b"));
  EXPECT_THAT(table->rows, ElementsAre(ElementsAre("1", "2"), ElementsAre("3", "")));
  EXPECT_THAT(table->lines, ElementsAre(2, 4));
  EXPECT_EQ(table->find_column("b"), 1u);
  EXPECT_EQ(table->find_column("c"), std::nullopt);
}

TEST(ParseCsv, QuotesLineEndsAndByteOrderMark) {
  const auto table = parse_csv("\xEF\xBB\xBF\"x, y\",z\r\n\"say \"\"hi\"\"\",\"two\nlines\"\r\n\"\",last", "t.csv");
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_THAT(table->columns, ElementsAre("x, y", "z"));
  EXPECT_THAT(table->rows, ElementsAre(ElementsAre("say \"hi\"", "two\nlines"), ElementsAre("", "last")));
  EXPECT_THAT(table->lines, ElementsAre(2, 4));
}

TEST(ParseCsv, ErrorsNameTheLine) {
  EXPECT_EQ(why_not(""), "t.csv: empty, expected a line of column names");
  EXPECT_EQ(why_not("\n\n"), "t.csv: empty, expected a line of column names");
  EXPECT_EQ(why_not("a,b\n1,2\n1\n"), "t.csv:3: 1 fields where the header has 2 columns");
  EXPECT_EQ(why_not("a,b\n1,2,3\n"), "t.csv:2: 3 fields where the header has 2 columns");
  EXPECT_THAT(why_not("a,b\n1,\"2\n"), HasSubstr("t.csv:2: a quoted field that is never closed"));
  EXPECT_THAT(why_not("a,b\n\"1\"x,2\n"), HasSubstr("t.csv:2: text after a closing quote"));
  EXPECT_THAT(why_not("a,a\n"), HasSubstr("t.csv:1: column 'a' is there twice"));
}

TEST_F(CsvFile, PlainAndCompressedReadAlike) {
  std::string text = "n,word\n";
  for (int i = 0; i < 20000; ++i) text += std::to_string(i) + ",x\n";  // longer than one read
  const auto plain = read_csv(write("t.csv", text));
  const auto compressed = read_csv(write_gzip("t.csv.gz", text));
  ASSERT_TRUE(plain.ok() && compressed.ok());
  EXPECT_EQ(plain->rows.size(), 20000u);
  EXPECT_EQ(plain->rows.back()[0], "19999");
  EXPECT_EQ(plain->rows, compressed->rows);
}

TEST_F(CsvFile, ErrorsNameTheFile) {
  EXPECT_THAT(read_csv(folder_ / "none.csv").error().message, HasSubstr("none.csv: no such file"));
  EXPECT_THAT(read_csv(folder_).error().message, HasSubstr("is a directory"));
  EXPECT_THAT(read_csv(write("short.csv", "a\n\"")).error().message, HasSubstr("short.csv:2: "));
}

TEST_F(CsvFile, TruncatedOrDamagedCompressionIsAnError) {
  std::string text = "n\n";
  for (int i = 0; i < 20000; ++i) text += std::to_string(i * 7919 % 65537) + "\n";
  const auto whole = write_gzip("whole.csv.gz", text);
  std::ifstream in(whole, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  EXPECT_THAT(read_csv(write("cut.csv.gz", bytes.substr(0, bytes.size() / 2))).error().message,
              HasSubstr("cut.csv.gz: cannot be read"));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  EXPECT_THAT(read_csv(write("bad.csv.gz", bytes)).error().message, HasSubstr("bad.csv.gz: cannot be read"));
}

}  // namespace
}  // namespace nas
