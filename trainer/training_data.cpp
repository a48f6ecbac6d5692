#include "trainer/training_data.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>

#include "nas/check.h"
#include "trainer/augmentation.h"
#include "trainer/data/data_format.h"
#include "trainer/moments.h"
#include "trainer/read_records.h"

namespace nas {

namespace {

constexpr std::int64_t kMostMeasured = 10'000;
constexpr std::int64_t kMeasuredAtOnce = std::int64_t{1} << 22;  // elements

at::Tensor to_tensor(std::span<const std::int64_t> numbers) {
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(numbers.size())}, at::kLong);
  std::memcpy(tensor.mutable_data_ptr<std::int64_t>(), numbers.data(), numbers.size_bytes());
  return tensor;
}

/// Normalisation of channels with these moments; a channel that never changes carries nothing, its
/// scale stays alone.
Normalisation normalisation(const std::vector<ChannelMoments>& moments, const Shape& shape, at::Device device) {
  std::vector<std::int64_t> sizes(shape.dims + 1, 1);
  sizes[0] = shape.channels;
  at::Tensor scale = at::empty(sizes, at::kFloat);
  at::Tensor offset = at::empty_like(scale);
  for (std::size_t c = 0; c < moments.size(); ++c) {
    const double factor = moments[c].deviation > 0 ? 1 / moments[c].deviation : 1;
    scale.mutable_data_ptr<float>()[c] = static_cast<float>(factor);
    offset.mutable_data_ptr<float>()[c] = static_cast<float>(-moments[c].mean * factor);
  }
  return {scale.to(device), offset.to(device)};
}

/// The part with its labels; the rest is filled in by keep_resident.
DataPart make_part(const DataFacts& facts, const std::vector<std::int64_t>& records, at::Device device) {
  DataPart part{.records = records};
  if (facts.task != TaskKind::Classification) return part;
  std::vector<std::int64_t> labels;
  for (const std::int64_t record : records) labels.push_back(facts.labels[static_cast<std::size_t>(record)]);
  part.labels = to_tensor(labels).to(device);
  return part;
}

bool fits(const DataFacts& facts, const DataPart& part, std::int64_t mib) {
  const std::size_t bytes = (facts.input_bytes() + facts.target_bytes()) * part.records.size();
  return bytes <= (static_cast<std::size_t>(mib) << 20);
}

/// Measures inputs and targets of the training part.
struct PartMoments {
  Moments inputs;
  Moments targets;

  explicit PartMoments(const DataFacts& facts) : inputs(facts.input.channels), targets(facts.target.channels) {}

  void add(const StoredTensors& stored, bool with_targets) {
    inputs.add(stored.inputs);
    if (with_targets) targets.add(stored.targets);
  }
};

bool measures_targets(const DataFacts& facts) {
  const bool numbers = facts.task == TaskKind::Regression || facts.task == TaskKind::Restoration;
  return numbers && facts.target.channels > 0;
}

std::int64_t records_at_once(const DataFacts& facts) {
  return std::max<std::int64_t>(1, kMeasuredAtOnce / facts.input.elements());
}

void measure_resident(const DataFacts& facts, const StoredTensors& stored, PartMoments& moments) {
  const std::int64_t step = records_at_once(facts);
  const std::int64_t records = stored.inputs.size(0);
  for (std::int64_t first = 0; first < records; first += step) {
    const std::int64_t count = std::min(step, records - first);
    const bool targets = measures_targets(facts);
    moments.add(
        {stored.inputs.narrow(0, first, count), targets ? stored.targets.narrow(0, first, count) : at::Tensor()},
        targets);
  }
}

Result<Unit> measure_by_reading(const TrainingData& data, PartMoments& moments) {
  const auto records = data.train.size();
  const std::int64_t measured = std::min(records, kMostMeasured);
  const std::int64_t step = records_at_once(data.facts);
  for (std::int64_t first = 0; first < measured; first += step) {
    std::vector<std::int64_t> some;
    for (std::int64_t i = first; i < std::min(first + step, measured); ++i) {
      some.push_back(data.train.records[static_cast<std::size_t>(i * records / measured)]);
    }
    const auto stored = read_records(data.facts, *data.reader, some, {.threads = data.reader_threads});
    if (!stored) return stored.error();
    moments.add(*stored, measures_targets(data.facts));
  }
  return Unit{};
}

