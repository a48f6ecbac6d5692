"""The report in a real browser: a headless Chromium opens the file, and clicks on it.

    report_browser_test.py BIN CHROMIUM [unittest arguments]

With NAS_SCREENSHOTS=DIR set, pictures of the pages are left there for people to look at.
"""

import json
import os
import pathlib
import sys

import browser
import gene_space
import program

CHROMIUM = sys.argv.pop(2)
READY = "document.documentElement.dataset.ready === 'yes'"
EVIL = "</script><script>document.title = 'broken'</script><b>&"

# A command that draws its numbers from the genotype; one in eight fails and says evil things.
EVALUATOR = """
import json, random, sys
for line in sys.stdin:
    job = json.loads(line)
    dice = random.Random(str(job["genotype"]))
    if job["id"] % 8 == 5:
        print(EVIL, file=sys.stderr, flush=True)
        answer = {"id": job["id"], "error": EVIL, "failure": "diverged"}
    else:
        accuracy = 0.5 + 0.06 * job["genotype"].count(3) + 0.1 * dice.random()
        for epoch in range(1, 6):
            point = {"val_accuracy": accuracy * (1 - 0.5 ** epoch)}
            print(json.dumps({"id": job["id"], "epoch": epoch, "metrics": point}))
        answer = {"id": job["id"], "metrics": {"val_accuracy": accuracy, "train_energy_joules": 2.5}}
    print(json.dumps(answer), flush=True)
"""

# Where on the window the first point of the front is.
POINT = """(() => {
  const chart = Chart.getChart("front-plot");
  const set = chart.data.datasets.findIndex(one => one.label === "LABEL");
  const point = chart.getDatasetMeta(set).data[INDEX];
  const box = chart.canvas.getBoundingClientRect();
  return {x: box.left + point.x, y: box.top + point.y,
          id: trials.id[chart.data.datasets[set].data[INDEX].place]};
})()"""

# Pixels of a canvas that something was drawn on.
INKED = """(() => {
  const canvas = document.getElementById("ID");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let inked = 0;
  for (let i = 3; i < pixels.length; i += 4) inked += pixels[i] > 0;
  return inked;
})()"""


