// nas space count

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "experiments/cli/space/count_networks.h"
#include "experiments/cli/space/open_space.h"
#include "experiments/cli/space/space_rows.h"
#include "experiments/commands/count_text.h"
#include "experiments/commands/text_table.h"

namespace nas {
namespace {

// "12,000 of 15,625 genotypes, 0:00:03 left", rewritten on a terminal once it takes long.
class CountProgress {
 public:
  explicit CountProgress(std::uint64_t total) : total_(total), terminal_(isatty(STDERR_FILENO) == 1) {}
  CountProgress(const CountProgress&) = delete;
  CountProgress& operator=(const CountProgress&) = delete;
  ~CountProgress() {
    if (shown_) fmt::print(stderr, "{}", kEraseLine);
  }

  void update(std::uint64_t done) {
    const Clock::time_point now = Clock::now();
    if (!terminal_ || now < next_ || done == 0) return;
    next_ = now + kPeriod;
    shown_ = true;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double left = seconds * static_cast<double>(total_ - done) / static_cast<double>(done);
    fmt::print(stderr, "{}{} of {} genotypes, {} left", kEraseLine, grouped_digits(done), grouped_digits(total_),
               display_duration(left));
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr auto kPatience = std::chrono::seconds(2);
  static constexpr auto kPeriod = std::chrono::milliseconds(200);
  static constexpr const char* kEraseLine = "\r\x1b[K";
  std::uint64_t total_;
  bool terminal_;
  bool shown_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_ = start_ + kPatience;
};

NetworkCounts enumerate(const TextSpace& space, std::uint64_t genotypes) {
  CountProgress progress(genotypes);
  return count_networks(space, [&](std::uint64_t done) { progress.update(done); });
}

void print_line(std::ostream& out, const char* name, const std::string& number, const std::string& meaning) {
  fmt::print(out, "{:<14}{}{}\n", name, number, meaning.empty() ? "" : "  (" + meaning + ")");
}

void print_networks(const NetworkCounts& counts, std::ostream& out) {
  if (counts.violating > 0) {
    print_line(out, "constraints", grouped_digits(counts.genotypes - counts.violating),
               fmt::format("genotypes that meet them; {} do not", grouped_digits(counts.violating)));
  }
  print_line(out, "networks", grouped_digits(counts.networks), "distinct: no two of them are isomorphic");
  if (counts.disconnected > 0) {
    print_line(out, "disconnected", grouped_digits(counts.disconnected),
               "genotypes whose output does not depend on the input");
    print_line(out, "classes", grouped_digits(counts.classes()), "the networks, and the disconnected as one more");
  }
  if (counts.failed > 0) {
    print_line(out, "failed", grouped_digits(counts.failed),
               "genotypes without a network, the first: " + counts.failure);
  }
}

void print_text(const TextSpace& space, const std::optional<mpz_class>& genotypes,
                const std::optional<NetworkCounts>& counts, std::uint64_t limit, std::ostream& out) {
  print_line(out, "space", space.name(), "");
  print_line(out, "genes", grouped_digits(space.genes().size()), "");
  print_line(out, "genotypes", exact_count_text(genotypes), genotypes ? "that differ in active genes" : "");
  if (counts) {
    print_networks(*counts, out);
  } else if (space.has_network()) {
    print_line(out, "networks", "not counted",
               genotypes ? fmt::format("more than {} genotypes, see --limit", grouped_digits(limit)) : "");
  }
}

void print_json(const TextSpace& space, const std::optional<mpz_class>& genotypes,
                const std::optional<NetworkCounts>& counts, std::ostream& out) {
  nlohmann::ordered_json json = {{"space", space.name()}, {"genes", space.genes().size()}, {"genotypes", nullptr}};
  json["enumerated"] = counts.has_value();
  if (counts) {
    json["meet_constraints"] = counts->genotypes - counts->violating;
    json["networks"] = counts->networks;
    json["disconnected"] = counts->disconnected;
    json["classes"] = counts->classes();
    json["failed"] = counts->failed;
    if (counts->failed > 0) json["failure"] = counts->failure;
  }
  fmt::print(out, "{}\n", with_integer(json.dump(2), "genotypes", genotypes));
}

Result<Unit> count(const CommandLine& line, std::ostream& out) {
  const auto opened = open_space(line);
  if (!opened) return opened.error();
  const TextSpace& space = *opened->space;
  const auto limit = line.options["limit"].as<std::uint64_t>();
  const auto genotypes = try_count_genotypes(space.genes());
  std::optional<NetworkCounts> counts;
  if (space.has_network() && genotypes && *genotypes <= limit) counts = enumerate(space, genotypes->get_ui());
  wants_json(line) ? print_json(space, genotypes, counts, out) : print_text(space, genotypes, counts, limit, out);
  return Unit{};
}

void declare(cxxopts::OptionAdder add) {
  add("limit", "up to so many genotypes all of them are decoded to count distinct networks",
      cxxopts::value<std::uint64_t>()->default_value("1000000"), "N");
  declare_json_option(add);
  declare_space_options(add);
}

}  // namespace

Command space_count_row() {
  return {"space count",
          "SPACE [--limit N] [--json]",
          "exact number of genotypes; of a space that can be gone through, of distinct networks",
          1,
          1,
          declare,
          count};
}

}  // namespace nas
