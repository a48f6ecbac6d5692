"""Deaths of ranks under an MPI that tells of them (ULFM): the search goes on."""

import os
import signal
import time

import gene_space
import program
from kill_rounds import KillRounds, rank_process

WORKERS = 3
RANKS = 1 + WORKERS
NOTICED_SECONDS = 0.5


def mpirun(ranks):
    return [program._options.mpirun, "--with-ft", "ulfm", "--map-by", ":OVERSUBSCRIBE", "--bind-to", "none", "-n",
            str(ranks)]


program.mpirun = mpirun


class UlfmTest(KillRounds):
    def begin(self, evaluations=60, milliseconds=100, done=8, **keys):
        self.evaluations = evaluations
        self.experiment = gene_space.write_command_experiment(
            self.folder, evaluations=evaluations, arguments=["--milliseconds", milliseconds, "--child"], **keys)
        process = self.start("search", self.experiment, "--run", self.run_folder, ranks=RANKS)
        program.wait_until(lambda: process.poll() is not None or self.finished_count() >= done, f"{done} results")
        return process

    def kill_rank(self, rank):
        """When it was killed."""
        victim = rank_process(self, rank)
        self.assertIsNotNone(victim)
        os.kill(victim, signal.SIGKILL)
        return time.time()

    def assert_search_ends_well(self, process):
        _, errors = process.communicate(timeout=program.PATIENCE_SECONDS)
        self.assertEqual(process.returncode, 0, errors)
        self.assert_each_done_once(self.evaluations)
        self.assert_no_process_is_left()
        return errors

    def assert_noticed(self, rank, killed_at):
        rows = self.query("SELECT time, text FROM nas_events WHERE kind = 'worker' AND text LIKE ?",
                          f"rank {rank} on % has died; it held%")
        self.assertEqual(len(rows), 1, self.query("SELECT * FROM nas_events"))
        self.assertLess(rows[0][0] - killed_at, NOTICED_SECONDS)

    def test_version_names_it(self):
        self.assertIn(" with ULFM", self.good("version"))

    def test_the_search_goes_on_without_a_killed_rank(self):
        process = self.begin()
        killed_at = self.kill_rank(2)
        errors = self.assert_search_ends_well(process)
        self.assertIn("rank 2 on ", errors)
        self.assert_noticed(2, killed_at)
        self.assertEqual(self.status()["failures"], {})

    def test_the_last_worker_finishes_alone(self):
        process = self.begin()
        first = self.kill_rank(1)
        second = self.kill_rank(3)
        self.assert_search_ends_well(process)
        self.assert_noticed(1, first)
        self.assert_noticed(3, second)

    def test_without_any_worker_it_ends_and_goes_on_with_resume(self):
        process = self.begin()
        for rank in range(1, RANKS):
            self.kill_rank(rank)
        # Not by mpirun's exit code: Open MPI 5.0.10 gives 0 for MPI_Abort once a rank has been lost.
        _, errors = process.communicate(timeout=program.PATIENCE_SECONDS)
        self.assertIn("no worker is left", errors)
        self.assertLess(self.finished_count(), self.evaluations)
        self.assert_no_process_is_left()
        self.good("search", self.experiment, "--run", self.run_folder, "--resume", ranks=2)
        self.assert_each_done_once(self.evaluations)

    def test_nobody_outlives_the_coordinator(self):
        process = self.begin(milliseconds=20000, done=0)
        program.wait_until(lambda: len(self.processes("time.sleep")) >= WORKERS, "the children's children")
        self.kill_rank(0)
        self.assert_no_process_is_left()
        process.communicate()
        self.assertNotEqual(process.returncode, 0)


if __name__ == "__main__":
    program.main()
