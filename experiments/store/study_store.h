// The run's database as the search writes it: a candidate is durable before it is sent, a result
// before the algorithm hears of it. One writer a run; readers: experiments/store/study.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "experiments/store/file_system.h"
#include "experiments/store/run_directory.h"
#include "experiments/store/study.h"
#include "nas/proposer.h"
#include "nas/trial_log.h"

namespace nas {

/// Used from one thread. The RunDirectory, and with it the run's lock, must outlive it. All member
/// functions throw nas::Exception where the file cannot be written (disk full) or is damaged.
class StudyStore final : public TrialLog {
 public:
  /// A new study in a locked directory without one. study.db appears complete or not at all.
  /// `journal`: how to write; by the file system unless given. Error: it cannot be written.
  [[nodiscard]] static Result<StudyStore> create(const RunDirectory& run, const StudyDescription& description,
                                                 std::optional<Journal> journal = {});

  /// The study of a locked run, checked for damage. Error: no run of ours, another format, damaged
  /// or not writable. Trials that were running stay so, and are finished under their number.
  [[nodiscard]] static Result<StudyStore> resume(const RunDirectory& run, std::optional<Journal> journal = {});

  StudyStore(StudyStore&&) noexcept;
  StudyStore& operator=(StudyStore&&) noexcept;
  ~StudyStore() override;

  /// REQUIRES: ids go on from the last asked one without gaps.
  void asked(std::span<const AskedTrial> trials) override;
  /// REQUIRES: each was asked and not finished; told_index goes on without gaps; as many values as
  /// objectives unless it failed.
  void finished(std::span<const FinishedTrial> trials) override;

  [[nodiscard]] const StudyDescription& description() const;
  [[nodiscard]] TrialHistory history() const;

  // These wait in memory for the next asked(), finished() or flush().

  /// Totals of the whole run.
  void note_rejected(const RejectionCounts& counts);
  /// Workers at hand now; the greatest number of this start is kept.
  void note_workers(std::size_t workers);
  /// What happened to a worker and the like, for people. `kind`: one word.
  void note_event(std::string_view kind, std::string_view text);
  void flush();

  /// Replaces the resolved config and the planned evaluations: what may differ when a run is resumed.
  void update_config(std::string_view config_text, std::uint64_t evaluations);
  /// The search is over, for this reason; a later resume takes it back.
  void end(std::string_view reason);

 private:
  struct State;
  explicit StudyStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nas
