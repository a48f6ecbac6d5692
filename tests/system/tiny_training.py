"""Trainings of a fraction of a second: four classes of small images, written by the test, and networks for them."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "trainer"))
import idx_files  # noqa: E402

NETWORK = """
  - conv: {kernel: 3, stride: 2, channels: {choose: [4, 6, 8]}}
  - batch_norm
  - choose: [relu, tanh, sigmoid]
  - conv: {kernel: {choose: [1, 3, 5]}}
  - batch_norm
  - relu
  - global_average_pool
  - linear: {units: "${classes}"}
"""
SPACE = f"""space: tiny
input: {{channels: 1, size: [12, 12]}}
parameters: {{classes: 4}}
network:{NETWORK}"""
MEASURED = {"train_seconds", "images_per_second", "peak_memory_bytes"}  # not a function of candidate and seed


def write_experiment(folder, evaluations=8, epochs=2, space=SPACE, **keys):
    (folder / "images").mkdir(exist_ok=True)
    idx_files.write_set(folder / "images", count=240, size=12, classes=4)
    (folder / "tiny.yaml").write_text(space)
    text = (f"space: tiny.yaml\ndata: {{set: idx, folder: images, train: 160, validation: 80}}\n"
            f"training: {{epochs: {epochs}, batch_size: 32, threads: 1}}\nevaluations: {evaluations}\n")
    if "objectives" not in keys:
        text += "objectives: [{maximize: val_accuracy}, {minimize: macs}]\n"
    text += "".join(f"{key}: {json.dumps(value)}\n" for key, value in keys.items())
    path = folder / "tiny_search.yaml"
    path.write_text(text)
    return path
