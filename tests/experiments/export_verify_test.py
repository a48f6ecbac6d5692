"""`nas export --verify` where float32 rounds by more than it allows, and where a program really computes something else.

usage: export_verify_test.py BIN [unittest arguments]    by a Python that has torch
"""

import json
import pathlib
import shutil
import subprocess
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "system"))
import program  # noqa: E402

LAYERS = 10
# Weights far above what training would have make it chaotic: each layer enlarges what rounding changed.
SPACE = """space: chaos
input: {channels: 3, size: [8, 8]}
network:
  - repeat: {times: %d, body: [{conv: {kernel: 3, channels: 8}}, {choose: [tanh, sigmoid]}]}
  - global_average_pool
  - linear: {units: 4}
""" % LAYERS

# nas-trainer, but for one number of what it computes.
LIAR = """#!{python}
import json, subprocess, sys
import numpy as np
request = json.load(sys.stdin)
done = subprocess.run(["{trainer}", *sys.argv[1:]], input=json.dumps(request), text=True)
if "evaluate" in request:
    raw = bytearray(open(request["evaluate"], "rb").read())
    size = int.from_bytes(raw[:8], "little")
    entry = json.loads(raw[8:8 + size])["output"]
    begin, end = (8 + size + offset for offset in entry["data_offsets"])
    values = np.frombuffer(raw[begin:end], {{"F32": "<f4", "F64": "<f8"}}[entry["dtype"]]).copy()
    values[1] += 1e-3 * abs(values).max()
    raw[begin:end] = values.tobytes()
    open(request["evaluate"], "wb").write(raw)
sys.exit(done.returncode)
"""


def scaled_weights(source, target, factor):
    raw = source.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    target.write_bytes(raw[:start] + (np.frombuffer(raw[start:], "<f4") * np.float32(factor)).tobytes())


class ExportVerifyTest(program.SystemTest):
    def setUp(self):
        super().setUp()
        self.write("space.yaml", SPACE)
        self.good("export", "--space", "space.yaml", "--genotype", ",".join(["0"] * self.genes()), "--no-verify", "--to",
                  "calm")
        self.again = ("export", "--from", "calm/architecture.yaml", "--python", sys.executable, "--verify")

    def genes(self):
        return len(json.loads(self.good("space", "describe", "space.yaml", "--json"))["genes"])

    def test_rounding_is_no_difference(self):
        done = self.nas(*self.again, "--to", "plain")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("float64", done.stderr)
        scaled_weights(self.folder / "calm/model.safetensors", self.folder / "wild.safetensors", 12)
        done = self.nas(*self.again, "--weights", "wild.safetensors", "--to", "chaotic")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("in float64: float32 rounds by", done.stderr)
        self.assertIn("in float64 and evaluation mode", (self.folder / "chaotic/model_card.md").read_text())

    def test_a_difference_is_one_in_float64_too(self):
        tools = self.folder / "bin"
        tools.mkdir()
        shutil.copy(program.program(), tools / "nas")
        (tools / "nas-trainer").write_text(LIAR.format(python=sys.executable, trainer=program.program("nas-trainer")))
        (tools / "nas-trainer").chmod(0o755)
        done = subprocess.run([tools / "nas", *self.again, "--to", "wrong"], capture_output=True, text=True,
                              cwd=self.folder, env=self.environment())
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, r"model.py and the trainer differ by 0.001 of the largest output, also in float64")
        self.assertFalse((self.folder / "wrong").exists())


if __name__ == "__main__":
    program.main()
