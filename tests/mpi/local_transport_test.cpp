#include "mpi/local_transport.h"

#include <gtest/gtest.h>

#include <thread>

namespace nas {
namespace {

using namespace std::chrono_literals;

std::vector<std::byte> bytes(int value) { return {static_cast<std::byte>(value)}; }

std::vector<int> receive_all(Transport& transport, std::size_t count) {
  std::vector<int> values;
  while (values.size() < count) {
    const std::optional<Message> message = transport.receive(10s);
    if (!message) break;
    values.push_back(static_cast<int>(message->bytes[0]));
  }
  return values;
}

TEST(LocalTransport, DeliversInOrderAlsoWithRandomDelays) {
  LocalNetwork network(2, {.seed = 3, .greatest_delay = 2ms});
  const auto a = network.endpoint(0);
  const auto b = network.endpoint(1);
  std::vector<int> expected;
  for (int i = 0; i < 50; ++i) {
    a->send(1, bytes(i));
    expected.push_back(i);
  }
  EXPECT_EQ(receive_all(*b, 50), expected);
  EXPECT_FALSE(b->receive(1ms));
}

TEST(LocalTransport, KnowsTheSender) {
  LocalNetwork network(3);
  const auto receiver = network.endpoint(0);
  network.endpoint(2)->send(0, bytes(5));
  const std::optional<Message> message = receiver->receive(10s);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->from, 2);
}

TEST(LocalTransport, WakesAWaitingThread) {
  LocalNetwork network(2);
  std::thread sender([&] { network.endpoint(1)->send(0, bytes(1)); });
  EXPECT_TRUE(network.endpoint(0)->receive(30s));
  sender.join();
}

TEST(LocalTransport, DropsWhatItIsToldTo) {
  LocalFaults faults;
  faults.treat = [](int, int, std::uint64_t index, std::vector<std::byte>&) { return index % 2 == 1 ? 0 : 1; };
  LocalNetwork network(2, std::move(faults));
  const auto a = network.endpoint(0);
  const auto b = network.endpoint(1);
  for (int i = 0; i < 6; ++i) a->send(1, bytes(i));
  EXPECT_EQ(receive_all(*b, 3), (std::vector<int>{0, 2, 4}));
  EXPECT_FALSE(b->receive(1ms));
}

TEST(LocalTransport, TheDeadNeitherSpeakNorHear) {
  LocalNetwork network(3);
  const auto a = network.endpoint(0);
  const auto b = network.endpoint(1);
  a->send(1, bytes(1));
  b->send(0, bytes(2));
  network.kill(1);
  b->send(0, bytes(3));
  EXPECT_FALSE(a->receive(1ms));
  EXPECT_FALSE(b->receive(1ms));
  network.endpoint(2)->send(0, bytes(4));
  EXPECT_TRUE(a->receive(10s)) << "the others go on";
}

}  // namespace
}  // namespace nas
