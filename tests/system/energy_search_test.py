"""Searches with energy among their objectives: one source a run, from its beginning to its report."""

import os

import program
import tiny_training

OBJECTIVES = [{"maximize": "val_accuracy"}, {"minimize": "inference_energy_joules"}]


class EnergySearchTest(program.SystemTest):
    def environment(self):
        """No counters but those that a test makes."""
        return {**super().environment(), "NAS_POWERCAP": str(self.folder / "powercap"),
                "NAS_NVML": str(self.folder / "none.so")}

    def experiment(self, energy, workers=1, **keys):
        file = tiny_training.write_experiment(self.folder, evaluations=4, epochs=1, objectives=OBJECTIVES,
                                              algorithm="random", resources={"workers": workers}, **keys)
        file.write_text(file.read_text().replace("threads: 1}", f"threads: 1, energy: {energy}}}"))
        return file

    def write_package(self):
        zone = self.folder / "powercap" / "intel-rapl:0"
        zone.mkdir(parents=True)
        for name, text in (("name", "package-0"), ("max_energy_range_uj", "1000000"), ("energy_uj", "5")):
            (zone / name).write_text(text + "\n")

    def config(self):
        return (self.run_folder / "config.yaml").read_text()

    def test_auto_is_settled_once_for_a_run(self):
        out = self.nas("search", self.experiment("auto"), "--run", self.run_folder)
        self.assertEqual(out.returncode, 0, out.stderr)
        self.assertIn("energy is that of a model of operations and bytes", out.stderr)
        self.assertIn("energy: model", self.config())
        for row in self.trials():
            self.assertEqual(row["state"], "complete")
            self.assertGreater(float(row["train_energy_joules"]), float(row["inference_energy_joules"]))
        self.assertEqual(self.status()["energy"], "model")
        self.good("report", self.run_folder)
        report = (self.run_folder / "report.html").read_text()
        self.assertIn("<dt>all train_energy_joules</dt>", report)
        self.assertNotIn("<dt>all inference_energy_joules</dt>", report)
        self.assertIn("<dt>energy is that of</dt><dd>a model of operations and bytes, not measured</dd>", report)
        # There is a counter now; the run stays with its model.
        self.write_package()
        self.good("search", self.experiment("auto"), "--run", self.run_folder, "--resume", "--set", "evaluations=6")
        self.assertIn("energy: model", self.config())
        self.assertEqual({row["state"] for row in self.trials()}, {"complete"})
        self.good("export", self.run_folder, "--best", "val_accuracy", "--to", self.folder / "export")
        card, = (self.folder / "export").rglob("model_card.md")
        self.assertIn("Energy is that of a model of operations and bytes", card.read_text())

    def test_more_macs_are_more_energy(self):
        self.good("search", self.experiment("model"), "--run", self.run_folder)
        rows = sorted(self.trials(), key=lambda row: float(row["macs"]))
        self.assertLess(float(rows[0]["inference_energy_joules"]), float(rows[-1]["inference_energy_joules"]))

    def test_a_source_that_is_not_there_ends_the_search_before_it_begins(self):
        out = self.nas("search", self.experiment("rapl"), "--run", self.run_folder)
        self.assertNotEqual(out.returncode, 0)
        self.assertIn(f"training.energy: rapl, but {os.uname().nodename} can't have it", out.stderr)
        self.assertIn("no processor's energy counter is in", out.stderr)

    def test_workers_do_not_share_a_counter(self):
        self.write_package()
        out = self.nas("search", self.experiment("rapl", workers=2), "--run", self.run_folder)
        self.assertNotEqual(out.returncode, 0)
        self.assertIn("several workers share the processor of", out.stderr)
        self.run_folder = self.folder / "another"
        self.good("search", self.experiment("auto", workers=2), "--run", self.run_folder)
        self.assertIn("energy: model", self.config())

    def test_objectives_want_the_option(self):
        out = self.nas("search", self.experiment("none"), "--check")
        self.assertNotEqual(out.returncode, 0)
        self.assertIn("'inference_energy_joules' is no metric that training reports", out.stderr)
        self.good("search", self.experiment("auto"), "--check")


if __name__ == "__main__":
    program.main()
