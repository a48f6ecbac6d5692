"""`nas predict` against PyTorch: the exported model.py, run by hand on what preprocessing.json says.

usage: predict_torch_test.py BIN [unittest arguments], by a Python that imports torch
"""

import importlib.util
import json
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import predict_test  # noqa: E402
import program  # noqa: E402
from predict_test import TOLERANCE, noise, read_npy, write_npy  # noqa: E402


def load(folder):
    """The exported module with its weights, in evaluation mode, and preprocessing.json."""
    spec = importlib.util.spec_from_file_location("model", folder / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    raw = (folder / "model.safetensors").read_bytes()
    length = int.from_bytes(raw[:8], "little")
    state = {}
    for name, entry in json.loads(raw[8:8 + length]).items():
        if name != "__metadata__":
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            state[name] = torch.frombuffer(bytearray(raw[begin:end]), dtype=torch.float32).view(entry["shape"])
    model = module.Network()
    model.load_state_dict(state, strict=False)
    return model.eval(), json.loads((folder / "preprocessing.json").read_text())


def ready(data, shape, preprocessing):
    stored = torch.frombuffer(bytearray(data), dtype=torch.uint8).view(shape).float()
    return stored * preprocessing["inputs"]["scale"][0] + preprocessing["inputs"]["offset"][0]


def apart(a, b):
    return ((a - b).abs().max() / b.abs().max()).item()


class PredictTorchTest(program.SystemTest):
    export = predict_test.PredictTest.export
    masks_model = predict_test.PredictTest.masks_model
    exits_model = predict_test.PredictTest.exits_model
    images = predict_test.PredictTest.images

    def probabilities(self, *words):
        self.good("predict", "model", "images.npy", "--out", "answers.json", "--force", *words)
        rows = json.loads((self.folder / "answers.json").read_text())
        return torch.tensor([list(row["probability"].values()) for row in rows])

    def test_classes_and_exits(self):
        self.exits_model()
        data, _ = self.images(count=40)
        model, preprocessing = load(self.folder / "model")
        with torch.no_grad():
            expected = model(ready(data, (40, 1, 12, 12), preprocessing))
        for name, more in (("output", []), ("early", ["--exit", "early"])):
            self.assertLessEqual(apart(self.probabilities(*more), expected[name].softmax(1)), TOLERANCE)

    def test_dropout_is_sampled_and_nothing_else_trains(self):
        self.exits_model()
        data, _ = self.images(count=8)
        model, preprocessing = load(self.folder / "model")
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.train()
        torch.manual_seed(0)
        with torch.no_grad():
            x = ready(data, (8, 1, 12, 12), preprocessing)
            passes = torch.stack([model(x)["output"].softmax(1) for _ in range(400)])
        # Standard errors of two means of 400.
        bound = 5 * passes.std(0) * (2 / 400) ** 0.5 + 1e-4
        self.assertTrue(((self.probabilities("--mc-dropout", "400") - passes.mean(0)).abs() <= bound).all())

    def test_masks_in_tiles(self):
        self.masks_model()
        data = noise(150 * 170)
        write_npy(self.folder / "large.npy", (150, 170), data)
        model, preprocessing = load(self.folder / "model")
        with torch.no_grad():
            expected = model(ready(data, (1, 1, 150, 170), preprocessing))[0].softmax(0)
        for more in ([], ["--tile", "64"]):
            self.good("predict", "model", "large.npy", "--out", "p.npy", "--probabilities", "--force", *more)
            shape, numbers = read_npy(self.folder / "p.npy")
            self.assertLessEqual(apart(torch.tensor(numbers).view(shape), expected), TOLERANCE)

    def test_sizes_that_the_network_does_not_take(self):
        """An odd side can't be halved: zeros, the mean, make it even, and the answer is cut."""
        self.masks_model()
        data = noise(93 * 75)
        write_npy(self.folder / "odd.npy", (93, 75), data)
        model, preprocessing = load(self.folder / "model")
        with torch.no_grad():
            padded = torch.nn.functional.pad(ready(data, (1, 1, 93, 75), preprocessing), (0, 1, 0, 1))
            expected = model(padded)[0].softmax(0)[:, :93, :75]
        for more in ([], ["--tile", "48"]):
            self.good("predict", "model", "odd.npy", "--out", "p.npy", "--probabilities", "--force", *more)
            shape, numbers = read_npy(self.folder / "p.npy")
            self.assertEqual(shape, (3, 93, 75))
            self.assertLessEqual(apart(torch.tensor(numbers).view(shape), expected), TOLERANCE)


if __name__ == "__main__":
    program.main()
