"""Searches whose candidates train in stages: what is carried on, what a kill costs, what is left on the disk."""

import json
import os
import signal

import program
import tiny_training
from kill_rounds import KillRounds

EPOCHS = 9
UNTIMED = ("genotype", "val_loss", "val_accuracy", "train_loss", "macs", "state")


class ContinuationTest(KillRounds):
    def experiment(self, evaluations, epochs=EPOCHS, **keys):
        return tiny_training.write_experiment(self.folder, evaluations=evaluations, epochs=epochs,
                                              objectives=[{"maximize": "val_accuracy"}], **keys)

    def curves(self):
        return {number: json.loads(points) for number, points in self.query("SELECT number, points FROM nas_curves")}

    def log(self):
        return "".join(path.read_text() for path in sorted((self.run_folder / "logs").iterdir()))

    def checkpoints(self):
        folder = self.run_folder / "checkpoints"
        return {path.name: sorted(file.name for file in path.glob("*.safetensors")) for path in folder.iterdir()} \
            if folder.exists() else {}  # a file still being written has another ending

    def stages(self):
        """{trial: (epochs, the trial that it carries on)}"""
        return {row[0]: row[1:] for row in self.query("SELECT number, budget, continues FROM nas_trials")}

    def untimed(self):
        return [[row[name] for name in UNTIMED] for row in self.trials()]

    def test_promotions_carry_trainings_on(self):
        self.good("search", self.experiment(20, algorithm="asha"), "--run", self.run_folder, "--workers", 1)
        self.assert_each_done_once(20)
        curves, stages = self.curves(), self.stages()
        carried = {number: before for number, (_, before) in stages.items() if before is not None}
        self.assertGreater(len(carried), 4)
        for number, before in carried.items():
            self.assertGreater(stages[number][0], stages[before][0])
            self.assertEqual(curves[number][:len(curves[before])], curves[before])
        self.assertEqual(self.log().count("goes on from"), len(carried))
        self.assertEqual(self.checkpoints(), {}, "the folder goes with the end of the search")
        front = json.loads(self.good("front", self.run_folder, "--json"))
        self.assertGreater(len(front["front"]), 0)
        for member in front["front"]:
            self.assertEqual(stages[member["id"]][0], EPOCHS, "fewer epochs do not compete")
        self.assertGreater(front["left_out"], 0)

    def test_hopeless_trainings_stop(self):
        experiment = self.experiment(70, algorithm={"type": "asha", "min_epochs": 3}, allow_duplicates=True)
        self.good("search", experiment, "--run", self.run_folder, "--workers", 1)
        self.assert_each_done_once(70)
        curves = self.curves()
        stopped = [number for (number,) in self.query("SELECT number FROM nas_results WHERE stopped = 1")]
        self.assertGreater(len(stopped), 0)
        for number, (epochs, _) in self.stages().items():
            above = [-metrics["val_accuracy"] > bound for (_, metrics), bound in
                     zip(curves[number], json.loads(self.query("SELECT stop_above FROM nas_trials WHERE number = ?",
                                                               number)[0][0]))]
            ends = above.index(True) + 1 if True in above[:epochs - 1] else epochs
            self.assertEqual(len(curves[number]), ends)
            self.assertEqual(number in stopped, ends < epochs)
        self.assertEqual(self.query("SELECT count(*) FROM trials WHERE state = 'PRUNED'"), [(len(stopped),)])

    def test_kills_change_nothing(self):
        experiment = self.experiment(16, algorithm="asha")
        more = ["--workers", 1, "--set", "training.checkpoint_epochs=1"]
        self.run_through_kills(experiment, 16, kills=4, seed=11, more=more)
        killed, curves = self.untimed(), self.curves()
        self.run_folder = self.folder / "whole"
        self.good("search", experiment, "--run", self.run_folder, *more)
        self.assertEqual(self.untimed(), killed)
        self.assertEqual(self.curves(), curves)

    def test_a_candidate_killed_in_training_goes_on_after_a_resume(self):
        experiment = self.experiment(1, epochs=250, algorithm="random")
        more = ["--workers", 1, "--set", "training.checkpoint_epochs=20"]
        process = self.start("search", experiment, "--run", self.run_folder, *more)
        program.wait_until(lambda: len(self.checkpoints().get("0", [])) >= 2, "two checkpoints")
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=program.PATIENCE_SECONDS)
        self.assert_no_process_is_left()
        self.assertEqual(self.finished_count(), 0)
        newest = max((self.run_folder / "checkpoints" / "0").glob("*.safetensors"))
        newest.write_bytes(newest.read_bytes()[:-1])  # as after a power failure on a bad disk
        (self.run_folder / "checkpoints" / "77").mkdir()  # of a candidate that nobody knows
        self.good("search", experiment, "--run", self.run_folder, *more, "--resume")
        self.assertIn(f"{newest} is passed over: it is damaged", self.log())
        self.assertIn("candidate 0: goes on from", self.log())
        self.assertEqual(self.checkpoints(), {})
        resumed, curves = self.untimed(), self.curves()
        self.run_folder = self.folder / "whole"
        self.good("search", experiment, "--run", self.run_folder, *more)
        self.assertNotIn("goes on", self.log())
        self.assertEqual((self.untimed(), self.curves()), (resumed, curves))

    def test_a_stop_costs_no_part_of_an_epoch(self):
        experiment = self.experiment(1, epochs=3, algorithm="random", resources={"grace_seconds": 0})
        # No checkpoint but the one that is asked for.
        more = ["--workers", 1, "--set", "training.checkpoint_minutes=0", "--set", "training.batch_size=2"]
        process = self.start("search", experiment, "--run", self.run_folder, *more)
        program.wait_until(lambda: (self.run_folder / "study.db").exists() and self.asked(), "a candidate")
        process.send_signal(signal.SIGUSR1)
        _, errors = process.communicate(timeout=program.PATIENCE_SECONDS)
        self.assertEqual(process.returncode, 75, errors)
        kept = self.checkpoints()["0"]
        self.assertEqual(len(kept), 1, kept)
        self.good("search", experiment, "--run", self.run_folder, *more, "--resume")
        self.assertIn(f"candidate 0: goes on from {self.run_folder}/checkpoints/0/{kept[0]}", self.log())
        resumed, curves = self.untimed(), self.curves()
        self.run_folder = self.folder / "whole"
        self.good("search", experiment, "--run", self.run_folder, *more)
        self.assertEqual((self.untimed(), self.curves()), (resumed, curves))

    def test_what_a_resume_finds_is_what_may_still_be_carried_on(self):
        experiment = self.experiment(200, algorithm={"type": "asha", "stop": False})
        more = ["--workers", 1]
        process = self.start("search", experiment, "--run", self.run_folder, *more)
        program.wait_until(lambda: self.finished_count() >= 12, "a dozen results")
        os.kill(process.pid, signal.SIGTERM)
        process.communicate(timeout=program.PATIENCE_SECONDS)
        stages = self.stages()
        carried = {before for _, before in stages.values()}
        waiting = {str(number) for number, (epochs, _) in stages.items() if epochs < EPOCHS and number not in carried}
        self.assertEqual(set(self.checkpoints()), waiting)


if __name__ == "__main__":
    program.main()
