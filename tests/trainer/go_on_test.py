"""nas-trainer goes on from its checkpoints as if it had never stopped.

usage: go_on_test.py NAS_TRAINER [unittest arguments]
"""

import json
import os
import pathlib
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

import idx_files
from network_graph import Graph

PROGRAM = None
TIMED = {"train_seconds", "images_per_second"}
FULL = 9
EACH_STEP = {"checkpoint_minutes": 1e-9}
ENVIRONMENT = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}


def network():
    """With what has a state (batch norm) and what draws (dropout)."""
    graph = Graph(1, 12, 12)
    x = graph.add("relu", graph.add("batch_norm", graph.conv(0, 8, stride=2)))
    graph.exit("early", graph.add("linear", x, units=4, bias=True))
    x = graph.add("dropout", graph.add("flatten", graph.add("drop_path", x, rate=0.2)), rate=0.3)
    graph.add("linear", x, units=4, bias=True)
    return graph.json()


def untimed(metrics):
    return {name: value for name, value in metrics.items() if name not in TIMED}


class CheckpointTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        idx_files.write_set(self.folder, 240, 12, 4)

    def job(self, id, budget, training=None, **more):
        job = {"id": id, "seed": 5, "budget": budget, "full_budget": FULL, "network": network(),
               "checkpoint": str(self.folder / "checkpoints" / str(id)),
               "training": {"threads": 1, "batch_size": 32, "learning_rate": 0.05, **(training or {})},
               "data": {"set": "idx", "folder": str(self.folder), "train": 160, "validation": 80}}
        return {**job, **more}

    def continuing(self, id, budget, of, **more):
        return self.job(id, budget, continues=of, continue_from=str(self.folder / "checkpoints" / str(of)), **more)

    def files(self, id):
        return sorted((self.folder / "checkpoints" / str(id)).glob("*"))

    def answers(self, job, **more):
        """Learning curve, answer and notes of one job in a process of its own; times left out."""
        done = subprocess.run([PROGRAM], input=json.dumps(job) + "\n", capture_output=True, text=True,
                              env=ENVIRONMENT, **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertIn("metrics", lines[-1], lines[-1])
        curve = [(line["epoch"], line["metrics"]) for line in lines[1:-1]]
        return curve, {**lines[-1], "id": None, "metrics": untimed(lines[-1]["metrics"])}, done.stderr

    def whole(self, budget=FULL):
        curve, answer, notes = self.answers(self.job(99, budget, checkpoint=str(self.folder / "aside")))
        self.assertEqual(notes, "")
        return curve, answer

    def test_stages_equal_the_whole_to_the_last_bit(self):
        self.answers(self.job(1, 3))
        self.assertEqual([file.name for file in self.files(1)], ["epoch-00003.safetensors"])
        _, _, notes = self.answers(self.continuing(2, 6, of=1))
        self.assertIn("candidate 2: goes on from", notes)
        curve, answer, _ = self.answers(self.continuing(3, 9, of=2))
        self.assertEqual((curve, answer), self.whole())
        self.assertEqual(len(curve), 9, "the curve has the epochs of those that were carried on")
        self.assertEqual(self.files(3), [], "nothing carries on what is trained to the end")

    def test_every_state_of_an_optimisation_goes_on(self):
        for training in ({"optimizer": "adamw", "learning_rate": 0.003, "ema_decay": 0.9, "clip_norm": 0.5,
                          "warmup_epochs": 1.5, "drop_path_schedule": "linear"},
                         {"optimizer": "rmsprop", "learning_rate": 0.003, "schedule": "one_cycle", "precision": "fp16"},
                         {"optimizer": "rmsprop", "rms_form": "tensorflow", "epsilon": 0.01, "learning_rate": 0.003,
                          "schedule": "step", "step_epochs": 4, "ema_decay": 0.5},
                         {"precision": "bf16", "decay_all": True, "patience": 8},
                         {"optimizer": "adamw", "learning_rate": 0.003, "precision": "fp16", "clip_norm": 0.5}):
            with self.subTest(**training):
                shutil.rmtree(self.folder / "checkpoints", ignore_errors=True)
                self.answers(self.job(1, 3, training=training))
                _, _, notes = self.answers(self.continuing(2, 6, of=1, training=training))
                self.assertIn("candidate 2: goes on from", notes)
                resumed = self.answers(self.continuing(3, 9, of=2, training=training))[:2]
                whole = self.answers(self.job(4, 9, training=training))[:2]
                self.assertEqual(resumed, whole)
                self.answers(self.job(5, 9, training={**training, **EACH_STEP}))
                curve, answer, notes = self.answers(self.continuing(6, 9, of=5, training=training))
                self.assertIn("epoch-00008-step-0000004.safetensors", notes)
                self.assertEqual((curve, answer), whole)

    def test_without_the_checkpoint_the_result_is_the_same(self):
        self.answers(self.job(1, 3))
        with_it = self.answers(self.continuing(2, 6, of=1))[:2]
        shutil.rmtree(self.folder / "checkpoints")
        curve, answer, notes = self.answers(self.continuing(2, 6, of=1))
        self.assertEqual((curve, answer), with_it)
        self.assertIn("there is no checkpoint to go on from", notes)

    def test_the_schedule_is_made_for_the_full_budget(self):
        stage = self.answers(self.job(1, 3))[0]
        self.assertEqual(stage, self.whole()[0][:3])
        alone = self.answers(self.job(2, 3, full_budget=3))[0]
        self.assertEqual(alone[0][0], 1)
        self.assertNotEqual(alone, stage)

    def test_the_newest_two_are_kept_and_a_damaged_one_is_passed_over(self):
        training = {"checkpoint_epochs": 2}
        self.answers(self.job(1, 7, training=training))
        self.assertEqual([file.name for file in self.files(1)],
                         ["epoch-00006.safetensors", "epoch-00007.safetensors"])
        newest = self.files(1)[1]
        good = newest.read_bytes()
        head = struct.unpack("<Q", good[:8])[0]
        damages = {"cut off": good[:-7], "empty": b"", "short": good[:5], "header": good[:40],
                   "bit": good[:head + 200] + bytes([good[head + 200] ^ 4]) + good[head + 201:],
                   "longer": good + b"x", "length": struct.pack("<Q", 2**63) + good[8:],
                   "curve": good.replace(b"val_accuracy", b"val_accuracz", 1)}
        expected = self.whole()
        for name, content in damages.items():
            with self.subTest(name):
                newest.write_bytes(content)
                curve, answer, notes = self.answers(self.continuing(2, 9, of=1))
                self.assertEqual((curve, answer), expected)
                self.assertIn("epoch-00007.safetensors is passed over: it is damaged", notes)
                self.assertIn("epoch-00006.safetensors", notes.splitlines()[-1])
                shutil.rmtree(self.folder / "checkpoints" / "2", ignore_errors=True)

    def test_a_checkpoint_of_another_training_is_passed_over(self):
        self.answers(self.job(1, 3))
        _, answer, notes = self.answers(self.continuing(2, 9, of=1, seed=6))
        self.assertIn("it is of another training", notes)
        self.assertEqual(answer, self.answers(self.job(3, 9, seed=6))[1])
        _, _, notes = self.answers(self.continuing(4, 2, of=1))
        self.assertIn("it has more epochs than this training", notes)

    def test_a_killed_training_goes_on(self):
        job = self.job(1, 400, training={"checkpoint_epochs": 3}, full_budget=400)
        process = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        self.addCleanup(process.communicate)
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        for line in process.stdout:
            if json.loads(line).get("epoch") == 10:
                break
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.assertGreaterEqual(len(self.files(1)), 2)
        # What a write that was cut short leaves behind is no checkpoint.
        (self.folder / "checkpoints/1/epoch-00399.safetensors.new").write_bytes(b"half")
        curve, answer, notes = self.answers(job)
        self.assertIn("goes on from", notes)
        self.assertEqual((curve, answer), self.answers({**job, "checkpoint": str(self.folder / "aside")})[:2])

    def test_by_minutes(self):
        self.answers(self.job(1, 9, training=EACH_STEP))
        self.assertEqual([file.name for file in self.files(1)],
                         ["epoch-00008-step-0000003.safetensors", "epoch-00008-step-0000004.safetensors"])
        self.answers(self.job(2, 9))
        self.assertEqual(self.files(2), [], "none within ten minutes")

    def test_a_checkpoint_within_an_epoch_is_not_for_fewer_epochs(self):
        self.answers(self.job(1, 9, training=EACH_STEP))
        _, _, notes = self.answers(self.continuing(2, 8, of=1))
        self.assertEqual(notes.count("it has more epochs than this training"), 2)

    def start(self, *jobs):
        process = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        self.addCleanup(process.communicate)
        self.send(process, *jobs)
        return process

    def send(self, process, *lines):
        process.stdin.write("".join(json.dumps(line) + "\n" for line in lines))
        process.stdin.flush()

    def read(self, process):
        return json.loads(process.stdout.readline())

    def read_answer(self, process):
        """(curve, answer) as `answers` has them."""
        curve = []
        while "epoch" in (line := self.read(process)):
            curve.append((line["epoch"], line["metrics"]))
        return curve[1:], {**line, "id": None, "metrics": untimed(line["metrics"])} if "metrics" in line else line

    def test_an_interrupted_training_goes_on_within_its_epoch(self):
        more = {"training": {"batch_size": 2, "checkpoint_minutes": 0}, "full_budget": 6}
        job = self.job(1, 6, **more)
        whole = self.answers(self.job(2, 6, checkpoint=str(self.folder / "aside"), **more))[:2]
        process = self.start()
        steps = set()
        for epoch in (0, 1, 1, 3, 5):
            self.send(process, job)
            while self.read(process)["epoch"] < epoch:
                pass
            self.send(process, {"id": 1, "interrupt": True})
            while "epoch" in (line := self.read(process)):
                pass
            self.assertEqual(line, {"id": 1, "interrupted": True})
            steps |= {file.name for file in self.files(1)}
        self.send(process, job)
        self.assertEqual(self.read_answer(process), whole)
        self.assertGreater(sum("-step-" in name for name in steps), 0, "some within an epoch")

    def test_who_keeps_no_checkpoints_leaves_too(self):
        job = self.job(1, 5000, full_budget=5000)
        del job["checkpoint"]
        process = self.start(job)
        self.read(process)
        self.send(process, {"id": 1, "interrupt": True})
        self.assertEqual(self.read_answer(process)[1], {"id": 1, "interrupted": True})

    def test_a_request_for_another_job_is_passed_over(self):
        process = self.start({"id": 1, "interrupt": True}, self.job(1, 2), {"id": 7, "interrupt": True},
                             self.job(2, 3), {"id": 2, "interrupt": False, "network": 3})
        self.assertEqual(len(self.read_answer(process)[0]), 2)
        self.assertEqual(len(self.read_answer(process)[0]), 3)
        self.assertEqual(self.read(process)["failure"], "invalid")

    def test_a_full_disk_is_said_once_and_training_goes_on(self):
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        curve, answer, notes = self.answers(self.job(1, 9, training={"checkpoint_epochs": 1}), preexec_fn=limit)
        self.assertEqual((curve, answer), self.whole())
        self.assertEqual(notes.count("cannot write"), 1)
        self.assertIn("the training goes on", notes)
        self.assertEqual(self.files(1), [], "nothing half-written is left")

    def stop(self, bounds, objective="val_loss * macs", direction="minimize"):
        return {"objective": objective, "direction": direction, "bounds": bounds}

    def test_stops_where_the_objective_is_above_its_bound(self):
        curve, _ = self.whole()
        losses = [metrics["val_loss"] * 1000 for _, metrics in curve]
        bounds = [None, losses[1], losses[2] * 0.999]
        stopped, answer, _ = self.answers(self.job(1, 9, macs=1000, stop_above=self.stop(bounds)))
        self.assertEqual(stopped, curve[:3], "equal is not above")
        self.assertTrue(answer["stopped"])
        self.assertEqual({name: answer["metrics"][name] for name in curve[2][1]}, curve[2][1])
        accuracy = [metrics["val_accuracy"] for _, metrics in curve]
        rule = self.stop([-accuracy[0] - 0.01], "val_accuracy", "maximize")
        self.assertEqual(self.answers(self.job(2, 9, stop_above=rule))[0], curve[:1])
        never = self.stop([0, 0], "no_such_metric")
        _, answer, _ = self.answers(self.job(3, 9, stop_above=never))
        self.assertNotIn("stopped", answer)

    def test_the_last_epoch_is_no_early_end(self):
        _, answer, _ = self.answers(self.job(1, 2, stop_above=self.stop([None, 0], "val_loss")))
        self.assertNotIn("stopped", answer)

    def test_a_bound_of_an_epoch_before_the_checkpoint_holds(self):
        self.answers(self.job(1, 3))
        rule = self.stop([None, 0], "val_loss")
        from_checkpoint = self.answers(self.continuing(2, 9, of=1, stop_above=rule))
        self.assertTrue(from_checkpoint[1]["stopped"])
        shutil.rmtree(self.folder / "checkpoints")
        afresh = self.answers(self.continuing(2, 9, of=1, stop_above=rule))
        self.assertEqual(from_checkpoint[0], afresh[0])

    def test_what_is_wrong_with_a_job_is_said(self):
        for wrong, word in (({"full_budget": 2}, "full_budget"), ({"checkpoint": 3}, "checkpoint"),
                            ({"stop_above": {"objective": "a +", "direction": "minimize", "bounds": []}}, "stop_above"),
                            ({"stop_above": {"objective": "a", "direction": "up", "bounds": []}}, "stop_above"),
                            ({"stop_above": [1]}, "stop_above")):
            done = subprocess.run([PROGRAM], input=json.dumps({**self.job(1, 3), **wrong}) + "\n",
                                  capture_output=True, text=True, env=ENVIRONMENT)
            answer = json.loads(done.stdout)
            self.assertEqual(answer["failure"], "invalid")
            self.assertIn(word, answer["error"])


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
