"""The checker of layers finds each kind of violation that is planted, and nothing in a clean tree."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))
import layers  # noqa: E402

CLEAN = {
    "nas/CMakeLists.txt": "add_library(nas_core\n  a.cpp\n  deep/b.cpp)",
    "nas/a.h": "#pragma once\n#include <vector>\n",
    "nas/a.cpp": '#include "nas/a.h"\n#include <muParser.h>\n',
    "nas/deep/b.cpp": "",
    "trainer/CMakeLists.txt": "add_library(t t.cpp)",
    "trainer/t.h": '#include "search_spaces/s.h"\n',
    "trainer/t.cpp": "#include <ATen/core/Tensor.h>\n",
    "search_spaces/s.h": '#include "nas/a.h"\n#include <yaml-cpp/yaml.h>\n',
    "mpi/one.h": "#include <mpi.h>\n",
    "mpi/two.h": '#include <mpi.h>\n#include "mpi/one.h"\n',
    "experiments/x.h": '#include "mpi/one.h"\n#include "trainer/t.h"\n#include <sqlite3.h>\n#include <cxxopts.hpp>\n',
    "tests/nas/CMakeLists.txt": "nas_add_test(NAME a SOURCES a_test.cpp)",
    "tests/nas/a_test.cpp": '#include <gtest/gtest.h>\n#include "nas/a.h"\n#include "tests/nas/fake.h"\n',
    "tests/nas/fake.h": "",
}


class LayersTest(unittest.TestCase):
    def violations(self, changes):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name, text in {**CLEAN, **changes}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            return layers.violations(root)

    def assert_found(self, changes, *expected):
        self.assertEqual(self.violations(changes), list(expected))

    def test_clean_tree(self):
        self.assert_found({})

    def test_upward_and_sideways_includes(self):
        self.assert_found(
            {"nas/a.h": '#include "search_spaces/s.h"\n'},
            "nas/a.h:1: #include of search_spaces/s.h: nas/ may not include search_spaces/",
        )
        self.assert_found(
            {"trainer/t.h": '\n#  include "mpi/one.h"\n'}, "trainer/t.h:2: #include of mpi/one.h: trainer/ may not include mpi/"
        )
        self.assert_found({"mpi/one.h": '#include "trainer/t.h"\n'}, "mpi/one.h:1: #include of trainer/t.h: mpi/ may not include trainer/")
        self.assert_found(
            {"tests/nas/fake.h": '#include "trainer/t.h"\n'},
            "tests/nas/fake.h:1: #include of trainer/t.h: nas/ may not include trainer/",
        )
        self.assert_found(
            {"nas/a.h": '#include "tests/nas/fake.h"\n'}, "nas/a.h:1: #include of tests/nas/fake.h: only tests include tests"
        )

    def test_third_party_in_the_wrong_folder(self):
        for header, owner in [
            ("torch/torch.h", "trainer"),
            ("ATen/ATen.h", "trainer"),
            ("c10/core/Device.h", "trainer"),
            ("mpi.h", "mpi"),
            ("yaml-cpp/yaml.h", "search_spaces and experiments"),
            ("sqlite3.h", "experiments"),
            ("cxxopts.hpp", "experiments"),
            ("gtest/gtest.h", "nas/testing"),
        ]:
            self.assert_found(
                {"nas/a.h": f"#include <{header}>\n"}, f"nas/a.h:1: #include of {header}: only {owner} may include it"
            )
        self.assert_found(
            {"mpi/one.h": "#include <muParser.h>\n"}, "mpi/one.h:1: #include of muParser.h: only nas may include it"
        )

    def test_mpi_in_three_files(self):
        self.assert_found(
            {"mpi/three.h": "#include <mpi.h>\n"}, "<mpi.h> in 3 files, more than 2: mpi/one.h, mpi/three.h, mpi/two.h"
        )

    def test_form_of_includes(self):
        self.assert_found({"nas/a.h": '#include "a.h"\n'}, "nas/a.h:1: #include of a.h: paths begin at the root of the tree")
        self.assert_found(
            {"nas/deep/b.cpp": "#include <nas/a.h>\n"},
            "nas/deep/b.cpp:1: #include of nas/a.h: files of this tree are included with quotes",
        )
        self.assert_found({"nas/a.h": '#include "nas/no.h"\n'}, "nas/a.h:1: #include of nas/no.h: there is no such file")

    def test_unlisted_sources(self):
        self.assert_found({"tests/nas/b_test.cpp": ""}, "tests/nas/b_test.cpp: no CMakeLists.txt lists it")
        self.assert_found({"nas/deep/a.cpp": ""}, "nas/deep/a.cpp: no CMakeLists.txt lists it")
        loop = "foreach(name a b)\n  nas_add_test(NAME ${name} SOURCES ${name}_test.cpp)\nendforeach()"
        self.assert_found(
            {"tests/nas/CMakeLists.txt": loop, "tests/nas/b_test.cpp": "", "tests/nas/c_test.cpp": ""},
            "tests/nas/c_test.cpp: no CMakeLists.txt lists it",
        )
        self.assert_found({"tests/nas/c_test.py": ""}, "tests/nas/c_test.py: no CMakeLists.txt lists it")

    def test_sizes_and_names(self):
        self.assert_found({"nas/a.h": "\n" * 400})
        self.assert_found({"nas/a.h": "\n" * 401}, "nas/a.h: 401 lines, more than 400")
        self.assert_found({"nas/utils.h": ""}, "nas/utils.h: this name says nothing or hides a system header")

    def test_types_of_one_name(self):
        self.assert_found({"nas/a.h": "struct Column {\n", "trainer/t.h": "struct Column;\nclass Column final {\n",
                           "mpi/one.h": "struct Row;\n", "mpi/two.h": "struct Row {\n"},
                          "Column is defined in nas/a.h and trainer/t.h")

    def test_exit_codes(self):
        def run(folder):
            return subprocess.run([sys.executable, layers.__file__, folder], capture_output=True, text=True)

        with tempfile.TemporaryDirectory() as folder:
            self.assertIn("no sources there", run(folder).stderr)
            self.assertEqual(run(folder).returncode, 1)
            (Path(folder) / "nas").mkdir()
            (Path(folder) / "nas/a.h").write_text("")
            self.assertEqual((run(folder).returncode, run(folder).stdout), (0, ""))
            (Path(folder) / "nas/a.h").write_text("#include <mpi.h>\n")
            self.assertEqual(run(folder).returncode, 1)
            self.assertEqual(run(folder).stdout, "nas/a.h:1: #include of mpi.h: only mpi may include it\n")


if __name__ == "__main__":
    unittest.main()
