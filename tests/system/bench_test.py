"""`nas bench` on small tables: its numbers against searches whose trials are judged here, files, messages."""

import csv
import gzip
import itertools
import json
import xml.etree.ElementTree

import gene_space
import program

SINGLE = {"objectives": [{"maximize": "score"}], "report": {"minimize": "price"}}
FRONT = {"objectives": [{"maximize": "score"}, {"minimize": "price"}]}


def hypervolume(points, reference):
    """Area that the points (both minimised) dominate, by cutting the plane along all of their coordinates."""
    inside = [p for p in points if p[0] < reference[0] and p[1] < reference[1]]
    xs = sorted({p[0] for p in inside} | {reference[0]})
    ys = sorted({p[1] for p in inside} | {reference[1]})
    return sum((x1 - x0) * (y1 - y0)
               for x0, x1 in itertools.pairwise(xs) for y0, y1 in itertools.pairwise(ys)
               if any(p[0] <= x0 and p[1] <= y0 for p in inside))


class BenchTest(program.SystemTest):
    def setUp(self):
        super().setUp()
        gene_space.write_table_experiment(self.folder)

    def write_bench(self, **keys):
        settings = {"space": "four.yaml", "table": {"file": "table.csv"}, "evaluations": 30, "at": [10, 30],
                    "seeds": 4, "algorithms": ["random"], **keys}
        return self.write("bench.yaml", json.dumps(settings))

    def bench(self, *more, **keys):
        return self.good("bench", self.write_bench(**keys), "--out", "out", *more)

    def results(self, folder="out"):
        """{(algorithm, seed, evaluations): value}"""
        with open(self.folder / folder / "results.csv") as file:
            return {(row["algorithm"], int(row["seed"]), int(row["evaluations"])): float(row["value"])
                    for row in csv.DictReader(file)}

    def searched(self, algorithm, seed, objectives):
        """(score, price) of each trial of `nas search`, in order."""
        self.run_folder = self.folder / f"{algorithm}-{seed}"
        experiment = gene_space.write_table_experiment(self.folder, 30, objectives=objectives, algorithm=algorithm,
                                                       seed=seed)
        self.good("search", experiment, "--run", self.run_folder, "--set",
                  "evaluator={type: table, file: " + str(self.folder / "table.csv") + ", slots: 1}")
        return [tuple(gene_space.metrics_of([int(gene) for gene in row["genotype"].split(",")]).values())
                for row in self.trials()]

    def test_one_objective_is_what_a_search_of_this_seed_has_found(self):
        self.bench(algorithms=["random", "aging_evolution"], **SINGLE)
        results = self.results()
        for algorithm in ("random", "aging_evolution"):
            for seed in (1, 4):
                seen = self.searched(algorithm, seed, SINGLE["objectives"])
                for count in range(1, 31):
                    best = max(seen[:count], key=lambda point: point[0])  # the first of the best
                    self.assertEqual(results[algorithm, seed, count], best[1])

    def test_a_front_is_what_a_search_of_this_seed_has_found(self):
        self.bench(algorithms=["nsga2"], **FRONT)
        table = [tuple(gene_space.metrics_of(genes).values()) for genes in gene_space.all_genotypes()]
        front = [table[i] for i in gene_space.non_dominated(table)]
        score, price = [p[0] for p in front], [p[1] for p in front]

        def scaled(points):
            return [((max(score) - p[0]) / (max(score) - min(score)), (p[1] - min(price)) / (max(price) - min(price)))
                    for p in points]

        full = hypervolume(scaled(front), (1.1, 1.1))
        results = self.results()
        for algorithm, seed in (("nsga2", 1), ("nsga2", 3), ("random", 2)):
            seen = self.searched(algorithm, seed, FRONT["objectives"])
            for count in (1, 5, 10, 17, 30):
                share = hypervolume(scaled(seen[:count]), (1.1, 1.1)) / full
                self.assertAlmostEqual(results[algorithm, seed, count], share, places=12)

    def test_the_summary_is_mean_and_standard_error(self):
        out = self.bench(algorithms=["random", "aging_evolution"], **SINGLE)
        results = self.results()
        with open(self.folder / "out" / "summary.csv") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 2 * 30)
        for row in rows:
            values = [results[row["algorithm"], seed, int(row["evaluations"])] for seed in (1, 2, 3, 4)]
            mean = sum(values) / 4
            error = (sum((value - mean) ** 2 for value in values) / 3 / 4) ** 0.5
            self.assertEqual(int(row["runs"]), 4)
            self.assertAlmostEqual(float(row["mean"]), mean, places=12)
            self.assertAlmostEqual(float(row["standard_error"]), error, places=12)
        self.assertIn("10 evaluations", out)
        self.assertNotIn("\x1b", out)

    def test_neither_threads_nor_company_change_a_result(self):
        bench = self.write_bench(algorithms=["random", "aging_evolution"], pending=3, **SINGLE)
        self.good("bench", bench, "--out", "one", "--jobs", 1)
        self.good("bench", bench, "--out", "two", "--jobs", 2)
        self.good("bench", bench, "--out", "few", "--jobs", 2, "--seeds", 2, "--algorithms", "aging_evolution")
        for name in ("results.csv", "summary.csv", "curve.svg"):
            self.assertEqual((self.folder / "one" / name).read_text(), (self.folder / "two" / name).read_text())
        all_results, few = self.results("one"), self.results("few")
        self.assertEqual(len(few), 2 * 2 * 30)
        for key, value in few.items():
            self.assertEqual(value, all_results[key])

    def test_the_picture_is_xml_with_a_line_an_algorithm(self):
        algorithms = ["aging_evolution", {"type": "aging_evolution", "sample": 2, "label": "a < b & c"}]
        self.bench(algorithms=algorithms, benchmark="<x> & y", **SINGLE)
        root = xml.etree.ElementTree.parse(self.folder / "out" / "curve.svg").getroot()
        named = "{http://www.w3.org/2000/svg}"
        lines = root.findall(f".//{named}polyline")
        self.assertEqual([line.find(f"{named}title").text for line in lines], ["aging_evolution", "a < b & c", "random"])
        for line in lines:
            self.assertEqual(len(line.get("points").split()), 30)
        texts = [text.text for text in root.iter(f"{named}text")]
        for text in ("<x> & y", "evaluations", "price", "random"):
            self.assertIn(text, texts)
        width, height = float(root.get("width")), float(root.get("height"))
        for text in root.iter(f"{named}text"):
            if text.get("x"):
                self.assertTrue(0 <= float(text.get("x")) <= width and 0 <= float(text.get("y")) <= height)

    def test_options_of_the_command_line(self):
        out = self.bench("--evaluations", 12, "--seeds", 3, "--algorithms", "local_search", "--pending", 4, "--set",
                         "first_seed=7", **FRONT)
        self.assertEqual({key[:2] for key in self.results()},
                         {(name, seed) for name in ("local_search", "random") for seed in (7, 8, 9)})
        self.assertEqual(max(key[2] for key in self.results()), 12)
        for part in ("10 evaluations", "12 evaluations", "mean of 3 seeds", "4 pending"):
            self.assertIn(part, out)
        self.good("bench", self.write_bench(**SINGLE))
        self.assertTrue((self.folder / "bench" / "bench" / "results.csv").is_file())

    def test_a_genotype_without_a_row_costs_an_evaluation(self):
        rows = (self.folder / "table.csv").read_text().splitlines()
        (self.folder / "table.csv").write_text("\n".join(rows[:41]) + "\n")
        out = self.bench(evaluations=81, at=[81], **SINGLE)
        self.assertIn(f"random: {4 * 41} evaluations were of genotypes without a row", out)

    def test_an_exhausted_space_is_said(self):
        self.assertIn("random: 4 runs ended early: the space is exhausted", self.bench(evaluations=100, **SINGLE))

    def assert_refused(self, *parts, words=(), **keys):
        before = self.listing()
        bench = self.write_bench(**{**SINGLE, **keys})
        before["bench.yaml"] = self.listing()["bench.yaml"]
        done = self.nas("bench", bench, "--out", "out", *words)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertTrue(done.stderr.startswith("nas: "))
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertEqual(self.listing(), before, "something was left behind")

    def test_mistakes_are_said_before_anything_runs(self):
        self.assert_refused("bench.yaml:1:", "unknown key, did you mean 'seeds'?", "evaluations: expected an integer",
                            seedss=3, evaluations=0)
        self.assert_refused("'pric' is no column of the table, did you mean 'price'?", report={"minimize": "pric"})
        self.assert_refused("algorithms.1: aging_evolution takes one objective, not 2",
                            algorithms=["nsga2", "aging_evolution"], report=FRONT["objectives"], **{
                                "objectives": FRONT["objectives"]})
        self.assert_refused("--algorithms: unknown algorithm 'nsga', did you mean 'nsga2'?",
                            words=("--algorithms", "nsga"))
        self.assert_refused("--set: seeds: expected an integer from 1", words=("--seeds", "few"))
        self.assert_refused("--jobs 0: expected a number of threads", words=("--jobs", "0"))
        done = self.nas("bench", "bench_nas_bench_201_cifar1")
        self.assertIn("did you mean 'bench_nas_bench_201_cifar10'?", done.stderr)

    def test_bad_tables_are_named(self):
        table = self.folder / "table.csv"
        whole = table.read_text()
        cases = {
            "": "table.csv: empty",
            whole[:-6] + "\n": "table.csv:82: 2 fields",
            whole + '"0,0,0,0",0.5,1\n': "table.csv:83: other values than line 2",
            whole + '"0,0,0,3",0.5,1\n': "table.csv:83: genotype:",
            whole.replace('"0,0,0,1",', '"0,0,0,1",x'): "table.csv:3: score: 'x0.",
        }
        cases[whole.replace("\"0,0,0,1\"," + whole.splitlines()[2].split('",')[1].split(",")[0],
                            "\"0,0,0,1\",nan")] = "table.csv:3: 'score' has no value"
        for text, message in cases.items():
            with self.subTest(message):
                table.write_text(text)
                self.assert_refused(message)
        (self.folder / "table.csv.gz").write_bytes(gzip.compress(whole.encode())[:-400])
        self.assert_refused("table.csv.gz: cannot be read", table={"file": "table.csv.gz"})


if __name__ == "__main__":
    program.main()
