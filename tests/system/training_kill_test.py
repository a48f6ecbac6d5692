"""Deaths of nas-trainer processes, and of searches that train."""

import contextlib
import os
import signal
import time

import program
import tiny_training
from kill_rounds import KillRounds


class TrainerDeathTest(KillRounds):
    def trainers(self):
        """Process ids of the nas-trainer processes themselves, not of those that guard them."""
        found = []
        for process in self.processes("nas-trainer"):
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{process}/exe") == os.path.realpath(program.program("nas-trainer")):
                    found.append(process)
        return found

    def failure_count(self):
        return self.query("SELECT count(*) FROM nas_results WHERE failure_type NOT NULL")[0][0]

    def all_trainers_work(self, since):
        """Whether both have finished a candidate after the result `since`: one that still starts has none to lose."""
        workers = self.query("SELECT DISTINCT worker FROM nas_results WHERE told_index > ? AND failure_type IS NULL",
                             since)
        return len(workers) == 2

    def strike(self, number, since):
        """Sends the signal to a trainer at work and waits for the one failure that comes of it; returns its place."""
        program.wait_until(lambda: self.all_trainers_work(since), "results of both trainers")
        before = self.failure_count()
        while self.failure_count() == before:
            # A trainer that dies between two candidates costs none: then another one is struck.
            done = self.finished_count()
            time.sleep(0.1)
            os.kill(self.trainers()[0], number)
            program.wait_until(lambda: self.failure_count() > before or self.finished_count() > done + 4,
                               f"the failure that signal {number} makes")
        self.assertEqual(self.failure_count(), before + 1)
        return self.query("SELECT max(told_index) FROM nas_results WHERE failure_type NOT NULL")[0][0]

    def test_each_death_is_one_failure_and_the_search_goes_on(self):
        for ranks in (None, 3):
            with self.subTest(ranks=ranks):
                self.run_folder = self.folder / f"run{ranks}"
                experiment = tiny_training.write_experiment(self.folder, evaluations=24, epochs=80,
                                                            resources={"seconds_per_candidate": 10,
                                                                       "max_attempts": 1})
                process = self.start("search", experiment, "--run", self.run_folder, "--workers",
                                     2 if ranks is None else 1, ranks=ranks)
                program.wait_until(self.study_exists, "the study")
                since = -1
                for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP):
                    since = self.strike(number, since)
                _, errors = process.communicate(timeout=program.PATIENCE_SECONDS)
                self.assertEqual(process.returncode, 0, errors)
                self.assert_each_done_once(24)
                status = self.status()
                self.assertEqual((status["complete"], status["failures"]), (21, {"crashed": 2, "timed_out": 1}))
                messages = " ".join(text for (text,) in self.query(
                    "SELECT failure_message FROM nas_results WHERE failure_type NOT NULL"))
                for word in ("SIGKILL", "SIGSEGV", "seconds_per_candidate"):
                    self.assertIn(word, messages)

    def test_a_trainer_that_was_killed_costs_no_candidate(self):
        experiment = tiny_training.write_experiment(self.folder, evaluations=16, epochs=80)
        process = self.start("search", experiment, "--run", self.run_folder, "--workers", 2)
        program.wait_until(self.study_exists, "the study")
        program.wait_until(lambda: self.all_trainers_work(-1), "results of both trainers")
        retries = lambda: self.query("SELECT count(*) FROM nas_events WHERE kind = 'retry'")[0][0]
        while not retries() and process.poll() is None:
            time.sleep(0.1)
            os.kill(self.trainers()[0], signal.SIGKILL)
            done = self.finished_count()
            program.wait_until(lambda: retries() or self.finished_count() > done + 2, "the end of a trainer")
        _, errors = process.communicate(timeout=program.PATIENCE_SECONDS)
        self.assertEqual(process.returncode, 0, errors)
        self.assertIn("goes out again (attempt 2 of 3)", errors)
        self.assert_each_done_once(16)
        self.assertEqual(self.status()["failed"], 0)

    def test_sigkill_of_a_search_that_trains(self):
        experiment = tiny_training.write_experiment(self.folder, evaluations=24, epochs=12, algorithm="random")
        self.run_through_kills(experiment, 24, kills=3, seed=5, more=["--workers", 2])
        killed = {row["genotype"]: row["val_loss"] for row in self.trials()}
        self.run_folder = self.folder / "whole"
        self.good("search", experiment, "--run", self.run_folder, "--workers", 1)
        self.assertEqual({row["genotype"]: row["val_loss"] for row in self.trials()}, killed)

    def test_sigkill_of_ranks_that_train(self):
        experiment = tiny_training.write_experiment(self.folder, evaluations=24, epochs=12)
        self.run_through_kills(experiment, 24, kills=3, seed=6, victims=[0, 1, 2], ranks=3)

    def test_trainers_go_with_a_killed_search(self):
        experiment = tiny_training.write_experiment(self.folder, epochs=100000)
        for ranks in (None, 3):
            self.run_folder = self.folder / f"run{ranks}"
            process = self.start("search", experiment, "--run", self.run_folder, "--workers",
                                 2 if ranks is None else 1, ranks=ranks)
            program.wait_until(lambda: len(self.trainers()) == 2, "two trainers")
            program.wait_until(lambda: self.study_exists() and len(self.asked()) == 2, "two candidates")
            self.assertTrue(self.kill(process, None if ranks is None else 0))
            self.assert_no_process_is_left()


if __name__ == "__main__":
    program.main()
