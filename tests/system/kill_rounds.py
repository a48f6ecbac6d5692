"""Searches that are killed again and again at random moments, and what must hold afterwards."""

import os
import random
import signal
import subprocess
import time

import program


def rank_process(test, rank):
    """Process id of an MPI rank of `nas search` or `nas train`."""
    for process in test.processes(r"\bnas (search|train) "):
        try:
            with open(f"/proc/{process}/environ", "rb") as environment:
                if f"OMPI_COMM_WORLD_RANK={rank}".encode() in environment.read().split(b"\0"):
                    return process
        except OSError:
            continue
    return None


class KillRounds(program.SystemTest):
    def study_exists(self):
        return (self.run_folder / "study.db").exists()

    def start_or_resume(self, experiment, *more, ranks=None):
        begun = self.run_folder.exists() and any(self.run_folder.iterdir())
        return self.start("search", experiment, "--run", self.run_folder, *more, *(["--resume"] if begun else []),
                          ranks=ranks)

    def let_it_work(self, process, done_before, rng):
        """Waits for a random moment between the start and several more results."""
        if rng.random() < 0.25:
            time.sleep(rng.uniform(0, 0.2))
            return
        goal = done_before + rng.randrange(1, 8)
        program.wait_until(lambda: process.poll() is not None or self.finished_count() >= goal, f"{goal} results")
        time.sleep(rng.uniform(0, 0.03))

    def kill(self, process, victim):
        """`victim`: None for the started process itself, else the rank. False if it had ended before."""
        target = process.pid if victim is None else rank_process(self, victim)
        if target is None or process.poll() is not None:
            return False
        os.kill(target, signal.SIGKILL)
        if victim is not None:
            self.end_of_job(process)
        process.communicate(timeout=program.PATIENCE_SECONDS)
        return True

    def end_of_job(self, mpirun):
        """After a rank's death: all ranks and their children go by themselves, then mpirun does."""
        program.wait_until(lambda: not set(self.processes("")) - {mpirun.pid}, "the ranks to end",
                           program.ORPHAN_SECONDS)
        try:
            mpirun.wait(timeout=program.ORPHAN_SECONDS)
        except subprocess.TimeoutExpired:
            # Open MPI 4.1.4 can lock itself up in PMIx_server_finalize when a rank dies during MPI_Init.
            mpirun.kill()

    def run_through_kills(self, experiment, evaluations, kills, seed, victims=(None,), ranks=None, more=()):
        """Kills one of `victims` in each round, then lets the search end. Whatever was finished stays as it was."""
        rng = random.Random(seed)
        kept, killed_times = {}, 0
        for _ in range(kills):
            process = self.start_or_resume(experiment, *more, ranks=ranks)
            self.let_it_work(process, len(kept), rng)
            seen = self.results() if self.study_exists() else {}
            killed = self.kill(process, rng.choice(victims))
            killed_times += killed
            if killed:
                self.assertNotEqual(process.returncode, 0)
            process.communicate(timeout=program.PATIENCE_SECONDS)
            self.assert_no_process_is_left()
            after = self.results() if self.study_exists() else {}
            self.assertLessEqual(kept.items(), after.items(), "a result of an earlier start is lost or changed")
            self.assertLessEqual(seen.items(), after.items(), "a committed result is lost or changed")
            kept = after
        self.assertGreater(killed_times, 0, "every start had ended before it was to be killed")
        process = self.start_or_resume(experiment, *more, ranks=ranks)
        _, errors = process.communicate(timeout=program.PATIENCE_SECONDS)
        self.assertEqual(process.returncode, 0, errors)
        self.assert_each_done_once(evaluations)
        self.assertLessEqual(kept.items(), self.results().items(), "a finished evaluation was done again")
