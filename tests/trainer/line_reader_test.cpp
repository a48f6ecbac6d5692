#include "trainer/line_reader.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <thread>

#include "nas/check.h"

namespace nas {
namespace {

/// What is written into it comes out of `out`.
struct Pipe {
  Pipe() { NAS_CHECK(pipe(ends) == 0, "no pipe"); }
  ~Pipe() {
    close(ends[0]);
    if (open) close(ends[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void write_text(std::string_view text) const {
    NAS_CHECK(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()), "a pipe that is full");
  }
  void end() {
    close(ends[1]);
    open = false;
  }
  int ends[2] = {-1, -1};
  bool open = true;
};

TEST(LineReader, GivesWhatIsThereWithoutWaiting) {
  Pipe pipe;
  LineReader reader(pipe.ends[0]);
  EXPECT_EQ(reader.next_if_there(), std::nullopt);
  pipe.write_text("half");
  EXPECT_EQ(reader.next_if_there(), std::nullopt);
  pipe.write_text(" a line\n\nthird\nfour");
  EXPECT_EQ(reader.next_if_there(), "half a line");
  EXPECT_EQ(reader.next_if_there(), "");
  EXPECT_EQ(reader.next(), "third");
  EXPECT_EQ(reader.next_if_there(), std::nullopt);
  pipe.end();
  EXPECT_EQ(reader.next(), "four") << "the last line needs no newline";
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_EQ(reader.next_if_there(), std::nullopt);
}

TEST(LineReader, ALineMayBeLongerThanAPipeHolds) {
  Pipe pipe;
  const std::string text(3'000'000, 'x');
  std::thread writer([&] {
    for (std::size_t at = 0; at < text.size(); at += 1000) pipe.write_text(std::string_view(text).substr(at, 1000));
    pipe.write_text("\nnext\n");
  });
  LineReader reader(pipe.ends[0]);
  EXPECT_TRUE(reader.next() == text);
  EXPECT_EQ(reader.next(), "next");
  writer.join();
}

TEST(LineReader, WhatCannotBeReadIsSaid) {
  LineReader reader(-1);
  EXPECT_THROW((void)reader.next(), Exception);
}

}  // namespace
}  // namespace nas
