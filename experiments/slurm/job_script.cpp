#include "experiments/slurm/job_script.h"

#include <fmt/format.h>

#include "experiments/config/duration.h"

namespace nas {
namespace {

constexpr std::int64_t kEndSeconds = 60;

std::string header(const JobRequest& request) {
  std::string text = fmt::format(
      "#!/bin/bash\n"
      "# A search that goes on in further jobs until it is done. Made by `nas slurm`; start it with sbatch.\n"
      "#SBATCH --job-name={}\n"
      "#SBATCH --nodes={}\n"
      "#SBATCH --ntasks-per-node={}\n"
      "#SBATCH --time={}\n"
      "#SBATCH --signal=B:USR1@{}\n"
      "#SBATCH --output=%x-%j.log\n",
      request.name, request.nodes, request.ranks_per_node, request.time, warning_seconds(request));
  if (request.gpus_per_node > 0) text += fmt::format("#SBATCH --gpus-per-node={}\n", request.gpus_per_node);
  for (const std::string& line : request.lines) text += fmt::format("#SBATCH {}\n", line);
  return text;
}

std::string search_words(const JobRequest& request) {
  std::string words = fmt::format("search {} --run \"$run\"", shell_word(request.experiment));
  for (const std::string& set : request.sets) words += " --set " + shell_word(set);
  return words;
}

// A trap interrupts `wait`, which then returns although the search goes on: hence the loop. What
// became of the search is asked of the run, because launchers have exit codes of their own.
constexpr const char* kBody = R"sh(
field() {{ "$nas" status "$run" --json 2>/dev/null | sed -n "s/^ *\"$1\": \"\{{0,1\}}\([^\",]*\).*/\1/p" | head -n 1; }}

before=$(field to_go)
resume=()
if [ -e "$run/study.db" ]; then resume=(--resume); fi

search=
trap 'if [ -n "$search" ]; then kill -USR1 "$search"; fi' USR1
{launcher} "$nas" {search} "${{resume[@]}}" &
search=$!
while kill -0 "$search" 2>/dev/null; do wait "$search"; done

state=$(field state)
after=$(field to_go)
echo "nas slurm: the search is ${{state:-not there}}, ${{after:-?}} candidates to go"
if [ "$state" = finished ]; then exit 0; fi
if [ "$state" != stopped ] || [ "$after" = "$before" ]; then
  echo "nas slurm: this job got nowhere, so no other one is submitted" >&2
  exit 1
fi
sbatch "$(scontrol show job "$SLURM_JOB_ID" | sed -n 's/^ *Command=//p')"
)sh";

}  // namespace

std::string shell_word(const std::string& text) {
  std::string word = "'";
  for (const char letter : text) {
    if (letter == '\'') {
      word += "'\\''";
    } else {
      word += letter;
    }
  }
  return word + "'";
}

std::int64_t warning_seconds(const JobRequest& request) { return request.grace_seconds + kEndSeconds; }

Result<std::string> job_script(const JobRequest& request) {
  const auto limit = parse_duration(request.time, "--time");
  if (!limit) return limit.error();
  if (*limit <= static_cast<double>(warning_seconds(request))) {
    return Error{
        fmt::format("--time {} leaves no time to search ({} s are kept for running candidates and the end), ask "
                    "for more, or lower resources.grace_seconds",
                    request.time, warning_seconds(request))};
  }
  const std::string launcher = request.srun ? "srun --mpi=pmix" : "mpirun --bind-to none";
  return header(request) + fmt::format("\nnas={}\nrun={}\n", shell_word(request.program), shell_word(request.run)) +
         fmt::format(fmt::runtime(kBody), fmt::arg("launcher", launcher), fmt::arg("search", search_words(request)));
}

}  // namespace nas
