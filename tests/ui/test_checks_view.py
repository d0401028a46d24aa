"""How sure is this?: the badge of a hot place, and the tables that are made only when they are asked for."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from geo.checks.stability import Check, Verdict
from geo.ui.cache import Sources
from geo.ui.checks_view import _table
from geo.ui.stability_badge import doubts, line_of, verdict_words
from geo.words import say
from tests.ui.test_pages import bodies, visit


@pytest.fixture(scope="module")
def city(demo: dict[str, Any]) -> Sources:
    return Sources(tuple(demo["reports"]), tuple(demo["areas"]), demo["mapping"])


@pytest.mark.parametrize(
    ("lang", "verdict", "interval"),
    [
        ("en", "Robust|Holds . of . checks", r"times what is expected, 90 % interval [\d.]+ to [\d.]+"),
        ("zh", "稳健|项检查中通过", r"倍，九成置信区间[\d.]+至[\d.]+倍"),
    ],
)
def test_the_story_of_a_hot_place_says_how_sure_it_is(city: Sources, lang: str, verdict: str, interval: str) -> None:
    app = visit(lang, city)
    assert not app.exception
    badge = next(body for body in bodies(app).split("<div") if "<details><summary>" in body)
    assert re.search(verdict, badge)
    assert badge.count("<li>") == 4
    assert re.search(interval, bodies(app))


def test_the_tables_are_made_when_they_are_asked_for(city: Sources) -> None:
    app = visit("en", city)
    assert "With other decisions about the data" not in bodies(app)
    app.session_state["how-sure-en"] = True
    app.run()
    assert not app.exception
    told = bodies(app)
    for words in ("places were tested together", "are left hollow", "Duplicates not merged", "What holds of every"):
        assert words in told
    assert "single cells of the next coarser grid" in told
    assert "of four ways to lay that grid the best one counts" in told
    assert "Residents" in told[told.index("As shown") :]


def test_an_empty_map_says_what_was_tested_and_has_no_badge() -> None:
    app = visit("zh")
    app.session_state["how-sure-zh"] = True
    app.run()
    assert not app.exception
    assert "处一起检验" in bodies(app)
    assert "各聚集区的检查结果" not in bodies(app)
    assert "<details><summary><span" not in bodies(app)


def test_what_a_place_depends_on_is_said_in_words() -> None:
    parts = {"coarser": 0.9, "shifted": 0.3, "reports": 1.0, "weeks": 0.597}
    hangs = Verdict(parts, date(2026, 8, 3))
    assert verdict_words(hangs, "en") == ("◐", "Holds 2 of 4 checks")
    assert doubts(hangs, "en").endswith("It hangs on one week, that of 3 Aug 2026.")
    assert "2026年8月3日" in doubts(hangs, "zh")
    assert doubts(Verdict({"coarser": 0.9}, None), "en") == ""
    week, grid = Check("weeks", *2 * ([],)), Check("coarser", *2 * ([],), level=8)  # type: ignore[arg-type]
    assert line_of(hangs, week, "en") == "Without its weightiest week, that of 3 Aug 2026: 59% of it still hot"
    assert line_of(hangs, grid, "en") == (
        "In single cells of the next coarser grid (level 8), each as large as a cell with its neighbours; of four ways "
        "to lay that grid the best one counts: 90% of it still hot"
    )
    assert "四种摆法" in line_of(hangs, grid, "zh")
    assert line_of(Verdict({"weeks": math.nan}, date(2026, 8, 3)), week, "en") == (
        "Without its weightiest week: cannot be judged here"
    )
    unknown = Verdict({"coarser": math.nan}, None)
    assert line_of(unknown, grid, "en").endswith("cannot be judged here")
    assert verdict_words(unknown, "en")[0] == "–"


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "1 of 3 categories cannot be answered"), ("zh", "3个类别中有1个无法")]
)
def test_a_decision_says_how_many_questions_it_leaves_open(lang: str, words: str) -> None:
    made = AppTest.from_function(_draw, args=(lang,)).run()
    assert not made.exception
    shown, some, none = bodies(made).split("<tr>")[2:]
    assert words in some
    assert words not in shown + none
    assert say("cannot be answered", lang) in none


def _draw(lang: str) -> None:
    import polars as pl

    from geo.checks.sensitivity import SENSITIVITY
    from geo.ui.checks_view import _decisions

    rows = [
        ("as_shown", "", 0, 0, 9, 4, 2, 1.0, 0),
        ("source", "patrol", 7, 1, 6, 3, 1, 0.5, 0),
        ("source", "other", 7, 3, None, None, None, None, None),
    ]
    _decisions(pl.DataFrame(rows, schema=SENSITIVITY, orient="row"), 3, lang)


def test_a_name_in_a_table_is_never_read_as_html() -> None:
    made = _table("<i>", "<b>", ["<u>"], [["<script>"]], words=(0,))
    assert not re.search("<(i|b|u|script)>", made)
