"""Every number on the screen can be traced: docs/numbers.md names its function, and that has an example."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parent.parent / "docs" / "numbers.md"
NAMED = re.findall(r"^\|.*\| `(geo\.[\w.]+)` \|$", PAGE.read_text("utf-8"), re.MULTILINE)


def test_every_row_names_a_function() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")][1:]
    assert len(NAMED) == len(rows) > 30


@pytest.mark.parametrize("name", sorted(set(NAMED)))
def test_a_number_comes_from_a_function_with_an_example(name: str) -> None:
    module, *inside = name.rsplit(".", 2 if name.split(".")[-2][0].isupper() else 1)
    found = importlib.import_module(module)
    for part in inside:
        found = getattr(found, part)
    assert ">>> " in (found.__doc__ or "")
