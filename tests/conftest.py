"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from data import CityPlan, make_city
from geo.maps.assets import print_font
from geo.study import Answer, Question, Study, ask, open_study

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and published results beside the project; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared (real report files and published results), which is not on this machine")
    return folder


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A small demo city on disk, as `data.make_city` describes it: 80 weeks, some 8,000 reports."""
    return make_city(tmp_path_factory.mktemp("demo"), plan=CityPlan(reports=8_000, weeks=80, busy_places=12))


@pytest.fixture(scope="session")
def files(demo: dict[str, Any]) -> list[str]:
    """The small demo city as the command line is told of it."""
    areas = [f"{kind}={path}" for kind, path in demo["areas"] if kind in ("community", "market", "construction_site")]
    reports = [str(path) for path in demo["reports"]]
    return ["--reports", *reports, "--areas", *areas, "--mapping", str(demo["mapping"])]


@pytest.fixture(scope="session")
def study(demo: dict[str, Any]) -> Study:
    """The small demo city, opened."""
    return open_study(demo["reports"], demo["areas"], mapping=demo["mapping"])


@pytest.fixture(scope="session")
def answer(study: Study) -> Answer:
    """What the small demo city answers to the usual question."""
    return ask(study, Question())


@pytest.fixture
def font() -> None:
    """The font that setup brings; tests that print Chinese skip where it was not fetched."""
    if not print_font.there():
        pytest.skip("the font Noto Sans SC was not fetched at setup")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many browser tests were left out, so that nobody takes a run without them for the whole."""
    left_out = [report for report in terminalreporter.stats.get("skipped", []) if "browser" in report.keywords]
    if left_out:
        terminalreporter.write_line(f"{len(left_out)} browser tests were left out: no Chromium here.")
