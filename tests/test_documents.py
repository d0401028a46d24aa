"""The documents are true: their examples run, their links lead somewhere, and no public name is missing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import geo

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), ROOT / "data/README.md"]


def test_the_example_of_the_readme_runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    done = subprocess.run([sys.executable, "-c", example], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"\d+ reports, \d+ hot hexagons of \d+\n", done.stdout)


def test_the_readme_opens_with_a_sentence_a_picture_and_two_commands() -> None:
    opening = (ROOT / "README.md").read_text("utf-8").split("##")[0]
    assert opening.index("Hexward turns") < opening.index("![") < opening.index("make run") < opening.index("make test")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text("utf-8"))
    missing = [link for link in links if not link.startswith("http") and not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("name", geo.__all__)
def test_every_public_name_is_in_the_reference_and_explains_itself(name: str) -> None:
    assert f"`{name}" in (ROOT / "docs/reference.md").read_text("utf-8")
    assert getattr(geo, name).__doc__
