#include "trainer/training_data.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "tests/trainer/memory_set.h"
#include "trainer/batch_reader.h"
#include "trainer/moments.h"

namespace nas {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kHeight = 5;
constexpr std::int64_t kWidth = 4;

DataFacts image_facts(std::int64_t records, std::int64_t channels) {
  DataFacts facts{.input = {.channels = channels, .dims = 2, .size = {kHeight, kWidth, 1}}, .records = records};
  facts.classes = 3;
  for (std::int64_t i = 0; i < records; ++i) facts.labels.push_back(i % 3);
  return facts;
}

/// Pixels 1, 2, 3 and so on, modulo 255.
DataSet numbered_images(std::int64_t records, std::int64_t channels, std::int64_t broken = -1) {
  const DataFacts facts = image_facts(records, channels);
  std::vector<std::uint8_t> pixels;
  for (std::int64_t i = 0; i < records * facts.input.elements(); ++i) {
    pixels.push_back(static_cast<std::uint8_t>(1 + i % 255));
  }
  return {facts, std::make_shared<MemoryRecords<std::uint8_t>>(pixels, std::vector<std::uint8_t>{}, broken)};
}

Batch all_of(const TrainingData& data, const DataPart& part) {
  std::vector<std::int64_t> positions(part.records.size());
  std::iota(positions.begin(), positions.end(), std::int64_t{0});
  return evaluation_batch(data, read_batch(data, part, positions));
}

TEST(TrainingData, NormalisesByTheTrainingPartAlone) {
  DataFacts facts = image_facts(3, 1);
  std::vector<std::uint8_t> pixels(3 * kHeight * kWidth, 255);
  std::iota(pixels.begin(), pixels.begin() + 40, std::uint8_t{1});
  const TrainingData data =
      make_data({facts, std::make_shared<MemoryRecords<std::uint8_t>>(pixels, std::vector<std::uint8_t>{})},
                {.train = {0, 1}, .validation = {2}});
  // Pixels 1 to 40: mean 20.5, variance (40^2 - 1) / 12.
  const double deviation = std::sqrt(1599 / 12.0);
  EXPECT_NEAR(data.inputs.scale.item<double>(), 1 / deviation, 1e-8);
  EXPECT_NEAR(data.inputs.offset.item<double>(), -20.5 / deviation, 1e-6);
  EXPECT_NEAR(all_of(data, data.validation).inputs[0][0][0][0].item<double>(), (255 - 20.5) / deviation, 1e-5);
  EXPECT_EQ(data.class_records, (std::vector<std::int64_t>{1, 1, 0}));
}

TEST(TrainingData, AConstantChannelStaysFinite) {
  const DataFacts facts = image_facts(2, 1);
  const std::vector<std::uint8_t> pixels(2 * kHeight * kWidth, 7);
  const TrainingData data = make_data(
      {facts, std::make_shared<MemoryRecords<std::uint8_t>>(pixels, std::vector<std::uint8_t>{})}, {.train = {0, 1}});
  EXPECT_EQ(all_of(data, data.validation).inputs.abs().max().item<float>(), 0);
}

TEST(TrainingData, ImagesAreChannelsLastWithTheirClasses) {
  const TrainingData data = make_data(numbered_images(6, 2), {.train = {1, 3, 5}});
  const Batch batch = evaluation_batch(data, read_batch(data, data.train, std::vector<std::int64_t>{2, 0}));
  ASSERT_EQ(batch.inputs.sizes(), (std::vector<std::int64_t>{2, 2, kHeight, kWidth}));
  EXPECT_TRUE(batch.inputs.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_EQ(batch.targets[0].item<std::int64_t>(), 5 % 3);
  EXPECT_EQ(batch.targets[1].item<std::int64_t>(), 1);
}

/// The same whether the part lives on the device or is read by any number of threads.
TEST(BatchReader, ThreadsChangeNothing) {
  const DataSet set = numbered_images(50, 2);
  std::vector<std::int64_t> train(40);
  std::iota(train.begin(), train.end(), std::int64_t{5});
  std::vector<std::int64_t> order(40);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  Rng(1, 1, Stream::Test).shuffle(std::span(order));
  const TrainingData resident = make_data(set, {.train = train});
  ASSERT_TRUE(resident.train.resident());
  for (const std::int64_t threads : {1, 3, 16}) {
    DataOptions options;
    options.resident_mib = 0;
    options.reader_threads = threads;
    const TrainingData streamed = make_data(set, {.train = train, .data = options});
    EXPECT_FALSE(streamed.train.resident());
    EXPECT_TRUE(streamed.inputs.scale.equal(resident.inputs.scale));
    BatchReader here(resident, resident.train, order, 7);
    BatchReader there(streamed, streamed.train, order, 7);
    ASSERT_EQ(there.batches(), 6U);
    for (std::size_t b = 0; b < 6; ++b) {
      const StoredBatch a = here.next();
      const StoredBatch c = there.next();
      EXPECT_EQ(a.records, c.records);
      EXPECT_TRUE(a.inputs.equal(c.inputs)) << b;
      EXPECT_TRUE(a.targets.equal(c.targets)) << b;
    }
    EXPECT_EQ(there.batches(), 6U);
  }
}

TEST(BatchReader, MayBeLeftBeforeItsEnd) {
  DataOptions options;
  options.resident_mib = 0;
  const TrainingData data = make_data(numbered_images(50, 1), {.train = {1, 2, 3, 4, 5, 6}, .data = options});
  BatchReader reader(data, data.train, {0, 1, 2, 3, 4, 5}, 1);
  EXPECT_EQ(reader.next().records, (std::vector<std::int64_t>{1}));
}

TEST(BatchReader, ABrokenRecordIsThrownWhereItIsTaken) {
  DataOptions options;
  options.resident_mib = 0;
  const TrainingData data =
      make_data(numbered_images(10, 1, 4), {.train = {0, 1}, .validation = {2, 3, 4, 5}, .data = options});
  BatchReader reader(data, data.validation, {0, 1, 2, 3}, 2);
  EXPECT_EQ(reader.next().records.size(), 2U);
  try {
    (void)reader.next();
    FAIL() << "nothing was thrown";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("record 4 is broken"));
  }
  const auto loaded = make_training_data(numbered_images(10, 1, 4), {}, {}, {{0, 1}, {3, 4}}, at::kCPU);
  ASSERT_FALSE(loaded.ok());
  EXPECT_THAT(loaded.error().message, HasSubstr("record 4 is broken"));
}

TEST(TrainingData, MissingValuesAreTheMean) {
  DataFacts facts{.input = {.channels = 2}, .element = ElementType::Float32, .records = 4};
  facts.classes = 2;
  facts.labels = {0, 1, 0, 1};
  facts.missing = true;
  const float gap = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> values = {1, 10, gap, 20, 3, gap, gap, 30};
  const TrainingData data =
      make_data({facts, std::make_shared<MemoryRecords<float>>(values, std::vector<std::uint8_t>{})},
                {.train = {0, 1, 2}, .validation = {3}});
  // First column of training: 1 and 3; second: 10 and 20.
  const Batch train = all_of(data, data.train);
  EXPECT_TRUE(train.inputs.isfinite().all().item<bool>());
  EXPECT_NEAR(train.inputs[0][0].item<double>(), -1, 1e-6);
  EXPECT_EQ(train.inputs[1][0].item<double>(), 0);
  EXPECT_EQ(train.inputs[2][1].item<double>(), 0);
  EXPECT_NEAR(all_of(data, data.validation).inputs[0][1].item<double>(), 3, 1e-5);
}

TEST(TrainingData, NumbersAreNormalisedAsTheInputsAre) {
  DataFacts facts{.task = TaskKind::Regression, .input = {.channels = 1}, .element = ElementType::Int16, .records = 4};
  facts.target = {.channels = 1};
  facts.target_element = ElementType::Float32;
  const std::vector<std::int16_t> inputs = {-300, 300, 0, 0};
  const std::vector<float> targets = {5, 7, 9, 100};
  const TrainingData data = make_data({facts, std::make_shared<MemoryRecords<std::int16_t, float>>(inputs, targets)},
                                      {.train = {0, 1, 2}, .validation = {3}});
  const Batch batch = all_of(data, data.train);
  EXPECT_NEAR(batch.inputs[1][0].item<double>(), std::sqrt(1.5), 1e-5);
  EXPECT_NEAR(batch.targets[2][0].item<double>(), std::sqrt(1.5), 1e-5);
}

TEST(TrainingData, VoidPositionsAreNotJudged) {
  DataFacts facts{.task = TaskKind::Segmentation, .input = {.channels = 1, .dims = 2, .size = {1, 3, 1}}, .records = 2};
  facts.classes = 2;
  facts.target = facts.input;
  const std::vector<std::uint8_t> pixels = {1, 2, 3, 4, 5, 6};
  const std::vector<std::uint8_t> masks = {0, 1, 255, 1, 1, 0};
  const TrainingData data =
      make_data({facts, std::make_shared<MemoryRecords<std::uint8_t>>(pixels, masks)}, {.train = {0, 1}});
  const at::Tensor targets = all_of(data, data.train).targets;
  EXPECT_EQ(targets.sizes(), (std::vector<std::int64_t>{2, 1, 3}));
  EXPECT_EQ(targets[0][0][2].item<std::int64_t>(), kIgnoredClass);
  EXPECT_EQ(targets[1][0][0].item<std::int64_t>(), 1);
}

TEST(TrainingData, NoiseOfValidationDependsOnTheRecordAlone) {
  DataSet set = numbered_images(200, 1);
  set.facts.task = TaskKind::Restoration;
  set.facts.labels.clear();
  DataOptions options;
  options.noise = 0.1;
  options.split_seed = 5;
  std::vector<std::int64_t> validation(150);
  std::iota(validation.begin(), validation.end(), std::int64_t{50});
  const TrainingData data = make_data(set, {.train = {0, 1, 2}, .validation = validation, .data = options});
  const Batch whole = all_of(data, data.validation);
  const Batch one = evaluation_batch(data, read_batch(data, data.validation, std::vector<std::int64_t>{7}));
  EXPECT_TRUE(one.inputs[0].equal(whole.inputs[7]));
  EXPECT_TRUE(one.targets[0].equal(whole.targets[7]));
  // Deviation 0.1 of a range of 255, in stored units.
  const at::Tensor noise = (whole.inputs - whole.targets).to(at::kDouble) / data.inputs.scale;
  EXPECT_NEAR(noise.std().item<double>(), 25.5, 1);
  EXPECT_NEAR(noise.mean().item<double>(), 0, 2);
  Rng rng(1, 1, Stream::Test);
  const Batch training = training_batch(data, read_batch(data, data.train, std::vector<std::int64_t>{0, 0}), {}, rng);
  EXPECT_FALSE(training.inputs[0].equal(training.inputs[1]));
  EXPECT_TRUE(training.targets[0].equal(training.targets[1]));
}

TEST(Moments, OfChunksAreThoseOfTheWhole) {
  const at::Tensor whole = (at::arange(60, at::kDouble) * 0.7).sin().to(at::kFloat).view({10, 2, 3});
  Moments chunks(2);
  chunks.add(whole.narrow(0, 0, 3));
  chunks.add(whole.narrow(0, 3, 7));
  for (std::int64_t c = 0; c < 2; ++c) {
    const at::Tensor values = whole.select(1, c).to(at::kDouble);
    EXPECT_NEAR(chunks.channels()[static_cast<std::size_t>(c)].mean, values.mean().item<double>(), 1e-12);
    EXPECT_NEAR(chunks.channels()[static_cast<std::size_t>(c)].deviation, values.std(false).item<double>(), 1e-12);
  }
  EXPECT_NEAR(chunks.range(), (whole.max() - whole.min()).item<double>(), 1e-6);
}

}  // namespace
}  // namespace nas
