"""The store in optuna-dashboard, while the search runs, as a headless Chromium shows it.

    optuna_dashboard_test.py BIN CHROMIUM OPTUNA_DASHBOARD [unittest arguments]
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import urllib.request

import browser
import program

DASHBOARD, CHROMIUM = sys.argv.pop(3), sys.argv.pop(2)

# Ten quick candidates, then slow ones: the search is running while somebody looks.
EVALUATOR = """
import json, sys, time
for line in sys.stdin:
    job = json.loads(line)
    accuracy = 0.5 + 0.05 * job["genotype"].count(3) + 0.01 * job["genotype"][0]
    for epoch in range(1, 5):
        print(json.dumps({"id": job["id"], "epoch": epoch, "metrics": {"val_accuracy": accuracy * (1 - 0.5 ** epoch)}}))
    if job["id"] >= 30:
        time.sleep(600)
    print(json.dumps({"id": job["id"], "metrics": {"val_accuracy": accuracy}}), flush=True)
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class OptunaDashboardTest(program.SystemTest):
    def running_search(self, objectives):
        evaluator = self.write("evaluator.py", EVALUATOR)
        command = json.dumps({"type": "command", "command": [sys.executable, str(evaluator)],
                              "metrics": ["val_accuracy"]})
        experiment = self.write("experiment.yaml", f"space: nas_bench_201\nevaluator: {command}\n"
                                f"objectives: {objectives}\nalgorithm: random\nevaluations: 40\n"
                                "resources: {workers: 2}\n")
        self.start("search", experiment, "--run", self.run_folder)
        program.wait_until(lambda: self.finished_count() >= 30, "30 results")

    def dashboard(self):
        port = free_port()
        process = subprocess.Popen([DASHBOARD, f"sqlite:///{self.run_folder}/study.db", "--host", "127.0.0.1",
                                    "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=self.environment())
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        def answers():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/studies", timeout=5) as answer:
                    return answer.status == 200
            except OSError:
                return False

        program.wait_until(answers, "the dashboard")
        return f"http://127.0.0.1:{port}/dashboard/studies/1"

    def look_at(self, url, name, *words):
        """Every one of `words` must be on the page, each plot with something in it, and nothing go wrong."""
        opened = browser.Browser(CHROMIUM, self.folder / "profile", size=(1300, 1600))
        self.addCleanup(opened.close)
        opened.open(url, "document.body !== null && document.body.innerText.includes('run (id=1)')")
        for word in words:
            opened.wait_for(f"document.body.innerText.includes({json.dumps(word)})")
        opened.wait_for("document.querySelectorAll('.js-plotly-plot .plot-container').length >= 2")
        if folder := os.environ.get("NAS_SCREENSHOTS"):
            opened.screenshot(pathlib.Path(folder) / f"dashboard-{name}.png")
        self.assertEqual(opened.errors, [])
        return opened

    def test_front_history_and_importance_of_a_running_search(self):
        self.running_search("[{maximize: val_accuracy}, {minimize: macs}]")
        url = self.dashboard()
        opened = self.look_at(url, "history", "Pareto Front", "History", "Hyperparameter Importance", "Timeline")
        # Each of the 30 results is a point of the front's plot.
        points = "[...document.querySelectorAll('.js-plotly-plot')][0].querySelectorAll('path.point').length"
        opened.wait_for(f"{points} >= 30")
        # Bars of the importance: a gene has one for each objective.
        opened.wait_for("document.querySelectorAll('.js-plotly-plot .bars path').length >= 6")
        self.assertEqual(opened.errors, [])
        opened.close()
        self.look_at(url + "/analytics", "analytics", "Slice", "cell.1<-0")
        self.assertEqual(self.status()["state"], "running")

    def test_learning_curves_of_a_running_search(self):
        self.running_search("[{maximize: val_accuracy}]")
        opened = self.look_at(self.dashboard(), "curves", "History", "Intermediate values")
        # A line for each candidate with a curve.
        opened.wait_for("document.querySelectorAll('.js-plotly-plot path.js-line').length >= 30")
        self.assertEqual(opened.errors, [])
        self.assertEqual(self.status()["state"], "running")


if __name__ == "__main__":
    program.main()
