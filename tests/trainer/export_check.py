"""Exported networks against what nas-trainer's layers compute: PyTorch source and ONNX."""

import importlib
import importlib.util
import json
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from layers_test import formula

sys.dont_write_bytecode = True  # the sources of two networks differ by less than bytecode's stamps show
onnx = numpy = onnxruntime = None

TOLERANCE = 1e-5  # of max|a-b| / max|b|; inputs are of size 0.6


def take_mode():
    """The first argument: `onnx` compares ONNX files too, `source` does not."""
    global onnx, numpy, onnxruntime
    mode = sys.argv.pop(1)
    assert mode in ("onnx", "source"), mode
    if mode == "onnx":
        onnx, numpy, onnxruntime = (importlib.import_module(name) for name in ("onnx", "numpy", "onnxruntime"))


def distance(mine, reference):
    reference, mine = torch.as_tensor(reference), torch.as_tensor(mine)
    if mine.shape != reference.shape:
        return float("inf")
    return ((mine - reference).abs().max() / reference.abs().max().clamp(min=0.01)).item()


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + data)


def read_safetensors(path):
    raw = Path(path).read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + size])
    header.pop("__metadata__", None)
    data = bytearray(raw[8 + size:])
    return {name: torch.frombuffer(data, dtype=torch.float32, offset=entry["data_offsets"][0],
                                   count=torch.Size(entry["shape"]).numel()).view(entry["shape"])
            for name, entry in header.items()}


def load_module(path, name="exported"):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Exporter:
    """One tool process; each call writes into a folder that the next one reuses."""

    def __init__(self, *tools):
        """EXPORT_NETWORK, and DUMP_NETWORK for `check`."""
        self.folder = tempfile.TemporaryDirectory()
        self.tools = [subprocess.Popen([tool], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                      for tool in tools]

    def close(self):
        for tool in self.tools:
            tool.stdin.close()
            tool.wait()
            tool.stdout.close()
        self.folder.cleanup()

    def path(self, name):
        return str(Path(self.folder.name) / name)

    def ask(self, tool, request):
        tool.stdin.write(json.dumps(request) + "\n")
        tool.stdin.flush()
        answer = json.loads(tool.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer

    def names(self, network):
        """{tensor of a node: tensor of the source}"""
        return self.ask(self.tools[0], {"network": network, "model": self.path("model.py")})["names"]

    def export(self, network, state=None):
        """(module in evaluation mode, state dict, path of the ONNX file or None)"""
        request = {"network": network, "model": self.path("model.py")}
        names = self.names(network)
        model = load_module(request["model"]).Network().eval()
        own = {n: t for n, t in model.state_dict().items() if not n.endswith("num_batches_tracked")}
        assert sorted(own) == sorted(names.values()), sorted(set(own) ^ set(names.values()))[:6]
        if state is None:
            state = {mine: formula(node, own[mine].numel()).view(own[mine].shape) for node, mine in names.items()}
        model.load_state_dict(state, strict=False)
        if onnx is None:
            return model, state, None
        write_safetensors(self.path("weights.safetensors"), state)
        request |= {"weights": self.path("weights.safetensors"), "onnx": self.path("model.onnx")}
        self.ask(self.tools[0], request)
        return model, state, request["onnx"]

    def check(self, network, batch):
        """The largest distance, and the model: of the source, of ONNX, from nas-trainer's layers."""
        model, _, onnx_file = self.export(network)
        dumped = self.ask(self.tools[1], {"network": network, "batch": batch})
        shape = dumped["shapes"][0]["shape"]
        x = formula("input", batch * torch.Size(shape).numel()).view(batch, *shape)
        with torch.no_grad():
            result = model(x)
        output = result["output"] if isinstance(result, dict) else result
        reference = torch.tensor(dumped["evaluation"]).view(output.shape)
        assert list(output.shape[1:]) == dumped["shapes"][network["output"]]["shape"]
        worst = {"source": distance(output, reference)}
        if onnx_file:
            outputs = run_onnx(onnx_file, x)
            worst["onnx"] = distance(outputs["output"], reference)
            if isinstance(result, dict):
                for name, value in result.items():
                    worst[f"onnx {name}"] = distance(outputs[name], value)
        return worst, model


def run_onnx(path, x):
    """Checked, then run on a batch that the file does not name."""
    onnx.checker.check_model(path, full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    outputs = session.run(None, {"input": numpy.asarray(x)})
    return {meta.name: torch.from_numpy(value) for meta, value in zip(session.get_outputs(), outputs)}
