"""Every named architecture of the library, reduced, as exported PyTorch source and as ONNX, against
nas-trainer with running statistics off their defaults.

usage: export_library_test.py onnx|source EXPORT_NETWORK EXPORT_NETWORKS NAS_TRAINER [unittest arguments]
"""

import json
import subprocess
import sys
import unittest

import torch

from export_check import TOLERANCE, Exporter, distance, read_safetensors, run_onnx, take_mode

SEED = 5
BATCH = 2


def check(exporter, network):
    """{what: its distance from nas-trainer}."""
    names = exporter.names(network)
    weights, outputs = exporter.path("weights.safetensors"), exporter.path("outputs.safetensors")
    request = {"network": network, "seed": SEED, "names": names, "statistics": "random", "batch": BATCH,
               "write": weights, "evaluate": outputs}
    subprocess.run([TRAINER, "--model"], input=json.dumps(request), text=True, check=True)
    model, _, onnx_file = exporter.export(network, read_safetensors(weights))
    expected = read_safetensors(outputs)
    x = expected.pop("input")
    with torch.no_grad():
        result = model(x)
    result = result if isinstance(result, dict) else {"output": result}
    expected = {name.removeprefix("exit."): value for name, value in expected.items()}
    assert set(result) == set(expected), (set(result), set(expected))
    # A hundred layers of float32 round by more than the tolerance: each is held to the exact result then.
    with torch.no_grad():
        exact = model.double()(x.double())
    exact = exact if isinstance(exact, dict) else {"output": exact}
    worst = {name: min(distance(result[name], value), distance(value.double(), exact[name]))
             for name, value in expected.items()}
    if onnx_file:
        computed = run_onnx(onnx_file, x)
        worst |= {f"onnx {name}": min(distance(computed[name], value), distance(computed[name].double(), exact[name]))
                  for name, value in expected.items()}
    return worst


class ExportLibraryTest(unittest.TestCase):
    def test_every_named_architecture(self):
        exporter = Exporter(EXPORT_NETWORK)
        self.addCleanup(exporter.close)
        lines = subprocess.run([EXPORT_NETWORKS], capture_output=True, text=True, check=True).stdout.splitlines()
        self.assertGreater(len(lines), 30)
        for line in lines:
            case = json.loads(line)
            with self.subTest(case["name"]):
                worst = check(exporter, case["network"])
                self.assertLessEqual(max(worst.values()), TOLERANCE, worst)


if __name__ == "__main__":
    take_mode()
    torch.set_num_threads(1)
    EXPORT_NETWORK, EXPORT_NETWORKS, TRAINER = (sys.argv.pop(1) for _ in range(3))
    unittest.main()
