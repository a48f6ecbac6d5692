"""The batch script of nas slurm, as text; slurm_test.py runs it."""

import subprocess

import gene_space
import program


class SlurmScriptTest(program.SystemTest):
    def test_the_script(self):
        folder = self.folder / "it's a folder"
        folder.mkdir()
        experiment = gene_space.write_command_experiment(folder, resources={"grace_seconds": 100})
        script = self.good("slurm", experiment, "--nodes", 16, "--gpus-per-node", 4, "--time", "2:00:00", "--run",
                           folder / "run", "--set", "seed=7", "--sbatch=--partition=gpu", "--sbatch=--account=me")
        for line in ("#SBATCH --nodes=16", "#SBATCH --gpus-per-node=4", "#SBATCH --time=2:00:00",
                     "#SBATCH --signal=B:USR1@160", "#SBATCH --partition=gpu", "#SBATCH --account=me"):
            self.assertIn(line + "\n", script)
        self.assertIn("--set 'seed=7'", script)
        self.assertIn("it'\\''s a folder", script)
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)

    def test_mistakes(self):
        experiment = gene_space.write_command_experiment(self.folder)
        for words, answer in [
            (["--time", "0:02:00"], "leaves no time to search"),
            (["--time", "90"], "write hours:minutes:seconds"),
            (["--time", "two:hours"], "is no length of time"),
            (["--nodes=0"], "--nodes: expected an integer, 1 to"),
            (["--set", "sead=7"], "did you mean 'seed'"),
        ]:
            with self.subTest(words):
                done = self.nas("slurm", experiment, *words)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(answer, done.stderr)


if __name__ == "__main__":
    program.main()
