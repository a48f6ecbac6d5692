"""Bad input of a search under mpirun: said once, however many ranks there are, and all of them end."""

import bad_input
import gene_space
import program

# One of each stage at which a search can be refused; bad_input_test.py has all of them.
CASES = ["unknown key", "missing experiment", "unknown space", "expression that does not parse", "truncated data",
         "genotype of the wrong length in a table", "command that is not there", "run directory below a file",
         "nothing to resume"]
RANKS = 3


class BadInputMpiTest(program.SystemTest):
    def assert_refused_once(self, words, says):
        before = self.listing()
        done = self.nas("search", *words, ranks=RANKS, seconds=30)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")
        lines = [line for line in done.stderr.splitlines() if line.startswith("nas: ")]
        self.assertEqual(len(lines), 1, done.stderr)
        for part in says:
            self.assertIn(part, lines[0])
        # mpirun adds a notice that a rank ended with an error, none that a rank was lost or killed.
        for word in ("signal", "MPI_ABORT", "MPI_Abort", "Aborted", "terminate called"):
            self.assertNotIn(word, done.stderr)
        self.assertEqual(self.listing(), before)

    def test_the_cases(self):
        table = {case.name: case for case in bad_input.CASES}
        for name in CASES:
            with self.subTest(name):
                self.setUp()
                bad_input.write_files(self.folder)
                if table[name].prepare:
                    table[name].prepare(self.folder)
                self.assert_refused_once(table[name].words, table[name].says)

    def test_a_wrong_command_line(self):
        self.assert_refused_once(["x.yaml", "--runn", "y"], ["'run'"])

    def test_help_is_printed_once(self):
        self.assertEqual(self.good("search", "--help", ranks=RANKS), self.good("search", "--help"))

    def test_a_run_that_exists_or_has_another_config(self):
        experiment = gene_space.write_table_experiment(self.folder, evaluations=5)
        self.good("search", experiment, "--run", self.run_folder)
        self.assert_refused_once([experiment, "--run", self.run_folder], ["exists", "--resume"])
        self.assert_refused_once([experiment, "--run", self.run_folder, "--resume", "--set", "seed=9"],
                                 ["another config", "seed: 1 in the run, 9 now"])

    def test_a_run_that_another_search_has_open(self):
        experiment = gene_space.write_command_experiment(self.folder, arguments=["--milliseconds", 60000])
        first = self.start("search", experiment, "--run", self.run_folder, "--workers", 1)
        program.wait_until((self.run_folder / "study.db").exists, "the first search")
        done = self.nas("search", experiment, "--run", self.run_folder, "--resume", ranks=RANKS)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stderr.count("another search"), 1, done.stderr)
        self.assertIn(f"pid {first.pid}", done.stderr)
        self.assertIsNone(first.poll())
        first.kill()


if __name__ == "__main__":
    program.main()
