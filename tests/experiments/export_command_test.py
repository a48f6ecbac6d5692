"""`nas export` as a user starts it: from a run, a space and its own file; what it refuses.

usage: export_command_test.py BIN [unittest arguments]
"""

import json
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "system"))
import program  # noqa: E402
import tiny_training  # noqa: E402

FILES = {"model.py", "model.safetensors", "model.onnx", "architecture.yaml", "architecture.svg", "model_card.md",
         "requirements.txt", "train.py"}
WITHOUT_PYTHON = "--no-verify"


def tensors(path):
    """{name: shape}"""
    raw = path.read_bytes()
    header = json.loads(raw[8:8 + struct.unpack("<Q", raw[:8])[0]])
    return {name: entry["shape"] for name, entry in header.items() if name != "__metadata__"}


class ExportCommandTest(program.SystemTest):
    def search(self, **keys):
        experiment = tiny_training.write_experiment(self.folder, evaluations=6, epochs=1, **keys)
        self.good("search", experiment, "--run", self.run_folder)

    def small(self, *more):
        return self.nas("export", "--space", "nas_bench_201", "--genotype", "1,2,3,4,0,1", "--set",
                        "parameters.channels=4", "--set", "parameters.cells=1", WITHOUT_PYTHON, *more)

    def refused(self, message, *words):
        """It fails with this message and changes nothing."""
        before = self.listing()
        done = self.nas("export", *words)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertIn(message, done.stderr)
        self.assertEqual(self.listing(), before)

    def test_from_a_space(self):
        done = self.small("--to", "out")
        self.assertEqual(done.returncode, 0, done.stderr)
        out = self.folder / "out"
        self.assertEqual(done.stdout, f"{out}\n")
        self.assertEqual({path.name for path in out.iterdir()}, FILES)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["out"], "something was left beside it")
        source = (out / "model.py").read_text()
        compile(source, "model.py", "exec")
        compile((out / "train.py").read_text(), "train.py", "exec")
        self.assertIn("Genotype: 1,2,3,4,0,1", source)
        self.assertIn("not trained", (out / "model_card.md").read_text())

    def test_architecture_yaml_reads_back(self):
        self.assertEqual(self.small("--to", "out").returncode, 0)
        self.good("export", "--from", "out/architecture.yaml", "--to", "again", WITHOUT_PYTHON)
        for name in ("model.safetensors", "model.onnx"):
            self.assertEqual(tensors(self.folder / "out/model.safetensors"), tensors(self.folder / "again/model.safetensors"))
        self.good("export", "--from", "out/architecture.yaml", "--set", "parameters.cells=2", "--to", "larger", WITHOUT_PYTHON)
        self.assertGreater(len(tensors(self.folder / "larger/model.safetensors")),
                           len(tensors(self.folder / "again/model.safetensors")))
        larger = (self.folder / "larger/architecture.yaml").read_text()
        self.assertIn("cells: 2", larger)
        self.assertIn("channels: 4", larger)

    def test_a_named_architecture_twice(self):
        words = ("export", "--space", "resnet", "--architecture", "resnet20", WITHOUT_PYTHON)
        self.good(*words, "--to", "one")
        self.good("export", "--from", "one/architecture.yaml", WITHOUT_PYTHON, "--to", "two")
        for name in ("model.safetensors", "architecture.yaml"):
            one, two = ((self.folder / folder / name).read_bytes() for folder in ("one", "two"))
            self.assertEqual(one.split(b"\n", 1)[1], two.split(b"\n", 1)[1])  # but for its title

    def test_from_a_run(self):
        self.search()
        front = {member["id"] for member in self.front()}
        folders = self.good("export", self.run_folder, "--front", WITHOUT_PYTHON).split()
        self.assertEqual({pathlib.Path(folder).name for folder in folders}, {f"candidate-{i}" for i in front})
        best = max(self.trials(), key=lambda row: float(row["val_accuracy"]))
        out = self.good("export", self.run_folder, "--best", "val_accuracy", "--to", "best", WITHOUT_PYTHON).strip()
        card = (pathlib.Path(out) / "model_card.md").read_text()
        self.assertIn("standard error of 80 validation examples", card)
        accuracies = {row["genotype"]: float(row["val_accuracy"]) for row in self.trials()}
        genotype = next(line for line in (self.folder / "best/architecture.yaml").read_text().splitlines()
                        if line.startswith("genotype:")).split('"')[1]
        self.assertEqual(accuracies[genotype], float(best["val_accuracy"]))
        self.assertIn("batch_size", card)
        self.assertIn('default="idx"', (self.folder / "best/train.py").read_text())
        self.good("export", self.run_folder, "--knee", "--to", "knee", WITHOUT_PYTHON)

    def test_a_run_whose_data_are_gone(self):
        self.search()
        self.good("export", self.run_folder, "--knee", "--data", "tiny_search.yaml", "--to", "measured", WITHOUT_PYTHON)
        (self.folder / "images").rename(self.folder / "elsewhere")
        self.good("export", self.run_folder, "--knee", "--to", "kept", WITHOUT_PYTHON)
        for name in ("preprocessing.json", "model.safetensors", "model.py"):
            self.assertEqual((self.folder / "kept" / name).read_bytes(), (self.folder / "measured" / name).read_bytes())
        self.good("report", self.run_folder)
        # Other data for the same recipe.
        (self.folder / "final.yaml").write_text("architecture: {run: run, candidate: 1}\n"
                                                "data: {set: idx, folder: elsewhere, train: 160, validation: 80}\n")
        self.good("train", "final.yaml", "--check")

    def test_weights_of_the_right_and_of_another_network(self):
        self.assertEqual(self.small("--to", "out").returncode, 0)
        weights = self.folder / "out/model.safetensors"
        self.assertEqual(self.small("--weights", weights, "--to", "trained").returncode, 0)
        self.assertEqual(tensors(self.folder / "trained/model.safetensors"), tensors(weights))
        self.assertNotIn("not trained", (self.folder / "trained/model_card.md").read_text())
        self.assertEqual((self.folder / "trained/model.onnx").read_bytes(), (self.folder / "out/model.onnx").read_bytes())
        self.refused("is (4, 3, 3, 3), the architecture has F32 (8, 3, 3, 3)".replace("is (", "is F32 ("),
                     "--from", "out/architecture.yaml", "--set", "parameters.channels=8", "--weights", weights,
                     "--to", "wrong", WITHOUT_PYTHON)
        (self.folder / "cut.safetensors").write_bytes(weights.read_bytes()[:-4])
        self.refused("is no safetensors file, or is damaged", "--from", "out/architecture.yaml", "--weights",
                     "cut.safetensors", "--to", "wrong", WITHOUT_PYTHON)

    def test_candidates_that_are_none(self):
        self.search()
        self.refused("has no candidate 99, it has 0 to 5", self.run_folder, "--candidate", "99")
        self.refused("expected the number of a candidate", self.run_folder, "--candidate", "best")
        self.refused("did you mean 'val_accuracy'?", self.run_folder, "--best", "val_acuracy")
        self.refused("which candidates?", self.run_folder)
        self.refused("which candidates?", self.run_folder, "--front", "--knee")
        self.refused("no run", "nowhere", "--front")
        space = self.folder / "tiny.yaml"
        space.write_text(space.read_text().replace("tanh", "silu"))
        self.refused("has changed since", self.run_folder, "--front")

    def test_targets(self):
        self.assertEqual(self.small("--to", "out").returncode, 0)
        self.refused("exists, --force replaces it", "--from", "out/architecture.yaml", "--to", "out")
        self.good("export", "--from", "out/architecture.yaml", "--to", "out", "--force", WITHOUT_PYTHON)
        (self.folder / "precious").mkdir()
        (self.folder / "precious/thesis.txt").write_text("of four years")
        self.refused("is no earlier export", "--from", "out/architecture.yaml", "--to", "precious", "--force", WITHOUT_PYTHON)
        (self.folder / "file").write_text("")
        self.refused("can't be made", "--from", "out/architecture.yaml", "--to", "file/out", WITHOUT_PYTHON)

    def test_spaces_and_files_that_do_not_fit(self):
        self.assertEqual(self.small("--to", "out").returncode, 0)
        file = self.folder / "out/architecture.yaml"
        self.refused("no parameter 'cels', did you mean 'cells'?", "--from", file, "--set", "parameters.cels=2", "--to", "x")
        self.refused("did you mean 'resnet18'?", "--space", "resnet", "--architecture", "resnet1", "--to", "x")
        self.refused("which network?", "--space", "resnet", "--to", "x")
        self.refused("export: what?", "--to", "x")
        self.write("old.yaml", file.read_text().replace("architecture: 1", "architecture: 7"))
        self.refused("format 7 (this program reads 1)", "--from", "old.yaml", "--to", "x")
        self.write("typo.yaml", file.read_text().replace("genotype:", "genotyp:"))
        self.refused("did you mean 'genotype'?", "--from", "typo.yaml", "--to", "x")
        self.write("short.yaml", file.read_text().replace('"1,2,3,4,0,1"', '"1,2,3"'))
        self.refused("genotype 1,2,3", "--from", "short.yaml", "--to", "x")
        self.refused("can't import torch", "--from", file, "--to", "x", "--python", "/bin/false")


if __name__ == "__main__":
    program.main()
