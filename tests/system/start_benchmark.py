"""How long a user waits: `nas --help`, and from `nas search` to the first candidate in training.

usage: start_benchmark.py BIN [--runs N] [--experiment RECIPE_OR_FILE]

The search runs as usual but for a shell script in nas-trainer's place, which hands everything on and
notes the time of the trainer's first line (epoch 0: data are loaded, the network is built, the first
step begins). The script itself costs some 2 ms.
"""

import argparse
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

TRAINER = """#!/bin/sh
'{trainer}' "$@" | while IFS= read -r line; do
  date +%s.%N >> '{stamps}'
  printf '%s\\n' "$line"
done
"""


def first_stamp(stamps, process):
    while True:
        text = stamps.read_text() if stamps.exists() else ""
        if "\n" in text:
            return float(text.split("\n")[0])
        if process.poll() is not None:
            raise SystemExit(f"the search ended before it trained: {process.communicate()[1]}")
        time.sleep(0.005)


def seconds_to_training(binary, trainer, experiment):
    with tempfile.TemporaryDirectory(prefix="nas-start-") as name:
        folder = pathlib.Path(name)
        stamps = folder / "stamps"
        shutil.copy(binary, folder / "nas")
        (folder / "nas-trainer").write_text(TRAINER.format(trainer=trainer, stamps=stamps))
        (folder / "nas-trainer").chmod(0o755)
        began = time.time()
        process = subprocess.Popen([folder / "nas", "search", experiment, "--run", folder / "run"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        try:
            return first_stamp(stamps, process) - began
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            time.sleep(0.5)  # its children end now, and must not disturb the next run


def seconds_of_help(binary):
    began = time.perf_counter()
    subprocess.run([binary, "--help"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def report(what, seconds):
    print(f"{what}: median {1e3 * statistics.median(seconds):.1f} ms, "
          f"{1e3 * min(seconds):.1f} to {1e3 * max(seconds):.1f} ms over {len(seconds)} runs")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--experiment", default="fashion_mnist_nas_bench_201")
    options = parser.parse_args()
    nas, trainer = options.bin.resolve() / "nas", options.bin.resolve() / "nas-trainer"
    report("nas --help", [seconds_of_help(nas) for _ in range(options.runs)])
    report("nas search to the first candidate in training",
           [seconds_to_training(nas, trainer, options.experiment) for _ in range(options.runs)])


if __name__ == "__main__":
    main()
