"""The house rules that a paragraph would not hold."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ["words", "errors", "tables", "grid", "intake", "stats", "planning", "maps", "export"]
FLOORS += ["material", "study", "account", "checks", "recurring", "agenda", "sheet", "ui", "command"]
FILES = sorted((ROOT / "geo").rglob("*.py"))


def floor(module: str) -> int | None:
    """Return the floor of a `geo.` module; the front desk and the command line stand above all."""
    parts = module.split(".")
    if parts[0] != "geo":
        return None
    return FLOORS.index(parts[1]) if len(parts) > 1 and parts[1] in FLOORS else len(FLOORS)


def imports(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{a.name}" for a in node.names if node.module == "geo"}
    return names - {"geo"}


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_every_room_imports_only_from_floors_below(file: Path) -> None:
    own = floor(module_of(file))
    assert own is not None
    above = {name for name in imports(file) if (floor(name) or 0) > own}
    assert not above


@pytest.mark.parametrize("file", [f for f in FILES if "ui" not in f.relative_to(ROOT).parts], ids=module_of)
def test_streamlit_lives_in_the_ui_only(file: Path) -> None:
    assert not {name for name in imports(file) if name.split(".")[0] in ("streamlit", "streamlit_folium")}


def test_no_two_rooms_import_each_other() -> None:
    graph = {module_of(f): {n for n in imports(f) if n.startswith("geo.")} for f in FILES}

    def reaches(start: str, goal: str, seen: set[str]) -> bool:
        for name in graph.get(start, set()) - seen:
            seen.add(name)
            if name == goal or reaches(name, goal, seen):
                return True
        return False

    assert not [name for name in graph if reaches(name, name, set())]
