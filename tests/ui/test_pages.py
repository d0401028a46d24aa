"""The pages without a browser: started, filtered, given an empty period and a broken file. Each ends in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from geo.ui.cache import Sources

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "data" / "sample"
SECONDS = 60


def sample(**changes: object) -> Sources:
    files = {
        "reports": (SAMPLE / "12345.csv", SAMPLE / "patrol.csv", SAMPLE / "inspection.xlsx"),
        "areas": (("community", SAMPLE / "communities.geojson"),),
        "mapping": SAMPLE / "mapping.toml",
    }
    return Sources(**(files | changes))  # type: ignore[arg-type]


def visit(lang: str = "en", sources: Sources | None = None, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
    app.session_state["sources"] = sources or sample()
    for name, value in {"lang": lang, **query}.items():
        app.query_params[name] = value
    return app.run()


def bodies(app: AppTest) -> str:
    return "\n".join(block.proto.body for block in app.get("html"))


@pytest.mark.parametrize(("lang", "headline"), [("en", "Where problems concentrate"), ("zh", "问题集中的地方")])
def test_the_map_opens_in_both_languages(lang: str, headline: str) -> None:
    app = visit(lang)
    assert not app.exception
    assert headline in bodies(app)


def test_an_address_is_the_map_it_was_copied_from() -> None:
    app = visit(window="4w", view="ratio", source="patrol")
    assert not app.exception
    assert app.session_state["filters"].sources == ("patrol",)
    assert app.session_state["window-en"] == "4w"
    assert app.session_state["view-en"] == "ratio"


def test_a_change_of_page_empties_the_address_but_the_language_stays() -> None:
    app = visit("zh")
    del app.query_params["lang"]
    app.run()
    assert app.query_params["lang"] == "zh"


def test_a_filter_is_moved_and_the_address_follows() -> None:
    app = visit()
    app.multiselect(key="statuses-en").set_value(["closed"]).run()
    assert not app.exception
    assert app.query_params["status"] == "closed"


def test_a_question_the_data_cannot_carry_is_refused_with_a_way_out() -> None:
    app = visit(lens="share", source="patrol")
    assert not app.exception
    assert "This cannot be answered" in bodies(app)
    offered = [button.label for button in app.button if "way-out-categories" in (button.key or "")]
    assert len(offered) == 5
    themes = [label.startswith("Theme ") for label in offered]
    assert themes[0]
    assert themes == sorted(themes, reverse=True), "themes first"
    assert "test each" not in bodies(app)
    next(button for button in app.button if button.label == "Clear Sources").click().run()
    assert app.session_state["filters"].sources == ()


def test_a_rise_that_cannot_be_judged_yet_leads_to_where_problems_concentrate() -> None:
    app = visit("zh", lens="past", until=first_day(visit()))
    assert not app.exception
    next(button for button in app.button if "way-out-lens" in (button.key or "")).click().run()
    assert app.session_state["filters"].lens == "city"
    assert "问题集中的地方" in bodies(app)


def first_day(app: AppTest) -> str:
    return str(app.date_input[0].min)


def test_a_list_without_hot_spots_has_no_column_of_none() -> None:
    app = visit(category="B01001", source="inspection", window="4w")
    assert not app.exception
    shown = app.dataframe[0].value
    assert not shown.isna().all().any()
    assert "rank" not in shown


def test_the_map_says_whose_data_it_shows() -> None:
    assert "12345.csv, patrol.csv, inspection.xlsx" in bodies(visit())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_file_that_is_no_table_is_refused_in_words(lang: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    app = visit(lang, sample(reports=(empty,)))
    assert not app.exception
    assert "empty.csv" in bodies(app)
    assert 'role="alert"' in bodies(app)


def test_what_a_reporter_wrote_is_never_read_as_html(tmp_path: Path) -> None:
    hostile = tmp_path / "reports.csv"
    rows = [
        f"{n},2026-10-{1 + n % 30:02d} 10:00:00,{30.62 + n % 7 / 2000},{104.18 + n % 11 / 2000},<script>x({n})</script>"
        for n in range(400)
    ]
    hostile.write_text("report_id,reported_at,lat,lon,description\n" + "\n".join(rows), "utf-8")
    app = visit(sources=Sources((hostile,), (("community", SAMPLE / "communities.geojson"),)))
    assert not app.exception
    assert "&lt;script&gt;x(" in bodies(app)
    assert bodies(app).count("<script") == 1, "our own: the page's language, and how its notes close"


def test_no_name_out_of_a_file_is_read_as_markdown(tmp_path: Path) -> None:
    """A picture in a label would be fetched, from any host."""
    hostile = "![x](http://elsewhere.example/x.png)"
    reports, markets = tmp_path / "reports.csv", tmp_path / "markets.csv"
    reports.write_text(f"report_id,reported_at,category,lat,lon\n1,2026-05-01 10:00,{hostile},30.6,104.2\n")
    markets.write_text(f"name,lat,lon\n{hostile},30.6,104.2\n")
    for query in ({}, {"lens": "share"}):
        app = visit(sources=Sources((reports,), ((hostile, markets),)), **query)
        assert not app.exception
        named = [button for button in app.button if (button.key or "").startswith(("area-", "way-out-categories"))]
        assert named
        labels = [button.label for button in named] + [button.help or "" for button in named]
        labels += [option.content for group in app.get("button_group") for option in group.proto.options]
        assert any("elsewhere" in label for label in labels)
        assert not [label for label in labels if hostile in label]


def test_an_area_of_whom_nothing_is_known_has_a_profile(tmp_path: Path) -> None:
    reports, markets = tmp_path / "reports.csv", tmp_path / "markets.csv"
    reports.write_text("report_id,reported_at,category,lat,lon\n1,2026-05-01 10:00,litter,30.6,104.2\n")
    markets.write_text("name,lat,lon\nEast market,30.6,104.2\n")
    app = visit(sources=Sources((reports,), (("market", markets),)), profile="market/1")
    assert not app.exception
    assert "place 1 of 1 (Market)" in bodies(app)


def test_a_thin_map_says_so_and_offers_more_weeks() -> None:
    app = visit(window="4w")
    assert not app.exception
    assert "Too few reports in 4 weeks to tell places apart." in bodies(app)
    assert "Busy, not hot" in bodies(app)
    next(button for button in app.button if button.label == "Widen to 26 weeks").click().run()
    assert app.session_state["filters"].window == "26w"


def test_an_area_filter_shows_that_area_only() -> None:
    app = visit()
    area = app.multiselect(key="areas-en").options[0]
    app.multiselect(key="areas-en").select(area).run()
    assert not app.exception
    assert len(app.session_state["filters"].areas) == 1


def test_an_address_opens_the_profile_of_an_area_and_back_leads_to_the_cell() -> None:
    app = visit(profile="QH001")
    assert not app.exception
    assert "Incidents per week in the area" in bodies(app)
    next(button for button in app.button if button.label == "Back").click().run()
    assert not app.exception
    assert app.session_state["filters"].profile == ""
    assert "Incidents per week, with neighbouring cells" in bodies(app)


def test_an_area_is_reached_from_the_story_of_a_cell() -> None:
    app = visit("zh")
    next(button for button in app.button if (button.key or "").startswith("area-")).click().run()
    assert not app.exception
    assert app.query_params["profile"]
    assert "区域内每周问题数" in bodies(app)
    next(button for button in app.button if button.label == "只看这里").click().run()
    assert not app.exception
    assert len(app.session_state["filters"].areas) == 1


@pytest.mark.parametrize("query", [{"profile": "nowhere"}, {"cell": "8928308280fffff"}, {"cell": "<b>"}])
def test_an_address_that_names_no_place_of_this_city_shows_the_first(query: dict[str, str]) -> None:
    app = visit(**query)
    assert not app.exception
    assert "Incidents per week, with neighbouring cells" in bodies(app)


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Write a secrets file for one test, and forget it afterwards."""
    usual = st.get_option("secrets.files")

    def write(text: str) -> None:
        file = tmp_path / "secrets.toml"
        file.write_text(text, "utf-8")
        st.config.set_option("secrets.files", [str(file)])
        st.secrets._reset()

    yield write
    st.config.set_option("secrets.files", usual)
    st.secrets._reset()


