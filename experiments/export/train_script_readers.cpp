// How train.py reads each format of data: as trainer/data does.

#include "experiments/export/train_script_text.h"

namespace nas::detail {

namespace {

constexpr std::string_view kFolder = R"py(    parser.add_argument("--folder", default="@FOLDER@", help="of the data")
)py";

constexpr std::string_view kFiles =
    R"py(    parser.add_argument("--place", default="@FILE@", help="file or folder of the data")
    parser.add_argument(
        "--judged-place", default="@JUDGED_FILE@", help="of the records it is judged by"
    )
)py";

constexpr std::string_view kIdx = R"py(
def read_idx(path: Path) -> Tensor:
    """MNIST's format (http://yann.lecun.com/exdb/mnist), gzipped or not."""
    packed = path.with_name(path.name + ".gz")
    raw = gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()
    dims = raw[3]
    sizes = struct.unpack(f">{dims}I", raw[4 : 4 + 4 * dims])
    data = bytearray(raw[4 + 4 * dims :])
    return torch.frombuffer(data, dtype=torch.uint8).view(sizes)


def read_mnist(options: argparse.Namespace, part: str) -> Records | None:
    folder, name = Path(options.folder), "train" if part == "train" else "t10k"
    if part != "train" and not list(folder.glob("t10k-*")):
        return None
    images = read_idx(folder / f"{name}-images-idx3-ubyte")
    images = images.unsqueeze(1) if images.dim() == 3 else images
    return Records(images, read_idx(folder / f"{name}-labels-idx1-ubyte").long())

)py";

constexpr std::string_view kCifar = R"py(
def read_cifar(options: argparse.Namespace, part: str) -> Records | None:
    """The binary versions (https://www.cs.toronto.edu/~kriz/cifar.html)."""
    folder, names, labels = Path(options.folder), ["train.bin"], 2
    if options.data == "cifar10":
        names, labels = [f"data_batch_{i}.bin" for i in range(1, 6)], 1
    if part != "train":
        names = ["test_batch.bin" if options.data == "cifar10" else "test.bin"]
        if not (folder / names[0]).exists():
            return None
    rows = np.concatenate([np.fromfile(folder / name, np.uint8) for name in names])
    rows = rows.reshape(-1, labels + 3 * 32 * 32)
    images = torch.from_numpy(rows[:, labels:].copy()).view(-1, 3, 32, 32)
    return Records(images, torch.from_numpy(rows[:, labels - 1].astype(np.int64)))

)py";

constexpr std::string_view kImages = R"py(
def read_image(file: Path) -> np.ndarray:
    """Transparency is laid over black, in linear light as libpng does."""
    image, mode = Image.open(file), "RGB" if INPUT[0] == 3 else "L"
    if "A" not in image.getbands() and "transparency" not in image.info:
        return np.asarray(image.convert(mode))
    values = np.asarray(image.convert("RGBA")) / 255
    shades = values[..., :3]
    light = np.where(shades <= 0.04045, shades / 12.92, ((shades + 0.055) / 1.055) ** 2.4)
    light *= values[..., 3:]
    shades = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(Image.fromarray((shades * 255).round().astype(np.uint8)).convert(mode))


def read_images(options: argparse.Namespace, part: str) -> Records | None:
    """PNG and JPEG, a folder for each class; or `train` and `val`, each so."""
    folder = Path(options.folder)
    parts = ["train"] if part == "train" else ["val", "valid", "validation", "test"]
    here = [folder / name for name in parts if (folder / name).is_dir()]
    if part != "train" and not ((folder / "train").is_dir() and here):
        return None
    folder = here[0] if here else folder
    images, labels = [], []
    for label, one in enumerate(sorted(p for p in folder.iterdir() if visible(p) and p.is_dir())):
        for file in sorted(p for p in one.iterdir() if visible(p)):
            if file.suffix.lower() in {".png", ".jpg", ".jpeg"}:
                images.append(read_image(file))
                labels.append(label)
    pixels = torch.from_numpy(np.stack(images)).view(len(images), *images[0].shape[:2], -1)
    return Records(pixels.permute(0, 3, 1, 2).contiguous(), torch.tensor(labels))


def visible(path: Path) -> bool:
    return not path.name.startswith(".")

)py";

constexpr std::string_view kArrays = R"py(
AXES = "@AXES@"  # n records, c channels, d h w sizes, l length, f features
# Names of inputs and targets.
ARRAYS: dict[str, tuple[str, str]] = {
    "train": ("@INPUTS@", "@TARGETS@"),
    "judged": ("@JUDGED_INPUTS@", "@JUDGED_TARGETS@"),
}


