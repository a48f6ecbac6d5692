"""train.py of an export: its optimisers, schedules and average against torch's own, its defaults against the run's.

usage: train_script_test.py BIN [unittest arguments]    by a Python that has torch
"""

import argparse
import importlib.util
import pathlib
import subprocess
import sys

import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "system"))
import program  # noqa: E402
import tiny_training  # noqa: E402

BATCHES, EPOCHS = 5, 4


def options(**changed):
    plain = {"optimizer": "sgd", "learning_rate": 0.8, "momentum": 0.9, "weight_decay": 0.1, "decay_all": False,
             "schedule": "cosine", "warmup_epochs": 0.0, "step_epochs": 1.5, "step_factor": 0.5, "epochs": EPOCHS}
    return argparse.Namespace(**{**plain, **changed})


class TrainScriptTest(program.SystemTest):
    def script(self, folder):
        """The module of its train.py."""
        sys.path.insert(0, str(folder))
        self.addCleanup(sys.path.remove, str(folder))
        sys.modules.pop("model", None)
        spec = importlib.util.spec_from_file_location("train", folder / "train.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def of_a_space(self):
        self.good("export", "--space", "nas_bench_201", "--genotype", "1,2,3,4,0,1", "--set", "parameters.channels=4",
                  "--set", "parameters.cells=1", "--no-verify", "--to", "out")
        return self.script(self.folder / "out")

    def test_rates_are_those_of_torch(self):
        script = self.of_a_space()
        rates = lambda **changed: [script.rate_at(step, BATCHES, options(**changed)) for step in range(EPOCHS * BATCHES)]

        def of_torch(make):
            optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.8)
            schedule, found = make(optimizer), []
            for _ in range(EPOCHS * BATCHES):
                found.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
                if len(found) < EPOCHS * BATCHES:
                    schedule.step()
            return found

        torchs = torch.optim.lr_scheduler
        one_cycle = of_torch(lambda o: torchs.OneCycleLR(o, 0.8, total_steps=EPOCHS * BATCHES, cycle_momentum=False))
        cosine = of_torch(lambda o: torchs.CosineAnnealingLR(o, EPOCHS * BATCHES))
        for mine, its in ((rates(schedule="one_cycle"), one_cycle), (rates(), cosine),
                          (rates(schedule="constant"), [0.8] * EPOCHS * BATCHES),
                          (rates(schedule="step"), [0.8] * 8 + [0.4] * 7 + [0.2] * 5)):
            for a, b in zip(mine, its, strict=True):
                self.assertAlmostEqual(a, b, delta=1e-9)
        warmed = rates(warmup_epochs=1.0, schedule="constant")
        self.assertEqual([round(rate, 9) for rate in warmed], [0.16, 0.32, 0.48, 0.64, 0.8] + [0.8] * 15)

    def test_weight_decay_leaves_out_tensors_of_one_axis(self):
        script = self.of_a_space()
        model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
        for name, kind in (("sgd", torch.optim.SGD), ("adamw", torch.optim.AdamW), ("rmsprop", torch.optim.RMSprop)):
            optimizer = script.make_optimizer(model, options(optimizer=name))
            self.assertIsInstance(optimizer, kind)
            decays = {len(group["params"]): group["weight_decay"] for group in optimizer.param_groups}
            self.assertEqual(decays, {1: 0.1, 3: 0.0}, name)
        whole = script.make_optimizer(model, options(decay_all=True))
        self.assertEqual([len(group["params"]) for group in whole.param_groups], [4])

    def test_the_average_is_its_formula(self):
        script = self.of_a_space()
        network = nn.Linear(1, 1, bias=False)
        nn.init.constant_(network.weight, 1)
        average, expected = script.Average(network, 0.4), 1.0
        for n in range(1, 20):
            nn.init.constant_(network.weight, n)
            average.update(network)
            decay = min(0.4, (1 + n) / (10 + n))
            expected = decay * expected + (1 - decay) * n
        self.assertAlmostEqual(average.network.weight.item(), expected, places=4)

    def test_a_run_gives_its_recipe_and_what_is_left_out_is_said(self):
        experiment = tiny_training.write_experiment(self.folder, evaluations=2, epochs=1)
        recipe = {"optimizer": "adamw", "learning_rate": 0.01, "schedule": "one_cycle", "clip_norm": 2, "ema_decay": 0.5,
                  "beta2": 0.95, "precision": "bf16", "patience": 3}
        sets = [word for key, value in recipe.items() for word in ("--set", f"training.{key}={value}")]
        self.good("search", experiment, "--run", self.run_folder, *sets)
        done = self.nas("export", self.run_folder, "--best", "val_accuracy", "--no-verify", "--to", "best")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("recipe: patience=3, precision=bf16 left out", done.stderr)
        text = (self.folder / "best/train.py").read_text()
        for line in ('default="adamw"', 'default="one_cycle"', '"--clip-norm", type=float, default=2.0',
                     '"--ema-decay", type=float, default=0.5', "BETAS = (0.9, 0.95)"):
            self.assertIn(line, text)
        trained = subprocess.run([sys.executable, "-W", "ignore", "train.py", "--data", "random"], capture_output=True,
                                 text=True, cwd=self.folder / "best")
        self.assertEqual(trained.returncode, 0, trained.stderr)
        self.assertIn("epoch 1: train loss", trained.stdout)
        self.assertTrue((self.folder / "best/trained.safetensors").exists())


if __name__ == "__main__":
    program.main()
