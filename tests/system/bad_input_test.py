"""Bad input of a search in one process: one line with a remedy, nothing half written."""

import bad_input
import gene_space
import program


class BadInputTest(program.SystemTest):
    def assert_refused(self, words, says):
        """One line on standard error, and no file made, changed or removed."""
        before = self.listing()
        done = self.nas("search", *words)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(done.stdout, "")
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertTrue(lines[0].startswith("nas: "), lines[0])
        for part in says:
            self.assertIn(part, lines[0])
        self.assertEqual(self.listing(), before)

    def test_every_case_of_the_table(self):
        for case in bad_input.CASES:
            with self.subTest(case.name):
                self.setUp()
                bad_input.write_files(self.folder)
                if case.prepare:
                    case.prepare(self.folder)
                self.assert_refused(case.words, case.says)

    def test_all_errors_come_at_once_with_file_line_and_key(self):
        gene_space.write_table_experiment(self.folder)
        path = self.write("wrong.yaml", "space: nas_bench_21\nevaluations: -4\nseeed: 3\ntraining:\n  epochs: lots\n")
        done = self.nas("search", path, "--run", self.run_folder)
        lines = done.stderr.removeprefix("nas: ").splitlines()
        for part in ("wrong.yaml:1:1: space: ", "wrong.yaml:2:1: evaluations: ", "wrong.yaml:3:1: seeed: ",
                     "wrong.yaml:5:3: training.epochs: "):
            self.assertEqual(len([line for line in lines if part in line]), 1, done.stderr)
        self.assertEqual(len(lines), 4)
        self.assertFalse(self.run_folder.exists())

    def test_a_run_is_not_overwritten(self):
        experiment = gene_space.write_table_experiment(self.folder, evaluations=5)
        self.good("search", experiment, "--run", self.run_folder)
        self.assert_refused([experiment, "--run", self.run_folder], ("exists", "--resume", "--run"))

    def test_a_run_does_not_go_on_under_another_config(self):
        experiment = gene_space.write_table_experiment(self.folder, evaluations=5)
        self.good("search", experiment, "--run", self.run_folder)
        for change, says in [("seed=2", "seed: 1 in the run, 2 now"), ("algorithm=random", "algorithm"),
                             ("limits=['price <= 3']", "limits"), ("evaluations=4", "evaluations"),
                             ("objectives=[{maximize: score}]", "objectives")]:
            with self.subTest(change):
                self.assert_refused([experiment, "--run", self.run_folder, "--resume", "--set", change],
                                    ("another config", "--run", says))

    def test_a_damaged_store_is_named(self):
        experiment = gene_space.write_table_experiment(self.folder, evaluations=5)
        self.good("search", experiment, "--run", self.run_folder)
        study = self.run_folder / "study.db"
        study.write_bytes(b"no database" * 1000)
        self.assert_refused([experiment, "--run", self.run_folder, "--resume"], ("study.db",))
        for command in (["status"], ["front"], ["trials", "--csv"]):
            done = self.nas(*command, self.run_folder)
            self.assertEqual((done.returncode, done.stdout, len(done.stderr.splitlines())), (1, "", 1), done.stderr)
            self.assertIn("study.db", done.stderr)

    def test_a_run_that_another_search_has_open_is_left_alone(self):
        experiment = gene_space.write_command_experiment(self.folder, arguments=["--milliseconds", 60000])
        first = self.start("search", experiment, "--run", self.run_folder, "--workers", 2)
        program.wait_until((self.run_folder / "study.db").exists, "the first search")
        for more in ([], ["--resume"]):
            done = self.nas("search", experiment, "--run", self.run_folder, *more)
            self.assertEqual((done.returncode, done.stdout, len(done.stderr.splitlines())), (1, "", 1), done.stderr)
            self.assertIn("--resume" if not more else f"pid {first.pid}", done.stderr)
        self.assertIsNone(first.poll())
        self.assertEqual(self.status()["process"], first.pid)
        first.kill()


if __name__ == "__main__":
    program.main()
