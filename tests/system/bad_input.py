"""What a user can get wrong with `nas search`: one table, for one process and for mpirun."""

import dataclasses
import gzip
import pathlib
import sys
from typing import Callable

import gene_space

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "trainer"))
import idx_files  # noqa: E402


@dataclasses.dataclass(frozen=True)
class Case:
    """`words` follow `nas search`; every one of `says` stands in the message's one line."""
    name: str
    words: tuple
    says: tuple
    prepare: Callable = None  # gets the folder


def table(*sets):
    return ("experiment.yaml", "--run", "run", *(word for text in sets for word in ("--set", text)))


def images(*sets):
    return ("images.yaml", "--run", "run", *(word for text in sets for word in ("--set", text)))


def cut_images(folder):
    path = folder / "images" / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-100])


def cut_gzip(folder):
    path = folder / "images" / "train-images-idx3-ubyte"
    (folder / "images" / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0)[:-500])
    path.unlink()


def cut_table(folder):
    path = folder / "table.csv"
    path.write_text(path.read_text()[:-8])


def table_of_wrong_length(folder):
    with open(folder / "table.csv", "a") as table_file:
        table_file.write('"0,1,2",0.5,1\n')


def broken_yaml(folder):
    (folder / "experiment.yaml").write_text("space: four.yaml\nobjectives: [{maximize: score\n")


def write_files(folder):
    """experiment.yaml on a table, images.yaml on small images."""
    gene_space.write_table_experiment(folder)
    (folder / "images").mkdir()
    idx_files.write_set(folder / "images", count=60, size=8, classes=3, compress=False)
    (folder / "images.yaml").write_text(
        "space: nas_bench_201\nparameters: {channels: 2, cells: 1}\n"
        "data: {set: idx, folder: images, train: 40, validation: 20}\ntraining: {epochs: 1, batch_size: 20}\nevaluations: 2\n")


CASES = [
    Case("unknown key", table("seeed=4"), ("seeed", "'seed'")),
    Case("key that is like no other", table("abcdefgh=4"), ("abcdefgh", "known: space, limits, evaluations, seed, "
                                                            "allow_duplicates, parameters, data")),
    Case("unknown nested key", images("training.epoch=4"), ("training.epoch", "'epochs'")),
    Case("wrong type", table("evaluations=many"), ("evaluations", "integer", "'many'")),
    Case("out of range", table("evaluations=0"), ("evaluations", "1")),
    Case("out of range in a section", images("training.batch_size=1"), ("training.batch_size", "2")),
    Case("set without a value", table("evaluations"), ("--set evaluations", "key.path=value")),
    Case("missing experiment", ("nowhere.yaml",), ("nowhere.yaml", "nas recipes")),
    Case("unknown recipe", ("fashion_mnist_nas_bench_21",), ("'fashion_mnist_nas_bench_201'",)),
    Case("broken file", table(), ("experiment.yaml:",), broken_yaml),
    Case("unknown space", table("space=nas_bench_21"), ("nas_bench_21", "'nas_bench_201'")),
    Case("missing space file", table("space=five.yaml"), ("five.yaml",)),
    Case("unknown data set", images("data.set=fashion_mnits"), ("data.set", "'fashion_mnist'")),
    Case("unknown algorithm", table("algorithm=nsga3"), ("nsga3", "'nsga2'")),
    Case("unknown option of an algorithm", table("algorithm={type: nsga2, populations: 3}"),
         ("populations", "'population'")),
    Case("options of no algorithm", table("algorithm.population=3"), ("algorithm: options of which", "`type`")),
    Case("unknown architecture to start from", table("start_from=[beest]"), ("start_from.0", "'beest'")),
    Case("genotype to start from that is none", table("start_from=['0,1,9,0']"), ("start_from.0", "gene 'c'", "0 to 2")),
    Case("genotype to start from of a wrong length", table("start_from=['0,1']"), ("start_from.0", "'0,1'", "4")),
    Case("run to start from that is not there", table("start_from={run: nowhere}"), ("start_from", "nowhere")),
    Case("run to start from that is none", table("start_from={run: images}"), ("start_from", "images")),
    Case("more to start from than evaluations", table("evaluations=1", "start_from=['0,1,0,0', '1,1,0,0']"),
         ("start_from", "2 candidates", "1 evaluations")),
    Case("unknown evaluator", table("evaluator=tabel"), ("tabel", "'table'")),
    Case("unknown metric", table("objectives=[{maximize: scor}]"), ("'scor'", "'score'")),
    Case("metric that training never reports", images("objectives=[{maximize: top5}]"), ("'top5'", "val_accuracy")),
    Case("metric of a limit", table("limits=['prise <= 3']"), ("'prise'", "'price'")),
    Case("expression that does not parse", table("objectives=[{maximize: 'score * (price'}]"), ("score * (price",)),
    Case("limit that does not parse", table("limits=['price']"), ("price", "<=")),
    Case("no network to train", table("evaluator=train", "objectives=[{maximize: val_accuracy}]",
                                      "data={set: idx, folder: images, train: 40, validation: 20}", "training.batch_size=20"),
         ("four_genes", "no network")),
    Case("batch larger than the data", images("training.batch_size=41"), ("training.batch_size", "40 training records")),
    Case("metric of another task", images("data.task=restoration", "data.noise=0.1"), ("'val_accuracy'", "reports")),
    Case("key of another format", images("data.axes=nhw"), ("data.axes", "'idx'")),
    Case("more images than there are", images("data.train=500"), ("data", "60")),
    Case("missing data", images("data.folder=nowhere"), ("data.folder", "nowhere")),
    Case("truncated data", images(), ("data", "train-images-idx3-ubyte"), cut_images),
    Case("truncated compressed data", images(), ("data", "train-images-idx3-ubyte"), cut_gzip),
    Case("missing table", table("evaluator.file=nowhere.csv"), ("nowhere.csv",)),
    Case("truncated table", table(), ("table.csv:82",), cut_table),
    Case("genotype of the wrong length in a table", table(), ("table.csv:83", "0,1,2"), table_of_wrong_length),
    Case("command that is not there", table("evaluator={type: command, command: [no-such-program], metrics: "
                                            "[score, price]}"), ("no-such-program",)),
    Case("command without metrics", table("evaluator={type: command, command: [cat]}"), ("metrics",)),
    Case("run directory below a file", ("experiment.yaml", "--run", "table.csv/run"), ("table.csv/run", "--run")),
    Case("run directory that nobody can make", ("experiment.yaml", "--run", "/proc/run"), ("/proc/run", "--run")),
    Case("run directory that is a file", ("experiment.yaml", "--run", "table.csv"), ("table.csv", "--run")),
    Case("run directory with other files", ("experiment.yaml", "--run", "images"), ("images", "--run")),
    Case("nothing to resume", ("experiment.yaml", "--run", "run", "--resume"), ("run", "without --resume")),
    Case("resume of what is no run", ("experiment.yaml", "--run", "images", "--resume"), ("images", "--run")),
    Case("workers that are no number", table() + ("--workers", "x"), ("workers", "'x'")),
]
