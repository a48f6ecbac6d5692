"""Ranks that hang (SIGSTOP) under mpirun: they lose what they held, the rest goes on, the job ends."""

import os
import signal

import gene_space
import program
from kill_rounds import KillRounds, rank_process

RANKS = 4


class HangMpiTest(KillRounds):
    def begin(self, evaluations=60, **resources):
        self.experiment = gene_space.write_command_experiment(
            self.folder, evaluations=evaluations, arguments=["--milliseconds", 100],
            resources={"seconds_of_silence": 2, **resources})
        process = self.start("search", self.experiment, "--run", self.run_folder, ranks=RANKS)
        program.wait_until(lambda: self.finished_count() >= 8, "8 results")
        return process

    def stop_rank(self, rank):
        victim = rank_process(self, rank)
        os.kill(victim, signal.SIGSTOP)
        return victim

    def worker_events(self):
        return [text for (text,) in self.query("SELECT text FROM nas_events WHERE kind = 'worker'")]

    def test_the_search_ends_without_a_hung_rank(self):
        process = self.begin()
        self.stop_rank(2)
        _, errors = process.communicate(timeout=program.PATIENCE_SECONDS)
        self.assertIn("rank 2 on ", errors)
        self.assertRegex("\n".join(self.worker_events()), "rank 2 on .* was silent for [23] s")
        self.assert_each_done_once(60)
        self.assertEqual(self.status()["failures"], {})
        self.assert_no_process_is_left()

    def test_a_rank_that_wakes_gets_work_again(self):
        process = self.begin(evaluations=80)  # it is not over before the rank wakes
        victim = self.stop_rank(1)
        program.wait_until(self.worker_events, "the silence to be noticed")
        os.kill(victim, signal.SIGCONT)
        _, errors = process.communicate(timeout=program.PATIENCE_SECONDS)
        self.assertEqual(process.returncode, 0, errors)
        self.assert_each_done_once(80)
        self.assertEqual(self.status()["failures"], {})


if __name__ == "__main__":
    program.main()
