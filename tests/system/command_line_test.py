"""The command line: help, results and messages, spaces; nothing here trains or needs MPI."""

import json
import re

import gene_space
import program

OPTIONS = {
    "search": ["--run", "--workers", "--set", "--resume", "--check", "--help", "training.epochs", "algorithm"],
    "bench": ["--seeds", "--evaluations", "--algorithms", "--pending", "--set", "--jobs", "--out", "--help", "join",
              "isomorphic"],
    "front": ["--json", "--help"],
    "status": ["--watch", "--json", "--help"],
    "trials": ["--csv", "--help"],
    "slurm": ["--nodes", "--gpus-per-node", "--time", "--sbatch", "--help"],
    "simulate": ["--workers", "--seconds-per-candidate", "--worker-mtbf", "--store", "--help"],
    "report": ["--to", "--help"],
    "timeline": ["--to", "--help"],
    "export": ["--front", "--to", "--force", "--help"],
    "train": ["--front", "--run", "--set", "--resume", "--check", "--help"],
    "predict": ["--out", "--exit", "--confidence", "--mc-dropout", "--tile", "--accept-seams", "--force", "--help"],
    "data describe": ["--picture", "--samples", "--set", "--json", "--help"],
    "space list": ["--json", "--help"],
    "space new": ["--help"],
    "space validate": ["--set", "--input", "--help"],
    "space describe": ["--json", "--set", "--input", "--help"],
    "space count": ["--limit", "--json", "--set", "--input", "--help"],
    "space sample": ["--count", "--seed", "--json", "--set", "--input", "--help"],
    "space cost": ["--genotype", "--genotypes", "--architecture", "--batch", "--csv", "--json", "--set", "--input",
                   "--help"],
    "space draw": ["--architecture", "--genotype", "--sample", "--cell", "--output", "--set", "--input", "--help"],
    "recipes": ["--json", "--help"],
    "algorithms": ["--json", "--help"],
    "reference": ["configuration", "operations", "schema", "--help"],
    "version": ["--json", "--help"],
}

# (arguments, what the one line says)
WRONG_LINES = [
    (["serch", "x.yaml"], "'search'"),
    (["frobnicate"], "nas --help"),
    (["space"], "space describe"),
    (["space", "describ", "x"], "'space describe'"),
    (["status"], "usage: nas status RUN"),
    (["status", "a", "b"], "usage: nas status RUN"),
    (["search"], "usage: nas search EXPERIMENT.yaml"),
    (["search", "x.yaml", "--runn", "y"], "'run'"),
    (["search", "x.yaml", "--workers"], "workers"),
    (["front", "--jsn", "run"], "'json'"),
    (["space", "sample", "nas_bench_201", "--count", "many"], "many"),
    (["space", "sample", "nas_bench_201", "--count", "-3"], "-3"),
    (["--version"], "'version'"),
]

GOOD_CELL = "3,1,3,1,3,3"


