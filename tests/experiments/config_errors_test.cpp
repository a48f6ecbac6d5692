#include <gmock/gmock.h>

#include <sstream>

#include "tests/experiments/config_files.h"

namespace nas {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class ConfigErrors : public ConfigFiles {};

TEST_F(ConfigErrors, AllAtOnceWithLineKeyAndNearestName) {
  const std::string found = errors(
      "space: nas_bench_20\n"
      "data:\n"
      "  folder: images\n"
      "  train: 200\n"
      "  validation: 10\n"
      "training:\n"
      "  epochz: 3\n"
      "  epochs: many\n"
      "objectives: [{maximize: val_acuracy}, {minimise: macs +}]\n"
      "limits: [params, flops <= 3]\n"
      "algorithm: {type: nsga3}\n"
      "evaluation: 3\n"
      "seed: 0\n",
      {"resources.workers=none"});
  std::vector<std::string> lines;
  std::istringstream stream(found);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  EXPECT_THAT(
      lines,
      ElementsAre(
          "t.yaml:1:1: space: unknown search space 'nas_bench_20', did you mean 'nas_bench_201'? "
          "(a path holds a '/' or ends in .yaml)",
          "t.yaml:7:3: training.epochz: unknown key, did you mean 'epochs'?",
          "t.yaml:8:3: training.epochs: expected an integer from 1 to 100000, got 'many'",
          "t.yaml:9:14: objectives.0: 'val_acuracy' is no metric that training reports, did you mean "
          "'val_accuracy'?",
          StartsWith("t.yaml:9:39: objectives.1: "), StartsWith("t.yaml:10:10: limits.0: "),
          StartsWith(
              "t.yaml:10:18: limits.1: 'flops' is no metric that training reports, known: val_loss, val_accuracy, "),
          "t.yaml:11:13: algorithm.type: unknown algorithm 'nsga3', did you mean 'nsga2'?",
          "t.yaml:12:1: evaluation: unknown key, did you mean 'evaluations'?",
          "t.yaml:13:1: seed: expected an integer from 1 to 9007199254740992, got 0",
          "--set: resources.workers: expected an integer from 1 to 100000 or 'auto', got 'none'"));
}

TEST_F(ConfigErrors, MissingSpaceAndMisplacedValues) {
  EXPECT_EQ(errors("data: {folder: images, train: 200, validation: 10}\n"),
            "t.yaml: space: missing, name a search space such as `space: nas_bench_201`");
  EXPECT_THAT(errors("- a\n- b\n"), HasSubstr("t.yaml:1:1: expected an experiment"));
  EXPECT_THAT(errors(""), HasSubstr("t.yaml: space: missing"));
  EXPECT_THAT(errors(kImages + "training: 3\n"), HasSubstr("t.yaml:3:1: training: expected keys with values"));
  EXPECT_THAT(errors(kImages + "parameters: {channels: wide}\n"),
              HasSubstr("t.yaml:3:14: parameters.channels: expected a number, got \"wide\""));
  EXPECT_THAT(errors(kImages + "seed: 1\nseed: 2\n"), HasSubstr("t.yaml:4:1: seed: this key is already there"));
}

TEST_F(ConfigErrors, SetIsCheckedLikeTheFile) {
  EXPECT_EQ(errors(kImages, {"training.epochz=3"}), "--set: training.epochz: unknown key, did you mean 'epochs'?");
  EXPECT_EQ(errors(kImages, {"training.epochs"}),
            "--set training.epochs: expected key.path=value, such as training.epochs=5");
  EXPECT_THAT(errors(kImages, {"space.x=1"}), HasSubstr("--set space.x: space: is the single value"));
}

TEST_F(ConfigErrors, DataFilesAreLookedAt) {
  EXPECT_THAT(errors("space: nas_bench_201\ndata:\n  folder: nowhere\n"), HasSubstr("t.yaml:3:3: data.folder: "));
  EXPECT_THAT(errors("space: nas_bench_201\ndata:\n  set: fashion_mnits\n"),
              HasSubstr("t.yaml:3:3: data.set: unknown data set 'fashion_mnits', did you mean 'fashion_mnist'?"));
  EXPECT_THAT(errors("space: nas_bench_201\ndata:\n  folder: images\n  train: 215\n  validation: 10\n"),
              HasSubstr("t.yaml:4:3: data.train: "));
  write("images/train-labels-idx1-ubyte", "short");
  EXPECT_THAT(errors(kImages), HasSubstr("t.yaml:2:8: data.folder: "));
}

TEST_F(ConfigErrors, ObjectivesMustBeReported) {
  EXPECT_THAT(errors(kImages + "objectives: [{maximize: val_acuracy}]\n"),
              HasSubstr("t.yaml:3:14: objectives.0: 'val_acuracy' is no metric that training reports, "
                        "did you mean 'val_accuracy'?"));
  EXPECT_THAT(errors(kImages + "objectives:\n  - maximize: val_accuracy\n  - minimize: 3 +\n"),
              HasSubstr("t.yaml:5:5: objectives.1: "));
  EXPECT_THAT(errors(kImages + "objectives: [{maximize: 3}]\n"), HasSubstr("'3' reads no metric"));
  EXPECT_THAT(errors(kImages + "objectives: [{maximum: macs}]\n"), HasSubstr("objectives.0.maximum: unknown key"));
  EXPECT_THAT(errors(kImages + "objectives: [macs]\n"), HasSubstr("objectives.0: expected {maximize: EXPRESSION}"));
  EXPECT_THAT(errors(kImages + "objectives: []\n"), HasSubstr("objectives: expected a list"));
  EXPECT_THAT(errors(kImages + "objectives: [{minimize: macs}, {minimize: macs}]\n"), HasSubstr("a second time"));
  EXPECT_THAT(errors(kImages + "limits: [params]\n"), HasSubstr("t.yaml:3:10: limits.0: "));
  EXPECT_THAT(errors(kImages + "limits: [parms <= 3]\n"), HasSubstr("did you mean 'params'?"));
}

TEST_F(ConfigErrors, AlgorithmsAndTheirOptions) {
  EXPECT_THAT(errors(kImages + "algorithm: nsga3\n"),
              HasSubstr("t.yaml:3:1: algorithm: unknown algorithm 'nsga3', did you mean 'nsga2'?"));
  EXPECT_THAT(errors(kImages + "algorithm:\n  type: nsga2\n  populations: 3\n"),
              HasSubstr("t.yaml:5:3: algorithm.populations: unknown key, did you mean 'population'?"));
  EXPECT_THAT(errors(kImages + "algorithm: {type: [nsga2]}\n"), HasSubstr("algorithm.type: "));
  EXPECT_THAT(errors(kImages + "algorithm: {population: 3}\n"),
              HasSubstr("t.yaml:3:1: algorithm: options of which algorithm? Say it by `type`"));
}

TEST_F(ConfigErrors, EvaluatorsNeedWhatTheyNeed) {
  const std::string space = "space: nas_bench_201\n";
  EXPECT_THAT(errors(space + "evaluator: tabel\n"), HasSubstr("did you mean 'table'?"));
  EXPECT_THAT(errors(space + "evaluator: table\nobjectives: [{minimize: x}]\n"),
              HasSubstr("t.yaml:2:1: evaluator.file: missing"));
  EXPECT_THAT(errors(space + "evaluator: {type: table, file: no.csv}\nobjectives: [{minimize: x}]\n"),
              HasSubstr("t.yaml:2:26: evaluator: no.csv"));
  EXPECT_THAT(errors(space + "evaluator: {type: command, metrics: [a]}\nobjectives: [{minimize: a}]\n"),
              HasSubstr("evaluator.command: missing"));
  EXPECT_THAT(errors(space + "evaluator: {type: command, command: x}\n"), HasSubstr("evaluator.metrics: missing"));
  EXPECT_EQ(errors(space + "evaluator: {type: command, command: x, metrics: [a]}\n"),
            "t.yaml: objectives (by default): 'val_accuracy' is no metric that evaluator.metrics names, "
            "known: a, params, macs");
}

TEST_F(ConfigErrors, CommandsAreLookedForWhereTheyRun) {
  const auto command = [](const std::string& rest) {
    return "space: nas_bench_201\nobjectives: [{minimize: a}]\nevaluator:\n  type: command\n  metrics: [a]\n" + rest;
  };
  EXPECT_THAT(errors(command("  command: [python3, train.py]\n")),
              HasSubstr("t.yaml:6:3: evaluator.command: command python3 train.py: the script does not exist"));
  EXPECT_THAT(errors(command("  command: ./train\n")), "no error");  // the shell's affair
  EXPECT_THAT(errors(command("  command: [./train]\n")), HasSubstr("no such file"));
  EXPECT_THAT(errors(command("  command: [x]\n  folder: nowhere\n")),
              HasSubstr("t.yaml:7:3: evaluator.folder: there is no directory nowhere"));
  write("train.py", "");
  EXPECT_EQ(errors(command("  command: [python3, train.py]\n")), "no error");
}

TEST_F(ConfigErrors, WhatAnEvaluatorDoesNotUseIsRefused) {
  write("t.csv", "genotype,acc\n\"0,0\",1\n");
  const std::string table =
      "space: nas_bench_201\nevaluator: {type: table, file: t.csv}\nobjectives: [{minimize: acc}]\n";
  EXPECT_EQ(errors(table), "no error");
  EXPECT_THAT(errors(table + "data: {train: 3}\n"),
              HasSubstr("t.yaml:4:1: data: has no meaning for evaluator 'table'"));
  EXPECT_THAT(errors(table + "training: {epochs: 3}\n"), HasSubstr("t.yaml:4:1: training: has no meaning"));
  const std::string command =
      "space: nas_bench_201\nevaluator: {type: command, command: x, metrics: [acc]}\nobjectives: [{minimize: acc}]\n";
  EXPECT_EQ(errors(command + "training: {epochs: 3}\n"), "no error");
  EXPECT_THAT(errors(command + "training: {momentum: 0.5}\n"), HasSubstr("training.momentum: unknown key"));
}

TEST_F(ConfigErrors, StartingPointsSayTheirPlace) {
  EXPECT_THAT(
      errors(kImages + "start_from:\n  - {run: a}\n  - {rum: a}\n  - {best: 3}\n  - {run: a, best: 0}\n  - [1]\n"),
      AllOf(HasSubstr("t.yaml:5:6: start_from.1.rum: unknown key, did you mean 'run'?"),
            HasSubstr("t.yaml:6:5: start_from.2.run: missing, expected the directory of an earlier run"),
            HasSubstr("t.yaml:7:14: start_from.3.best: expected an integer from 1 to 1000000 or 'front', got 0"),
            HasSubstr("t.yaml:8:5: start_from.4: expected an architecture's name, a genotype")));
}

TEST_F(ConfigErrors, AnyValueAnywhereIsAnErrorOrAnExperiment) {
  static const std::vector<std::string> kPaths = {"space",
                                                  "parameters",
                                                  "data",
                                                  "training",
                                                  "evaluator",
                                                  "objectives",
                                                  "limits",
                                                  "algorithm",
                                                  "evaluations",
                                                  "seed",
                                                  "allow_duplicates",
                                                  "resources",
                                                  "parameters.channels",
                                                  "data.train",
                                                  "evaluator.type",
                                                  "evaluator.command",
                                                  "algorithm.type",
                                                  "start_from",
                                                  "start_from.0",
                                                  "start_from.run",
                                                  "objectives.0",
                                                  "objectives.0.maximize",
                                                  "limits.0",
                                                  "training.epochs",
                                                  "resources.workers"};
  static const std::vector<std::string> kValues = {"",
                                                   "~",
                                                   "0",
                                                   "-1",
                                                   "1e300",
                                                   ".nan",
                                                   "true",
                                                   "word",
                                                   "[]",
                                                   "{}",
                                                   "[[]]",
                                                   "{a: {b: c}}",
                                                   "[1, 2]",
                                                   "'1'",
                                                   "table",
                                                   "command",
                                                   "train",
                                                   "a <= 1",
                                                   "[a <= 1]",
                                                   "{type: table}",
                                                   "{type: command, command: {}}",
                                                   "x.yaml",
                                                   "[{maximize: ~}]"};
  const std::string text = kImages + "objectives: [{maximize: val_accuracy}]\nlimits: [params <= 3]\n";
  std::size_t refused = 0;
  for (const std::string& path : kPaths) {
    for (const std::string& value : kValues) {
      const std::string found = errors(text, {path + "=" + value});
      if (found == "no error") continue;
      ++refused;
      std::istringstream lines(found);
      for (std::string line; std::getline(lines, line);) {
        EXPECT_THAT(line, testing::ContainsRegex("^(t\\.yaml(:[0-9]+:[0-9]+)?|--set[^:]*): ."))
            << path << " = " << value;
      }
    }
  }
  EXPECT_GT(refused, kPaths.size() * kValues.size() / 2);
}

}  // namespace
}  // namespace nas
