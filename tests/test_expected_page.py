"""The worked example of docs/expected.md is the demo city's: every figure is computed anew."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from data.exports import FILES
from data.layers import LAYERS
from geo.study import Question, ask, open_study
from geo.words import LANGUAGES
from geo.words.numbers import day, ratio

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "data" / "demo"
PAGES = {"en": ROOT / "docs" / "expected.md", "zh": ROOT / "docs" / "expected.zh.md"}
CELL = "8940e3c035bffff"  # at the market 光明农贸市场


@pytest.mark.slow
def test_every_figure_of_the_example_is_computed() -> None:
    if not (DEMO / "mapping.toml").exists():
        pytest.skip("needs the demo city: make run, or python -m geo demo data/demo")
    layers = [(kind, DEMO / "areas" / name) for kind, name in LAYERS.items()]
    study = open_study([DEMO / "reports" / name for name in FILES], layers, mapping=DEMO / "mapping.toml", resolution=9)
    at = study.cube.cells.tolist().index(int(CELL, 16))
    disk = [at, *(int(n) for n in study.cube.neighbours[at] if n >= 0)]
    figures = {f"{len(study.cube.cells):,}"}
    asked = {
        "city": Question(),
        "past": Question(lens="past"),
        "places": Question(lens="places", per="households"),
        "share": Question(lens="share", categories=("S09006",)),
        "without": Question(lens="past", sources=("resident", "patrol")),
    }
    answers = {name: ask(study, question) for name, question in asked.items()}
    for answer in answers.values():
        test = answer.tests[0]
        assert test.hot[at]
        figures |= {f"{test.ring[at]:,.0f}", f"{test.expected[at]:.1f}", ratio(test.ratio[at])}
    city, past, share = (answers[name].tests[0] for name in ("city", "past", "share"))
    before = study.cube.by_period(answers["past"].window.first - timedelta(days=1), 52)
    households = study.exposures["households"]
    figures |= {
        f"{city.count.sum():,.0f}",
        f"{city.count.mean():.2f}",
        f"{before.sum():,.0f}",
        f"{before[disk].sum():,.0f}",
        f"{before[disk].sum() * city.count.sum() / before.sum():.1f}",
        f"{households[disk].sum():,.0f}",
        f"{np.nansum(households):,.0f}",
        f"{share.count.sum():,.0f}",
        f"{share.model.city_share:.1%}".replace("%", ""),
    }
    assert past.model.a == pytest.approx(1.5, abs=0.25), "about a week and a half is borrowed"
    (change,) = answers["past"].changes
    for lang in LANGUAGES:
        page = PAGES[lang].read_text("utf-8")
        missing = sorted(figure for figure in {*figures, day(change.day, lang)} if figure not in page)
        assert not missing, f"{PAGES[lang].name} lacks these figures of the demo city: {missing}"
