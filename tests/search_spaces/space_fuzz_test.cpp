// Whatever is written in a space file, the answer is a space or an error with its place.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "search_spaces/text_space.h"

namespace nas {
namespace {

std::string library_text() {
  std::ostringstream text;
  text << std::ifstream(std::string(NAS_LIBRARY_DIR) + "/nas_bench_201.yaml").rdbuf();
  return text.str();
}

/// One to three edits: a line dropped, doubled or moved in, a character changed, a word replaced.
std::string damaged(std::string text, Rng& rng) {
  static const std::vector<std::string> kWords = {"choose", "[]",   "{}",     "null", "1e99",   "-3",
                                                  "relu",   "${x}", "${1/0}", "by",   "repeat", "own",
                                                  "cell",   "[[",   ": ",     "0",    "\"\"",   "times"};
  for (std::size_t edits = 1 + rng.index(3); edits > 0; --edits) {
    const std::size_t at = rng.index(text.size());
    const std::size_t begin = text.rfind('\n', at) + 1;
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(begin, end == std::string::npos ? end : end - begin + 1);
    switch (rng.index(5)) {
      case 0:
        text.erase(begin, line.size());
        break;
      case 1:
        text.insert(rng.index(text.size()), line);
        break;
      case 2:
        text[at] = static_cast<char>(32 + rng.index(95));
        break;
      case 3:
        text.insert(at, kWords[rng.index(kWords.size())]);
        break;
      default:
        text.replace(at, 1 + rng.index(8), kWords[rng.index(kWords.size())]);
        break;
    }
    if (text.empty()) text = "x";
  }
  return text;
}

TEST(SpaceFuzz, DamagedFilesAreErrorsOrSpaces) {
  const std::string original = library_text();
  Rng rng(11, 0, Stream::Test);
  int good = 0;
  int bad = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string text = damaged(original, rng);
    const auto tree = parse_yaml(text, "space.yaml");
    const auto space = tree ? TextSpace::make(*tree) : Result<std::unique_ptr<TextSpace>>(tree.error());
    if (!space) {
      ++bad;
      EXPECT_THAT(space.error().message, testing::HasSubstr("space.yaml")) << text;
      continue;
    }
    ++good;
    if ((*space)->has_network()) (void)(*space)->decode((*space)->sample(rng));
  }
  EXPECT_GT(good, 100);
  EXPECT_GT(bad, 1000);
}

}  // namespace
}  // namespace nas
