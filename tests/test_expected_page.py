"""The worked example of docs/expected.md is the demo city's: every figure is computed anew."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from data import make_city
from geo.study import Question, ask, open_study
from geo.words import LANGUAGES
from geo.words.numbers import day, ratio

ROOT = Path(__file__).resolve().parent.parent
PAGES = {"en": ROOT / "docs" / "expected.md", "zh": ROOT / "docs" / "expected.zh.md"}
CELL = "8940e3c1a2fffff"  # at the market 城北农贸市场


def stands_in(figure: str, page: str) -> bool:
    """Say whether a figure stands in a page, not only as a part of a longer one.

    >>> stands_in("36.6", "136.6 and 36.65"), stands_in("36.6", "it was 36.6.")
    (False, True)
    """
    return re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d]|[.,]\d)", page) is not None


@pytest.mark.slow
def test_every_figure_of_the_example_is_computed(tmp_path: Path) -> None:
    """The city is made here, by the code as it is: one made earlier may be another."""
    made = make_city(tmp_path)
    study = open_study(made["reports"], made["areas"], mapping=made["mapping"], resolution=9)
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
        assert test.hot[at], f"{answer.question.lens}: the page says that the place is hot"
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
        missing = sorted(figure for figure in {*figures, day(change.day, lang)} if not stands_in(figure, page))
        assert not missing, f"{PAGES[lang].name} lacks these figures of the demo city: {missing}"
