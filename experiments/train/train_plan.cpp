#include "experiments/train/train_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "experiments/config/diagnostics.h"
#include "experiments/config/read_experiment.h"
#include "experiments/search/run_experiment.h"
#include "experiments/train/architecture_choice.h"
#include "trainer/training_check.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kKeys = {"architecture", "parameters", "data",    "training", "seed",
                                        "resources",    "parallel",   "network", "log"};

const YamlNode& at(const YamlNode& root, std::string_view key) {
  static const YamlNode kNothing;
  const YamlNode* node = root.find(key);
  return node != nullptr ? *node : kNothing;
}

/// Those of `resources:` that a final training has a use for.
Options resource_rows(Resources& resources) {
  Options rows = options(resources);
  std::erase_if(rows, [](const Option& row) {
    return row.name != "workers" && row.name != "workers_per_device" && row.name != "max_attempts" &&
           row.name != "seconds_of_silence" && row.name != "grace_seconds";
  });
  return rows;
}

Options parallel_rows(ParallelOptions& parallel) {
  return {
      {.name = "processes",
       .target = &parallel.processes,
       .help = "that train one network together, a device or an equal share of the cores each, under mpirun those of "
               "all ranks; the batch is divided among them; all: as many as there are",
       .min = 1,
       .max = 4096,
       .word = "all",
       .word_value = ParallelOptions::kAll},
      {.name = "sync_batch_norm",
       .target = &parallel.sync_batch_norm,
       .help = "batch norm over the whole batch, so that the result does not depend on `processes`; false: over each "
               "process's share, as PyTorch's DDP does, a little faster"},
  };
}

Options network_rows(NetworkOptions& network) {
  return {
      {.name = "interface",
       .target = &network.interface,
       .help = "that the processes of one training talk over by Gloo, such as eth0; auto: loopback where they are on "
               "one node; to be named where they are on several"},
  };
}

class Planner {
 public:
  Planner(const TrainRequest& request, const YamlNode& root, Diagnostics& diagnostics)
      : request_(request), root_(root), diagnostics_(diagnostics) {}

  std::optional<TrainPlan> plan() {
    read_top();
    const fs::path run = request_.front.empty() ? fs::path(choice_.run) : request_.front;
    if (!diagnostics_.empty()) return {};
    if (!run.empty() && !begin_with(run)) return {};
    read_data();
    if (!diagnostics_.empty() || !describe()) return {};
    auto subjects = find_subjects();
    if (!subjects) {
      diagnostics_.add(place_of(root_, "architecture"), "", subjects.error().message);
      return {};
    }
    for (ExportSubject& subject : *subjects) add(std::move(subject));
    if (!diagnostics_.empty()) return {};
    return std::move(plan_);
  }

 private:
  fs::path folder() const {
    return request_.file.empty() ? fs::current_path() : fs::absolute(request_.file).parent_path();
  }

  void read_top() {
    const Options seed = {{.name = "seed", .target = &seed_, .help = {}, .min = 0}};
    read_options(root_, "", seed, kKeys, diagnostics_);
    read_options(at(root_, "resources"), "resources", resource_rows(plan_.resources), {}, diagnostics_);
    read_options(at(root_, "parallel"), "parallel", parallel_rows(plan_.parallel), {}, diagnostics_);
    read_options(at(root_, "network"), "network", network_rows(plan_.network), {}, diagnostics_);
    read_options(at(root_, "log"), "log", options(plan_.log), {}, diagnostics_);
    for (const auto& [name, value] : read_parameters(at(root_, "parameters"), diagnostics_)) {
      overrides_.parameters.push_back({name, value, place_of(root_, "parameters." + name)});
    }
    if (request_.front.empty()) return read_choice();
    if (root_.find("architecture") != nullptr) {
      diagnostics_.add(at(root_, "architecture").place, "architecture",
                       "--front says which networks are trained, leave one of the two out");
    }
  }

  void read_choice() {
    if (root_.find("architecture") == nullptr) {
      diagnostics_.add(root_.place, "architecture",
                       "missing, name the network to train, such as `architecture: resnet18` or `architecture: {run: "
                       "runs/first, candidate: 17}`");
      return;
    }
    choice_ = read_architecture_choice(at(root_, "architecture"), folder(), diagnostics_);
  }

  /// The run's data and recipe are where the file begins.
  bool begin_with(const fs::path& run) {
    auto experiment = load_run_experiment(run);
    if (!experiment) {
      diagnostics_.add(place_of(root_, "architecture"), "", experiment.error().message);
      return false;
    }
    if (experiment->config.evaluator.type != EvaluatorType::Train) {
      diagnostics_.add(
          place_of(root_, "architecture"), "",
          fmt::format("{}: its candidates were not trained by this program, so there is no recipe to begin "
                      "with; export an architecture.yaml of it and train that",
                      run.string()));
      return false;
    }
    data_ = without_folds(experiment->config.data);
    training_ = experiment->config.training;
    if (root_.find("seed") == nullptr) seed_ = experiment->config.seed;
    if (at(at(root_, "training"), "epochs").kind == YamlNode::Kind::Null) {
      plan_.notes.push_back(
          fmt::format("{} epochs, as in the search; set training.epochs for a longer training", training_.epochs));
    }
    return true;
  }

  void read_data() {
    if (root_.find("data") != nullptr) {
      data_ = DataOptions{};
      read_data_section(root_, folder(), data_, diagnostics_);
      if (data_.folds > 0) {
        diagnostics_.add(
            place_of(root_, "data.folds"), "data.folds",
            fmt::format("{} folds, but a full training makes one network, leave folds to the search", data_.folds));
      }
    }
    if (data_.split_seed == DataOptions::kRunSeed) data_.split_seed = seed_;
    read_options(at(root_, "training"), "training", options(training_), {}, diagnostics_);
  }