/// Puts the part on the device where it is small enough.
Result<Unit> keep_resident(TrainingData& data, DataPart& part, std::int64_t mib, PartMoments* moments) {
  if (!fits(data.facts, part, mib)) return moments == nullptr ? Unit{} : measure_by_reading(data, *moments);
  const auto stored = read_records(data.facts, *data.reader, part.records, {.threads = data.reader_threads});
  if (!stored) return stored.error();
  if (moments != nullptr) measure_resident(data.facts, *stored, *moments);
  part.inputs = stored->inputs.to(data.device);
  if (stored->targets.defined()) part.targets = stored->targets.to(data.device);
  return Unit{};
}

void normalise_by(const PartMoments& moments, TrainingData& data) {
  const DataFacts& facts = data.facts;
  data.inputs = normalisation(moments.inputs.channels(), facts.input, data.device);
  const Moments& targets = measures_targets(facts) ? moments.targets : moments.inputs;
  const bool bytes = (measures_targets(facts) ? facts.target_element : facts.element) == ElementType::UInt8;
  constexpr double kByteRange = 255;
  data.target_range = bytes ? kByteRange : targets.range() > 0 ? targets.range() : 1;
  // What is restored is scaled as the inputs are: a network may add its input to its output.
  const bool as_inputs = facts.task == TaskKind::Restoration &&
                         (facts.target.channels == 0 || facts.target.channels == facts.input.channels);
  if (as_inputs) {
    data.targets = data.inputs;
  } else if (measures_targets(facts)) {
    data.targets = normalisation(targets.channels(), facts.target, data.device);
  }
}

at::Tensor normalise(const Normalisation& by, const at::Tensor& stored) {
  const at::Tensor values = stored.to(at::kFloat, /*non_blocking=*/false, /*copy=*/true).mul_(by.scale).add_(by.offset);
  return values.dim() == 4 ? values.contiguous(at::MemoryFormat::ChannelsLast) : values;
}

/// Stored targets as a loss wants them.
at::Tensor ready_targets(const TrainingData& data, const at::Tensor& stored) {
  switch (data.facts.task) {
    case TaskKind::Classification:
      return stored;
    case TaskKind::MultiLabel:
      return stored.to(at::kFloat);
    case TaskKind::Segmentation: {
      const at::Tensor classes = stored.select(1, 0).to(at::kLong);
      return classes.masked_fill(classes.eq(std::int64_t{kVoidClass}), kIgnoredClass);
    }
    case TaskKind::Regression:
    case TaskKind::Restoration:
      return normalise(data.targets, stored);
  }
  return stored;
}

AugmentedBatch to_device(const TrainingData& data, const StoredBatch& stored) {
  const bool moving = data.facts.task == TaskKind::Segmentation || data.facts.task == TaskKind::Restoration;
  AugmentedBatch batch{.inputs = stored.inputs.to(data.device, stored.inputs.scalar_type(), /*non_blocking=*/true),
                       .targets = stored.targets,
                       .moving = moving && data.facts.target.channels > 0,
                       .padding = data.facts.task == TaskKind::Segmentation ? double{kVoidClass} : 0.0,
                       .largest = data.facts.element == ElementType::UInt8 ? 255.0 : 0.0,
                       .records = stored.share};
  if (batch.records.whole == 0) batch.records = {0, stored.inputs.size(0), stored.inputs.size(0)};
  if (batch.targets.defined()) {
    batch.targets = batch.targets.to(data.device, batch.targets.scalar_type(), /*non_blocking=*/true);
  }
  return batch;
}

/// Normalises inputs and makes targets ready; where nothing else is restored, the clean inputs are.
void finish(const TrainingData& data, AugmentedBatch& batch) {
  const at::Tensor clean = normalise(data.inputs, batch.inputs);
  batch.targets = batch.targets.defined() ? ready_targets(data, batch.targets) : clean;
  batch.inputs = data.facts.missing ? clean.nan_to_num(0) : clean;
}

