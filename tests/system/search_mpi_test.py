"""The same searches under mpirun with 1, 2 and 4 ranks: every evaluation done exactly once."""

import gene_space
import program


class SearchMpiTest(program.SystemTest):
    def test_a_table_with_any_number_of_ranks(self):
        experiment = gene_space.write_table_experiment(self.folder)
        for ranks in (1, 2, 4):
            with self.subTest(ranks):
                self.run_folder = self.folder / f"run{ranks}"
                out = self.good("search", experiment, "--run", self.run_folder, ranks=ranks)
                self.assertEqual(out.count("Pareto front:"), 1)
                self.assert_each_done_once(40)
                self.assertEqual(len({row["genotype"] for row in self.trials()}), 40)
                for row in self.trials():
                    expected = gene_space.metrics_of(tuple(int(gene) for gene in row["genotype"].split(",")))
                    self.assertEqual(float(row["score"]), expected["score"])

    def test_a_command_with_any_number_of_ranks(self):
        for ranks in (1, 2, 4):
            with self.subTest(ranks):
                self.run_folder = self.folder / f"run{ranks}"
                begun = self.folder / f"begun{ranks}"
                begun.mkdir()
                experiment = gene_space.write_command_experiment(self.folder,
                                                                 arguments=["--milliseconds", 5, "--count", begun])
                self.good("search", experiment, "--run", self.run_folder, ranks=ranks)
                self.assert_each_done_once(40)
                self.assertEqual(len(list(begun.iterdir())), 40, "a candidate was evaluated twice")
                workers = {row["worker"].rpartition(":")[2].split(".")[0] for row in self.trials()}
                self.assertEqual(workers, {str(rank) for rank in range(1 if ranks > 1 else 0, ranks)})

    def test_the_algorithm_that_reads_no_results_proposes_the_same_for_any_number_of_ranks(self):
        genotypes = {}
        for ranks in (None, 2, 4):
            self.run_folder = self.folder / f"run{ranks}"
            experiment = gene_space.write_command_experiment(self.folder, arguments=["--milliseconds", 5],
                                                             algorithm="random")
            self.good("search", experiment, "--run", self.run_folder, "--workers", 1, ranks=ranks)
            genotypes[ranks] = [(row["id"], row["genotype"], row["score"]) for row in self.trials()]
        self.assertEqual(genotypes[2], genotypes[None])
        self.assertEqual(genotypes[4], genotypes[None])

    def test_exhaustion_ends_all_ranks(self):
        experiment = gene_space.write_table_experiment(self.folder, evaluations=500)
        done = self.nas("search", experiment, "--run", self.run_folder, ranks=4)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("exhausted", done.stderr)
        self.assert_each_done_once(gene_space.SIZE)

    def test_check_under_mpirun(self):
        experiment = gene_space.write_table_experiment(self.folder)
        self.assertEqual(self.good("search", experiment, "--check", ranks=3), self.good("search", experiment, "--check"))

    def test_a_run_of_four_ranks_goes_on_with_one_process(self):
        # --resume replays the store and refuses if any candidate comes out different.
        experiment = gene_space.write_command_experiment(self.folder, arguments=["--milliseconds", 20])
        self.good("search", experiment, "--run", self.run_folder, "--set", "evaluations=25", ranks=4)
        asked = self.asked()
        self.good("search", experiment, "--run", self.run_folder, "--resume", "--workers", 1)
        self.assert_each_done_once(40)
        self.assertEqual({number: self.asked()[number] for number in asked}, asked)
        self.good("search", experiment, "--run", self.run_folder, "--resume", "--set", "evaluations=60", ranks=3)
        self.assert_each_done_once(60)


if __name__ == "__main__":
    program.main()
