"""The recipe that the demo runs, shortened, on Debian's Fashion-MNIST under mpirun."""

import program

RECIPE = "fashion_mnist_nas_bench_201"


class RecipeTest(program.SystemTest):
    def test_the_recipe_is_right(self):
        text = self.good("search", RECIPE, "--check")
        for part in ("nas_bench_201", "nsga2", "36 candidates", "fashion_mnist"):
            self.assertIn(part, text)

    def test_the_recipe_searches(self):
        shorter = ["evaluations=4", "data.train=600", "data.validation=300", "training.epochs=1"]
        sets = [word for text in shorter for word in ("--set", text)]
        out = self.good("search", RECIPE, "--run", self.run_folder, *sets, ranks=3)
        self.assert_each_done_once(4)
        for row in self.trials():
            self.assertEqual(row["state"], "complete")
            self.assertGreater(float(row["macs"]), 0)
            self.assertGreater(float(row["val_accuracy"]), 0.02)
        self.assertEqual({row["worker"].rpartition(":")[2] for row in self.trials()}, {"1.0", "2.0"})
        self.assertEqual(self.status()["workers"], 2)
        self.assertGreaterEqual(len(self.front()), 1)
        self.assertIn("Pareto front:", out)


if __name__ == "__main__":
    program.main()