/// Noise of deviation 1 where the stored range is 1, on normalised values.
at::Tensor noise_scale(const TrainingData& data) { return data.inputs.scale * (data.noise * data.target_range); }

at::Tensor noise_of_records(const TrainingData& data, const StoredBatch& stored, const at::Tensor& like) {
  at::Tensor noise = at::empty(like.sizes(), at::kFloat);
  for (std::size_t i = 0; i < stored.records.size(); ++i) {
    Rng rng(data.noise_seed, static_cast<std::uint64_t>(stored.records[i]), Stream::Augmentation);
    const at::Tensor mine = noise[static_cast<std::int64_t>(i)];
    mine.copy_(normal_like(mine, {0, mine.size(0), mine.size(0)}, rng));
  }
  return noise.to(like.device());
}

/// With its parts, but nothing read of them yet.
TrainingData unmeasured(const DataSet& set, const DataOptions& options, const DataDescription& description,
                        const DataSplit& split, at::Device device) {
  TrainingData data{.facts = set.facts, .description = description, .reader = set.reader};
  data.device = device;
  data.reader_threads = options.reader_threads;
  data.noise = options.noise;
  data.noise_seed = static_cast<std::uint64_t>(options.split_seed);
  data.train = make_part(data.facts, split.train, device);
  data.validation = make_part(data.facts, split.validation, device);
  if (data.facts.task == TaskKind::Classification) {
    data.class_records.assign(static_cast<std::size_t>(data.facts.classes), 0);
    for (const std::int64_t record : split.train) {
      ++data.class_records[static_cast<std::size_t>(data.facts.labels[static_cast<std::size_t>(record)])];
    }
  }
  return data;
}

/// The records of all folds, once, where they are small enough for the device.
class SharedRecords {
 public:
  /// Both parts of `data`, which are those of every other fold.
  Result<Unit> read(const TrainingData& data, std::int64_t mib) {
    records_ = data.train.records;
    records_.insert(records_.end(), data.validation.records.begin(), data.validation.records.end());
    std::sort(records_.begin(), records_.end());
    if (!fits(data.facts, {.records = records_}, mib)) return Unit{};
    auto stored = read_records(data.facts, *data.reader, records_, {.threads = data.reader_threads});
    if (!stored) return stored.error();
    stored_ = std::move(stored).value();
    inputs_ = stored_.inputs.to(data.device);
    if (stored_.targets.defined()) targets_ = stored_.targets.to(data.device);
    return Unit{};
  }

  /// The parts' own rows of them, and the moments of the training part's.
  Result<Unit> give(TrainingData& data, PartMoments& moments) const {
    if (!inputs_.defined()) return measure_by_reading(data, moments);
    for (DataPart* const part : {&data.train, &data.validation}) {
      part->inputs = inputs_;
      part->targets = targets_;
      part->rows = rows_of(part->records).to(data.device);
    }
    const at::Tensor rows = rows_of(data.train.records);
    const std::int64_t step = records_at_once(data.facts);
    for (std::int64_t first = 0; first < rows.size(0); first += step) {
      const at::Tensor some = rows.narrow(0, first, std::min(step, rows.size(0) - first));
      const bool targets = measures_targets(data.facts);
      moments.add(
          {stored_.inputs.index_select(0, some), targets ? stored_.targets.index_select(0, some) : at::Tensor()},
          targets);
    }
    return Unit{};
  }

 private:
  at::Tensor rows_of(const std::vector<std::int64_t>& records) const {
    std::vector<std::int64_t> rows;
    for (const std::int64_t record : records) {
      rows.push_back(std::lower_bound(records_.begin(), records_.end(), record) - records_.begin());
    }
    return to_tensor(rows);
  }

  std::vector<std::int64_t> records_;  // ascending
  StoredTensors stored_;               // on the CPU
  at::Tensor inputs_;
  at::Tensor targets_;
};

}  // namespace

