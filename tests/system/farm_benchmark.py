"""What the farm does in a second, measured on the whole program.

usage: farm_benchmark.py BIN [--only durable|crash]... [--evaluations N] [--crashes N]

durable: results a second of a random search over four genes with a table, each committed before the
         algorithm hears of it, while another process reads the study all the time; with memory.
crash:   seconds from the SIGKILL of a trainer (fake_trainer.py) until another has taken up the slot's
         next job; nas-trainer takes as long as it loads libtorch more.
"""

import argparse
import os
import pathlib
import signal
import sqlite3
import statistics
import subprocess
import tempfile
import time

import gene_space


def results_of(study):
    try:
        with sqlite3.connect(f"file:{study}?mode=ro", uri=True) as database:
            return database.execute("SELECT count(*) FROM nas_results").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def durable(binary, evaluations):
    with tempfile.TemporaryDirectory(prefix="nas-farm-") as name:
        folder = pathlib.Path(name)
        text = gene_space.write_table_experiment(folder, evaluations=evaluations, algorithm="random",
                                                 allow_duplicates=True).read_text()
        (folder / "experiment.yaml").write_text(text.replace("slots: 3", "slots: 256"))
        process = subprocess.Popen([binary, "search", folder / "experiment.yaml", "--run", folder / "run"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seen = [(time.monotonic(), 0)]
        while seen[-1][1] < evaluations and os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            count = results_of(folder / "run" / "study.db")
            if count > seen[-1][1]:
                seen.append((time.monotonic(), count))
            time.sleep(0.05)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        first = seen[1]
        last = next(point for point in seen if point[1] == seen[-1][1])
        print(f"durable: {(last[1] - first[1]) / (last[0] - first[0]):.0f} results a second "
              f"({evaluations} in all, {len(seen) - 1} reads beside), "
              f"{1e6 * (usage.ru_utime + usage.ru_stime) / evaluations:.0f} us of a processor each, "
              f"greatest memory {usage.ru_maxrss * 1024 / 1e9:.2f} GB, exit code {status}", flush=True)


def jobs_begun(folder):
    """{process id of a trainer: when its latest job began}, as fake_trainer.py notes them."""
    return {int(path.name.split("-")[1]): path.stat().st_mtime for path in folder.iterdir()}


def wait_for_another(folder, known):
    while True:
        for process, began in jobs_begun(folder).items():
            if process not in known:
                return process, began
        time.sleep(0.002)


def crash(binary, crashes):
    with tempfile.TemporaryDirectory(prefix="nas-farm-") as name:
        folder = pathlib.Path(name)
        begun = folder / "begun"
        begun.mkdir()
        experiment = gene_space.write_command_experiment(
            folder, arguments=["--milliseconds", 10**9, "--count", begun], resources={"max_attempts": 1})
        process = subprocess.Popen([binary, "search", experiment, "--run", folder / "run", "--workers", "1"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        known, seconds = set(), []
        for _ in range(crashes):
            trainer, _ = wait_for_another(begun, known)
            known.add(trainer)
            time.sleep(0.2)
            killed = time.time()
            os.kill(trainer, signal.SIGKILL)
            seconds.append(wait_for_another(begun, known)[1] - killed)
        process.kill()
        process.wait()
        time.sleep(0.5)  # its children end now, and want the folder until then
        print(f"crash: a slot trains again after {statistics.median(seconds):.2f} s (median of {crashes}, "
              f"{min(seconds):.2f} to {max(seconds):.2f})", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--only", action="append", choices=["durable", "crash"])
    parser.add_argument("--evaluations", type=int, default=300000)
    parser.add_argument("--crashes", type=int, default=10)
    options = parser.parse_args()
    nas = options.bin.resolve() / "nas"
    if "durable" in (options.only or ["durable"]):
        durable(nas, options.evaluations)
    if "crash" in (options.only or ["crash"]):
        crash(nas, options.crashes)


if __name__ == "__main__":
    main()