class CommandLineTest(program.SystemTest):
    def assert_one_line(self, done, *parts):
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertTrue(lines[0].startswith("nas: "), lines[0])
        for part in parts:
            self.assertIn(part, lines[0])

    def test_help_of_the_program_names_every_command(self):
        done = self.nas("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for command in OPTIONS:
            self.assertIn(f"\n  {command} ", done.stdout)
        listed = re.findall(r"^  [a-z]", done.stdout, re.MULTILINE)
        self.assertEqual(len(listed), len(OPTIONS), "a command that this test does not know")

    def test_help_of_a_command_names_every_option(self):
        for command, options in OPTIONS.items():
            done = self.nas(*command.split(), "--help")
            with self.subTest(command):
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn(f"nas {command} ", done.stdout)
                for option in options:
                    self.assertIn(option, done.stdout)
                    self.assertNotIn("(default: )", done.stdout)

    def test_without_a_command_the_help_is_a_message(self):
        done = self.nas()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("usage: nas COMMAND", done.stderr)

    def test_a_wrong_line_gets_one_line_with_the_nearest_name(self):
        for words, hint in WRONG_LINES:
            with self.subTest(" ".join(words)):
                done = self.nas(*words)
                self.assertEqual(done.returncode, 2)
                self.assert_one_line(done, hint)

    def test_version_names_every_library(self):
        version = json.loads(self.good("version", "--json"))
        text = self.good("version")
        for name in ("nas", "mpi", "sqlite", "yaml-cpp", "muparser", "fmt", "nlohmann-json", "cxxopts", "gmp", "xxhash"):
            self.assertTrue(version[name])
            self.assertIn(version[name], text)
        self.assertIn("trainer", version)

    def test_recipes_and_spaces_are_files_that_work(self):
        shipped = json.loads(self.good("recipes", "--json"))
        text = self.good("recipes")
        self.assertIn("nas_bench_201", [space["name"] for space in shipped["spaces"]])
        for space in shipped["spaces"]:
            self.assertIn(space["name"], text)
            by_name = self.good("space", "describe", space["name"])
            self.assertEqual(self.good("space", "describe", space["path"]), by_name)
        for recipe in shipped["recipes"]:
            self.assertIn(recipe["name"], text)
            self.assertTrue(recipe["summary"])

    def test_algorithms_say_their_options_and_sources(self):
        rows = {row["name"]: row for row in json.loads(self.good("algorithms", "--json"))}
        self.assertGreaterEqual(rows.keys(), {"random", "aging_evolution", "nsga2", "auto"})
        text = self.good("algorithms")
        for name, row in rows.items():
            self.assertIn(row["source"], text)
            for option in row["options"]:
                self.assertIn(f"algorithm.{option} = ", text)
        self.assertEqual(rows["random"]["options"], {})

    def test_check_says_what_a_search_would_do_and_leaves_nothing(self):
        experiment = gene_space.write_table_experiment(self.folder)
        before = self.listing()
        text = self.good("search", experiment, "--check", "--run", self.run_folder)
        for part in ("four_genes", "81", "auto chose algorithm surrogate: ", "40"):
            self.assertIn(part, text)
        self.assertEqual(self.listing(), before)

    def test_the_value_of_set_may_hold_commas(self):
        experiment = gene_space.write_table_experiment(self.folder)
        self.good("search", experiment, "--check", "--set", "objectives=[{minimize: score}, {maximize: price}]",
                  "--set", "algorithm={type: nsga2, population: 7}", "--set", "evaluations=13")


class SpaceCommandTest(program.SystemTest):
    assert_one_line = CommandLineTest.assert_one_line

    def describe(self, space, *more):
        return json.loads(self.good("space", "describe", space, "--json", *more))

    def test_describe_lists_genes_in_order(self):
        space = self.describe("nas_bench_201")
        self.assertEqual([gene["name"] for gene in space["genes"]],
                         ["cell.1<-0", "cell.2<-0", "cell.2<-1", "cell.3<-0", "cell.3<-1", "cell.3<-2"])
        for gene in space["genes"]:
            self.assertEqual(gene["options"], ["none", "skip", "conv1x1", "conv3x3", "pool3x3"])
            self.assertEqual(gene["active"], "always")
        self.assertEqual(space["size"], 5**6)
        text = self.good("space", "describe", "nas_bench_201")
        self.assertIn("15,625", text)
        self.assertIn("cell.3<-2", text)
        self.assertEqual(self.describe("nas_bench_201", "--set", "parameters.channels=8")["parameters"]["channels"], 8)

    def test_samples_depend_on_the_seed_alone_and_are_canonical(self):
        space = self.write("depth.yaml", "space: depth\nchoices:\n  kind: {choose: [0, 1]}\n"
                                         "input: {channels: 1, size: [4]}\nnetwork:\n"
                                         "  - repeat: {times: {choose: [1, 2, 3]}, choices: own, "
                                         "body: [choose: [relu, tanh, sigmoid]]}\n")
        sample = lambda *words: self.good("space", "sample", space, *words).splitlines()
        first = sample("--count", 200, "--seed", 5)
        self.assertEqual(first, sample("--count", 200, "--seed", 5))
        self.assertEqual(first[:10], sample("--seed", 5))
        self.assertNotEqual(first, sample("--count", 200, "--seed", 6))
        genes = self.describe(space)["genes"]
        times = next(i for i, gene in enumerate(genes) if gene["options"] == [1, 2, 3])
        repeated = [i for i, gene in enumerate(genes) if gene["options"] == ["relu", "tanh", "sigmoid"]]
        self.assertEqual(len(repeated), 3)
        for line in first:
            genotype = [int(index) for index in line.split(",")]
            self.assertEqual(len(genotype), len(genes))
            for gene, index in zip(genes, genotype):
                self.assertIn(index, range(len(gene["options"])))
            for i in repeated[genotype[times] + 1:]:
                self.assertEqual(genotype[i], 0, f"an inactive gene is not 0 in {line}")
        self.assertEqual(len(set(first)), len({tuple(line.split(",")) for line in first}))
        self.assertGreater(len(set(first)), 40)

    def test_cost_of_ten_thousand_genotypes_in_one_go(self):
        genotypes = self.good("space", "sample", "nas_bench_201", "--count", 10000, "--seed", 3)
        lines = genotypes.splitlines()
        self.assertEqual(len(lines), 10000)
        listed = self.good("space", "cost", "nas_bench_201", "--genotypes", self.write("all.txt", genotypes))
        rows = listed.splitlines()
        self.assertEqual(rows[0], "genotype,params,macs,hash")
        self.assertEqual([row.split('"')[1] for row in rows[1:]], lines)
        self.assertEqual([row for row in rows if ",," in row], [], "cells without counts")
        one = self.good("space", "cost", "nas_bench_201", "--genotype", lines[17]).splitlines()
        self.assertEqual(one[1], rows[18])

    def test_cost_of_a_known_cell(self):
        # Every edge is `skip`, so cells have no weights: stem, two reductions, last norm, linear layer.
        weights = [3 * 16 * 9, 16 * 32 * 9, 32 * 32 * 9, 16 * 32, 32 * 64 * 9, 64 * 64 * 9, 32 * 64, 640]
        pixels = [1024, 256, 256, 256, 64, 64, 64, 1]
        norms = [16, 32, 32, 64, 64, 64]  # channels
        params = sum(weights) + 2 * sum(norms) + 10
        macs = sum(w * p for w, p in zip(weights, pixels))
        row = self.good("space", "cost", "nas_bench_201", "--genotype", "1,1,1,1,1,1").splitlines()[1]
        self.assertEqual(row.split(",")[-3:-1], [str(params), str(macs)])

    def test_parameters_change_the_cost(self):
        cost = lambda *words: self.good("space", "cost", "nas_bench_201", "--genotype", GOOD_CELL, *words)
        self.assertNotEqual(cost(), cost("--set", "parameters.channels=8"))
        self.assertEqual(cost(), cost("--set", "parameters.channels=16"))
        self.assert_one_line(self.nas("space", "cost", "nas_bench_201", "--genotype", GOOD_CELL, "--set",
                                      "parameters.chanels=8"), "'channels'")
        self.assert_one_line(self.nas("space", "cost", "nas_bench_201", "--genotype", GOOD_CELL, "--set", "channels=8"),
                             "parameters.NAME=NUMBER")

    def test_a_bad_genotype_is_named(self):
        for genotype, hint in [("1,2,3", "6"), (GOOD_CELL + ",1", "7 genes"), ("3,1,3,1,3,5", "cell.3<-2"),
                               ("3,1,3,1,3,-1", "-1"), ("3,1,x,1,3,3", "joined by commas"), ("", "joined by commas")]:
            with self.subTest(genotype):
                self.assert_one_line(self.nas("space", "cost", "nas_bench_201", "--genotype", genotype),
                                     "--genotype: ", hint)

    def test_a_bad_line_of_a_file_is_named_by_its_number(self):
        for bad in ("1,2,3", "3,1,3,1,3,5", "3,1,x,1,3,3"):
            file = self.write("some.txt", f"{GOOD_CELL}\n{GOOD_CELL}\n{bad}\n{GOOD_CELL}\n")
            with self.subTest(bad):
                self.assert_one_line(self.nas("space", "cost", "nas_bench_201", "--genotypes", file), "some.txt:3: ")

    def test_a_file_of_genotypes_that_is_none_is_named(self):
        self.assert_one_line(self.nas("space", "cost", "nas_bench_201", "--genotypes", "nowhere.txt"), "nowhere.txt")
        self.assert_one_line(self.nas("space", "cost", "nas_bench_201", "--genotypes", "."), "--genotypes .")
        self.assert_one_line(self.nas("space", "cost", "nas_bench_201"), "--genotypes FILE")

    def test_a_space_of_genes_alone_has_no_cost(self):
        space = self.write("four.yaml", gene_space.SPACE)
        self.assertEqual(self.describe(space)["network"], False)
        self.assertEqual(self.describe(space)["size"], gene_space.SIZE)
        self.assert_one_line(self.nas("space", "cost", space, "--genotype", "0,0,0,0"), "no network")

    def test_an_unknown_space_gets_the_nearest_name(self):
        for command in ("describe", "sample", "cost"):
            self.assert_one_line(self.nas("space", command, "nas_bench_21"), "'nas_bench_201'")


if __name__ == "__main__":
    program.main()
