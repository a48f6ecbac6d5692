"""Searches that are told to stop: by signals and by a time limit, alone and under mpirun."""

import signal
import time

import gene_space
import program

CONTINUE = 75


class StopTest(program.SystemTest):
    RANKS = None

    def experiment(self, milliseconds=100, grace=30, **keys):
        return gene_space.write_command_experiment(self.folder, evaluations=60, **keys,
                                                   resources={"grace_seconds": grace},
                                                   arguments=["--milliseconds", milliseconds])

    def stopped(self, experiment, *more, send=None):
        process = self.start("search", experiment, "--run", self.run_folder, *more, ranks=self.RANKS)
        program.wait_until(lambda: self.finished_count() >= 4, "4 results")
        if send is not None:
            process.send_signal(send)
        out, errors = process.communicate(timeout=program.PATIENCE_SECONDS)
        self.assertEqual(process.returncode, CONTINUE, errors)
        self.assertIn("--resume", errors)
        self.assert_no_process_is_left()
        return errors

    def goes_on(self, experiment):
        kept, asked = self.results(), self.asked()
        self.assertLess(len(kept), 60)
        self.good("search", experiment, "--run", self.run_folder, "--resume", ranks=self.RANKS)
        self.assert_each_done_once(60)
        self.assertLessEqual(kept.items(), self.results().items())
        self.assertLessEqual(asked.items(), self.asked().items())

    def test_sigusr1(self):
        experiment = self.experiment()
        self.assertIn("SIGUSR1", self.stopped(experiment, send=signal.SIGUSR1))
        self.assertEqual(self.status()["state"], "stopped")
        self.goes_on(experiment)

    def test_the_time_limit(self):
        experiment = self.experiment(milliseconds=2000, grace=1)
        begin = time.monotonic()
        self.assertIn("the time limit", self.stopped(experiment, "--walltime", "30s"))
        self.assertLess(time.monotonic() - begin, 30)
        self.goes_on(experiment)

    def test_what_does_not_finish_within_the_grace_is_called_back(self):
        slow = gene_space.write_command_experiment(
            self.folder, evaluations=6, resources={"grace_seconds": 1}, arguments=["--milliseconds", 60000])
        process = self.start("search", slow, "--run", self.run_folder, ranks=self.RANKS)
        program.wait_until(lambda: self.study_exists() and len(self.asked()) >= 1, "a candidate")
        time.sleep(1)
        begin = time.monotonic()
        process.send_signal(signal.SIGUSR1)
        _, errors = process.communicate(timeout=program.PATIENCE_SECONDS)
        self.assertLess(time.monotonic() - begin, 20)
        self.assertEqual(process.returncode, CONTINUE, errors)
        self.assertIn("the grace period is over", errors)
        self.assertEqual(self.results(), {})

    def study_exists(self):
        return (self.run_folder / "study.db").exists()

    def test_a_limit_without_time_to_search_is_an_error(self):
        done = self.nas("search", self.experiment(), "--run", self.run_folder, "--walltime", "30s", ranks=self.RANKS)
        self.assertEqual(done.returncode, 1)
        self.assertIn("leaves no time to search", done.stderr)
        done = self.nas("search", self.experiment(), "--run", self.run_folder, "--walltime", "soon", ranks=self.RANKS)
        self.assertEqual(done.returncode, 1)
        self.assertIn("'soon' is no length of time", done.stderr)


if __name__ == "__main__":
    program.main()
