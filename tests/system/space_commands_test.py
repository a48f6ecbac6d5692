"""Commands on search spaces: new, validate, count, cost, draw, list. Numbers are worked out here, in Python's
integers, not taken from the program."""

import csv
import io
import itertools
import json
import xml.etree.ElementTree as xml

import gene_space
import program

# A depth, a kernel for each layer that is there, what follows one of the kernels, and a training gene.
LAYERS = """space: layers
input: {channels: 2, size: [8, 8]}
parameters: {width: 4}
network:
  - conv: {kernel: 1, channels: "${width}"}
  - repeat:
      times: {choose: [1, 2, 3], name: depth}
      choices: own
      body: [{choose: [[{conv: {kernel: 3}}, {choose: [relu, tanh, sigmoid], name: after}], {conv: {kernel: 5}}],
              name: kernel}]
    label: layer
  - global_average_pool
  - linear: {units: 5}
hyperparameters:
  learning_rate: {choose: [0.1, 0.01]}
architectures:
  shallow: {choices: {depth: 1, "layer[0].kernel": conv(kernel=5)}}
  wide: {choices: {depth: 1, "layer[0].kernel": conv(kernel=5)}, parameters: {width: 6}}
"""

FIXED = """space: fixed
input: {channels: 1, size: [6]}
network: [{linear: {units: 3}}, relu, {linear: {units: 2}}]
"""

SQUARES = """space: squares
input: {channels: 1, size: [4]}
choices: {a: {choose: [0, 1, 2]}, b: {choose: [0, 1, 2]}}
network: [{conv: {kernel: 1, channels: "${1 + a}"}}, {conv: {kernel: 1, channels: "${1 + b}"}}]
constraints: ["a <= b"]
"""


