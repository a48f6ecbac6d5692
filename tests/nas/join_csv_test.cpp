#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nas/csv_table.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<CsvTable> join(const std::string& left, const std::string& right, const std::string& on = "id") {
  const auto a = parse_csv(left, "a.csv");
  const auto b = parse_csv(right, "b.csv");
  EXPECT_TRUE(a.ok() && b.ok());
  return join_csv(*a, *b, on, {"a.csv", "b.csv"});
}

TEST(JoinCsv, AddsTheColumnsOfTheRowWithTheSameKey) {
  const auto joined = join("id,x\n1,a\n2,b\n1,c\n", "y,id,z\n8,2,p\n9,1,q\n7,3,r\n");
  ASSERT_TRUE(joined.ok()) << joined.error().message;
  EXPECT_THAT(joined->columns, ElementsAre("id", "x", "y", "z"));
  EXPECT_THAT(joined->rows, ElementsAre(ElementsAre("1", "a", "9", "q"), ElementsAre("2", "b", "8", "p"),
                                        ElementsAre("1", "c", "9", "q")));
  EXPECT_THAT(joined->lines, ElementsAre(2U, 3U, 4U));
}

TEST(JoinCsv, MistakesAreNamed) {
  EXPECT_THAT(join("idx,x\n1,a\n", "id,y\n1,b\n").error().message,
              HasSubstr("a.csv: no column 'id' to join by, did you mean 'idx'?"));
  EXPECT_THAT(join("id,x\n1,a\n", "idx,y\n1,b\n").error().message, HasSubstr("b.csv: no column 'id' to join by"));
  EXPECT_THAT(join("id,x\n1,a\n", "id,x\n1,b\n").error().message, HasSubstr("b.csv: column 'x' is in a.csv too"));
  EXPECT_THAT(join("id,x\n1,a\n", "id,y\n1,b\n1,c\n").error().message, HasSubstr("b.csv:3: id: '1' is on line 2"));
}

TEST(JoinCsv, RowsWithoutAPartnerAreCountedAndTheFirstAreShown) {
  std::string left = "id,x\n";
  for (int i = 0; i < 13; ++i) left += std::to_string(i) + ",a\n";
  const std::string message = join(left, "id,y\n0,b\n").error().message;
  EXPECT_THAT(message, HasSubstr("a.csv:3: id: b.csv has no row with '1'\na.csv:4: "));
  EXPECT_THAT(message, HasSubstr("\na.csv: and 2 more"));
}

}  // namespace
}  // namespace nas
