"""nas train: full trainings of found and named architectures, judged by the test part, exported with their weights."""

import json
import os
import signal

import program
import tiny_training


class TrainTest(program.SystemTest):
    def setUp(self):
        super().setUp()
        self.experiment = tiny_training.write_experiment(self.folder, evaluations=5, algorithm="random")
        for kind in ("images-idx3", "labels-idx1"):
            # The records that were trained on, as a test part: its metrics are those of nearly all of them.
            data = (self.folder / "images" / f"train-{kind}-ubyte.gz").read_bytes()
            (self.folder / "images" / f"t10k-{kind}-ubyte.gz").write_bytes(data)
        self.final = self.folder / "final"

    def search(self):
        self.good("search", self.experiment, "--run", self.run_folder, "--workers", 1)

    def write(self, text, name="final.yaml"):
        (self.folder / name).write_text(text)
        return self.folder / name

    def train(self, *words):
        return self.good("train", *words, "--run", self.final)

    def result(self, name):
        return json.loads((self.final / name / "result.json").read_text())

    def curve(self, name):
        return [json.loads(line) for line in (self.final / name / "metrics.jsonl").read_text().splitlines()]

    def refused(self, *words):
        done = self.nas("train", *words)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertNotIn("\n", done.stderr.strip())
        return done.stderr

    def test_a_candidate_is_trained_on(self):
        self.search()
        file = self.write("architecture: {run: run, candidate: 2}\ntraining: {epochs: 6}\n")
        checked = self.good("train", file, "--check")
        self.assertIn("candidate-2: ", checked)
        self.assertIn("6 epochs on 160 records, 80 for validation, 240 for the test", checked)
        self.assertFalse(self.final.exists())
        table = self.train(file)
        self.assertRegex(table, r"network +params +MACs +search val_accuracy +epochs +val_accuracy +test_accuracy\n"
                                r"candidate-2 ")
        result = self.result("candidate-2")
        self.assertEqual([point["epoch"] for point in self.curve("candidate-2")], [1, 2, 3, 4, 5, 6])
        for name, value in self.curve("candidate-2")[-1].items():
            if name != "epoch":
                self.assertEqual(result["metrics"][name], value)
        # 240 records in the test part, a third of them the validation part.
        judged = round(240 * result["metrics"]["test_accuracy"])
        validated = round(80 * result["metrics"]["val_accuracy"])
        self.assertTrue(validated <= judged <= validated + 160)
        model = self.final / "candidate-2" / "model"
        card = (model / "model_card.md").read_text()
        self.assertIn("Of a full training (6 epochs, seed 1)", card)
        self.assertIn("standard error of 240 test examples", card)
        self.assertFalse((self.final / "checkpoints" / "candidate-2").exists())
        again = self.folder / "again"
        self.good("export", "--from", model / "architecture.yaml", "--weights", model / "model.safetensors", "--to",
                  again, "--no-verify")
        self.assertEqual((again / "model.safetensors").read_bytes(), (model / "model.safetensors").read_bytes())

    def test_the_front_against_the_search(self):
        self.search()
        table = self.good("train", "--front", self.run_folder, "--set", "training.epochs=4")
        members = [row["id"] for row in json.loads(self.good("front", self.run_folder, "--json"))["front"]]
        results = json.loads((self.run_folder / "train" / "results.json").read_text())
        self.assertEqual([network["search"]["candidate"] for network in results["networks"]], members)
        self.assertEqual({network["epochs"] for network in results["networks"]}, {4})
        self.assertEqual("Spearman" in table, "proxy" in results)
        for member in members:
            self.assertTrue((self.run_folder / "train" / f"candidate-{member}" / "model" / "model.py").exists())

    def test_scaled_and_on_other_data(self):
        self.write(tiny_training.SPACE.replace("parameters: {", "parameters: {width: 1, ")
                   .replace("[4, 6, 8]", '["${4 * width}", "${6 * width}"]'), "wide.yaml")
        data = "data: {set: idx, folder: images, train: 160, validation: 80}\n"
        file = self.write('architecture: {space: wide.yaml, network: "1,0,1"}\nparameters: {width: 3}\n' + data +
                          "training: {epochs: 1, threads: 1}\nseed: 5\n")
        self.train(file)
        name, = [path.name for path in self.final.iterdir() if (path / "model").exists()]
        self.assertIn("Conv2d(1, 18,", (self.final / name / "model" / "model.py").read_text())
        exported = self.final / name / "model" / "architecture.yaml"
        self.final = self.folder / "from_export"
        self.train(self.write(f"architecture: {exported}\nparameters: {{width: 2}}\n{data}training: {{epochs: 1}}\n"))
        self.assertIn("Conv2d(1, 12,", (self.final / name / "model" / "model.py").read_text())

    def test_a_kill_changes_nothing(self):
        self.search()
        file = self.write("architecture: {run: run, candidate: 1}\n"
                          "training: {epochs: 150, threads: 1, checkpoint_epochs: 20}\n")
        process = self.start("train", file, "--run", self.final)
        checkpoints = self.final / "checkpoints" / "candidate-1"
        program.wait_until(lambda: list(checkpoints.glob("*.safetensors")), "a checkpoint")
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=program.PATIENCE_SECONDS)
        self.assert_no_process_is_left()
        self.assertIn("holds a training, --resume", self.refused(file, "--run", self.final))
        self.assertIn("training/epochs", self.refused(file, "--run", self.final, "--resume", "--set",
                                                      "training.epochs=99"))
        self.train(file, "--resume")
        self.assertIn("goes on from", "".join(path.read_text() for path in (self.final / "logs").iterdir()))
        killed, curve = self.result("candidate-1"), self.curve("candidate-1")
        killed_model = (self.final / "candidate-1" / "weights.safetensors").read_bytes()
        self.final = self.folder / "whole"
        self.train(file)
        whole = self.result("candidate-1")
        for name in tiny_training.MEASURED:
            del whole["metrics"][name], killed["metrics"][name]
        self.assertEqual((whole, self.curve("candidate-1")), (killed, curve))
        self.assertEqual((self.final / "candidate-1" / "weights.safetensors").read_bytes(), killed_model)

    def test_several_processes_train_one_network(self):
        self.search()
        recipe = "architecture: {run: run, candidate: 1}\ntraining: {epochs: 3, threads: 1}\n"
        self.train(self.write(recipe))
        alone = self.result("candidate-1")["metrics"]
        self.final = self.folder / "together"
        self.train(self.write(recipe + "parallel: {processes: 2}\nresources: {workers: 2}\n"))
        together = self.result("candidate-1")["metrics"]
        for name in ("train_loss", "val_loss", "test_loss"):
            self.assertLessEqual(abs(together[name] - alone[name]), 1e-5 * alone[name], name)
        self.assertIn("2 processes for a batch of 3", self.refused(self.write(
            recipe.replace("epochs: 3", "epochs: 3, batch_size: 3") + "parallel: {processes: 2}\n")))
        self.assertIn("there are 1 slots", self.refused(self.write(
            recipe + "parallel: {processes: 2}\nresources: {workers: 1}\n"), "--run", self.folder / "few"))

    def test_a_process_that_dies_costs_what_came_after_the_last_checkpoint(self):
        self.search()
        file = self.write("architecture: {run: run, candidate: 1}\nresources: {workers: 2}\n"
                          "training: {epochs: 60, threads: 1, checkpoint_epochs: 5}\nparallel: {processes: 2}\n")
        process = self.start("train", file, "--run", self.final)
        program.wait_until(lambda: list((self.final / "checkpoints" / "candidate-1").glob("*.safetensors")), "a checkpoint")
        victim = next(iter(self.processes(r"nas-trainer$")))
        os.kill(victim, signal.SIGKILL)
        _, said = process.communicate(timeout=program.PATIENCE_SECONDS)
        self.assertEqual(process.returncode, 0, said)
        self.assertIn("it goes on from its last checkpoint", said)
        self.assertEqual([point["epoch"] for point in self.curve("candidate-1")], list(range(1, 61)))

    def test_a_signal_stops_it_to_be_continued(self):
        self.search()
        file = self.write("architecture: {run: run, best: val_accuracy}\nresources: {grace_seconds: 1}\n"
                          "training: {epochs: 100000, threads: 1}\n")
        process = self.start("train", file, "--run", self.final)
        program.wait_until(lambda: list(self.final.glob("candidate-*/metrics.jsonl")), "a curve")
        os.kill(process.pid, signal.SIGTERM)
        _, said = process.communicate(timeout=program.PATIENCE_SECONDS)
        self.assertEqual(process.returncode, 75, said)
        self.assertIn(f"nas train {file} --run {self.final} --resume", said)
        self.assertEqual(len(list(self.final.glob("checkpoints/candidate-*/epoch-*.safetensors"))), 1, "on request")

    def test_the_time_limit_stops_it(self):
        self.search()
        file = self.write("architecture: {run: run, candidate: 1}\nresources: {grace_seconds: 30}\n"
                          "training: {epochs: 100000, threads: 1}\n")
        self.assertIn("--walltime of 45 s leaves no time to train", self.refused(file, "--walltime", "45"))
        self.assertFalse(self.final.exists())
        done = self.nas("train", file, "--run", self.final, "--walltime", "46")
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertIn(f"the time limit: stopped, go on with: nas train {file} --run {self.final} --resume", done.stderr)

    def test_a_network_that_fails_is_a_row(self):
        self.search()
        words = ["--front", self.run_folder, "--run", self.final, "--set", "training.learning_rate=1e30"]
        done = self.nas("train", *words)
        self.assertEqual(done.returncode, 1)
        self.assertIn("failed: diverged", done.stdout)
        self.assertIn("no network could be trained", done.stderr)

    def test_what_is_wrong_is_said_before(self):
        data = "data: {set: idx, folder: images, train: 160, validation: 80}\n"
        self.assertIn("Give a training FILE.yaml", self.refused())
        self.assertIn("architecture: missing", self.refused(self.write(data)))
        self.assertIn("did you mean 'resnet18'", self.refused(self.write("architecture: resnet17x\n" + data)))
        self.assertIn("unknown key", self.refused(self.write("architecture: resnet18\ntrainin: {}\n")))
        self.assertIn("say which", self.refused(self.write("architecture: {run: run}\n")))
        self.assertIn("nowhere", self.refused(self.write("architecture: {run: nowhere, candidate: 1}\n")))
        self.search()
        self.assertIn("has no candidate 17", self.refused(self.write("architecture: {run: run, candidate: 17}\n")))
        self.assertIn("'width'", self.refused(self.write("architecture: {run: run, candidate: 1}\n"
                                                         "parameters: {width: 2}\n")))
        (self.folder / "images" / "t10k-labels-idx1-ubyte.gz").unlink()
        said = self.good("train", self.write("architecture: {run: run, candidate: 1}\n"), "--check")
        self.assertIn("no test part: ", said)
        self.final.mkdir()
        (self.final / "thesis.tex").write_text("years of work")
        self.assertIn("is no empty directory",
                      self.refused(self.write("architecture: {run: run, candidate: 1}\n"), "--run", self.final))


if __name__ == "__main__":
    program.main()
