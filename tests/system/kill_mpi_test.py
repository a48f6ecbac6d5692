"""Deaths of ranks under mpirun: the job ends, nothing finished is lost or done twice, nobody is left behind."""

import os
import signal

import gene_space
import program
from kill_rounds import KillRounds, rank_process

RANKS = 3


class KillMpiTest(KillRounds):
    def experiment(self, milliseconds=40, **keys):
        return gene_space.write_command_experiment(self.folder, evaluations=60, **keys,
                                                   arguments=["--milliseconds", milliseconds, "--child"])

    def through_kills(self, victims, seed):
        for round_number in range(program.rounds(short=1, full=8)):
            with self.subTest(round_number):
                self.run_folder = self.folder / f"run{round_number}"
                self.run_through_kills(self.experiment(), 60, kills=4, seed=seed + round_number, victims=victims,
                                       ranks=RANKS)

    def test_sigkill_of_the_coordinator(self):
        self.through_kills(victims=[0], seed=1)

    def test_sigkill_of_a_worker_rank(self):
        self.through_kills(victims=[1, 2], seed=2)

    def test_sigkill_of_mpirun_or_any_rank(self):
        self.through_kills(victims=[None, 0, 1, 2], seed=3)

    def test_children_and_their_children_go_with_a_killed_coordinator(self):
        process = self.start("search", self.experiment(60000), "--run", self.run_folder, ranks=RANKS)
        program.wait_until(lambda: len(self.processes("time.sleep")) >= RANKS - 1, "the children's children")
        os.kill(rank_process(self, 0), signal.SIGKILL)
        self.assert_no_process_is_left()
        process.communicate()
        self.assertNotEqual(process.returncode, 0)

    def test_a_job_killed_with_four_ranks_goes_on_with_one_process(self):
        experiment = self.experiment()
        process = self.start("search", experiment, "--run", self.run_folder, ranks=4)
        program.wait_until(lambda: self.finished_count() >= 10, "10 results")
        os.kill(rank_process(self, 0), signal.SIGKILL)
        process.communicate()
        self.assert_no_process_is_left()
        kept, asked = self.results(), self.asked()
        self.good("search", experiment, "--run", self.run_folder, "--resume", "--workers", 1)
        self.assert_each_done_once(60)
        self.assertLessEqual(kept.items(), self.results().items())
        self.assertLessEqual(asked.items(), self.asked().items())

    def test_an_interrupted_job_goes_on(self):
        # mpirun passes SIGINT on as SIGTERM and kills the ranks a second later.
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                self.run_folder = self.folder / str(number)
                experiment = self.experiment()
                process = self.start("search", experiment, "--run", self.run_folder, ranks=RANKS)
                program.wait_until(lambda: self.finished_count() >= 5, "5 results")
                process.send_signal(number)
                process.communicate(timeout=program.PATIENCE_SECONDS)
                self.assertNotEqual(process.returncode, 0)
                self.assert_no_process_is_left()
                kept = self.results()
                self.good("search", experiment, "--run", self.run_folder, "--resume", ranks=RANKS)
                self.assert_each_done_once(60)
                self.assertLessEqual(kept.items(), self.results().items())

    def test_failures_at_a_worker_rank_are_typed(self):
        experiment = gene_space.write_command_experiment(
            self.folder, evaluations=20, resources={"seconds_per_candidate": 1.0},
            arguments=["--die", 3, signal.SIGKILL.value, "--die", 7, signal.SIGSEGV.value, "--die", 8,
                       signal.SIGSTOP.value])
        done = self.nas("search", experiment, "--run", self.run_folder, ranks=RANKS)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_each_done_once(20)
        self.assertEqual(self.status()["failures"], {"crashed": 2, "timed_out": 1})
        tails = self.query("SELECT log_tail FROM nas_results WHERE failure_type NOT NULL")
        self.assertEqual(["about to end by signal" in tail for (tail,) in tails], [True] * 3)


if __name__ == "__main__":
    program.main()