Result<TrainingData> load_training_data(const DataOptions& options, at::Device device) {
  const Result<DataSet> set = open_data(options);
  if (!set) return set.error();
  const auto parts = describe_parts(options, set->facts);
  if (!parts) return parts.error();
  return make_training_data(*set, options, *parts,
                            split_set(set->facts, *parts, static_cast<std::uint64_t>(options.split_seed)), device);
}

Result<TrainingData> make_training_data(const DataSet& set, const DataOptions& options,
                                        const DataDescription& description, const DataSplit& split, at::Device device) {
  TrainingData data = unmeasured(set, options, description, split, device);
  PartMoments moments(data.facts);
  Result<Unit> kept = keep_resident(data, data.train, options.resident_mib, &moments);
  if (kept) kept = keep_resident(data, data.validation, options.resident_mib, nullptr);
  if (!kept) return kept.error();
  normalise_by(moments, data);
  return data;
}

Result<std::vector<TrainingData>> load_folds(const DataOptions& options, at::Device device) {
  std::vector<TrainingData> folds;
  if (options.folds == 0) {
    auto whole = load_training_data(options, device);
    if (!whole) return whole.error();
    folds.push_back(std::move(whole).value());
    return folds;
  }
  const Result<DataSet> set = open_data(options);
  if (!set) return set.error();
  const auto parts = describe_parts(options, set->facts);
  if (!parts) return parts.error();
  SharedRecords shared;
  for (const DataSplit& split : split_folds(set->facts, *parts, static_cast<std::uint64_t>(options.split_seed))) {
    DataDescription description = *parts;
    description.train = static_cast<std::int64_t>(split.train.size());
    description.validation = static_cast<std::int64_t>(split.validation.size());
    TrainingData data = unmeasured(*set, options, description, split, device);
    PartMoments moments(data.facts);
    const Result<Unit> kept = folds.empty() ? shared.read(data, options.resident_mib) : Unit{};
    const Result<Unit> used = kept ? shared.give(data, moments) : kept;
    if (!used) return used.error();
    normalise_by(moments, data);
    folds.push_back(std::move(data));
  }
  return folds;
}

StoredBatch read_batch(const TrainingData& data, const DataPart& part, std::span<const std::int64_t> positions) {
  StoredBatch batch;
  for (const std::int64_t position : positions)
    batch.records.push_back(part.records[static_cast<std::size_t>(position)]);
  const at::Tensor order = to_tensor(positions).to(data.device);
  if (part.resident()) {
    const at::Tensor rows = part.rows.defined() ? part.rows.index_select(0, order) : order;
    batch.inputs = part.inputs.index_select(0, rows);
    if (part.targets.defined()) batch.targets = part.targets.index_select(0, rows);
  } else {
    const auto stored =
        read_records(data.facts, *data.reader, batch.records, {.threads = 1, .pinned = data.device.is_cuda()});
    if (!stored) throw DataError(stored.error().message);
    batch.inputs = stored->inputs;
    batch.targets = stored->targets;
  }
  if (part.labels.defined()) batch.targets = part.labels.index_select(0, order);
  return batch;
}

Batch training_batch(const TrainingData& data, StoredBatch stored, const AugmentationOptions& options, Rng& rng) {
  AugmentedBatch batch = to_device(data, stored);
  augment(batch, options, data.facts.input, AugmentationStage::Stored, rng);
  finish(data, batch);
  if (data.noise > 0) batch.inputs = batch.inputs + normal_like(batch.inputs, batch.records, rng) * noise_scale(data);
  augment(batch, options, data.facts.input, AugmentationStage::Normalised, rng);
  return {batch.inputs, batch.targets, batch.other_targets, batch.share, batch.records};
}

Batch evaluation_batch(const TrainingData& data, StoredBatch stored) {
  AugmentedBatch batch = to_device(data, stored);
  finish(data, batch);
  if (data.noise > 0) batch.inputs = batch.inputs + noise_of_records(data, stored, batch.inputs) * noise_scale(data);
  return {batch.inputs, batch.targets, {}, 1, batch.records};
}

}  // namespace nas
