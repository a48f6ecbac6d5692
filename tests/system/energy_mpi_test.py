"""A rank whose machine has not the run's source of figures of energy says so before anything is trained."""

import os

import program
import tiny_training


class EnergyMpiTest(program.SystemTest):
    def environment(self):
        return {**super().environment(), "NAS_POWERCAP": str(self.folder / "nowhere")}

    def test_a_rank_without_the_source(self):
        file = tiny_training.write_experiment(self.folder, evaluations=2, epochs=1)
        out = self.nas("search", file, "--run", self.run_folder, "--set", "training.energy=rapl", ranks=2)
        self.assertNotEqual(out.returncode, 0)
        self.assertIn(f"training.energy: rapl, but {os.uname().nodename} can't have it", out.stderr)
        self.assertEqual(self.finished_count(), 0)


if __name__ == "__main__":
    program.main()
