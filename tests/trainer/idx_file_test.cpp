#include "trainer/data/idx_file.h"

#include <gmock/gmock.h>

#include "tests/trainer/idx_fixture.h"

namespace nas {
namespace {

using ::testing::HasSubstr;

using IdxFile = IdxFolder;
constexpr std::uint32_t kMany = 2'000'000;  // more than zlib inflates to read the header
const Bytes kSix = {1, 2, 3, 4, 5, 250};

void expect_error(const std::filesystem::path& file, const std::string& part) {
  const auto header = read_idx_header(file);
  ASSERT_FALSE(header.ok()) << part;
  EXPECT_THAT(header.error().message, HasSubstr(part));
  EXPECT_THAT(header.error().message, HasSubstr(file.string()));
}

TEST_F(IdxFile, ReadsPlainAndGzippedFilesAlike) {
  for (const auto& file : {write("a", idx_content({3, 2}, kSix)), write_gz("b", idx_content({3, 2}, kSix))}) {
    const auto header = read_idx_header(file);
    ASSERT_TRUE(header.ok()) << header.error().message;
    EXPECT_EQ(header->sizes, (std::vector<std::int64_t>{3, 2}));
    EXPECT_EQ(header->header_bytes(), 12);
    EXPECT_EQ(header->data_bytes(), 6);
    const auto bytes = read_idx_bytes(file, *header);
    ASSERT_TRUE(bytes.ok());
    EXPECT_EQ(*bytes, kSix);
  }
}

TEST_F(IdxFile, ReadsGzipOfSeveralMembers) {
  write_gz("a", idx_content({3, 2}, {1, 2, 3}));
  const auto file = write_gz("a", {4, 5, 250}, "ab");
  const auto header = read_idx_header(file);
  ASSERT_TRUE(header.ok()) << header.error().message;
  EXPECT_EQ(*read_idx_bytes(file, *header), kSix);
}

TEST_F(IdxFile, SaysWhatIsWrongWithAFile) {
  expect_error(folder_ / "none", "no such file");
  expect_error(folder_, "not a file");
  expect_error(write("empty", {}), "too short");
  expect_error(write("text", {'h', 'e', 'l', 'l', 'o'}), "not an IDX file");
  Bytes floats = idx_header({1}, 0x0D);
  floats.resize(floats.size() + 4);
  expect_error(write("floats", floats), "0x0d");
  expect_error(write("axes", idx_header({1, 1, 1, 1, 1})), "5 axes");
  expect_error(write("header", {0, 0, 8, 2, 0, 0, 0, 3, 0}), "within its header");
  expect_error(write("nothing", idx_header({0, 5})), "size 0");
  expect_error(write("huge", idx_header({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF})), "terabyte");
  expect_error(write("short", idx_content({3, 2}, {1, 2})), "2 bytes of data where its header announces 6: truncated");
  expect_error(write("long", idx_content({2}, {1, 2, 3})), "3 bytes of data where its header announces 2: damaged");
  expect_error(write_gz("short.gz", idx_content({3, 2}, {1, 2})), "2 bytes of data where its header announces 6");
}

TEST_F(IdxFile, FindsACutGzipAtOnce) {
  Bytes noise;
  for (std::uint32_t i = 0; i < kMany; ++i) noise.push_back(static_cast<std::uint8_t>((i * 2654435761U) >> 13));
  const auto file = write_gz("a.gz", idx_content({kMany}, noise));
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 100);
  expect_error(file, "truncated or damaged");
}

TEST_F(IdxFile, FindsDamageWithinTheContent) {
  Bytes noise;
  for (std::uint32_t i = 0; i < kMany; ++i) noise.push_back(static_cast<std::uint8_t>((i * 2654435761U) >> 13));
  const auto file = write_gz("a.gz", idx_content({kMany}, noise));
  const auto header = read_idx_header(file);
  ASSERT_TRUE(header.ok());
  {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(std::filesystem::file_size(file)) - 8);  // its checksum
    stream.put('\x55');
    stream.put('\xAA');
  }
  const auto bytes = read_idx_bytes(file, *header);
  ASSERT_FALSE(bytes.ok());
  EXPECT_THAT(bytes.error().message, HasSubstr("damaged"));
}

}  // namespace
}  // namespace nas
