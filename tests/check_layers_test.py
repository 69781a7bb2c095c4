"""Tests that the sources keep the layers, and that the check finds each kind of planted violation."""

from pathlib import Path

import pytest
from check_layers import check, check_page, read_table

ROOT = Path(__file__).parent.parent
FINE = "// Reads things.\n#pragma once\n#include <vector>\n"


def plant(root, path, text):
    """Makes a tree that holds ARCHITECTURE.md and one file."""
    (root / "ARCHITECTURE.md").write_text((ROOT / "ARCHITECTURE.md").read_text())
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    return check(root)


def test_the_sources_keep_the_layers():
    assert check(ROOT) == []


def test_a_clean_file_passes(tmp_path):
    assert (
        plant(tmp_path, "saddle/data/x.h", FINE + '#include "saddle/io/npy.h"\n#include <ATen/core/Tensor.h>\n') == []
    )


@pytest.mark.parametrize(
    ("path", "text", "complaint"),
    [
        (
            "saddle/io/x.h",
            FINE + '#include "saddle/data/dataset.h"\n',
            'x.h:4: "saddle/data/dataset.h": io may include only: base',
        ),
        ("saddle/base/x.h", FINE + '#include "saddle/io/npy.h"\n', "base may include only: nothing"),
        ("saddle/training/x.cpp", '// Trains.\n#include "saddle/report/grid.h"\n', "training may include only"),
        ("saddle/report/x.cpp", '// Reports.\n  #  include "cli/commands.h"\n', "report may include only"),
        ("saddle/io/x.h", FINE + "#include <ATen/ATen.h>\n", "a header includes std"),
        ("saddle/io/x.h", FINE + "#include <nlohmann/json.hpp>\n", "a header includes std"),
        ("saddle/io/x.cpp", "// Reads.\n#include <torch/torch.h>\n", "ATen and autograd alone"),
        ("tests/io/x_test.cpp", "// Tests.\n#include <torch/nn/module.h>\n", "ATen and autograd alone"),
        ("saddle/io/x.cpp", '// Reads.\n#include "npy.h"\n', "a path from the root"),
        ("saddle/io/x.h", "// Reads.\n#include <vector>\n", "expected #pragma once"),
        ("saddle/io/x.h", "#pragma once\n", "a comment of one sentence"),
        ("saddle/io/x.cpp", "// reads\n", "a comment of one sentence"),
        ("saddle/utils/x.h", FINE, "no module 'utils'"),
        ("saddle/x.h", FINE, "no module ''"),
        ("saddle/io/x.cpp", "// Reads.\n" + "\n" * 400, "at most 400 lines"),
        ("saddle/io/x.cpp", "// Reads.\n\n// " + "TO" + "DO: more\n", "no reminder"),
        ("web/x.js", "const x = 1;\n", "a comment of one sentence"),
        ("web/x.css", "p {}\n", "a comment of one sentence"),
        ("web/x.js", "// Draws.\n" + "x" * 121 + "\n", "at most 120 characters, got 121"),
    ],
)
def test_a_planted_violation_is_found(tmp_path, path, text, complaint):
    problems = plant(tmp_path, path, text)
    assert len(problems) == 1 and complaint in problems[0], problems


def test_a_cycle_in_the_table_is_found():
    with pytest.raises(ValueError, match="cycle"):
        read_table("| module | may include |\n|---|---|\n| base | io |\n| io | base |\n\n")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Rows are in `data/nowhere.cpp`.\n", "ARCHITECTURE.md:1: there is no file or folder 'data/nowhere.cpp'"),
        ("A `Trainer` and\na `Conductor::play`.\n", "ARCHITECTURE.md:2: the sources hold no 'Conductor'"),
        ("It calls `no_such_function`.\n", "ARCHITECTURE.md:1: the sources hold no 'no_such_function'"),
        ("\n" * 121, "ARCHITECTURE.md: expected at most 120 lines, got 121"),
    ],
)
def test_what_the_page_names_must_exist(text, complaint):
    assert list(check_page(ROOT, text)) == [complaint]


def test_names_of_files_types_and_functions_that_exist_pass():
    assert (
        list(check_page(ROOT, "`Trainer::step`, `make_rng`, `run/curve`, `networks/x.{h,cpp}`, `web/`, `cli/train`\n"))
        == []
    )