  bool describe() {
    const auto say = [&](const std::string& message) {
      diagnostics_.add(place_of(root_, message.substr(0, message.find(':'))), "", message);
    };
    auto parts = describe_data(data_);
    if (!parts) {
      say(parts.error().message);
      return false;
    }
    parts_ = *parts;
    overrides_.input = parts_.input;
    overrides_.classes = static_cast<double>(parts_.output.channels);
    const auto test = describe_test_part(data_);
    const bool is_named = !data_.test_file.empty() || !data_.test_inputs.empty();
    if (test) test_records_ = test->validation;
    if (!test && is_named) say(test.error().message);
    if (!test && !is_named) plan_.notes.push_back(fmt::format("no test part: {}", test.error().message));
    return diagnostics_.empty();
  }

  Result<std::vector<ExportSubject>> find_subjects() const {
    if (!request_.front.empty())
      return subjects_of_run(request_.front, {.kind = CandidateChoice::Kind::Front}, overrides_);
    auto subject = chosen_subject(choice_, overrides_);
    if (!subject) return subject.error();
    std::vector<ExportSubject> one;
    one.push_back(std::move(*subject));
    return one;
  }

  /// With its genes' hyperparameters, over which the file's go.
  void add(ExportSubject subject) {
    FinalTraining training{std::move(subject), data_, parts_, test_records_, training_, seed_};
    const auto set = options_from_json(
        options(training.training), hyperparameters(*training.subject.built.space, training.subject.source.genotype));
    if (!set) diagnostics_.add({}, training.subject.name, set.error().message);
    read_options(at(root_, "training"), "training", options(training.training), {}, diagnostics_);
    if (const auto error = check_training(training.training, parts_)) {
      diagnostics_.add(place_of(root_, error->message.substr(0, error->message.find(':'))), "", error->message);
    }
    if (const auto fault = fault_of_batch(training.training.batch_size, plan_.parallel.processes)) {
      diagnostics_.add(place_of(root_, "parallel.processes"), "parallel.processes", *fault);
    }
    const Network& network = training.subject.built.network;
    if (const auto error = check_sampling(training.training, network)) {
      diagnostics_.add(place_of(root_, "training.mc_dropout"), training.subject.name, error->message);
    }
    if (const auto mismatch = output_mismatch(parts_, network.shape_of(network.output))) {
      diagnostics_.add(place_of(root_, "architecture"), training.subject.name,
                       fmt::format("the network ends in {}", *mismatch));
    }
    plan_.trainings.push_back(std::move(training));
  }

  const TrainRequest& request_;
  const YamlNode& root_;
  Diagnostics& diagnostics_;
  TrainPlan plan_;
  ArchitectureChoice choice_;
  SpaceOverrides overrides_;
  DataOptions data_;
  DataDescription parts_;
  TrainingOptions training_;
  std::int64_t test_records_ = 0;
  std::int64_t seed_ = 1;
};

Result<YamlNode> read_root(const TrainRequest& request, Diagnostics& diagnostics) {
  if (!request.file.empty()) return read_with_sets(request.file, request.sets, diagnostics);
  YamlNode root;
  root.kind = YamlNode::Kind::Map;
  apply_sets(request.sets, root, diagnostics);
  return root;
}

std::string rows_help(std::string_view section, const Options& rows) {
  std::string text;
  for (const Option& row : rows)
    text += fmt::format("  {}{}: {} ({})\n", section, row.name, row.help, describe_type(row));
  return text;
}

}  // namespace

Result<TrainPlan> plan_training(const TrainRequest& request) {
  Diagnostics diagnostics;
  const auto root = read_root(request, diagnostics);
  if (!root) return root.error();
  auto plan = Planner(request, *root, diagnostics).plan();
  if (!diagnostics.empty()) return diagnostics.error();
  return std::move(*plan);
}

std::optional<std::string> fault_of_batch(std::int64_t batch_size, std::int64_t processes) {
  if (batch_size >= 2 * processes) return {};
  return fmt::format("{} processes for a batch of {}, each needs two records of it", processes, batch_size);
}

nlohmann::json settled_json(const TrainPlan& plan) {
  nlohmann::json trainings = nlohmann::json::object();
  ParallelOptions together = plan.parallel;
  const nlohmann::json parallel = options_to_json(parallel_rows(together));
  for (const FinalTraining& training : plan.trainings) {
    FinalTraining copy = training;
    trainings[training.subject.name] = {
        {"architecture", architecture_text(training.subject.source, training.subject.built, training.subject.title)},
        {"data", options_to_json(options(copy.data))},
        {"training", options_to_json(options(copy.training))},
        {"parallel", parallel},
        {"seed", training.seed}};
  }
  return trainings;
}

std::string train_file_help() {
  ArchitectureChoice choice;
  Resources resources;
  ParallelOptions parallel;
  NetworkOptions network;
  LogOptions log;
  return "architecture: NAME of the library, an architecture.yaml, or a map with\n" +
         rows_help("architecture.", options(choice)) +
         "parameters: {name: number}, of the space: more cells, channels, ...\n"
         "data, training: as in an experiment (docs/configuration.md); with a run, its data unless `data` is here, "
         "and\n"
         "its recipe with the keys of `training` over it\n"
         "seed: of weights, order, augmentation (default: the run's, else 1)\n" +
         rows_help("resources.", resource_rows(resources)) + rows_help("parallel.", parallel_rows(parallel)) +
         rows_help("network.", network_rows(network)) + rows_help("log.", options(log));
}

}  // namespace nas
