#include <gtest/gtest.h>

#include <limits>

#include "nas/check.h"
#include "nas/network.h"
#include "tests/nas/nas_bench_201.h"

namespace nas {
namespace {

using testing::NetworkBuilder;

const Shape kImage{4, 2, {8, 8, 1}};  // 256 elements

Attributes rate(double value) {
  Attributes attributes;
  attributes.rate = value;
  return attributes;
}

Attributes features(std::int64_t count) {
  Attributes attributes;
  attributes.channels = count;
  return attributes;
}

Network with_exit(Network network, const Exit& exit) {
  const auto added = add_exit(network, exit);
  NAS_CHECK(added.ok(), added.error().message);
  return network;
}

// input 256 -> conv 512 -> batch norm 512 -> relu 512 -> conv 128 -> add(relu'd conv) ...
TEST(TrainingMemory, EachTensorOnce) {
  NetworkBuilder net(kImage);
  const auto conv = net.conv(0, 8, 3);                               // keeps the input, 256
  const auto norm = net.add(Op::BatchNorm, {conv});                  // keeps conv, 512
  const auto relu = net.add(Op::Relu, {norm});                       // keeps itself, 512
  const auto next = net.conv(relu, 8, 3);                            // keeps relu, which is kept already
  const auto sum = net.add(Op::Add, {next, relu});                   // nothing
  net.add(Op::Linear, {net.add(Op::Flatten, {sum})}, features(10));  // keeps the sum, 512
  const MemoryCost cost = count_memory(net.network(), 3);
  EXPECT_EQ(cost.training_elements, 256 + 512 + 512 + 512);
  EXPECT_EQ(cost.training_bytes, 3 * 4 * (256 + 3 * 512));
}

TEST(TrainingMemory, NothingWhereNoGradientFlows) {
  NetworkBuilder net(kImage);
  const auto relu = net.add(Op::Relu, {0});
  const auto tanh = net.add(Op::Tanh, {relu});
  EXPECT_EQ(count_memory(net.network(), 1).training_elements, 0);
  net.conv(tanh, 1, 1);
  EXPECT_EQ(count_memory(net.network(), 1).training_elements, 256) << "the convolution's input";
}

TEST(TrainingMemory, MasksAndIndicesCountInBytes) {
  NetworkBuilder net(kImage);
  const auto conv = net.conv(0, 4, 1);  // 256 elements
  Attributes pool;
  pool.kernel = pool.stride = {2, 2, 1};
  const auto pooled = net.add(Op::MaxPool, {conv}, pool);          // keeps conv, and 64 indices of 8 bytes
  const auto dropped = net.add(Op::Dropout, {pooled}, rate(0.5));  // 64 bytes of a mask
  net.add(Op::Linear, {net.add(Op::Dropout, {dropped}, rate(0))}, features(2));  // keeps dropped, 64 elements
  const MemoryCost cost = count_memory(net.network(), 1);
  EXPECT_EQ(cost.training_elements, 256 + 256 + 64);
  EXPECT_EQ(cost.training_bytes, 4 * (256 + 256 + 64) + 64 * 8 + 64);
}

TEST(TrainingMemory, AuxiliaryHeadsAreTrainedButNotRun) {
  NetworkBuilder net(kImage);
  const auto trunk = net.conv(0, 4, 1);
  const auto wide = net.conv(trunk, 64, 1);                    // keeps trunk
  const auto head = net.add(Op::Linear, {wide}, features(2));  // keeps wide, 4096
  net.add(Op::Linear, {trunk}, features(2));
  const MemoryCost cost = count_memory(with_exit(net.network(), {"head", head, true, 1}), 1);
  EXPECT_EQ(cost.training_elements, 256 + 256 + 4096);
  EXPECT_EQ(cost.inference_bytes, 4 * (256 + 256));
  EXPECT_EQ(count_memory(with_exit(net.network(), {"exit", head, false, 1}), 1).inference_bytes, 4 * (256 + 4096 + 2));
}

// What is alive while each node runs; the largest is the answer.
TEST(InferenceMemory, ATensorIsLetGoAfterItsLastReader) {
  NetworkBuilder net(kImage);
  const auto a = net.conv(0, 8, 1);          // input 256 + a 512
  const auto b = net.conv(a, 2, 1);          // a 512 + b 128
  const auto c = net.conv(b, 8, 1);          // a 512 + b 128 + c 512: the most
  net.add(Op::Concat, {net.conv(c, 1, 1),    // a 512 + c 512 + 64
                       net.conv(a, 1, 1)});  // a 512 + 64 + 64
  EXPECT_EQ(count_memory(net.network(), 1).inference_bytes, 4 * (512 + 128 + 512));
  EXPECT_EQ(count_memory(net.network(), 16).inference_bytes, 16 * 4 * (512 + 128 + 512));
}

TEST(InferenceMemory, ViewsHaveNoMemoryAndHoldWhatTheyShow) {
  NetworkBuilder net(kImage);
  const auto a = net.conv(0, 8, 1);
  const auto view = net.add(Op::Identity, {net.add(Op::Dropout, {net.add(Op::Add, {a})}, rate(0.5))});
  const auto b = net.conv(a, 1, 1);
  net.add(Op::Multiply, {view, b});  // a 512 + b 64 + the product 512, though nothing reads `a` by its own name
  EXPECT_EQ(count_memory(net.network(), 1).inference_bytes, 4 * (512 + 64 + 512));
}

TEST(InferenceMemory, OutputsStay) {
  NetworkBuilder net(kImage);
  const auto early = net.conv(0, 8, 1);
  const auto b = net.conv(net.conv(early, 1, 1), 1, 1);
  net.conv(b, 32, 1);  // 64 + 2048
  EXPECT_EQ(count_memory(net.network(), 1).inference_bytes, 4 * (64 + 2048));
  EXPECT_EQ(count_memory(with_exit(net.network(), {"early", early, false, 1}), 1).inference_bytes,
            4 * (512 + 64 + 2048));
  EXPECT_EQ(count_memory(make_network(kImage), 2).inference_bytes, 2 * 4 * 256) << "the input is the output";
}

TEST(Memory, SumsStopAtTheLargestNumber) {
  NetworkBuilder net(Shape{1 << 25, 2, {1 << 12, 1 << 13, 1}});  // 2^50 elements
  net.add(Op::Tanh, {net.add(Op::BatchNorm, {0})});
  const MemoryCost cost = count_memory(net.network(), std::int64_t{1} << 40);
  EXPECT_EQ(cost.training_elements, std::int64_t{1} << 51);
  EXPECT_EQ(cost.training_bytes, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(cost.inference_bytes, std::numeric_limits<std::int64_t>::max());
  EXPECT_THROW((void)count_memory(net.network(), 0), Exception);
}

}  // namespace
}  // namespace nas
