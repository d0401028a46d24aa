"""The page Priorities without a browser: its views, its address, and what it says where it cannot tell."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from geo import tables
from geo.command.choosing import Budget
from geo.export.work_orders import zipped
from geo.planning.priority import Weights
from geo.ui.agenda_cache import Plan
from geo.ui.agenda_words import PARTS, part_meaning
from geo.ui.cache import Sources
from geo.ui.choice_view import plan_words
from geo.ui.choice_view import rows_said as choice_said
from geo.ui.filters import AGENDA, Filters
from geo.ui.ranking_table import columns, rows_said
from geo.ui.units_view import rows_said as units_said
from geo.ui.weights_form import weights_of, written
from tests.agenda_town import write_town
from tests.ui.test_pages import SECONDS, bodies, sample

LIST_PIXELS = 710 - 37  # beside the story, without the column of the boxes


def _page() -> None:
    from geo.maps import assets
    from geo.ui.priorities_page import priorities_page

    assets.prepare()
    priorities_page()


def visit(lang: str = "en", sources: Sources | None = None, **query: Any) -> AppTest:
    app = AppTest.from_function(_page, default_timeout=SECONDS)
    app.session_state["sources"] = sources or sample()
    for name, value in {"lang": lang, **query}.items():
        app.query_params[name] = value
    return app.run()


def one_row(schema: dict[str, Any], **more: object) -> pd.DataFrame:
    """Return a table of one row in which every number is 3 and every text is empty."""
    numbers = {name: 3 for name, kind in schema.items() if kind in (pl.Int64, pl.Float64)}
    return pd.DataFrame([dict.fromkeys(schema) | numbers | more])


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("agenda", AGENDA)
def test_every_view_opens_in_both_languages(agenda: str, lang: str) -> None:
    app = visit(lang, agenda=agenda)
    assert not app.exception
    assert 'class="hx strip"' in bodies(app)
    assert 'class="hx story"' in bodies(app)


@pytest.mark.parametrize("step", ["countdown", "orders"])
def test_the_steps_after_the_choice_open(step: str) -> None:
    app = visit(agenda="choice", step=step)
    assert not app.exception
    assert [box for box in app.date_input if (box.key or "").startswith(("review", "deadline"))]


def test_an_address_names_the_plan() -> None:
    address = {
        "agenda": ["choice"],
        "kind": ["market"],
        "teams": ["7"],
        "cost": ["0.5"],
        "must": ["a", "b"],
        "weights": ["1-0.5-0-0-2"],
        "review": ["2026-12-24"],
    }
    filters = Filters.from_url(address)
    assert filters.to_url() == address
    assert weights_of(filters) == Weights(1, 0.5, 0, 0, 2)
    assert written(weights_of(filters)) == filters.weights


@pytest.mark.parametrize(
    "query",
    [
        {"teams": "0", "days": "-3", "cost": "1e9", "near": "NaN", "limit": "many"},
        {"weights": "1-0-0", "review": "2026-02-31", "visit": "soon", "agenda": "gossip", "step": "7"},
        {"weights": "9-9-9-9-9", "aside": "1", "teams": "٣"},
    ],
)
def test_an_address_of_nonsense_is_the_page_as_it_is(query: dict[str, str]) -> None:
    assert Filters.from_url({name: [value] for name, value in query.items()}) == Filters()


def test_weights_of_nothing_are_the_usual_ones() -> None:
    assert weights_of(Filters.from_url({"weights": ["0-0-0-0-0"]})) == Weights()


def test_areas_nobody_knows_do_no_harm() -> None:
    app = visit(agenda="choice", kind="castle", target="x", must="x", never="y", along="z", near="500")
    assert not app.exception
    assert "Proven best" in bodies(app)


def test_the_ranking_follows_the_weights_and_says_that_they_are_own() -> None:
    app = visit()
    assert "own weights" not in bodies(app)
    app.slider(key="weights-overdue").set_value(2.0).run()
    assert not app.exception
    assert app.query_params["weights"] == "1-0-0-2-0"
    assert "own weights" in bodies(app)
    scores = app.dataframe[0].value
    assert scores["score"].is_monotonic_decreasing, "the list shows what it is ordered by"
    assert "4 weeks ago" not in bodies(app), "the movement is that of the usual order"
    assert "×2" in bodies(app)
    next(button for button in app.button if button.label == "Usual weights").click().run()
    assert "weights" not in app.query_params
    assert len(scores) == len(app.dataframe[0].value)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_parts_say_what_they_are(lang: str) -> None:
    meanings = {part: part_meaning(part, lang) for part in PARTS}
    for part, word in (
        ("trend", {"en": "noisy", "zh": "波动大"}),
        ("overdue", {"en": "each open one counts 1", "zh": "每件计1"}),
        ("relapses", {"en": "scaled to 4 weeks", "zh": "折算为4周"}),
        ("hot_excess", {"en": "in the first part already", "zh": "已计入第一项"}),
    ):
        assert word[lang] in meanings[part]


def test_what_is_wished_is_chosen_and_what_is_not_is_left_out() -> None:
    app = visit()
    wish = next(group for group in app.button_group if (group.key or "").startswith("wish-"))
    target = str(wish.key).split("-")[1]
    wish.set_value("never").run()
    assert app.session_state["filters"].never == (target,)
    app.button_group(key="agenda-en").set_value("choice").run()
    assert not app.exception
    listed = app.dataframe[0].value
    assert listed.loc[listed["wish"] == "left out", "stop"].tolist() == [""]


def test_without_areas_it_says_what_is_needed(tmp_path: Path) -> None:
    file = tmp_path / "reports.csv"
    lines = [f"{n},2026-{1 + n % 9:02d}-{1 + n % 27:02d} 10:00,{30.62 + n % 7 / 200},104.18" for n in range(200)]
    file.write_text("report_id,reported_at,lat,lon\n" + "\n".join(lines), "utf-8")
    for agenda in ("ranking", "choice"):
        app = visit(sources=Sources((file,)), agenda=agenda)
        assert not app.exception
        assert "No areas to rank" in bodies(app)


def test_too_long_a_window_is_refused_with_a_way_out() -> None:
    app = visit("zh", until=str(visit().date_input[0].min), window="26w")
    assert not app.exception
    assert "这个问题现在答不了" in bodies(app)


def test_a_scorecard_that_is_none_is_refused_and_the_example_stays(tmp_path: Path) -> None:
    file = tmp_path / "scorecard.toml"
    file.write_text("[scorecard]\nname = 3\n", "utf-8")
    app = visit(agenda="loss")
    app.session_state["scorecard-file"] = file
    app.run()
    assert not app.exception
    assert 'role="alert"' in bodies(app)
    assert "example scorecard" in bodies(app)
    app.button_group(key="loss-part-en").set_value("scorecard").run()
    assert not app.exception
    assert "scorecard.toml is not taken; the example is still used." in bodies(app)
    assert "In use" not in bodies(app)


def test_what_is_put_in_one_box_leaves_the_other() -> None:
    app = visit(agenda="choice")
    boxes = {str(box.key).split("-")[0]: box for box in app.multiselect if str(box.key).startswith(("must-", "never-"))}
    key = {name: box.key for name, box in boxes.items()}
    area = boxes["must"].options[0]
    for box, other in (("must", "never"), ("never", "must"), ("must", "never")):
        app.multiselect(key=key[box]).select(area).run()
        assert not app.exception
        assert len(app.multiselect(key=key[box]).value) == 1
        assert app.multiselect(key=key[other]).value == []
        assert (bool(app.session_state["filters"].must), bool(app.session_state["filters"].never)) == (
            box == "must",
            box == "never",
        )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_plan_is_said_as_the_command_line_says_it(lang: str) -> None:
    """The cover sheet left out what must and must not be chosen, and where."""
    names = {"a": "Elm St. 12", "b": "Hill", "c": "South River"}
    full = Plan(2, 3, 0.5, ("a", "b"), ("c",), 1, (30.654321, 104.1, 1000.0), ("c", 200.0))
    asked = Budget(
        teams=2,
        days=3,
        cost="0.5",
        must=["Elm St. 12", "Hill"],
        never=["South River"],
        per_unit=1,
        near="30.654321,104.1,1000",
        along="South River,200",
    )
    assert plan_words(full, names, lang) == asked.said(lang)
    assert plan_words(Plan(), names, lang) == Budget().said(lang)


def test_names_in_boxes_are_shown_as_they_are_written(tmp_path: Path) -> None:
    """Options of boxes are no Markdown: what is escaped for it shows its backslashes there."""
    write_town(tmp_path)
    layer = tmp_path / "communities.geojson"
    odd = layer.read_text("utf-8").replace('"Middle"', '"12-14 *Elm* St."')
    layer.write_text(odd, "utf-8")
    (tmp_path / "lanes.geojson").write_text(odd.replace('"area_id": "', '"area_id": "lane-'), "utf-8")
    areas = (("community", layer), ("bike-lane", tmp_path / "lanes.geojson"))
    app = visit(sources=Sources((tmp_path / "reports.csv",), areas), agenda="choice", target="5", along="lane-5")
    assert not app.exception
    boxes = {str(box.key).split("-")[0]: box.options for box in (*app.selectbox, *app.multiselect)}
    assert "bike-lane" in boxes["kind"]
    assert "Around 12-14 *Elm* St." in boxes["near"]
    for box in ("along", "must", "never"):
        assert "12-14 *Elm* St." in boxes[box]
    units = visit(sources=Sources((tmp_path / "reports.csv",), areas), agenda="units")
    assert "bike-lane" in units.selectbox(key="by-en").options


def test_one_area_that_needs_more_than_a_team_has_is_said_in_one_sentence() -> None:
    app = visit(agenda="choice", cost="9", days="5")
    assert "One area needs 9 team-days, more than the 5 days of a team" in bodies(app)
    assert "Proven best" not in bodies(app)


def test_the_orders_and_the_visit_follow_the_day_of_the_review() -> None:
    review = visit(agenda="choice", step="countdown").date_input
    day = next(box for box in review if str(box.key).startswith("review")).value + timedelta(days=9)
    orders = visit(agenda="choice", step="orders", review=str(day))
    assert next(box for box in orders.date_input if str(box.key).startswith("deadline")).value == day
    loss = visit(agenda="loss", review=str(day))
    loss.button_group(key="loss-part-en").set_value("scorecard").run()
    assert next(box for box in loss.date_input if str(box.key).startswith("visit")).value == day


@pytest.mark.parametrize("weights", [Weights(), Weights(trend=0.5), Weights(hot=1)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_ranking_fits_beside_the_story_and_shows_what_it_is_ordered_by(lang: str, weights: Weights) -> None:
    drawn = columns(lang, weights)
    assert sum(column["width"] for column in drawn.values()) - drawn["unit"]["width"] <= LIST_PIXELS - 60
    assert ("score" in drawn, "moved" in drawn) == (weights != Weights(), weights == Weights())
    assert ("hot_excess" in drawn) == bool(weights.hot)


def test_without_deadlines_nothing_is_said_to_be_overdue(tmp_path: Path) -> None:
    """It was said that none was."""
    write_town(tmp_path)
    pl.read_csv(tmp_path / "reports.csv").drop("due_at").write_csv(tmp_path / "undated.csv")
    for file, told in (("reports.csv", True), ("undated.csv", False)):
        app = visit(sources=Sources((tmp_path / file,)), agenda="units")
        strip = next(html for html in bodies(app).split("\n") if "hx strip" in html)
        assert re.search(r"\d+ open", strip)
        assert ("overdue" in strip) is told


def test_a_row_is_said_without_a_gap() -> None:
    words = {"name": "Hill", "tier": "A", "enough": True, "moved": None, "chosen": False, "wish": "never"}
    for said, schema in (
        (rows_said, tables.PRIORITIES),
        (choice_said, tables.CHOICES),
        (units_said, tables.PERFORMANCE),
    ):
        told = said(one_row(schema, **{name: value for name, value in words.items() if name in schema}), "en")
        assert not told.isna().any().any()
        assert "None" not in told.to_string()


def test_an_area_with_too_few_reports_has_no_tier() -> None:
    rows = one_row(tables.PRIORITIES, name="Hill", tier="C", enough=False, moved=-2)
    assert rows_said(rows, "en")[["tier", "moved"]].iloc[0].tolist() == ["", "▽ 2"]


def test_the_archive_of_the_orders_is_the_same_whenever_it_is_made(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.pdf"):
        (tmp_path / name).write_text(name)
    files = sorted(tmp_path.iterdir())
    assert zipped(files) == zipped(files)
    with zipfile.ZipFile(io.BytesIO(zipped(files))) as archive:
        assert [archive.read(name).decode() for name in archive.namelist()] == ["a.xlsx", "b.pdf"]


def test_two_areas_of_one_name_can_be_told_apart(tmp_path: Path) -> None:
    write_town(tmp_path)
    sources = Sources((tmp_path / "reports.csv",), (("community", tmp_path / "communities.geojson"),))
    app = visit(sources=sources, agenda="choice", must="9")
    box = next(box for box in app.multiselect if str(box.key).startswith("must"))
    assert {"South (8)", "South (9)", "South West"} <= set(box.options)
    assert box.value == ["9"]
