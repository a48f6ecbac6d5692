#include "experiments/search/stop_request.h"

#include <algorithm>
#include <csignal>

namespace nas {
namespace {

/// Hand out nothing new, keep what finishes. A second signal ends at once.
volatile std::sig_atomic_t stop_signal = 0;

void request_stop(int signal) {
  if (stop_signal != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  stop_signal = signal;
}

constexpr int kSignals[] = {SIGUSR1, SIGTERM, SIGINT};

void handle_all(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  for (const int signal : kSignals) sigaction(signal, &action, nullptr);
}

const char* name_of(int signal) { return signal == SIGUSR1 ? "SIGUSR1" : signal == SIGTERM ? "SIGTERM" : "SIGINT"; }

std::chrono::steady_clock::duration from_seconds(double seconds) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

StopRequest::StopRequest(const StopTimes& times)
    : grace_(from_seconds(times.grace)),
      begin_stopping_(times.walltime > 0 ? Clock::now() + from_seconds(times.walltime) - grace_ - kMargin
                                         : Clock::time_point::max()) {
  handle_all(request_stop);
}

Stop StopRequest::stop() {
  const Clock::time_point now = Clock::now();
  if (*reason_ == '\0') {
    if (stop_signal != 0) reason_ = name_of(stop_signal);
    if (stop_signal == 0 && now >= begin_stopping_) reason_ = "the time limit";
    if (*reason_ == '\0') return Stop::No;
    end_grace_ = now + grace_;
  }
  return now >= end_grace_ ? Stop::Now : Stop::Gently;
}

void leave_stop_signals_to_the_coordinator() {
  // SIGTERM and SIGINT too: mpirun follows them up with SIGKILL.
  handle_all(SIG_IGN);
}

}  // namespace nas
