"""A small space of genes alone, with a table and with a command that evaluate it."""

import hashlib
import itertools
import json
import pathlib
import sys

GENES, OPTIONS = 4, 3
SIZE = OPTIONS**GENES
SPACE = "space: four_genes\nchoices:\n" + "".join(
    f"  {name}: {{choose: [one, two, three]}}\n" for name in "abcd")
OBJECTIVES = "objectives: [{maximize: score}, {minimize: price}]\n"


def metrics_of(genes):
    """Numbers that look random but are the same on every machine."""
    digest = hashlib.sha256(",".join(map(str, genes)).encode()).digest()
    return {"score": int.from_bytes(digest[:3], "little") / 2**24, "price": float(digest[3] % 16)}


def all_genotypes():
    return itertools.product(range(OPTIONS), repeat=GENES)


def write_table_experiment(folder, evaluations=40, **keys):
    """four.yaml, table.csv and experiment.yaml; returns the path of the last one."""
    lines = ["genotype,score,price"]
    lines += [f"\"{','.join(map(str, genes))}\",{m['score']!r},{m['price']!r}"
              for genes in all_genotypes() for m in [metrics_of(genes)]]
    (folder / "table.csv").write_text("\n".join(lines) + "\n")
    return _write(folder, "{type: table, file: table.csv, slots: 3}", evaluations, keys)


def write_command_experiment(folder, evaluations=40, arguments=(), metrics=("score", "price"), **keys):
    """As write_table_experiment, with this folder's fake_trainer.py as the evaluator."""
    command = [sys.executable, str(pathlib.Path(__file__).parent / "fake_trainer.py"), *map(str, arguments)]
    return _write(folder, json.dumps({"type": "command", "command": command, "metrics": list(metrics)}), evaluations,
                  keys)


def _write(folder, evaluator, evaluations, keys):
    (folder / "four.yaml").write_text(SPACE)
    text = f"space: four.yaml\nevaluator: {evaluator}\nevaluations: {evaluations}\n"
    if "objectives" not in keys:
        text += OBJECTIVES
    text += "".join(f"{key}: {json.dumps(value)}\n" for key, value in keys.items())
    path = folder / "experiment.yaml"
    path.write_text(text)
    return path


def non_dominated(points):
    """Indices of the points (score up, price down) that no other point beats, by comparing all pairs."""
    def beats(p, q):
        return p[0] >= q[0] and p[1] <= q[1] and p != q
    return [i for i, q in enumerate(points) if not any(beats(p, q) for p in points)]
