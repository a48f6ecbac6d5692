"""Random SIGKILLs and SIGSTOPs over mpirun, ranks and trainers, each search brought to its end with --resume.

NAS_FAULTS=N: so many faults, a few without it.
"""

import contextlib
import os
import random
import signal
import time

import gene_space
import program
from kill_rounds import KillRounds, rank_process

RANKS = 3
EVALUATIONS = 60
FAULTS_OF_A_SEARCH = 12
ALL_FAULTS = int(os.environ.get("NAS_FAULTS", 8))


class FaultRounds(KillRounds):
    def experiment(self):
        return gene_space.write_command_experiment(
            self.folder, evaluations=EVALUATIONS, algorithm="random", arguments=["--milliseconds", 60],
            resources={"seconds_of_silence": 2, "seconds_per_candidate": 1.0, "max_attempts": 100,
                       "retry": ["crashed", "worker_lost", "timed_out"]})

    def outcome(self):
        return {row["id"]: (row["genotype"], row["score"], row["price"], row["state"]) for row in self.trials()}

    def victim(self, process, rng):
        """(what it is, process id or None)."""
        what = rng.choice(["mpirun", "coordinator", "rank", "rank", "trainer", "trainer"])
        if what == "mpirun":
            return what, process.pid
        if what == "trainer":
            trainers = self.processes(r"^\S*python\S* \S*fake_trainer.py")
            return what, rng.choice(trainers) if trainers else None
        return what, rank_process(self, 0 if what == "coordinator" else rng.randrange(1, RANKS))

    def wake(self, target):
        with contextlib.suppress(ProcessLookupError):
            os.kill(target, signal.SIGCONT)

    def inject(self, process, rng):
        """One fault; None if there was nobody to have it, else its name."""
        what, target = self.victim(process, rng)
        number = rng.choice([signal.SIGKILL, signal.SIGSTOP])
        if target is None or process.poll() is not None:
            return None
        try:
            os.kill(target, number)
        except ProcessLookupError:
            return None
        if number == signal.SIGSTOP:
            # Nobody notices that these hang but a person, who would wake or kill them.
            if what in ("mpirun", "coordinator") or rng.random() < 0.3:
                time.sleep(rng.uniform(0, 1))
                self.wake(target)
        elif what != "trainer":
            self.end_of_job(process)
        return f"{number.name} {what}"

    def starts(self):
        """How often the run's search has begun, all ranks there."""
        if not self.study_exists():
            return 0
        return self.query("SELECT count(*) FROM nas_events WHERE kind = 'rank'")[0][0]

    def search_with_faults(self, experiment, most, rng):
        """Names of the faults that a whole search had."""
        faults, kept = [], {}
        while True:
            before = self.starts()
            process = self.start_or_resume(experiment, ranks=RANKS)
            # Who hangs while MPI starts hangs all of it, before any code of ours.
            program.wait_until(lambda: process.poll() is not None or self.starts() > before, "the search to begin")
            while process.poll() is None and len(faults) < most and self.finished_count() < EVALUATIONS:
                self.let_it_work(process, self.finished_count(), rng)
                fault = self.inject(process, rng)
                faults += [fault] if fault else []
            _, errors = process.communicate(timeout=program.PATIENCE_SECONDS)
            self.assert_no_process_is_left()
            after = self.results() if self.study_exists() else {}
            self.assertLessEqual(kept.items(), after.items(), f"a result is lost or changed: {faults}")
            kept = after
            if self.study_exists() and self.status()["state"] == "finished":
                return faults
            self.assertTrue(faults, errors)

    def test_every_result_is_that_of_an_undisturbed_search(self):
        experiment = self.experiment()
        self.good("search", experiment, "--run", self.run_folder, "--workers", 2)
        undisturbed = self.outcome()
        seed, faults = 0, []
        while len(faults) < ALL_FAULTS:
            self.run_folder = self.folder / f"run{seed}"
            faults += self.search_with_faults(experiment, min(FAULTS_OF_A_SEARCH, ALL_FAULTS - len(faults)),
                                              random.Random(seed))
            self.assert_each_done_once(EVALUATIONS)
            self.assertEqual(self.outcome(), undisturbed, f"seed {seed}: {faults[-FAULTS_OF_A_SEARCH:]}")
            seed += 1
        print(f"{len(faults)} faults in {seed} searches: "
              + ", ".join(f"{faults.count(name)} {name}" for name in sorted(set(faults))))


if __name__ == "__main__":
    program.main()
