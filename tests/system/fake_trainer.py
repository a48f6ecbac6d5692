"""A command for the `command` evaluator that answers gene_space's metrics.

usage: fake_trainer.py [--milliseconds N] [--child] [--die ID SIGNAL]... [--count FOLDER]
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import gene_space

parser = argparse.ArgumentParser()
parser.add_argument("--milliseconds", type=float, default=0)  # of the longest training; the seed decides
parser.add_argument("--child", action="store_true")  # has a process of its own beside it, as data loaders are
parser.add_argument("--die", nargs=2, action="append", default=[], metavar=("ID", "SIGNAL"))
parser.add_argument("--count", type=pathlib.Path)  # a folder: gets a file for each training that began
options = parser.parse_args()

if options.child:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], stdin=subprocess.DEVNULL,
                     stdout=subprocess.DEVNULL, start_new_session=True)
deaths = {int(number): int(sign) for number, sign in options.die}
for line in sys.stdin:
    job = json.loads(line)
    if options.count:
        (options.count / f"{job['id']}-{os.getpid()}-{time.monotonic_ns()}").touch()
    if job["id"] in deaths:
        print(f"about to end by signal {deaths[job['id']]}", file=sys.stderr, flush=True)
        os.kill(os.getpid(), deaths[job["id"]])
        signal.pause()
    time.sleep(options.milliseconds / 1000 * (job["seed"] % 97) / 96)
    print(json.dumps({"id": job["id"], "epoch": 1, "metrics": {"score": 0.5}}), flush=True)
    print(json.dumps({"id": job["id"], "metrics": gene_space.metrics_of(job["genotype"])}), flush=True)
