"""nas train under mpirun: the processes of one training on several ranks, many networks side by side, deaths of ranks."""

import json
import os
import signal

import program
import tiny_training
from kill_rounds import rank_process

RECIPE = """architecture: {{space: tiny.yaml, network: "1,0,1"}}
data: {{set: idx, folder: images, train: 160, validation: 80}}
training: {{epochs: {epochs}, batch_size: 32, threads: 1, checkpoint_epochs: 5}}
parallel: {{processes: {processes}}}
resources: {{workers: {workers}}}
"""
RANKS = 3  # one coordinates, two train


class TrainMpiTest(program.SystemTest):
    def setUp(self):
        super().setUp()
        self.experiment = tiny_training.write_experiment(self.folder, evaluations=5, algorithm="random")
        self.final = self.folder / "final"

    def recipe(self, epochs=4, processes=2, workers="auto"):
        return self.write("final.yaml", RECIPE.format(epochs=epochs, processes=processes, workers=workers))

    def train(self, file, *words, ranks=None):
        return self.good("train", file, "--run", self.final, *words, ranks=ranks)

    def outcome(self):
        """What a training of one network left behind, but for times: result, curve, weights."""
        folder, = [path.parent for path in self.final.glob("*/result.json")]
        result = json.loads((folder / "result.json").read_text())
        for name in tiny_training.MEASURED:
            del result["metrics"][name]
        return result, (folder / "metrics.jsonl").read_text(), (folder / "weights.safetensors").read_bytes()

    def undisturbed(self, file):
        kept, self.final = self.final, self.folder / "undisturbed"
        self.train(file, "--set", "resources.workers=2")
        outcome, self.final = self.outcome(), kept
        return outcome

    def test_processes_on_two_ranks_train_as_two_of_one_rank(self):
        file = self.recipe()
        together = self.undisturbed(file)
        self.assertEqual([json.loads(line)["epoch"] for line in together[1].splitlines()], [1, 2, 3, 4])
        said = self.train(file, ranks=RANKS)
        self.assertRegex(said, r"network +params")
        self.assertEqual(self.outcome(), together)
        logs = sorted(path.name for path in (self.final / "logs").iterdir())
        self.assertEqual(logs, ["worker-1.0.log", "worker-2.0.log"])
        self.final = self.folder / "one_rank"
        self.train(file, "--set", "resources.workers=2", ranks=2)
        self.assertEqual(self.outcome(), together)
        self.final = self.folder / "all"
        self.train(file, "--set", "parallel.processes=all", ranks=RANKS)
        self.assertEqual(self.outcome(), together)

    def test_a_front_is_trained_side_by_side(self):
        self.good("search", self.experiment, "--run", self.run_folder, "--workers", 1)
        self.good("train", "--front", self.run_folder, "--run", self.final, ranks=RANKS)
        results = json.loads((self.final / "results.json").read_text())["networks"]
        members = json.loads(self.good("front", self.run_folder, "--json"))["front"]
        self.assertEqual([network["search"]["candidate"] for network in results], [row["id"] for row in members])
        self.assertTrue(all(network["metrics"] for network in results))

    def die_and_go_on(self, victim):
        file = self.recipe(epochs=60)
        process = self.start("train", file, "--run", self.final, ranks=RANKS)
        program.wait_until(lambda: list(self.final.glob("checkpoints/*/*.safetensors")), "a checkpoint")
        os.kill(rank_process(self, victim), signal.SIGKILL)
        process.communicate(timeout=program.PATIENCE_SECONDS)
        self.assertNotEqual(process.returncode, 0)
        self.assert_no_process_is_left()
        self.train(file, "--resume", ranks=RANKS)
        said = "".join(path.read_text() for path in (self.final / "logs").iterdir())
        self.assertIn("goes on from", said)
        self.assertEqual([json.loads(line)["epoch"] for line in self.outcome()[1].splitlines()], list(range(1, 61)))
        return file

    def test_a_rank_that_dies_ends_the_training_which_goes_on(self):
        file = self.die_and_go_on(victim=2)
        self.assertEqual(self.outcome(), self.undisturbed(file))

    def test_a_coordinator_that_dies_ends_the_training_which_goes_on(self):
        self.die_and_go_on(victim=0)

    def test_a_trainer_of_another_rank_that_dies_costs_what_came_after_the_last_checkpoint(self):
        file = self.recipe(epochs=60)
        process = self.start("train", file, "--run", self.final, ranks=RANKS)
        program.wait_until(lambda: list(self.final.glob("checkpoints/*/*.safetensors")), "a checkpoint")
        os.kill(self.processes(r"nas-trainer$")[0], signal.SIGKILL)
        _, said = process.communicate(timeout=program.PATIENCE_SECONDS)
        self.assertEqual(process.returncode, 0, said)
        self.assertIn("it goes on from its last checkpoint", said)
        self.assertEqual(self.outcome(), self.undisturbed(file))
        self.assertFalse(list(self.final.glob("checkpoints/*.processes-*")))

    def test_a_stop_keeps_a_checkpoint(self):
        file = self.recipe(epochs=100000)
        process = self.start("train", file, "--run", self.final, ranks=RANKS)
        program.wait_until(lambda: list(self.final.glob("*/metrics.jsonl")), "a curve")
        os.kill(rank_process(self, 0), signal.SIGUSR1)
        _, said = process.communicate(timeout=program.PATIENCE_SECONDS)
        self.assertEqual(process.returncode, 75, said)
        self.assertIn(f"mpirun -n {RANKS} nas train {file} --run {self.final} --resume", said)
        self.assertTrue(list(self.final.glob("checkpoints/*/*.safetensors")))

    def test_what_is_wrong_ends_all_ranks(self):
        done = self.nas("train", self.recipe(processes=3), "--run", self.final, ranks=RANKS)
        self.assertEqual(done.returncode, 1)
        self.assertIn("3 processes train one network, there are 2 slots for them (a GPU or a core each; 0 on rank 0 ",
                      done.stderr)
        self.assertFalse(self.final.exists())
        done = self.nas("train", self.recipe(), "--run", self.final, "--set", "network.interface=nowhere", ranks=RANKS)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("has no interface 'nowhere'", done.stderr)
        checked = self.good("train", self.recipe(), "--check", ranks=RANKS)
        self.assertEqual(checked, self.good("train", self.recipe(), "--check"))


if __name__ == "__main__":
    program.main()
