"""The built programs as a user starts them, for the tests of this folder.

A test file ends in `program.main()` and is started as
    FILE.py BIN [--mpirun PROGRAM] [unittest arguments]
where BIN is the build's folder of programs. Every process of a test carries the test's folder in its
environment, so that whatever outlives the test is found.
"""

import argparse
import contextlib
import csv
import io
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

MARK = "NAS_SYSTEM_TEST_FOLDER"
PATIENCE_SECONDS = 120  # of waits that end by themselves unless something is broken
ORPHAN_SECONDS = 10  # within which all children of a killed process must be gone

_options = argparse.Namespace(bin=None, mpirun=None)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--mpirun")
    options, rest = parser.parse_known_args()
    _options.bin, _options.mpirun = options.bin.resolve(), options.mpirun
    unittest.main(module="__main__", argv=[sys.argv[0], *rest])


def rounds(short, full):
    """How often to repeat what is random: `full` under scripts/test.sh --slow."""
    return full if os.environ.get("NAS_TEST_ROUNDS") == "full" else short


def program(name="nas"):
    return str(_options.bin / name)


def mpirun(ranks):
    return [_options.mpirun, "-n", str(ranks), "--oversubscribe", "--bind-to", "none"]


def processes_of(folder):
    """{process id: command line} of the living processes that were started by a test in `folder`."""
    mark = f"{MARK}={folder}".encode()
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            with open(f"/proc/{entry}/environ", "rb") as environment:
                if mark not in environment.read().split(b"\0"):
                    continue
            with open(f"/proc/{entry}/stat") as stat:
                if stat.read().rpartition(")")[2].split()[0] in "ZX":
                    continue
            with open(f"/proc/{entry}/cmdline", "rb") as words:
                found[int(entry)] = words.read().replace(b"\0", b" ").decode(errors="replace").strip()
    return found


def wait_until(condition, what, seconds=PATIENCE_SECONDS):
    """The first true value of `condition()`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.01)


class SystemTest(unittest.TestCase):
    """A folder for each test, gone afterwards with everything in it; processes must be gone by themselves."""

    maxDiff = None

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="nas-system-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name).resolve()
        self.run_folder = self.folder / "run"
        self.addCleanup(self.assert_no_process_is_left)

    # Processes

    def environment(self):
        return {**os.environ, MARK: str(self.folder), "CUDA_VISIBLE_DEVICES": "",
                "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}

    def start(self, *words, ranks=None):
        """`nas WORDS` in the test's folder, in a session of its own; under mpirun where `ranks` is given."""
        command = [*(mpirun(ranks) if ranks else []), program(), *map(str, words)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, cwd=self.folder, env=self.environment(), start_new_session=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def nas(self, *words, ranks=None, seconds=PATIENCE_SECONDS):
        """Runs to its end; with stdout, stderr, returncode."""
        process = self.start(*words, ranks=ranks)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"nas {' '.join(map(str, words))}: not ended after {seconds} s:\n"
                                 f"{process.communicate()[1]}") from None
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def good(self, *words, **more):
        """As nas(), for what must succeed; returns standard output."""
        done = self.nas(*words, **more)
        self.assertEqual(done.returncode, 0, f"{done.args}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def assert_no_process_is_left(self):
        try:
            wait_until(lambda: not processes_of(self.folder), "all processes of the test to end", ORPHAN_SECONDS)
        except AssertionError:
            left = processes_of(self.folder)
            for process in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            raise AssertionError(f"processes outlived the test: {left}") from None

    def processes(self, pattern):
        """Ids of this test's living processes whose command line matches."""
        return sorted(i for i, words in processes_of(self.folder).items() if re.search(pattern, words))

    # Files

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def listing(self):
        """Every file of the test's folder with its size and a checksum of its content; without what SQLite puts
        beside a database that is read."""
        return {str(path.relative_to(self.folder)):
                (path.stat().st_size, zlib.crc32(path.read_bytes())) if path.is_file() else None
                for path in sorted(self.folder.rglob("*")) if not path.name.endswith(("-shm", "-wal"))}

    # What a run holds

    def trials(self):
        """Rows of `nas trials --csv`."""
        return list(csv.DictReader(io.StringIO(self.good("trials", self.run_folder, "--csv"))))

    def status(self):
        return json.loads(self.good("status", self.run_folder, "--json"))

    def front(self):
        return json.loads(self.good("front", self.run_folder, "--json"))["front"]

    def query(self, sql, *values):
        """Rows of the run's database, also while it is written."""
        with contextlib.closing(sqlite3.connect(f"file:{self.run_folder / 'study.db'}?mode=ro", uri=True)) as study:
            return study.execute(sql, values).fetchall()

    def finished_count(self):
        """0 where there is no study yet."""
        try:
            return self.query("SELECT count(*) FROM nas_results")[0][0]
        except sqlite3.OperationalError:
            return 0

    def results(self):
        """{trial number: all that is stored of its result}."""
        return {row[1]: row for row in self.query("SELECT * FROM nas_results")}

    def asked(self):
        """{trial number: all that was stored when it was asked for, but the time}."""
        rows = self.query("SELECT number, genotype, seed, budget, origin, parents, asked_after, computed FROM nas_trials")
        return {row[0]: row for row in rows}

    def assert_each_done_once(self, evaluations):
        """Trials 0 to N - 1, each finished exactly once, in our tables and in Optuna's."""
        numbers = sorted(number for (number,) in self.query("SELECT number FROM nas_results"))
        self.assertEqual(numbers, list(range(evaluations)))
        told = sorted(index for (index,) in self.query("SELECT told_index FROM nas_results"))
        self.assertEqual(told, list(range(evaluations)))
        self.assertEqual(sorted(self.asked()), list(range(evaluations)))
        states = self.query("SELECT number, state FROM trials ORDER BY number")
        self.assertEqual([number for number, _ in states], list(range(evaluations)))
        self.assertLessEqual({state for _, state in states}, {"COMPLETE", "PRUNED", "FAIL"})
        status = self.status()
        self.assertEqual(status["state"], "finished")
        self.assertEqual((status["complete"] + status["failed"], status["running"]), (evaluations, 0))
