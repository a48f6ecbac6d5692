#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "experiments/config/load_experiment.h"
#include "experiments/config/shipped_files.h"
#include "tests/experiments/config_files.h"

namespace nas {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LoadExperiment : public ConfigFiles {};

TEST_F(LoadExperiment, DefaultsSuitAFirstRun) {
  const LoadedExperiment loaded = load(kImages);
  const ExperimentConfig& config = loaded.config;
  EXPECT_EQ(config.space, "nas_bench_201");
  EXPECT_TRUE(std::filesystem::is_regular_file(loaded.space_file));
  EXPECT_EQ(config.evaluator.type, EvaluatorType::Train);
  EXPECT_EQ(config.objectives, (std::vector<ObjectiveConfig>{{Direction::Maximise, "val_accuracy"}}));
  EXPECT_EQ(config.algorithm.type, "auto");
  EXPECT_TRUE(config.start_from.empty());
  EXPECT_EQ(config.evaluations, 100);
  EXPECT_EQ(config.seed, 1);
  EXPECT_FALSE(config.allow_duplicates);
  EXPECT_EQ(config.training, TrainingOptions{});
  EXPECT_EQ(config.resources, Resources{});
  ASSERT_TRUE(loaded.data.has_value());
  EXPECT_EQ(loaded.data->train, 200);
  EXPECT_EQ(loaded.data->classes, 10);
  EXPECT_EQ(config.data.folder, (folder_ / "images").string());
}

TEST_F(LoadExperiment, ReadsEverySection) {
  const LoadedExperiment loaded = load(kImages + R"(
parameters: {channels: 8, width: 0.5}
training: {epochs: 7, schedule: constant, threads: 2}
objectives: [{maximise: "val_accuracy * (macs / 400e6) ^ -0.07"}, {minimize: params}]
limits: [params <= 2e6, val_loss < 3]
algorithm: {type: nsga2, population: 8}
start_from: [best_cifar10, "3,0,1,2,4,4", {run: earlier, best: 7}, {run: /other/}]
evaluations: 12
seed: 3
allow_duplicates: true
resources: {workers: 4, seconds_per_candidate: 1.5}
)");
  const ExperimentConfig& config = loaded.config;
  EXPECT_EQ(config.parameters, (std::map<std::string, double>{{"channels", 8}, {"width", 0.5}}));
  EXPECT_EQ(to_string(loaded.parameter_places.at("width")), (folder_ / "t.yaml").string() + ":4:27");
  EXPECT_EQ(config.training.epochs, 7);
  EXPECT_EQ(config.training.schedule, "constant");
  ASSERT_EQ(loaded.objectives.size(), 2U);
  EXPECT_EQ(loaded.objectives[0].direction, Direction::Maximise);
  EXPECT_THAT(loaded.objectives[0].expression.variables(), ElementsAre("macs", "val_accuracy"));
  EXPECT_EQ(loaded.objectives[1].direction, Direction::Minimise);
  ASSERT_EQ(loaded.limits.size(), 2U);
  EXPECT_EQ(config.algorithm.type, "nsga2");
  EXPECT_EQ(config.algorithm.options["population"], 8);
  EXPECT_EQ(config.start_from, (std::vector<StartPoint>{{.text = "best_cifar10", .run = {}},
                                                        {.text = "3,0,1,2,4,4", .run = {}},
                                                        {.text = {}, .run = (folder_ / "earlier").string(), .best = 7},
                                                        {.text = {}, .run = "/other"}}));
  EXPECT_EQ(to_string(loaded.start_places.at(2)), (folder_ / "t.yaml").string() + ":9:43");
  EXPECT_EQ(config.evaluations, 12);
  EXPECT_EQ(config.seed, 3);
  EXPECT_TRUE(config.allow_duplicates);
  EXPECT_EQ(config.resources, (Resources{.workers = 4, .seconds_per_candidate = 1.5}));
}

TEST_F(LoadExperiment, AlgorithmAndEvaluatorMayBeJustNames) {
  const LoadedExperiment loaded = load(kImages + "algorithm: random\nevaluator: train\n");
  EXPECT_EQ(loaded.config.algorithm.type, "random");
  EXPECT_EQ(algorithm_config(loaded.config.algorithm)->options().size(), loaded.config.algorithm.options.size());
}

TEST_F(LoadExperiment, SetOverridesTheFile) {
  const LoadedExperiment loaded =
      load(kImages + "training: {epochs: 3}\nobjectives: [{maximize: val_accuracy}, {minimize: macs}]\n",
           {"training.epochs=5", "objectives.1.minimize=params", "algorithm=random", "limits=[macs <= 1e9]", "seed=9"});
  EXPECT_EQ(loaded.config.training.epochs, 5);
  EXPECT_EQ(loaded.config.objectives[1].expression, "params");
  EXPECT_EQ(loaded.config.algorithm.type, "random");
  EXPECT_THAT(loaded.config.limits, ElementsAre("macs <= 1e9"));
  EXPECT_EQ(loaded.config.seed, 9);
}

TEST_F(LoadExperiment, PathsOfSetAreRelativeToTheWorkingDirectory) {
  const auto before = std::filesystem::current_path();
  std::filesystem::create_directory(folder_ / "elsewhere");
  std::filesystem::current_path(folder_ / "elsewhere");
  const LoadedExperiment loaded =
      load("space: nas_bench_201\ndata: {train: 200, validation: 10, folder: nowhere}\n", {"data.folder=../images"});
  std::filesystem::current_path(before);
  EXPECT_EQ(loaded.config.data.folder, (folder_ / "images").string());
}

TEST_F(LoadExperiment, ASpaceMayBeAPathBesideTheExperiment) {
  const auto library = find_space("nas_bench_201", {});
  ASSERT_TRUE(library.ok());
  std::filesystem::copy_file(*library, folder_ / "mine.yaml");
  const LoadedExperiment loaded = load("space: mine.yaml\ndata: {folder: images, train: 200, validation: 10}\n");
  EXPECT_EQ(loaded.space_file, folder_ / "mine.yaml");
  EXPECT_EQ(loaded.config.space, (folder_ / "mine.yaml").string());
  EXPECT_EQ(loaded.space_place.line, 1);
}

TEST_F(LoadExperiment, CommandIsAShellTextOrAList) {
  write("a.py", "");
  const std::string rest = "\n  metrics: [score]\nobjectives: [{maximize: score}]\ntraining: {epochs: 4}\n";
  const auto shell =
      load("space: nas_bench_201\nevaluator:\n  type: command\n  command: python3 a.py | tee log" + rest);
  EXPECT_THAT(shell.config.evaluator.command.command, ElementsAre("sh", "-c", "python3 a.py | tee log"));
  EXPECT_EQ(shell.config.evaluator.command.folder, folder_.string());
  EXPECT_EQ(shell.config.training.epochs, 4);
  EXPECT_FALSE(shell.data.has_value());
  const auto list =
      load("space: nas_bench_201\nevaluator:\n  type: command\n  command: [python3, a.py, --n, 8, true]" + rest);
  EXPECT_THAT(list.config.evaluator.command.command, ElementsAre("python3", "a.py", "--n", "8", "true"));
  EXPECT_THAT(command_line(list.config.evaluator.command),
              ElementsAre("env", "-C", folder_.string(), "--", "python3", "a.py", "--n", "8", "true"));
}

TEST_F(LoadExperiment, TableColumnsAreMetrics) {
  write("t.csv", "genotype,acc,cost\n\"0,0\",1,2\n");
  const auto loaded = load(
      "space: nas_bench_201\nevaluator: {type: table, file: t.csv}\n"
      "objectives: [{maximize: acc}, {minimize: cost / 2}]\nlimits: [acc > 0]\n");
  EXPECT_EQ(loaded.config.evaluator.table.file, (folder_ / "t.csv").string());
}

TEST_F(LoadExperiment, ResolvedConfigLoadsToTheSameFromAnywhere) {
  write("t.csv", "genotype,acc\n\"0,0\",1\n");
  for (const std::string& text : {
           kImages + "parameters: {channels: 8, width: 0.1}\ntraining: {learning_rate: 0.3}\n",
           kImages + "objectives: [{maximize: val_accuracy}, {minimize: macs}]\nresources: {workers: 3}\n",
           std::string("space: nas_bench_201\nevaluator: {type: table, file: t.csv}\nobjectives: [{minimize: acc}]\n"),
           std::string("space: nas_bench_201\nevaluator: {type: command, command: 'a; b', metrics: [m]}\n"
                       "objectives: [{minimize: m}]\nlimits: ['m >= 0 ']\nalgorithm: random\n"),
           kImages + "algorithm: {type: random, because: 'yes: no'}\nstart_from: ['3', '0,1', a, {run: r, best: 3}]\n",
       }) {
    const ExperimentConfig config = load(text).config;
    std::filesystem::create_directories(folder_ / "runs");
    write("runs/config.yaml", yaml_text(resolved_json(config)));
    const auto again = load_experiment(folder_ / "runs/config.yaml");
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(again->config, config) << yaml_text(resolved_json(config));
    EXPECT_THAT(differences(resolved_json(config), resolved_json(again->config)), IsEmpty());
  }
}

TEST_F(LoadExperiment, ResumeComparesWhatMatters) {
  const nlohmann::json stored = [&] {
    ExperimentConfig config = load(kImages + "evaluations: 50\n").config;
    config.training.threads = 2;  // as the search resolves it
    return resolved_json(config);
  }();
  const auto compare = [&](const std::vector<std::string>& sets) {
    return differences(stored, resolved_json(load(kImages + "evaluations: 50\n", sets).config));
  };
  EXPECT_THAT(compare({}), IsEmpty());
  EXPECT_THAT(compare({"resources.workers=7", "evaluations=51"}), IsEmpty());
  EXPECT_THAT(compare({"evaluations=49"}), ElementsAre("evaluations: 50 in the run, 49 now (may only be raised)"));
  EXPECT_THAT(compare({"training.threads=1"}), ElementsAre("training.threads: 2 in the run, 1 now"));
  EXPECT_THAT(compare({"parameters.channels=8", "training.schedule=constant"}),
              ElementsAre("parameters.channels: nothing in the run, 8 now",
                          "training.schedule: \"cosine\" in the run, \"constant\" now"));
  EXPECT_THAT(compare({"objectives=[{minimize: macs}]"}), ElementsAre(HasSubstr("objectives: [{\"maximize\"")));
}

TEST_F(LoadExperiment, WhatAutoChoseMayBeAskedForByName) {
  const auto resolved = [&](const std::string& text) { return resolved_json(load(kImages + text).config); };
  const auto stored = resolved("algorithm: {type: random, because: it was the best}\n");
  EXPECT_THAT(differences(stored, resolved("algorithm: random\n")), IsEmpty());
  EXPECT_THAT(differences(stored, resolved("algorithm: auto\n")),
              ElementsAre("algorithm.type: \"random\" in the run, \"auto\" now"));
}

TEST_F(LoadExperiment, OneStartingPointNeedsNoList) {
  EXPECT_EQ(load(kImages + "start_from: best_cifar10\n").config.start_from.at(0).text, "best_cifar10");
  EXPECT_EQ(load(kImages + "start_from: {run: /r}\n").config.start_from.at(0).run, "/r");
  EXPECT_TRUE(load(kImages + "start_from: []\n").config.start_from.empty());
}

TEST(ShippedFiles, RecipesAndSpacesAreFoundByName) {
  const auto recipe = find_experiment("fashion-mnist-nas-bench-201");  // '-' counts as '_'
  ASSERT_TRUE(recipe.ok()) << recipe.error().message;
  EXPECT_EQ(recipe->filename(), "fashion_mnist_nas_bench_201.yaml");
  for (const auto& files : {shipped_recipes(), shipped_spaces()}) {
    EXPECT_FALSE(files.empty());
    for (const ShippedFile& file : files) EXPECT_FALSE(file.summary.empty()) << file.path;
  }
  EXPECT_THAT(find_space("nas_bench_20", {}).error().message, HasSubstr("did you mean 'nas_bench_201'?"));
  EXPECT_THAT(find_space("no/such.yaml", "/tmp").error().message, HasSubstr("/tmp/no/such.yaml"));
  EXPECT_THAT(find_experiment("").error().message, HasSubstr("got nothing"));
}

TEST(ShippedFiles, EveryRecipeLoads) {
  for (const ShippedFile& recipe : shipped_recipes()) {
    if (recipe.name.starts_with("bench_")) continue;  // of `nas bench`, tests/system/bench_tables_test.py
    const auto loaded = load_experiment(recipe.path);
    if (loaded.ok()) continue;
    // Its data do not ship: nothing else may be wrong.
    EXPECT_THAT(loaded.error().message,
                ::testing::AllOf(HasSubstr("data.file: "), HasSubstr("no such file"), ::testing::Not(HasSubstr("\n"))));
  }
}

TEST(ShippedFiles, NasHomeComesFirst) {
  const auto home = std::filesystem::path(testing::TempDir()) / "nas_home_test";
  std::filesystem::create_directories(home / "recipes");
  std::ofstream(home / "recipes/own.yaml") << "# Mine\nspace: x\n";
  setenv("NAS_HOME", home.c_str(), 1);
  const auto recipes = shipped_recipes();
  unsetenv("NAS_HOME");
  std::filesystem::remove_all(home);
  ASSERT_EQ(recipes.size(), 1U);
  EXPECT_EQ(recipes[0].name, "own");
  EXPECT_EQ(recipes[0].summary, "Mine");
}

}  // namespace
}  // namespace nas
