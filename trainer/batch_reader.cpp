#include "trainer/batch_reader.h"

#include <algorithm>
#include <utility>

#include "nas/check.h"

namespace nas {

BatchReader::BatchReader(const TrainingData& data, const DataPart& part, std::vector<std::int64_t> order,
                         std::int64_t batch_size, const ProcessPlace& place)
    : data_(data),
      part_(part),
      order_(std::move(order)),
      batch_size_(static_cast<std::size_t>(batch_size)),
      batches_((order_.size() + batch_size_ - 1) / batch_size_),
      place_(place),
      ahead_(2 * static_cast<std::size_t>(data.reader_threads)) {
  if (part.resident()) return;
  const std::size_t threads = std::min(static_cast<std::size_t>(data.reader_threads), batches_);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { read_ahead(); });
}

BatchReader::~BatchReader() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

StoredBatch BatchReader::read(std::size_t batch) const {
  const std::size_t begin = batch * batch_size_;
  const auto whole = std::span(order_).subspan(begin, std::min(batch_size_, order_.size() - begin));
  const BatchShare share = share_of(static_cast<std::int64_t>(whole.size()), place_);
  StoredBatch stored = read_batch(
      data_, part_, whole.subspan(static_cast<std::size_t>(share.first), static_cast<std::size_t>(share.count)));
  stored.share = share;
  return stored;
}

StoredBatch BatchReader::next() {
  NAS_CHECK(taken_ < batches_, "more batches asked for than there are");
  if (part_.resident()) return read(taken_++);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return read_.contains(taken_); });
  Slot slot = std::move(read_.extract(taken_++).mapped());
  lock.unlock();
  changed_.notify_all();
  if (slot.error) std::rethrow_exception(slot.error);
  return std::move(slot.batch);
}

std::optional<std::size_t> BatchReader::claim() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return over_ || claimed_ >= batches_ || claimed_ < taken_ + ahead_; });
  if (over_ || claimed_ >= batches_) return std::nullopt;
  return claimed_++;
}

void BatchReader::read_ahead() {
  while (const std::optional<std::size_t> batch = claim()) {
    Slot slot;
    try {
      slot.batch = read(*batch);
    } catch (...) {
      slot.error = std::current_exception();
    }
    {
      const std::lock_guard lock(mutex_);
      read_.emplace(*batch, std::move(slot));
    }
    changed_.notify_all();
  }
}

}  // namespace nas
