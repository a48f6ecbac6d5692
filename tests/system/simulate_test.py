"""nas simulate: a search on workers that are not there."""

import json

import gene_space
import program


class SimulateTest(program.SystemTest):
    def report(self, *more):
        experiment = gene_space.write_command_experiment(self.folder, evaluations=60)
        report = json.loads(self.good("simulate", experiment, "--json", *more))
        for real in ("wall_seconds", "coordinator_seconds_per_result", "peak_memory_bytes"):
            self.assertGreaterEqual(report.pop(real), 0)
        return report

    def test_fixed_times(self):
        report = self.report("--workers", 10, "--seconds-per-candidate", "10m")
        self.assertEqual((report["results"], report["failed"], report["retries"]), (60, 0, 0))
        self.assertAlmostEqual(report["seconds_until_all_handed_out"], 5 * 600, delta=5)
        self.assertAlmostEqual(report["seconds_of_drain"], 600, delta=5)
        self.assertGreater(report["utilisation_until_all_handed_out"], 0.99)

    def test_the_same_seed_gives_the_same_answer(self):
        words = ["--workers", 7, "--seconds-per-candidate", "lognormal:600:0.8", "--worker-mtbf", "10h"]
        first = self.report(*words)
        self.assertEqual(first, self.report(*words))
        self.assertNotEqual(first, self.report(*words, "--seed", 2))

    def test_the_real_store(self):
        self.report("--workers", 10, "--store", self.run_folder)
        self.assertEqual(len(self.results()), 60)

    def test_mistakes(self):
        experiment = gene_space.write_command_experiment(self.folder)
        for words, answer in [
            (["--workers", 0], "--workers: expected an integer, 1 to 1000000, got 0"),
            (["--seconds-per-candidate", "uniform:1:2"], "'uniform:1:2' is no law"),
            (["--seconds-per-candidate", "lognormal:600"], "'lognormal:600' is no law"),
            (["--worker-mtbf", "-5"], "--worker-mtbf: '-5' is no length of time"),
            (["--latency-ms", -1], "--latency-ms takes 0 to 1e6"),
        ]:
            with self.subTest(words):
                done = self.nas("simulate", experiment, *[f"{words[0]}={words[1]}"])
                self.assertEqual(done.returncode, 1)
                self.assertIn(answer, done.stderr)


if __name__ == "__main__":
    program.main()