def test_a_base_map_is_offered_only_where_the_settings_name_one(settings: Callable[[str], None]) -> None:
    without = visit("zh", show="basemap")
    assert not any("底图" in choice.options for choice in without.button_group)
    assert without.session_state["filters"].shown == ()
    settings('[basemap]\nurl = "http://localhost/{z}/{x}/{y}.png"\nattribution = "x"')
    app = visit("zh", show="basemap")
    assert not app.exception
    assert any("底图" in choice.options for choice in app.button_group)
    assert app.session_state["filters"].shown == ("basemap",)


def test_wrong_settings_of_a_base_map_are_a_sentence_and_the_map_stays(settings: Callable[[str], None]) -> None:
    settings('[basemap]\ntiles = "tianditu"')
    app = visit("zh")
    assert not app.exception
    assert "天地图" in app.warning[0].value
    assert "问题集中的地方" in bodies(app)


def test_going_back_in_the_browser_takes_the_filters_back() -> None:
    app = visit()
    app.multiselect(key="statuses-en").set_value(["closed"]).run()
    assert app.session_state["filters"].statuses == ("closed",)
    app.session_state["address"] = replace(app.session_state["address"], written=0.0)  # a while later
    del app.query_params["status"]
    app.run()
    assert not app.exception
    assert app.session_state["filters"].statuses == ()
    assert app.multiselect(key="statuses-en").value == []


def test_an_address_on_its_way_to_the_browser_does_not_undo_what_was_chosen() -> None:
    app = visit()
    app.multiselect(key="statuses-en").set_value(["closed"]).run()
    del app.query_params["status"]  # the browser is a moment late
    app.run()
    assert app.session_state["filters"].statuses == ("closed",)
    assert app.query_params["status"] == "closed"
