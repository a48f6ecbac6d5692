#!/usr/bin/env python3
"""Holds the tree to its layers: who may include what, sizes, names, and that no source is left
unlisted. Prints a line for each violation; the exit code is 1 if there is one.

usage: layers.py [ROOT]
"""
import re
import sys
from pathlib import Path

# Each folder may include itself and these.
LAYERS = {
    "nas": [],
    "search_spaces": ["nas"],
    "trainer": ["nas", "search_spaces"],
    "mpi": ["nas", "search_spaces"],
    "experiments": ["nas", "search_spaces", "trainer", "mpi"],
}
# Third party: the folders (and their tests) that may include it.
THIRD_PARTY = {
    r"(torch|ATen|c10|caffe2)/": ["trainer"],
    r"(cuda|cuda_runtime|cuda_runtime_api|nccl|nvml|cublas.*|cudnn.*)\.h$": ["trainer"],
    r"mpi\.h$": ["mpi"],
    r"yaml-cpp/": ["search_spaces", "experiments"],
    r"sqlite3\.h$": ["experiments"],
    r"cxxopts\.hpp$": ["experiments"],
    r"muParser\w*\.h$": ["nas"],
    r"(png|turbojpeg|zip)\.h$": ["trainer"],
    r"Eigen/": ["nas"],
    r"(gtest|gmock)/": ["nas/testing"],
}
MOST_FILES_WITH_MPI = 2
MOST_LINES = 400
BAD_NAMES = {"mpi.h", "utils.h", "utils.cpp"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def source_files(root, *suffixes):
    folders = [*LAYERS, "tests", "scripts", "cmake"]
    found = [f for folder in folders for f in (root / folder).rglob("*") if f.suffix in suffixes and f.is_file()]
    return sorted(f.relative_to(root) for f in found if "__pycache__" not in f.parts)


def layer_of(file):
    """Folder whose rules count: tests/mpi/x.cpp is under those of mpi."""
    parts = file.parts
    if parts[0] != "tests":
        return parts[0]
    return parts[1] if len(parts) > 2 and parts[1] in LAYERS else None


def check_own_include(root, file, path, quoted):
    folder = path.split("/")[0]
    if folder not in [*LAYERS, "tests"]:
        return "paths begin at the root of the tree" if quoted else None
    if not quoted:
        return "files of this tree are included with quotes"
    if not (root / path).is_file():
        return "there is no such file"
    if folder == "tests":
        return None if file.parts[0] == "tests" else "only tests include tests"
    layer = layer_of(file)
    if layer and folder != layer and folder not in LAYERS[layer]:
        return f"{layer}/ may not include {folder}/"
    return None


def check_third_party(file, path):
    for pattern, allowed in THIRD_PARTY.items():
        if not re.match(pattern, path):
            continue
        places = [p for folder in allowed for p in (folder, f"tests/{folder}")]
        if pattern.startswith("(gtest"):
            places.append("tests")
        if not any(file.as_posix().startswith(place + "/") for place in places):
            return f"only {' and '.join(allowed)} may include it"
    return None


def check_includes(root, file):
    problems, has_mpi = [], False
    for number, line in enumerate((root / file).read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quoted, path = match[1] == '"', match[2]
        has_mpi |= path == "mpi.h"
        for why in (check_own_include(root, file, path, quoted), check_third_party(file, path)):
            if why:
                problems.append(f"{file}:{number}: #include of {path}: {why}")
    return problems, has_mpi


def check_size_and_name(root, file):
    lines = len((root / file).read_text().splitlines())
    if lines > MOST_LINES:
        yield f"{file}: {lines} lines, more than {MOST_LINES}"
    if file.name in BAD_NAMES:
        yield f"{file}: this name says nothing or hides a system header"


def expand_loops(text):
    """`foreach(x a b) ... ${x} ... endforeach()` written out; loops in loops are not known."""

    def written_out(match):
        name, items, body = match[1], match[2].split(), match[3]
        return "\n".join(body.replace(f"${{{name}}}", item) for item in items)

    return re.sub(r"foreach\((\w+)\s+([^)]*)\)(.*?)endforeach\(\)", written_out, text, flags=re.DOTALL)


def listed_files(root):
    """Every source that some CMakeLists.txt names, from the root of the tree."""
    lists = [root / "CMakeLists.txt", *(f for folder in [*LAYERS, "tests"] for f in (root / folder).rglob("CMakeLists.txt"))]
    found = set()
    for file in lists:
        text = expand_loops(file.read_text()) if file.is_file() else ""
        here = file.parent.relative_to(root)
        text = text.replace("${CMAKE_CURRENT_SOURCE_DIR}/", "").replace("${CMAKE_SOURCE_DIR}/", "/")
        for word in re.findall(r"[\w./-]+\.(?:cpp|py)\b", text):
            found.add(word[1:] if word.startswith("/") else (here / word).as_posix())
    return found


def check_listed(root):
    """A source that no CMakeLists.txt names would rot silently."""
    listed = listed_files(root)
    wanted = source_files(root, ".cpp") + [f for f in source_files(root, ".py") if f.name.endswith("_test.py")]
    return [f"{file}: no CMakeLists.txt lists it" for file in wanted if file.as_posix() not in listed]


def check_types(root):
    """Two types of one name in the one namespace are one type to the linker, which then mixes up their functions."""
    defined = {}
    for file in source_files(root, ".h"):
        if file.parts[0] not in LAYERS:
            continue
        for name in re.findall(r"^(?:struct|class|enum class) (\w+)[^;{]*\{", (root / file).read_text(), re.MULTILINE):
            defined.setdefault(name, []).append(file.as_posix())
    return [f"{name} is defined in {' and '.join(files)}" for name, files in defined.items() if len(files) > 1]


def violations(root):
    problems, with_mpi = [], []
    for file in source_files(root, ".h", ".cpp"):
        found, has_mpi = check_includes(root, file)
        problems += found
        if has_mpi and file.parts[0] == "mpi":
            with_mpi.append(file.as_posix())
    if len(with_mpi) > MOST_FILES_WITH_MPI:
        problems.append(f"<mpi.h> in {len(with_mpi)} files, more than {MOST_FILES_WITH_MPI}: {', '.join(with_mpi)}")
    for file in source_files(root, ".h", ".cpp", ".py", ".sh", ".cmake"):
        problems += check_size_and_name(root, file)
    return problems + check_types(root) + check_listed(root)


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    if not source_files(root, ".h", ".cpp"):
        sys.exit(f"{root}: no sources there")
    problems = violations(root)
    print("\n".join(problems), end="\n" if problems else "")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
