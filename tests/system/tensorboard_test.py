"""Learning curves as TensorBoard reads them: of a search's candidates, also after a kill, and of full trainings.

Needs the package tensorboard (requirements-test.txt).
"""

import json
import signal
import struct

import program
import tiny_training
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2


def float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


class TensorboardTest(program.SystemTest):
    def read(self, folder):
        """({tag: [(step, value), ...]}, the accumulator) of the one event file there."""
        files = [path.name for path in folder.iterdir()]
        self.assertEqual(len(files), 1, files)
        events = EventAccumulator(str(folder))
        events.Reload()
        return {tag: [(point.step, point.value) for point in events.Scalars(tag)]
                for tag in events.Tags()["scalars"]}, events

    def hyperparameters(self, events, tag):
        metadata = events.SummaryMetadata(f"_hparams_/{tag}")
        self.assertEqual(metadata.plugin_data.plugin_name, "hparams")
        return plugin_data_pb2.HParamsPluginData.FromString(metadata.plugin_data.content)

    def curves(self):
        return {number: json.loads(points) for number, points in self.query("SELECT number, points FROM nas_curves")}

    def choices(self, number):
        """{gene: option}, from Optuna's tables."""
        rows = self.query("SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id = ?",
                          number + 1)
        return {name: json.loads(distribution)["attributes"]["choices"][int(value)]
                for name, value, distribution in rows}

    def check_candidates(self, evaluations):
        curves, rows = self.curves(), {int(row["id"]): row for row in self.trials()}
        folders = sorted((self.run_folder / "tensorboard").iterdir())
        self.assertEqual(sorted(int(path.name) for path in folders), list(range(evaluations)))
        for folder in folders:
            number = int(folder.name)
            scalars, events = self.read(folder)
            for name in ("train_loss", "val_accuracy", "val_loss"):
                self.assertEqual(scalars[name], [(epoch, float32(metrics[name])) for epoch, metrics in curves[number]])
            self.assertEqual(scalars["final/macs"], [(2, float32(float(rows[number]["macs"])))])
            self.assertGreater(scalars["learning_rate"][0][1], scalars["learning_rate"][1][1])
            start = self.hyperparameters(events, "session_start_info").session_start_info
            chosen = {name: value.number_value or value.string_value for name, value in start.hparams.items()}
            self.assertEqual(chosen, self.choices(number))
            end = self.hyperparameters(events, "session_end_info").session_end_info
            self.assertEqual(end.status, api_pb2.STATUS_SUCCESS)

    def test_candidates_of_a_search_that_was_killed(self):
        experiment = tiny_training.write_experiment(self.folder, evaluations=6, algorithm="random",
                                                    log={"tensorboard": True})
        words = ["search", experiment, "--run", self.run_folder, "--workers", 1]
        process = self.start(*words)
        program.wait_until(lambda: list(self.run_folder.glob("tensorboard/2/events*")), "a curve")
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=program.PATIENCE_SECONDS)
        next(self.run_folder.glob("tensorboard/1/events*")).unlink()
        self.good(*words, "--resume")
        self.check_candidates(6)

    def test_it_may_begin_with_a_resumption(self):
        experiment = tiny_training.write_experiment(self.folder, evaluations=2, algorithm="random")
        words = ["search", experiment, "--run", self.run_folder, "--workers", 1]
        self.good(*words)
        self.assertFalse((self.run_folder / "tensorboard").exists())
        self.good(*words, "--resume", "--set", "log.tensorboard=true")
        self.check_candidates(2)

    def test_a_full_training_that_was_killed(self):
        tiny_training.write_experiment(self.folder)
        final = self.folder / "final"
        file = self.write("final.yaml", 'architecture: {space: tiny.yaml, network: "1,0,1"}\n'
                          "data: {set: idx, folder: images, train: 160, validation: 80}\n"
                          "training: {epochs: 80, batch_size: 32, threads: 1, checkpoint_epochs: 5}\n"
                          "log: {tensorboard: true}\n")
        process = self.start("train", file, "--run", final)
        program.wait_until(lambda: list(final.glob("checkpoints/*/*.safetensors")), "a checkpoint")
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=program.PATIENCE_SECONDS)
        self.good("train", file, "--run", final, "--resume")
        folder, = (final / "tensorboard").iterdir()
        curve = [json.loads(line) for line in (final / folder.name / "metrics.jsonl").read_text().splitlines()]
        result = json.loads((final / folder.name / "result.json").read_text())
        scalars, _ = self.read(folder)
        for name in ("train_loss", "val_accuracy"):
            self.assertEqual(scalars[name], [(point["epoch"], float32(point[name])) for point in curve])
        self.assertEqual([step for step, _ in scalars["learning_rate"]], list(range(1, 81)))
        self.assertEqual(scalars["final/train_seconds"], [(80, float32(result["metrics"]["train_seconds"]))])


if __name__ == "__main__":
    program.main()
