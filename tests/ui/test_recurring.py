"""The page Recurring without a browser: its lists, life lines and stories, and what it says where it cannot tell."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from geo import tables
from geo.grid.windows import Window
from geo.maps.palette import PALETTES
from geo.stats.identity import STATES
from geo.ui.blind_story import seen_bars
from geo.ui.cache import Sources
from geo.ui.empty import _no_alarm, _no_cluster
from geo.ui.filters import RECURRING, Filters
from geo.ui.life_lines import FILLS, MOST_LINES, Line, draw_lines, lines_of
from geo.ui.recurring_page import asked
from geo.ui.recurring_table import rows_said
from geo.ui.relapse_story import draw_episodes
from tests.ui.test_pages import SAMPLE, SECONDS, bodies, first_day, sample

LIGHT = PALETTES["light"]
FIRST = date(2026, 1, 5)
PERIODS = [Window(FIRST + timedelta(28 * at), FIRST + timedelta(28 * at + 27)) for at in range(6)]
FULL: dict[str, dict[str, object]] = {
    "relapses": {"place": "8c40e02ee1423ff", "community": "Hill", "category": "S09005", "confirmed": True},
    "clusters": {"areas": "Hill;Dale", "cluster_id": "C-1", "state": "reborn", "top_category": "S09005"},
    "alarms": {"place": "Hill", "category": "all", "signal": True, "state": "new", "recurrence_days": 730.0},
    "blind_spots": {"name": "Hill", "kind": "market", "blind": False, "never": True},
}
COLUMNS = {
    "relapses": tables.RELAPSES,
    "clusters": tables.CLUSTERS,
    "alarms": tables.ALARMS,
    "blind_spots": tables.BLIND_SPOTS,
}


def row(listed: str) -> pd.DataFrame:
    """Return a table of one row in which every number is 3."""
    numbers = {name: 3 for name, kind in COLUMNS[listed].items() if kind in (pl.Int64, pl.Float64)}
    days = {name: pd.Timestamp(FIRST) for name, kind in COLUMNS[listed].items() if kind == pl.Date}
    return pd.DataFrame([dict.fromkeys(COLUMNS[listed]) | numbers | days | FULL[listed]])


def _page() -> None:
    from geo.maps import assets
    from geo.ui.recurring_page import recurring_page

    assets.prepare()
    recurring_page()


def visit(lang: str = "en", sources: Sources | None = None, **query: str) -> AppTest:
    app = AppTest.from_function(_page, default_timeout=SECONDS)
    app.session_state["sources"] = sources or sample()
    for name, value in {"lang": lang, **query}.items():
        app.query_params[name] = value
    return app.run()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("listed", RECURRING)
def test_every_list_opens_in_both_languages(listed: str, lang: str) -> None:
    app = visit(lang, list=listed)
    assert not app.exception
    assert 'class="hx strip"' in bodies(app)
    assert 'class="hx story"' in bodies(app) or 'class="hx empty"' in bodies(app)


def test_an_address_names_the_list_and_its_row() -> None:
    filters = Filters.from_url({"list": ["alarms"], "item": ["20261115-a1b2c3"], "window": ["8w"]})
    assert (filters.listed, filters.item, filters.window) == ("alarms", "20261115-a1b2c3", "8w")
    assert Filters.from_url(filters.to_url()) == filters
    assert Filters.from_url({"list": ["gossip"]}).listed == "relapses"


def test_what_has_no_say_in_a_list_is_not_asked_of_it() -> None:
    filters = Filters(window="8w", lens="past", categories=("S09005",))
    assert asked(replace(filters, listed="blind_spots")) == replace(filters, lens="city").question
    assert asked(replace(filters, listed="alarms")) == replace(filters, lens="city", window="auto").question


def test_the_sidebar_asks_for_the_window_only_where_it_has_a_say() -> None:
    keys = {}
    for listed in ("blind_spots", "clusters"):
        app = visit(list=listed, window="8w", lens="past")
        keys[listed] = [group.key for group in app.button_group]
        assert app.session_state["filters"].window == "8w", "kept for the way back to the map"
        assert app.session_state["filters"].lens == "past"
        assert not [box for box in app.selectbox if box.key == "lens-en"]
    assert "window-en" in keys["blind_spots"]
    assert "window-en" not in keys["clusters"]


def test_another_list_begins_with_its_first_row_and_the_address_follows() -> None:
    app = visit(list="clusters", item="C-NONE")
    app.button_group(key="listed-en").set_value("blind_spots").run()
    assert not app.exception
    assert app.query_params["list"] == "blind_spots"
    assert "item" not in app.query_params
    assert re.findall(r"<h3>(.*?)</h3>", bodies(app))[-1] == "No blind spot", "no area is told unasked"


def closed_and_back(folder: Path) -> Sources:
    """Return reports of a year; at one place a problem came back in spring, at another in the last weeks."""

    def line(day: date, closed: date | None, lat: float) -> str:
        return f"{day} 09:00,{f'{closed} 09:00' if closed else ''},{lat:.4f},104.18"

    told = []
    for first, lat in ((date(2026, 3, 2), 30.62), (date(2026, 11, 2), 30.63)):
        told += [line(first + timedelta(days=8 * at), first + timedelta(days=8 * at + 2), lat) for at in range(2)]
    told += [line(date(2025, 11, 16) + timedelta(days=at), None, 30.64 + at % 60 / 1000) for at in range(365)]
    file = folder / "reports.csv"
    lines = [f"{at},{words}" for at, words in enumerate(told)]
    file.write_text("report_id,reported_at,closed_at,lat,lon\n" + "\n".join(lines), "utf-8")
    return Sources((file,), (("community", SAMPLE / "communities.geojson"),))


def test_relapses_of_the_window_alone_are_listed_and_one_may_go_back_to_all(tmp_path: Path) -> None:
    app = visit(sources=closed_and_back(tmp_path), window="4w", back="window")
    assert not app.exception
    assert app.dataframe[0].value["recent"].to_list() == [1]
    files = app.button_group(key="download-rows-relapses")
    assert files.options == ["All rows 1", "Confirmed 0"]
    app.button_group(key="back-en").set_value("all").run()
    assert sorted(app.dataframe[0].value["recent"]) == [0, 1]
    assert "back" not in app.query_params


def test_an_early_last_day_is_called_the_cause_with_a_way_to_a_later_one(tmp_path: Path) -> None:
    app = visit(sources=closed_and_back(tmp_path), until="2026-02-01")
    assert not app.exception
    assert "name its column" not in bodies(app), "the column is there, the day is too early"
    assert "none was closed up to 1 Feb 2026. Choose a later last day." in bodies(app)
    next(button for button in app.button if button.label == "Up to the last day").click().run()
    assert app.session_state["filters"].until is None
    assert "1. " in re.findall(r"<h3>(.*?)</h3>", bodies(app))[-1]


def test_no_return_in_the_window_offers_all_places(tmp_path: Path) -> None:
    app = visit(sources=closed_and_back(tmp_path), window="4w", until="2026-10-01", back="window")
    assert not app.exception
    assert "No closed problem came back in the window" in bodies(app)
    next(button for button in app.button if button.label == "All places").click().run()
    assert len(app.dataframe[0].value) == 1


@pytest.mark.parametrize(("periods", "words"), [(2, "Too short a history"), (9, "was hot beyond expectation")])
def test_no_cluster_is_said_of_a_long_history_only(periods: int, words: str) -> None:
    found = SimpleNamespace(periods=tuple(range(periods)), window=PERIODS[0])
    assert words in _no_cluster(found, "en")


@pytest.mark.parametrize(("past", "words"), [(60, "only 60 days"), (77, "a good answer")])
def test_no_alarm_of_a_short_history_is_no_good_answer(past: int, words: str) -> None:
    last = Window(FIRST, FIRST + timedelta(days=13))
    found = SimpleNamespace(window=last, summary={"history_start": FIRST - timedelta(days=past)})
    assert words in _no_alarm(found, "en")


def test_patrols_left_out_is_said_with_a_way_back() -> None:
    app = visit(list="blind_spots", source="resident")
    assert not app.exception
    assert "Blind spots cannot be told" in bodies(app)
    next(button for button in app.button if button.label == "Clear Sources").click().run()
    assert app.session_state["filters"].sources == ()
    assert "Blind spots cannot be told" not in bodies(app)


@pytest.mark.parametrize(("lang", "words"), [("en", "Do problems follow each other?"), ("zh", "问题是否接连出现")])
def test_without_closing_times_it_says_whether_problems_follow_each_other(
    lang: str, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "reports.csv"
    lines = [
        f"{n},2026-{1 + n % 9:02d}-{1 + n % 27:02d} 10:00,{30.62 + n % 7 / 200},{104.18 + n % 11 / 200}"
        for n in range(400)
    ]
    file.write_text("report_id,reported_at,lat,lon\n" + "\n".join(lines), "utf-8")
    app = visit(lang, Sources((file,), (("community", SAMPLE / "communities.geojson"),)))
    assert not app.exception
    assert words in bodies(app)
    assert 'class="hx strip"></div>' in bodies(app), "no count of what cannot be told"


def test_too_short_a_history_for_alarms_is_refused_in_words() -> None:
    first = date.fromisoformat(first_day(visit(list="alarms")))
    app = visit(list="alarms", until=f"{first + timedelta(days=20)}", window="4w")
    assert not app.exception
    assert "This cannot be answered" in bodies(app)
    assert not [button for button in app.button if "way-out-window" in (button.key or "")], "it has no say here"


@pytest.mark.parametrize("listed", RECURRING)
def test_a_row_is_said_without_a_gap(listed: str) -> None:
    for lang in ("en", "zh"):
        said = rows_said(row(listed), listed, lang).iloc[0]
        assert not said.isna().any()
        assert "None" not in " ".join(map(str, said))


def test_a_row_says_what_it_is() -> None:
    assert rows_said(row("relapses"), "relapses", "en")["place"][0] == "A point in Hill"
    assert rows_said(row("clusters"), "clusters", "zh")["state"][0] == "↻ 复现"
    alarm = rows_said(row("alarms"), "alarms", "en").iloc[0]
    assert (alarm["state"], alarm["category"], alarm["once_in"]) == ("▲ New", "All together", "2 years")
    assert rows_said(row("blind_spots"), "blind_spots", "en")["state"][0] == "○ No patrol report"


@pytest.mark.parametrize(
    ("more", "finding"),
    [
        ({"incidents": 0}, "No reports"),
        ({"never": False, "p_value": None}, "Too few to tell"),
        ({"never": False}, "Not a blind spot"),
    ],
)
def test_of_every_area_something_is_found(more: dict[str, object], finding: str) -> None:
    assert rows_said(row("blind_spots").assign(**more), "blind_spots", "en")["state"][0] == finding


def test_where_nobody_reported_no_share_is_said() -> None:
    told = pd.Series({"resident": 0, "patrol": 0, "expected": 0.0, "incidents": 0})
    assert "0%" not in seen_bars(told, 0.58, "en")
    assert "Neither residents nor patrols" in seen_bars(told, 0.58, "en")


def test_an_alarm_is_new_for_a_week_and_no_day_is_told_that_is_not_known() -> None:
    app = visit(list="alarms")
    assert "new in the last 7 days" in bodies(app)
    assert "Alarmed since" not in bodies(app)


def life(number: int, states: str, **more: Any) -> Line:
    """Return a line whose states are told by their first letter (B born, b reborn), from the first period on."""
    names = {"B": "born", "b": "reborn", "c": "continued", "s": "split", "d": "dormant", "e": "ended", "m": "merged"}
    steps = {at: (names[s], 4 if s in "Bbcs" else 0) for at, s in enumerate(states) if s != "."}
    return Line(number, f"C-{number}", "a line", steps, **more)


def drawn_of(*lines: Line) -> list[str]:
    """Return the rows of the drawn life lines."""
    html = draw_lines(lines, PERIODS, "C-1", LIGHT, "en")
    return re.findall(r'<div class="life.*?</div></div>', html)


def test_every_state_of_a_cluster_has_a_colour_or_is_over() -> None:
    assert set(STATES) - set(FILLS) == {"ended"}


def test_a_life_line_shows_birth_sleep_end_and_return() -> None:
    (html,) = drawn_of(life(1, "Bcddeb"))
    assert [html.count(mark) for mark in ("<b ", "<u ", "▲", "↻", "×")] == [3, 2, 1, 1, 1]
    assert 'class="life chosen"' in html


def test_what_was_there_when_the_records_begin_has_no_birth() -> None:
    (html,) = drawn_of(replace(life(1, "Bcc"), from_start=True))
    assert "▲" not in html
    assert html.count('<b class="open"') == 1
    assert "there when the records begin" in html
    assert html.count("<b ") == 3


def test_a_split_and_a_merger_join_the_lines() -> None:
    lines = [life(1, "Bccccc"), life(2, "..sccc", parent_id="C-1"), life(3, "Bccmmm", merged_into="C-2")]
    first, second, third = drawn_of(*lines)
    assert "<em" not in first
    assert 'class="up" style="left:33.33%' in second
    assert 'class="up" style="left:50.00%' in third
    assert third.count("×") == 1, "it is over once"
    assert "<em" not in drawn_of(lines[1])[0], "the other line is not drawn"


def test_the_chosen_cluster_is_among_the_lines_however_far_down() -> None:
    names = [f"C-{at}" for at in range(MOST_LINES + 9)]
    table = pd.DataFrame({"cluster_id": names, "reason": "", "parent_id": None, "merged_into": None})
    steps = pl.DataFrame({"cluster_id": names, "step": 0, "state": "born", "size": 1})
    told = [line.number for line in lines_of(table, steps, names[-1])]
    assert told == [*range(1, MOST_LINES), len(names)]
    assert len(lines_of(table, steps, names[0])) == MOST_LINES


def test_what_a_file_holds_is_escaped_in_life_lines() -> None:
    hostile = replace(life(1, "Bc"), words='"><script>x()</script>')
    assert "<script" not in draw_lines([hostile], PERIODS, "C-1", LIGHT, "en")


def episodes(*spans: tuple[int, int | None, float | None]) -> pl.DataFrame:
    """Return episodes of one place: opened and closed so many days before the last, back after so many days."""
    last = datetime(2026, 11, 15, 8, tzinfo=UTC)
    rows = {
        "opened": [last - timedelta(days=opened) for opened, _, _ in spans],
        "closed": [None if closed is None else last - timedelta(days=closed) for _, closed, _ in spans],
        "relapse": [None if after is None else after <= 30 for _, _, after in spans],
        "quick": [None if after is None else after <= 3 for _, _, after in spans],
        "days_to_next": [after for _, _, after in spans],
    }
    return pl.DataFrame(rows, schema_overrides={"closed": tables.UTC_TIME, "days_to_next": pl.Float64})


def test_the_last_year_of_a_place_is_drawn_and_its_returns_are_marked() -> None:
    html = draw_episodes(
        episodes((900, 890, 500), (390, 380, 100), (280, 270, 2), (268, 250, 20), (230, None, None)),
        date(2026, 11, 15),
        "UTC",
        LIGHT,
        "en",
    )
    assert html.count("<b ") == 3
    assert re.findall(r">(.)</i>", html) == ["!", "↻"]
    assert f"background:{LIGHT.in_progress}" in html, "the last is not closed"
    assert "16 Nov 2025 to 15 Nov 2026" in html


def test_a_place_that_has_long_been_quiet_is_drawn_from_its_first_episode() -> None:
    html = draw_episodes(episodes((900, 890, 5), (885, 880, None)), date(2026, 11, 15), "UTC", LIGHT, "en")
    assert html.count("<b ") == 2
    assert html.count("</i>") == 1


def test_bars_of_who_saw_it_have_one_scale() -> None:
    told = pd.Series({"resident": 40, "patrol": 2, "expected": 20.0, "incidents": 42})
    html = seen_bars(told, 0.58, "en")
    assert re.findall(r'<b style="width:([\d.]+)%', html) == ["100.0", "5.0"]
    assert '<u style="left:50.0%"' in html
    assert "Patrols found 5% here, 58% in the city" in html
