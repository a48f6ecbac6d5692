"""A search in jobs of a real Slurm that are each too short for it: the script submits itself until all is done."""

import subprocess

import gene_space
import one_machine_slurm
import program

SECONDS_FOR_ALL_JOBS = 600


class SlurmTest(program.SystemTest):
    def run_jobs(self, experiment, *more):
        """Submits the script of nas slurm; the logs of all jobs once none is left."""
        script = self.good("slurm", experiment, "--time", "0:03:00", "--run", self.run_folder, *more)
        job = self.write("job.sh", script)
        with one_machine_slurm.OneMachineSlurm() as slurm:
            environment = {**self.environment(), "SLURM_CONF": slurm.environment["SLURM_CONF"]}
            subprocess.run(["sbatch", str(job)], env=environment, cwd=self.folder, check=True, capture_output=True)
            program.wait_until(lambda: not slurm.jobs(), "all jobs", SECONDS_FOR_ALL_JOBS)
        return [log.read_text() for log in sorted(self.folder.glob("*.log"))]

    def assert_finished(self, logs, evaluations):
        self.assertIn("the search is finished, 0 candidates to go", logs[-1])
        self.assert_each_done_once(evaluations)
        self.assertEqual((self.status()["state"], self.status()["failed"]), ("finished", 0))

    def test_a_search_over_several_jobs(self):
        # Slurm sends its signal up to a minute early: each job of three minutes searches one to two.
        experiment = gene_space.write_command_experiment(
            self.folder, evaluations=75, resources={"grace_seconds": 5}, arguments=["--milliseconds", 4000])
        logs = self.run_jobs(experiment)
        self.assertGreaterEqual(len(logs), 2, "\n".join(logs))
        self.assertIn("SIGUSR1: stopping", logs[0])
        self.assert_finished(logs, 75)

    def test_ranks_that_srun_starts(self):
        experiment = gene_space.write_command_experiment(
            self.folder, evaluations=12, resources={"grace_seconds": 5}, arguments=["--milliseconds", 500])
        logs = self.run_jobs(experiment, "--srun")
        self.assertEqual(len(logs), 1)
        self.assert_finished(logs, 12)


if __name__ == "__main__":
    if not one_machine_slurm.is_possible():
        raise SystemExit("slurm_test needs root and Debian's slurm-wlm and munge")
    program.main()
