"""Exported published networks against torchvision's own models, with the weights copied over.

usage: export_torchvision_test.py onnx|source EXPORT_NETWORK EXPORT_NETWORKS [unittest arguments]
"""

import json
import subprocess
import sys
import unittest

import torch
import torchvision

from export_check import TOLERANCE, Exporter, distance, run_onnx, take_mode

MODELS = {
    ("resnet", "resnet18"): torchvision.models.resnet18,
    ("mbconv", "mobilenet_v2"): torchvision.models.mobilenet_v2,
    ("mbconv", "efficientnet_b0"): torchvision.models.efficientnet_b0,
}


def modules_in_order(model, x):
    """Modules with weights in the order in which they run; a layer that two ways reach counts once."""
    order = []
    hooks = [module.register_forward_hook(lambda module, *_: order.append(module) if module not in order else None)
             for module in model.modules() if module._parameters and not module._modules]
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return order


def kind_and_shapes(module):
    return type(module), [tuple(tensor.shape) for tensor in module.parameters()]


def copy_weights(mine, theirs, x):
    """Both run the same operations; only a projection beside a body may come before or after it."""
    left, right = modules_in_order(mine, x), modules_in_order(theirs, x)
    assert len(left) == len(right), (len(left), len(right))
    for module in left:
        match = next(other for other in right if kind_and_shapes(other) == kind_and_shapes(module))
        module.load_state_dict(match.state_dict())
        right.remove(match)


def shake(model):
    """Running statistics off their defaults, weights that no symmetry hides."""
    generator = torch.Generator().manual_seed(1)
    for name, tensor in model.state_dict().items():
        if name.endswith("running_var"):
            tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator))
        elif name.endswith("running_mean"):
            tensor.copy_(0.2 * torch.randn(tensor.shape, generator=generator))


class TorchvisionTest(unittest.TestCase):
    def test_the_same_outputs(self):
        exporter = Exporter(TOOLS[0])
        self.addCleanup(exporter.close)
        for (space, name), make in MODELS.items():
            with self.subTest(name):
                line = subprocess.run([TOOLS[1], space, name], capture_output=True, text=True, check=True).stdout
                network = json.loads(line)["network"]
                theirs = make(weights=None).eval()
                shake(theirs)
                x = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(2))
                model, state, _ = exporter.export(network)
                copy_weights(model, theirs, x)
                copied = {key: value for key, value in model.state_dict().items() if key in state}
                model, _, onnx_file = exporter.export(network, copied)
                with torch.no_grad():
                    expected = theirs(x)
                    self.assertLessEqual(distance(model(x), expected), TOLERANCE)
                if onnx_file:
                    self.assertLessEqual(distance(run_onnx(onnx_file, x)["output"], expected), TOLERANCE)


if __name__ == "__main__":
    take_mode()
    TOOLS = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main()
