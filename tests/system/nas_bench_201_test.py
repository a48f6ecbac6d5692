"""The program on NAS-Bench-201's published table: counts of every cell, and a search through all of them."""

import csv
import gzip
import io
import os
import pathlib

import program

TABLE = pathlib.Path(os.environ["NAS_DATA_DIR"]) / "nasbench" / "nb201.csv.gz"


def published():
    with gzip.open(TABLE, "rt") as table:
        return list(csv.DictReader(table))


class NasBench201Test(program.SystemTest):
    def test_costs_and_hashes_of_all_cells(self):
        rows = published()
        cells = self.write("cells.txt", "".join(",".join(row["ops"]) + "\n" for row in rows))
        counted = list(csv.DictReader(io.StringIO(self.good("space", "cost", "nas_bench_201", "--genotypes", cells))))
        self.assertEqual(len(counted), 15625)
        for row, cost in zip(rows, counted):
            self.assertEqual(cost["genotype"], ",".join(row["ops"]))
            self.assertEqual(int(cost["params"]), int(float(row["params_c10"])))
            self.assertEqual(int(cost["macs"]), round(float(row["mflops_c10"]) * 1e6) - 10)  # biases of the last layer
        hashes = [cost["hash"] for cost in counted]
        self.assertEqual(len(set(hashes)), 5425)
        self.assertEqual(hashes.count("0" * 16), 341)

    def test_a_search_to_the_end_finds_the_published_front(self):
        experiment = self.write("all.yaml", f"""
space: nas_bench_201
evaluator: {{type: table, file: {TABLE}, genotype_column: ops, slots: 64}}
objectives: [{{maximize: c10_test200}}, {{minimize: mflops_c10}}]
evaluations: 20000
""")
        done = self.nas("search", experiment, "--run", self.run_folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("exhausted", done.stderr)
        self.assert_each_done_once(15625)
        points = sorted({(float(row["mflops_c10"]), -float(row["c10_test200"])) for row in published()})
        front, best = set(), 0.0
        for mflops, accuracy in points:
            if accuracy < best:
                front.add((mflops, -accuracy))
                best = accuracy
        found = {(m["objectives"]["mflops_c10"], m["objectives"]["c10_test200"]) for m in self.front()}
        self.assertEqual(found, front)


if __name__ == "__main__":
    program.main()