class SpaceCommandsTest(program.SystemTest):
    def assert_fails(self, done, *parts):
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertTrue(done.stderr.startswith("nas: "), done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)

    def count(self, space, *more):
        return json.loads(self.good("space", "count", space, "--json", *more))

    def costs(self, space, *more):
        return json.loads(self.good("space", "cost", space, "--json", *more))

    # count

    def test_count_of_the_benchmark_is_the_published_one(self):
        counts = self.count("nas_bench_201")
        self.assertEqual([counts[key] for key in ("genotypes", "networks", "disconnected", "classes")],
                         [15625, 5424, 341, 5425])
        text = self.good("space", "count", "nas_bench_201")
        for part in ("15,625", "5,424", "341", "5,425"):
            self.assertIn(part, text)

    def test_count_folds_what_is_the_same_network(self):
        # Stages of 2, 3 and 3 layers with three options, one of them an identity, which in a stage's first layer is a
        # convolution of stride 2: (3 * (1 + 2)) * (3 * (1 + 2 + 4))^2.
        counts = self.count("nas_bench_macro")
        self.assertEqual((counts["genotypes"], counts["networks"]), (3**8, 9 * 21 * 21))

    def test_count_tells_of_genotypes_that_cannot_be_built(self):
        space = self.write("sums.yaml", "space: sums\ninput: {channels: 2, size: [4]}\nnetwork:\n"
                                        "  - sum: [[identity], [{conv: {kernel: 1, channels: {choose: [2, 3, 4]}}}]]\n")
        counts = self.count(space)
        self.assertEqual((counts["genotypes"], counts["networks"], counts["failed"]), (3, 1, 2))
        self.assertIn("(genotype 1)", counts["failure"])
        self.assertIn("sums.yaml:4", self.good("space", "count", space))
        self.assert_fails(self.nas("space", "validate", space), "sums.yaml:4")

    def test_count_looks_at_active_genes_and_at_distinct_networks(self):
        space = self.write("layers.yaml", LAYERS)
        networks = sum((3 + 1) ** depth for depth in (1, 2, 3))
        counts = self.count(space)
        self.assertEqual((counts["genotypes"], counts["networks"], counts["disconnected"]), (2 * networks, networks, 0))
        below = self.count(space, "--limit", 2 * networks - 1)
        self.assertEqual((below["genotypes"], below["enumerated"]), (2 * networks, False))
        self.assertNotIn("networks", below)

    def test_count_is_exact_at_any_size(self):
        choices = "\n".join(f"  gene{i}: {{choose: {{from: 1, to: {2 + i % 5}}}}}" for i in range(120))
        space = self.write("many.yaml", f"space: many\nchoices:\n{choices}\n")
        expected = 1
        for i in range(120):
            expected *= 2 + i % 5
        self.assertEqual(self.count(space)["genotypes"], expected)
        text = self.good("space", "count", space)
        self.assertIn(f"{expected:,}", text)
        mantissa, exponent = f"{expected:.1e}".split("e+")
        self.assertIn(f"about {mantissa}e{int(exponent)}", text)
        self.assertIn(f"about {mantissa}e{int(exponent)}", self.good("space", "describe", space))
        self.assertEqual(json.loads(self.good("space", "describe", space, "--json"))["size"], expected)

    def test_count_tells_what_the_constraints_refuse(self):
        counts = self.count(self.write("squares.yaml", SQUARES))
        met = sum(a <= b for a, b in itertools.product(range(3), repeat=2))
        self.assertEqual((counts["genotypes"], counts["meet_constraints"], counts["networks"]), (9, met, met))

    def test_describe_names_the_architectures(self):
        space = self.write("layers.yaml", LAYERS)
        self.assertEqual(json.loads(self.good("space", "describe", space, "--json"))["architectures"],
                         ["shallow", "wide"])
        self.assertIn("architectures: shallow, wide\n", self.good("space", "describe", space))

    # cost

    def test_cost_of_an_architecture_by_hand(self):
        space = self.write("layers.yaml", LAYERS)
        report = self.costs(space, "--architecture", "all", "--batch", 3)
        self.assertEqual([network["name"] for network in report["networks"]], ["shallow", "wide"])
        for network, width in zip(report["networks"], (4, 6)):
            macs = 64 * (2 * width + 25 * width * width) + 5 * width
            self.assertEqual(network["params"], 2 * width + 25 * width * width + 5 * width + 5)
            self.assertEqual((network["macs"], network["flops"]), (macs, 2 * macs))
            self.assertEqual((network["depth"], network["layers"]), (3, 3))
            self.assertEqual(network["output"], {"channels": 5, "size": []})
            # The most alive at a time: input and output of the 5x5 convolution.
            self.assertEqual(network["inference_bytes"], 3 * 4 * 64 * 2 * width)
            # The backward pass reads the inputs of the three layers.
            self.assertEqual(network["training_bytes"], 3 * 4 * (64 * 2 + 64 * width + width))

    def test_cost_for_people_names_its_units(self):
        space = self.write("layers.yaml", LAYERS)
        text = self.good("space", "cost", space, "--architecture", "shallow", "--batch", 3)
        for part in ("shallow", "params", "FLOPs = 2 x MACs", "MiB", "batch of 3", "depth", "layers"):
            self.assertIn(part, text)
        rows = list(csv.DictReader(io.StringIO(self.good("space", "cost", space, "--architecture", "all", "--csv"))))
        self.assertEqual([row["name"] for row in rows], ["shallow", "wide"])
        self.assertEqual(int(rows[0]["flops"]), 2 * int(rows[0]["macs"]))

    def test_cost_of_a_space_without_a_choice_needs_no_genotype(self):
        space = self.write("fixed.yaml", FIXED)
        lines = self.good("space", "cost", space).splitlines()
        self.assertEqual(lines[0], "genotype,params,macs,hash")
        self.assertTrue(lines[1].startswith(f'"",{6 * 3 + 3 + 3 * 2 + 2},{6 * 3 + 3 * 2},'), lines[1])
        self.assertEqual(self.count(space)["genotypes"], 1)
        larger = self.costs(space, "--input", "1x10")["networks"][0]
        self.assertEqual(larger["macs"], 10 * 3 + 3 * 2)

    def test_cost_of_what_cannot_be_counted_fails_with_the_reason(self):
        space = self.write("pooled.yaml", "space: pooled\ninput: {channels: 1, size: [9]}\n"
                           "network: [{max_pool: {kernel: 5, stride: 2, padding: valid}}, {linear: {units: 2}}]\n")
        done = self.nas("space", "cost", space, "--input", "1x4")
        self.assertEqual((done.returncode, done.stdout), (1, 'genotype,params,macs,hash\n"",,,\n'))
        self.assertIn("pooled.yaml:3:", done.stderr)
        self.assertIn("window is larger", done.stderr)

    def test_cost_says_what_is_wrong_with_the_options(self):
        space = self.write("layers.yaml", LAYERS)
        self.assert_fails(self.nas("space", "cost", space, "--architecture", "shalow"), "'shallow'")
        self.assert_fails(self.nas("space", "cost", "nas_bench_201", "--genotype", "1,1,1,1,1,1", "--batch", "0"),
                          "--batch 0")
        for shape in ("3xx", "x", "1x2x3x4x5", "0x4", "3x-1", "", "3x4x"):
            with self.subTest(shape):
                self.assert_fails(self.nas("space", "cost", space, "--architecture", "all", f"--input={shape}"),
                                  "--input")
        genes = self.write("four.yaml", gene_space.SPACE)
        self.assert_fails(self.nas("space", "count", genes, "--input", "3x4"), "no network")

    # validate

    def test_validate_sums_up(self):
        text = self.good("space", "validate", self.write("layers.yaml", LAYERS))
        for part in ("layers: valid", "2x8x8", "168", "shallow, wide", "params"):
            self.assertIn(part, text)
        self.assertIn("valid", self.good("space", "validate", self.write("four.yaml", gene_space.SPACE)))
        self.assertIn("valid", self.good("space", "validate", self.write("fixed.yaml", FIXED)))

    def test_validate_gives_every_error_with_its_line(self):
        wrong = LAYERS.replace("relu, tanh", "rellu, tanh").replace("global_average_pool", "global_averag_pool")
        done = self.nas("space", "validate", self.write("wrong.yaml", wrong))
        self.assert_fails(done, "wrong.yaml:9", "'relu'", "wrong.yaml:12", "'global_average_pool'")
        bad = LAYERS.replace("shallow: {choices: {depth: 1", "shallow: {choices: {depth: 7")
        self.assert_fails(self.nas("space", "validate", self.write("bad.yaml", bad)), "shallow", "7")

    # draw

    def assert_svg(self, file):
        root = xml.fromstring(file.read_text())
        self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
        return " ".join(root.itertext())

    def test_draw_writes_a_picture_and_says_where(self):
        space = self.write("layers.yaml", LAYERS)
        path = self.good("space", "draw", space, "--architecture", "wide").strip()
        self.assertIn("wide", self.assert_svg(self.folder / path))
        before = (self.folder / path).read_bytes()
        self.assertEqual(self.good("space", "draw", space, "--architecture", "wide").strip(), path)
        self.assertEqual((self.folder / path).read_bytes(), before)
        self.good("space", "draw", "nas_bench_201", "--genotype", "3,1,3,1,3,3", "--cell", "cell", "--output", "c.svg")
        self.assertIn("conv3x3", self.assert_svg(self.folder / "c.svg"))
        for words in (["--sample", "4"], []):
            self.assert_svg(self.folder / self.good("space", "draw", "nas_bench_201", *words).strip())
        self.assertEqual([name for name in self.listing() if name.endswith(".new")], [])

    def test_draw_says_what_is_wrong(self):
        space = self.write("layers.yaml", LAYERS)
        self.assert_fails(self.nas("space", "draw", "nas_bench_201", "--sample", "1", "--cell", "cel"), "'cell'")
        self.assert_fails(self.nas("space", "draw", space, "--cell", "cell"), "no cells")
        self.assert_fails(self.nas("space", "draw", space, "--sample", "1", "--architecture", "wide"), "one network")
        done = self.nas("space", "draw", space, "--output", "nowhere/x.svg")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("nowhere/x.svg", done.stderr)

    # new

    def test_new_writes_a_space_that_works(self):
        self.assertIn("mine.yaml", self.good("space", "new", "mine"))
        file = self.folder / "mine.yaml"
        self.assertIn("space: mine\n", file.read_text())
        self.assertIn("valid", self.good("space", "validate", file))
        for word in ("choose", "blocks:", "repeat:", "cells:", "hyperparameters:", "architectures:", "#"):
            self.assertIn(word, file.read_text())
        self.assertGreater(self.count(file)["networks"], 100)
        self.assertEqual(len(self.costs(file, "--architecture", "all")["networks"]), 1)
        self.assert_svg(self.folder / self.good("space", "draw", file, "--sample", "1").strip())

    def test_new_never_writes_over_a_file(self):
        file = self.write("mine.yaml", "precious")
        self.assert_fails(self.nas("space", "new", "mine"), "mine.yaml", "exists")
        self.assert_fails(self.nas("space", "new", "mine.yaml"), "mine.yaml", "exists")
        self.assertEqual(file.read_text(), "precious")
        for name in ("../..", "3d", "a b", ""):
            with self.subTest(name):
                self.assert_fails(self.nas("space", "new", name), "my_space")
        self.assert_fails(self.nas("space", "new", "nowhere/mine"), "nowhere/mine.yaml")

    # list, sample

    def test_list_names_every_shipped_space(self):
        spaces = json.loads(self.good("space", "list", "--json"))
        text = self.good("space", "list")
        for space in spaces:
            self.assertRegex(text, rf"(?m)^{space['name']} ")
            self.assertTrue(space["source"])
            self.assertGreater(space["genotypes"], 0)
        self.assertIn(("nas_bench_201", 15625), [(space["name"], space["genotypes"]) for space in spaces])

    def test_samples_by_name(self):
        space = self.write("layers.yaml", LAYERS)
        samples = json.loads(self.good("space", "sample", space, "--count", 50, "--json"))
        lines = self.good("space", "sample", space, "--count", 50).splitlines()
        self.assertEqual([sample["genotype"] for sample in samples], lines)
        for sample in samples:
            choices = sample["choices"]
            self.assertEqual(sum(name.endswith("kernel") for name in choices), choices["depth"])
            self.assertIn(choices["learning_rate"], (0.1, 0.01))


if __name__ == "__main__":
    program.main()