class ReportBrowserTest(program.SystemTest):
    def search(self, run, algorithm="nsga2", evaluations=120):
        evaluator = self.write("evaluator.py", EVALUATOR.replace("EVIL", repr(EVIL)))
        command = json.dumps({"type": "command", "command": [sys.executable, str(evaluator)],
                              "metrics": ["val_accuracy", "train_energy_joules"]})
        experiment = self.write("experiment.yaml", f"space: nas_bench_201\nevaluator: {command}\n"
                                "objectives: [{maximize: val_accuracy}, {minimize: macs}]\n"
                                f"algorithm: {algorithm}\nevaluations: {evaluations}\n")
        self.good("search", experiment, "--run", run)

    def browser(self):
        opened = browser.Browser(CHROMIUM, self.folder / "profile")
        self.addCleanup(opened.close)
        return opened

    def open(self, page, scheme="light"):
        opened = self.browser()
        opened.media(scheme)
        opened.open(f"file://{page}", READY)
        return opened

    def look(self, opened, name):
        if folder := os.environ.get("NAS_SCREENSHOTS"):
            pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
            opened.screenshot(pathlib.Path(folder) / f"{name}.png")

    def scroll_to(self, opened, part):
        opened.evaluate(f"document.getElementById('{part}').scrollIntoView()")

    def assert_drawn(self, opened, canvas):
        self.scroll_to(opened, canvas)
        opened.wait_for(f"Chart.getChart('{canvas}') !== undefined")
        self.assertGreater(opened.evaluate(INKED.replace("ID", canvas)), 1000, canvas)

    def test_every_part_of_the_page_is_there(self):
        self.search(self.run_folder)
        self.search(self.folder / "other", "random")
        page = pathlib.Path(self.good("report", self.run_folder, self.folder / "other").strip())
        opened = self.open(page)
        for canvas in ("front-plot", "hypervolume-evaluations", "hypervolume-time", "best-evaluations", "best-time",
                       "importance-plot", "parallel-plot"):
            self.assert_drawn(opened, canvas)
        labels = opened.evaluate("Chart.getChart('hypervolume-evaluations').data.datasets.map(one => one.label)")
        self.assertEqual(labels, ["run", "other (random search)"])
        front = {member["id"] for member in self.front()}
        self.assertEqual(opened.evaluate("document.querySelectorAll('#gallery .card').length"), min(len(front), 18))
        self.assertGreater(opened.evaluate("document.querySelectorAll('#gallery .drawing svg').length"), 0)
        self.assertGreater(opened.evaluate("document.querySelectorAll('#means .mean').length"), 20)
        self.assertGreater(opened.evaluate("document.querySelectorAll('#lineage-list li').length"), 0)
        self.assertEqual(opened.evaluate("document.querySelectorAll('svg.nas-timeline').length"), 1)
        self.assertIn("diverged: 15", opened.evaluate("document.getElementById('failures').textContent"))
        self.assertIn("262.5 J", opened.evaluate("document.getElementById('summary').textContent"))
        self.assertEqual(opened.errors, [])
        self.assertEqual(opened.requests, [f"file://{page}"], "the page asked for something outside")
        self.scroll_to(opened, "summary")
        self.look(opened, "light")

    def test_a_click_shows_the_architecture(self):
        self.search(self.run_folder)
        opened = self.open(self.good("report", self.run_folder).strip())
        opened.wait_for("Chart.getChart('front-plot') !== undefined")
        for label, index in (("other", 3), ("front", 1)):
            point = opened.evaluate(POINT.replace("LABEL", label).replace("INDEX", str(index)))
            opened.click(point["x"], point["y"])
            # Points may lie on each other: what is shown is one that is there.
            opened.wait_for(f"Math.abs(trials.objectives[0][placeOf.get(chosen.id)] - "
                            f"trials.objectives[0][placeOf.get({point['id']})]) < 0.02")
            chosen = opened.evaluate("chosen.id")
            detail = opened.evaluate("document.getElementById('detail').textContent")
            self.assertIn(f"Candidate {chosen}", detail)
            self.assertIn("cell.1<-0", detail)
            self.assertIn("train_energy_joules", detail)
            self.assertEqual(opened.evaluate("document.querySelectorAll('#detail .drawing svg').length"), 1)
        self.scroll_to(opened, "summary")
        self.look(opened, "click")
        opened.evaluate("document.querySelector('#detail details.network').open = true")
        opened.wait_for("document.querySelectorAll('#detail .drawing svg').length === 2")
        opened.evaluate("document.querySelector('#detail canvas').scrollIntoView()")
        opened.wait_for("Chart.getChart(document.querySelector('#detail canvas')) !== undefined")
        self.assertEqual(opened.errors, [])

    def test_axes_can_be_any_metric(self):
        self.search(self.run_folder)
        opened = self.open(self.good("report", self.run_folder).strip())
        opened.wait_for("Chart.getChart('front-plot') !== undefined")
        opened.evaluate("""(() => {
          const select = document.getElementById("front-x");
          select.value = quantityNames.indexOf("params");
          select.dispatchEvent(new Event("change"));
        })()""")
        self.assertEqual(opened.evaluate("Chart.getChart('front-plot').options.scales.x.title.text"), "params")
        self.assertEqual(opened.evaluate("""(() => {
          const point = Chart.getChart("front-plot").data.datasets.find(one => one.label === "front").data[0];
          return point.x === trials.metrics.params[point.place];
        })()"""), True)
        # Every evaluation that has both is there, and within the axes.
        self.assertEqual(opened.evaluate("""(() => {
          const chart = Chart.getChart("front-plot");
          const points = chart.data.datasets.filter(set => set.label !== "chosen").flatMap(set => set.data);
          const inside = (value, scale) => value >= scale.min && value <= scale.max;
          return points.filter(p => inside(p.x, chart.scales.x) && inside(p.y, chart.scales.y)).length;
        })()"""), 105)
        self.assertEqual(opened.errors, [])

    def test_what_a_log_says_is_text(self):
        self.search(self.run_folder, evaluations=24)
        opened = self.open(self.good("report", self.run_folder).strip())
        self.assertEqual(opened.evaluate("document.title"), "run: architecture search")
        self.assertEqual(opened.evaluate("document.querySelectorAll('#failures b').length"), 0)
        self.assertIn(EVIL, opened.evaluate("document.querySelector('#failures li').textContent"))
        self.assertEqual(opened.errors, [])

    def test_dark_screens_and_white_paper(self):
        self.search(self.run_folder, evaluations=24)
        opened = self.open(self.good("report", self.run_folder).strip(), "dark")
        page = "getComputedStyle(document.body).backgroundColor"
        self.assertEqual(opened.evaluate(page), "rgb(17, 22, 27)")
        self.look(opened, "dark")
        opened.media("light")
        self.assertEqual(opened.evaluate(page), "rgb(246, 247, 249)")
        opened.media("dark")
        opened.print_to(self.folder / "report.pdf")
        self.assertGreater((self.folder / "report.pdf").stat().st_size, 20_000)
        self.assertEqual(opened.errors, [])

    def test_a_space_of_genes_alone(self):
        experiment = gene_space.write_table_experiment(self.folder)
        self.good("search", experiment, "--run", self.run_folder)
        opened = self.open(self.good("report", self.run_folder).strip())
        self.assert_drawn(opened, "front-plot")
        self.assertIn("no networks to draw", opened.evaluate("document.getElementById('members').textContent"))
        self.assertEqual(opened.errors, [])

    def test_one_objective(self):
        experiment = gene_space.write_table_experiment(self.folder, objectives=[{"maximize": "score"}])
        self.good("search", experiment, "--run", self.run_folder)
        opened = self.open(self.good("report", self.run_folder).strip())
        self.assert_drawn(opened, "best-evaluations")
        self.assertEqual(opened.evaluate("document.getElementById('hypervolume-time')"), None)
        self.assertEqual(opened.errors, [])


if __name__ == "__main__":
    program.main()