def channels_first(array: np.ndarray, axes: str) -> Tensor:
    """(records, channels, sizes...): bytes, 16-bit integers, else float32."""
    letters = {2: "nf", 3: "nhw", 4: "nhwc", 5: "ndhwc"}.get(array.ndim, "")
    letters = letters if axes == "auto" else axes
    at = max(letters.find("c"), letters.find("f"))
    array = np.expand_dims(array, 1) if at < 0 else np.moveaxis(array, at, 1)
    kind = np.float32
    if array.dtype in (np.bool_, np.uint8):
        kind = np.uint8
    elif array.dtype in (np.int8, np.int16):
        kind = np.int16
    return torch.from_numpy(np.ascontiguousarray(array, dtype=kind))


def read_array(place: Path, name: str) -> np.ndarray:
    if place.is_dir():
        return np.load(place / f"{name}.npy")
    with np.load(place) as arrays:
        return arrays[name]


def read_arrays(options: argparse.Namespace, part: str) -> Records | None:
    place = Path(options.place if part == "train" else options.judged_place)
    inputs, targets = ARRAYS["train" if part == "train" else "judged"]
    if not inputs:
        return None
    found = channels_first(read_array(place, inputs), AXES)
    if not targets:
        return Records(found, None)
    values = read_array(place, targets)
    signals = Task.SIGNALS
    return Records(found, channels_first(values, AXES) if signals else Task.stored_targets(values))

)py";

constexpr std::string_view kTable = R"py(
TARGETS: list[str] = @TARGET_COLUMNS@  # names or numbers from 1; none: the last column
HEADER = "@HEADER@"  # whether the first line names the columns
SKIP_LINES = @SKIP_LINES@


def number_of(field: str) -> float:
    """NaN where it is none."""
    try:
        value = float(field)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def read_rows(path: str) -> tuple[list[str], list[list[str]]]:
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", newline="", encoding="utf-8-sig") as file:
        for _ in range(SKIP_LINES):
            next(file)
        rows = [row for row in csv.reader(file) if row]
    nameless = any(not math.isnan(number_of(field)) for field in rows[0])
    if HEADER == "no" or (HEADER == "auto" and nameless):
        return [str(i + 1) for i in range(len(rows[0]))], rows
    return rows[0], rows[1:]


def features_of(column: dict[str, Any], field: str) -> list[float]:
    if column.get("categories"):
        return [float(field == category) for category in column["categories"]]
    value = number_of(field)
    return [value, float(math.isnan(value))] if column.get("missing") else [value]


def read_table(options: argparse.Namespace, part: str) -> Records | None:
    """Its columns become features as preprocessing.json says."""
    path = options.place if part == "train" else options.judged_place
    if not path:
        return None
    names, rows = read_rows(path)
    columns = [(names.index(one["name"]), one) for one in PREPROCESSING["columns"]]
    features = [[x for at, one in columns for x in features_of(one, row[at])] for row in rows]
    places = [names.index(t) if t in names else int(t) - 1 for t in TARGETS]
    classes = PREPROCESSING.get("names", [])
    one_class = PREPROCESSING["task"] == "classification"
    value = classes.index if one_class else float
    targets = [[value(row[at]) for at in places or [len(names) - 1]] for row in rows]
    return Records(torch.tensor(features), Task.stored_targets(np.array(targets)))

)py";

constexpr std::string_view kIdxRows = R"py(    "mnist": read_mnist,
    "fashion_mnist": read_mnist,
    "idx": read_mnist,
)py";
constexpr std::string_view kCifarRows = R"py(    "cifar10": read_cifar,
    "cifar100": read_cifar,
)py";

}  // namespace

ScriptReader train_script_reader(std::string_view set) {
  const std::string idx(kIdx);
  if (set == "arrays") return {"", "", kFiles, std::string(kArrays), "    \"arrays\": read_arrays,\n"};
  if (set == "table")
    return {"import csv\nimport gzip\n", "", kFiles, std::string(kTable), "    \"table\": read_table,\n"};
  if (set == "images")
    return {"", "from PIL import Image\n", kFolder, std::string(kImages), "    \"images\": read_images,\n"};
  if (set == "cifar10" || set == "cifar100") return {"", "", kFolder, std::string(kCifar), std::string(kCifarRows)};
  if (!set.empty()) return {"import gzip\n", "", kFolder, idx, std::string(kIdxRows)};
  return {"import gzip\n", "", kFolder, idx + std::string(kCifar), std::string(kIdxRows) + std::string(kCifarRows)};
}

}  // namespace nas::detail
