"""Deaths in a search of one process with a command that is quick to answer: of the search, of the command."""

import os
import shlex
import signal
import subprocess
import time

import gene_space
import program
from kill_rounds import KillRounds


class KillTest(KillRounds):
    def test_sigkill_of_the_search_again_and_again(self):
        for round_number in range(program.rounds(short=2, full=15)):
            with self.subTest(round_number):
                self.run_folder = self.folder / f"run{round_number}"
                experiment = gene_space.write_command_experiment(
                    self.folder, evaluations=60, arguments=["--milliseconds", 40, "--child"])
                self.run_through_kills(experiment, 60, kills=5, seed=round_number, more=["--workers", 3])

    def test_what_was_killed_ends_like_what_was_not(self):
        experiment = gene_space.write_command_experiment(self.folder, arguments=["--milliseconds", 10],
                                                         algorithm="random")
        self.run_through_kills(experiment, 40, kills=3, seed=100, more=["--workers", 2])
        killed = [(row["id"], row["genotype"], row["score"], row["price"]) for row in self.trials()]
        self.run_folder = self.folder / "whole"
        self.good("search", experiment, "--run", self.run_folder, "--workers", 2)
        self.assertEqual([(row["id"], row["genotype"], row["score"], row["price"]) for row in self.trials()], killed)

    def test_children_and_their_children_go_with_the_search(self):
        experiment = gene_space.write_command_experiment(self.folder, arguments=["--milliseconds", 60000, "--child"])
        process = self.start("search", experiment, "--run", self.run_folder, "--workers", 2)
        program.wait_until(lambda: len(self.processes("time.sleep")) >= 2, "the children's children")
        process.kill()
        process.communicate()
        self.assert_no_process_is_left()

    def test_a_command_that_dies_is_one_failure_of_its_type(self):
        deaths = ["--die", 3, signal.SIGKILL.value, "--die", 7, signal.SIGSEGV.value, "--die", 8, signal.SIGSTOP.value]
        experiment = gene_space.write_command_experiment(self.folder, evaluations=20, arguments=deaths,
                                                         resources={"seconds_per_candidate": 1.0})
        done = self.nas("search", experiment, "--run", self.run_folder, "--workers", 2)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_each_done_once(20)
        status = self.status()
        self.assertEqual((status["complete"], status["failures"]), (17, {"crashed": 2, "timed_out": 1}))
        failures = {row["id"]: row["failure"] for row in self.trials() if row["state"] == "failed"}
        self.assertEqual(failures, {"3": "crashed", "7": "crashed", "8": "timed_out"})
        stored = self.query("SELECT number, failure_message, log_tail FROM nas_results WHERE failure_type NOT NULL")
        names = {3: "SIGKILL", 7: "SIGSEGV", 8: "seconds_per_candidate"}
        for number, message, tail in stored:
            self.assertIn(names[number], message)
            self.assertIn("about to end by signal", tail)
        self.assertIn("candidate 7 failed", done.stderr)

    def test_a_command_that_always_dies_does_not_end_the_search(self):
        experiment = gene_space.write_command_experiment(
            self.folder, evaluations=6,
            arguments=[word for number in range(6) for word in ("--die", number, signal.SIGKILL.value)])
        self.good("search", experiment, "--run", self.run_folder, "--workers", 2)
        self.assert_each_done_once(6)
        self.assertEqual(self.status()["failures"], {"crashed": 6})
        self.assertEqual(self.front(), [])


class InterruptTest(KillRounds):
    def interrupt(self, number=signal.SIGINT):
        """A search that Ctrl-C reached, with its children, as the terminal sends it; its output and errors."""
        self.experiment = gene_space.write_command_experiment(self.folder, arguments=["--milliseconds", 60])
        process = self.start("search", self.experiment, "--run", self.run_folder, "--workers", 2)
        program.wait_until(lambda: self.finished_count() >= 5, "5 results")
        os.killpg(process.pid, number)
        return process, *process.communicate(timeout=program.PATIENCE_SECONDS)

    def test_one_interrupt_stops_and_says_how_to_go_on(self):
        process, out, errors = self.interrupt()
        self.assertGreater(process.returncode, 0)
        self.assertEqual(out, "")
        last = errors.splitlines()[-1]
        self.assertIn("stopped with", last)
        status = self.status()
        self.assertEqual((status["state"], status["running"], status["failed"]), ("stopped", 0, 0),
                         "what ran was not waited for")
        self.assertLess(status["complete"], 40)
        command = shlex.split(last.partition("go on with: ")[2])
        done = subprocess.run(command, cwd=self.folder, env=self.environment(), capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stderr}")
        self.assert_each_done_once(40)

    def test_a_termination_is_an_interrupt(self):
        process, _, errors = self.interrupt(signal.SIGTERM)
        self.assertGreater(process.returncode, 0)
        self.assertIn("stopped with", errors)

    def test_a_second_interrupt_ends_at_once(self):
        experiment = gene_space.write_command_experiment(self.folder, arguments=["--milliseconds", 60000])
        process = self.start("search", experiment, "--run", self.run_folder, "--workers", 1)
        program.wait_until(lambda: self.processes("fake_trainer"), "the command")
        program.wait_until(self.study_exists, "the study")
        program.wait_until(lambda: self.asked(), "a candidate")
        while process.poll() is None:  # the first may come before the search listens
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.2)
        process.communicate()
        self.assert_no_process_is_left()
        self.assertEqual(self.status()["state"], "stopped")


if __name__ == "__main__":
    program.main()
