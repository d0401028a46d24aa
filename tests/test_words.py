"""Every sentence is said in both languages, and nothing is kept that nobody says."""

from __future__ import annotations

import ast
import string
import tomllib
from pathlib import Path

import pytest

from geo import errors, tables
from geo.export.kinds import every_kind
from geo.words import chinese

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [*sorted((ROOT / "geo").rglob("*.py")), *sorted((ROOT / "data").glob("*.py")), ROOT / "app.py"]
ERRORS = {
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.HexwardError)
}
SPEAKERS = {"say", "note", "tell"} | ERRORS


def texts(node: ast.expr) -> list[str]:
    """Return the literal texts an expression can be: one, or either branch of a choice."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) + texts(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def said(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in SPEAKERS:
                found |= set(texts(node.args[0]))
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id.endswith(("_SENTENCES", "REASONS")):
                keys = {id(k) for d in ast.walk(node.value) if isinstance(d, ast.Dict) for k in d.keys}
                found |= {
                    c.value
                    for c in ast.walk(node.value)
                    if isinstance(c, ast.Constant) and isinstance(c.value, str) and id(c) not in keys
                }
    return found


def spoken() -> set[str]:
    return set().union(*(said(f) for f in SOURCES if f.exists() and "words" not in f.relative_to(ROOT).parts))


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_has_its_chinese() -> None:
    assert not sorted(spoken() - set(chinese()))


def test_no_table_keeps_a_sentence_nobody_says() -> None:
    columns = {*tables.SOURCES, *tables.STATUSES}.union(*(kind.columns for kind in every_kind()))
    assert not sorted(set(chinese()) - spoken() - columns)


@pytest.mark.parametrize("english", sorted(chinese()))
def test_both_languages_fill_in_the_same_blanks(english: str) -> None:
    assert blanks(english) == blanks(chinese()[english])


def test_a_sentence_stands_in_one_table_only() -> None:
    keys = [
        key for file in sorted((ROOT / "geo/words").glob("*.toml")) for key in tomllib.loads(file.read_text("utf-8"))
    ]
    assert len(keys) == len(set(keys))
