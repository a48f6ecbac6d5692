"""Opens a running and a finished store with Optuna and compares with what make_store wrote.

Usage: optuna_reads_store.py MAKE_STORE
"""

import math
import subprocess
import sys
import tempfile
from pathlib import Path

import optuna
from optuna.distributions import CategoricalDistribution
from optuna.study import StudyDirection
from optuna.trial import TrialState


def load(run: Path) -> optuna.Study:
    return optuna.load_study(study_name="small", storage=f"sqlite:///{run}/study.db")


def check(condition: bool, what: str) -> None:
    if not condition:
        sys.exit(f"optuna_reads_store: {what}")


def equal(actual, expected, what: str) -> None:
    check(actual == expected, f"{what}: {actual!r}, expected {expected!r}")


def check_study(study: optuna.Study) -> None:
    equal(study.directions, [StudyDirection.MAXIMIZE, StudyDirection.MINIMIZE], "directions")
    equal(study.metric_names, ["val_accuracy", "macs"], "metric names")
    equal(study.user_attrs["space"], "toy", "space")
    equal(study.user_attrs["seed"], 7, "seed")


def check_failed(trial: optuna.trial.FrozenTrial) -> None:
    equal((trial.number, trial.state, trial.values), (0, TrialState.FAIL, None), "failed trial")
    equal(trial.params, {"op": "conv", "width": 0.5, "kernel": 5}, "parameters of the failed trial")
    equal(trial.user_attrs["failure_type"], "out_of_memory", "failure type")
    equal(trial.user_attrs["failure_message"], 'what "went" wrong', "failure message")


def check_complete(trial: optuna.trial.FrozenTrial) -> None:
    equal((trial.number, trial.state, trial.values), (1, TrialState.COMPLETE, [0.75, 200.0]), "complete trial")
    equal(trial.params, {"op": "pool", "width": 8}, "parameters: an inactive gene is none")
    equal(trial.distributions["width"], CategoricalDistribution([8, 0.5]), "distribution")
    equal(trial.intermediate_values, {1: 0.375, 2: 0.75}, "learning curve")
    equal(trial.system_attrs["constraints"], [-0.5], "constraints")
    equal({k: trial.user_attrs[k] for k in ("macs", "params", "val_loss")},
          {"macs": 200.0, "params": 10.0, "val_loss": 1.5}, "metrics")
    check(math.isclose(trial.duration.total_seconds(), 1.5), f"duration {trial.duration}")


def check_pruned(trial: optuna.trial.FrozenTrial) -> None:
    equal((trial.number, trial.state, trial.values), (3, TrialState.PRUNED, [0.25, 50.0]), "stopped trial")
    equal(trial.intermediate_values, {1: 0.125, 2: 0.25}, "learning curve of the stopped trial")
    equal((trial.last_step, trial.user_attrs["epochs"]), (2, 3), "where it stopped, and its budget")


def check_running_store(run: Path, make_store: str) -> None:
    with subprocess.Popen([make_store, run, "running"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as search:
        equal(search.stdout.readline(), "ready\n", "make_store's answer")
        study = load(run)
        check_study(study)
        trials = study.trials
        equal([t.state for t in trials], [TrialState.FAIL, TrialState.COMPLETE, TrialState.RUNNING], "states")
        check_failed(trials[0])
        check_complete(trials[1])
        equal(trials[2].params, {"op": "conv", "width": 8, "kernel": 3}, "parameters of the running trial")
        equal(trials[2].user_attrs, {"macs": 102.0, "params": 10.0}, "what is computed before training")
        print("next", file=search.stdin, flush=True)
        equal(search.stdout.readline(), "told\n", "make_store's answer")
        # The same study object, whose storage caches finished trials.
        equal([t.state for t in study.trials], [TrialState.FAIL, TrialState.COMPLETE, TrialState.COMPLETE], "states")
        equal([t.number for t in study.best_trials], [1, 2], "front while the search runs")
        search.stdin.close()
    equal(search.returncode, 0, "make_store's exit code")


def check_finished_store(run: Path, make_store: str) -> None:
    subprocess.run([make_store, run, "finished"], check=True)
    study = load(run)
    check_study(study)
    equal([t.state for t in study.trials],
          [TrialState.FAIL, TrialState.COMPLETE, TrialState.COMPLETE, TrialState.PRUNED], "states")
    check_pruned(study.trials[3])
    check_failed(study.trials[0])
    check_complete(study.trials[1])
    equal([(t.number, t.values) for t in study.best_trials], [(1, [0.75, 200.0]), (2, [0.5, 100.0])], "front")
    # Optuna may go on with the study on its own.
    trial = study.ask({"op": CategoricalDistribution(["conv", "pool"])})
    equal(trial.number, 4, "number of a trial that Optuna adds")


def main() -> None:
    equal(optuna.__version__, "5.0.0", "version of Optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with tempfile.TemporaryDirectory() as directory:
        check_running_store(Path(directory) / "running", sys.argv[1])
        check_finished_store(Path(directory) / "finished", sys.argv[1])


main()
