"""The bulletin on the page Priorities: the one that the command line writes, and refused before it is asked for."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from docx import Document
from streamlit.testing.v1 import AppTest

from geo.__main__ import main
from geo.maps.assets import print_font
from geo.ui.cache import Sources
from tests.agenda_town import write_town
from tests.ui.test_pages import SECONDS, bodies
from tests.ui.test_priorities import visit


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    write_town(folder)
    return folder


@pytest.fixture(scope="module")
def nameless(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town with one community of a Chinese name."""
    folder = tmp_path_factory.mktemp("nameless")
    for name in ("reports.csv", "communities.geojson"):
        (folder / name).write_text((town / name).read_text("utf-8").replace('Middle"', '东湖"'), "utf-8")
    return folder


def sources(town: Path) -> Sources:
    return Sources((town / "reports.csv",), (("community", town / "communities.geojson"),), timezone="Asia/Shanghai")


def told(file: Path | BytesIO) -> list[str]:
    """Return every paragraph and every cell of a document."""
    paper = Document(str(file) if isinstance(file, Path) else file)
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in paper.paragraphs] + cells


def arguments(town: Path, *more: str) -> list[str]:
    files = ["--reports", str(town / "reports.csv"), "--areas", f"community={town / 'communities.geojson'}"]
    return ["workorders", *files, "--timezone", "Asia/Shanghai", "--due", "2026-12-10", *more]


def _page() -> None:
    import streamlit as st

    from geo.ui.bulletin_download import bulletin_of
    from geo.ui.cache import open_study
    from geo.ui.desk import Desk
    from geo.ui.filters import Filters

    opened = open_study(st.session_state["sources"])
    here = st.container()
    desk = Desk(opened, Filters(), st.session_state["asked-lang"], here, here, here, here)
    st.session_state["made"] = bulletin_of(desk)


def made(files: Sources, lang: str, **state: Any) -> list[str]:
    """Return what the bulletin of the page says."""
    app = AppTest.from_function(_page, default_timeout=SECONDS)
    for name, value in {"sources": files, "asked-lang": lang, **state}.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return told(BytesIO(app.session_state["made"]))


@pytest.mark.usefixtures("font")
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_and_the_command_line_write_the_same_bulletin(lang: str, town: Path, tmp_path: Path) -> None:
    assert main([*arguments(town, "--lang", lang), "--out", str(tmp_path / "orders")]) == 0
    here, there = made(sources(town), lang), told(tmp_path / "orders" / "bulletin.docx")
    assert here == there
    said = "".join(here)
    assert {"en": "This is no league table", "zh": "这不是名次表"}[lang] in said, "what to keep in mind of closings too"
    assert {"en": "Expected score loss", "zh": "预计失分"}[lang] not in said, "nobody loses points by an example"


def test_a_scorecard_that_is_not_taken_costs_nobody_points(town: Path, tmp_path: Path) -> None:
    file = tmp_path / "scorecard.toml"
    file.write_text("[scorecard]\nname = 3\n", "utf-8")
    heads = [text for text in made(sources(town), "en", **{"scorecard-file": file}) if text[1:3] == ". "]
    assert heads == ["1. What to put right first", "2. Red and black list", "3. Closing on time", "4. Keep in mind"]


@pytest.mark.parametrize(("lang", "refused"), [("en", False), ("zh", True)])
def test_without_the_font_the_page_says_so_before_the_bulletin_is_asked_for(
    lang: str, refused: bool, town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal inside a deferred download is seen by nobody."""
    monkeypatch.setattr(print_font, "REGULAR", tmp_path / "none.ttf")
    app = visit(lang, sources(town), agenda="units")
    assert not app.exception
    assert bool([one for one in app.download_button if one.key == "bulletin"]) is not refused
    assert ("无法生成通报。" in bodies(app) and "make setup" in bodies(app)) is refused


def test_a_bulletin_that_cannot_be_made_leaves_no_orders(
    nameless: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was written last, into a folder that then held half of what was asked for."""
    monkeypatch.setattr(print_font, "REGULAR", tmp_path / "none.ttf")
    targets, out = tmp_path / "targets.csv", tmp_path / "orders"
    targets.write_text("area_id,chosen\n1,true\n", "utf-8")  # an order without Chinese, which could be printed
    ask = arguments(nameless, "--targets", str(targets), "--out", str(out))
    assert main(ask) == 2
    assert "make setup" in capsys.readouterr().err
    assert not out.exists()


def test_reports_without_deadlines_or_closings_have_orders_and_a_bulletin(town: Path, tmp_path: Path) -> None:
    plain = tmp_path / "town"
    plain.mkdir()
    (plain / "communities.geojson").write_bytes((town / "communities.geojson").read_bytes())
    pl.read_csv(town / "reports.csv").drop("due_at", "closed_at").write_csv(plain / "reports.csv")
    out = tmp_path / "orders"
    assert main(arguments(plain, "--out", str(out))) == 0
    assert "–" in told(out / "bulletin.docx")
