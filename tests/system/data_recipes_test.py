"""The recipes on data that do not ship, shortened; the data lie in NAS_DATA_DIR."""

import os
import pathlib

import program

DATA = pathlib.Path(os.environ["NAS_DATA_DIR"])
SHORT = ["evaluations=3", "algorithm=random", "training.epochs=1"]


class DataRecipesTest(program.SystemTest):
    def search(self, recipe, metric, *sets):
        words = [word for text in [*SHORT, *sets] for word in ("--set", text)]
        self.good("search", recipe, "--run", self.run_folder, *words)
        values = [float(row[metric]) for row in self.trials() if row["state"] == "complete"]
        self.assertEqual(len(values), 3)
        self.assertTrue(all(0 <= value <= 1 for value in values), values)
        self.assertGreater(len(set(values)), 1)
        return max(values)

    def test_ecg_rhythm(self):
        file = DATA / "ecg_cinc2017/ecg_cinc2017.npz"
        # Of four classes, none of them learnt, one taken for all: 0.19 at best.
        best = self.search("ecg_rhythm", "val_f1", f"data.file={file}", "data.train=300", "data.validation=200")
        self.assertGreater(best, 0.05)

    def test_necrosis_patches(self):
        file = DATA / "necrosis_patches/necrosis_patches.npz"
        self.assertGreater(self.search("necrosis_patches", "val_auc", f"data.file={file}", "data.train=300"), 0.6)

    def test_nuclei_unet(self):
        file = DATA / "nuclei_dsb2018/nuclei_dsb2018.npz"
        best = self.search("nuclei_unet", "val_miou", f"data.file={file}", "data.train=60", "data.validation=30")
        self.assertGreater(best, 0.2)

    def test_mammography_table(self):
        best = self.search("mammography_table", "val_auc", f"data.file={DATA / 'tabular/mammography.csv.gz'}",
                           "data.train=2000")
        self.assertGreater(best, 0.6)


if __name__ == "__main__":
    program.main()
