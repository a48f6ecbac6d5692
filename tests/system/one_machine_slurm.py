"""A real Slurm of one node on this machine, for one test: controller, node daemon and munge in a folder of their own.

Needs root (Slurm's daemons start jobs as other users) and Debian's slurm-wlm and munge.
"""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

CPUS = 4  # that Slurm believes in


def is_possible():
    return os.geteuid() == 0 and all(shutil.which(name) for name in ("slurmctld", "slurmd", "munged", "sbatch"))


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _configuration(folder):
    host = socket.gethostname().split(".")[0]
    return f"""ClusterName=one
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmctldPort={_free_port()}
SlurmdPort={_free_port()}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=5
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 CPUs={CPUS} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class OneMachineSlurm(contextlib.ExitStack):
    """With `environment` for sbatch, squeue and jobs."""

    def __enter__(self):
        super().__enter__()
        # A short path: munge's socket has a limit on it.
        self.folder = pathlib.Path(self.enter_context(tempfile.TemporaryDirectory(prefix="slurm-")))
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        os.chmod(self.folder, 0o755)
        (self.folder / "munge.key").write_bytes(os.urandom(1024))
        os.chmod(self.folder / "munge.key", 0o600)
        (self.folder / "slurm.conf").write_text(_configuration(self.folder))
        self.environment = {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf")}
        self._daemon("munged", "--foreground", "--force", f"--socket={self.folder}/munge.socket",
                     f"--key-file={self.folder}/munge.key", f"--pid-file={self.folder}/munge.pid",
                     f"--log-file={self.folder}/munge.log", f"--seed-file={self.folder}/munge.seed")
        self._wait(lambda: (self.folder / "munge.socket").exists(), "munge")
        self._daemon("slurmctld", "-D")
        self._daemon("slurmd", "-D")
        self._wait(lambda: "idle" in self.run("sinfo", "-h", "-o", "%t"), "an idle node")
        return self

    def run(self, *words, cwd=None):
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True, check=False, cwd=cwd)
        return done.stdout if done.returncode == 0 else ""

    def jobs(self):
        """State of each job that Slurm still knows, by id."""
        return dict(line.split() for line in self.run("squeue", "-h", "-o", "%i %T").splitlines())

    def _daemon(self, *words):
        log = self.enter_context(open(self.folder / f"{words[0]}.out", "w", encoding="utf-8"))
        process = subprocess.Popen(words, env=self.environment, stdout=log, stderr=log)
        self.callback(self._end, process)

    @staticmethod
    def _end(process):
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _wait(self, condition, what, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                logs = "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}"
                                 for log in sorted(self.folder.glob("*.log")) + sorted(self.folder.glob("*.out")))
                raise AssertionError(f"waited {seconds} s in vain for {what}\n{logs}")
            time.sleep(0.2)
