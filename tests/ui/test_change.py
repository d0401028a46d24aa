"""The view of change without a browser: labels, periods, what is shown on request, and a history that is too short."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from geo.maps.scene import HIGH, QUIET
from geo.ui.cache import Sources
from geo.ui.time_line import draw_bars
from tests.ui.test_pages import SAMPLE, bodies, first_day, visit

LAST, WEEKS = date(2026, 11, 15), 60
FOUR_WEEKS = 28


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    """Reports all over the sample's communities, and a place that has had many more for its last eight weeks."""
    random = np.random.default_rng(20261115)
    usual, more = 6_000, 400
    lat = np.r_[random.uniform(30.595, 30.68, usual), random.normal(30.64, 0.001, more)]
    lon = np.r_[random.uniform(104.14, 104.24, usual), random.normal(104.19, 0.001, more)]
    back = np.r_[random.integers(0, 7 * WEEKS, usual), random.integers(0, 2 * FOUR_WEEKS, more)]
    rows = [
        f"{n},{LAST - timedelta(days=int(days))} 10:{n % 60:02d}:00,{y:.6f},{x:.6f}"
        for n, (days, y, x) in enumerate(zip(back, lat, lon, strict=True))
    ]
    file: Path = tmp_path_factory.mktemp("planted") / "reports.csv"
    file.write_text("report_id,reported_at,lat,lon\n" + "\n".join(rows), "utf-8")
    return Sources((file,), (("community", SAMPLE / "communities.geojson"),))


def pills(app: AppTest, lang: str) -> list[str]:
    return [option.content for option in app.button_group(key=f"shown-{lang}").proto.options]


@pytest.mark.parametrize(
    ("lang", "words", "group", "label", "tab"),
    [
        ("en", "13 periods of 4 weeks", "▲ New", "consecutive hot spot", "Change"),
        ("zh", "13期（每期4周）", "▲ 新出现", "连续热点", "变化"),
    ],
)
def test_a_new_place_is_listed_told_and_drawn_as_squares(
    lang: str, words: str, group: str, label: str, tab: str, planted: Sources
) -> None:
    app = visit(lang, planted, view="change")
    assert not app.exception
    assert tab in [option.content for option in app.button_group(key=f"view-{lang}").proto.options]
    listed = app.dataframe[0].value
    assert listed["change"].iloc[0] == group
    assert listed["rank"].iloc[0] == 1
    assert words in bodies(app)
    assert label in bodies(app)
    squares = bodies(app).split('class="squares"')[1].split("</div>")[0]
    assert (squares.count("<i class"), squares.count('<i class="hot"')) == (13, 2)
    assert squares.rstrip().split("<i class=")[-1].startswith('"hot"'), "the latest stands at the right"


def test_the_view_tells_of_the_periods_and_not_of_the_window(planted: Sources) -> None:
    app = visit("en", planted, view="change", window="4w")
    assert not app.exception
    listed = app.dataframe[0].value
    assert list(listed.columns[:7]) == ["rank", "place", "change", "hot_periods", "trend", "incidents", "expected"]
    assert "ratio" not in listed
    first = listed.iloc[0]
    assert (first["hot_periods"], first["trend"]) == ("2 / 13", "–")
    last = bodies(app).split('class="bars"')[1].split("</div>")[0].split("title=")[-1]
    assert f"hot; {first['incidents']} with neighbours, {first['expected']:.1f} expected" in last
    assert "Core hot spot" not in bodies(app)
    assert 'class="hx sure"' not in bodies(app)
    assert "How sure is this?" not in [expander.label for expander in app.expander]
    assert "Mann-Kendall" not in bodies(app)
    wide = visit("en", planted, view="change", window="26w").dataframe[0].value
    assert wide.equals(listed), "the window has no say"


def test_the_key_of_the_bars_names_quiet_periods_where_there_are_some() -> None:
    counted, usual = np.array([9.0, 2.0, 5.0]), np.array([5.0, 9.0, 5.0])
    drawn = {history: draw_bars(history, counted, usual, ["", "", ""], "en") for history in ("hc.", "h..")}
    assert '<em class="quiet">■ □</em> quiet' in drawn["hc."]
    assert "quiet" not in drawn["h.."]
    assert '<small style="bottom:55.6%">5</small>' in drawn["hc."], "the number stands on its bar"


def test_the_list_of_hot_spots_says_what_became_of_them(planted: Sources) -> None:
    app = visit("en", planted)
    assert not app.exception
    assert list(app.dataframe[0].value.columns[:3]) == ["rank", "place", "change"]
    assert app.dataframe[0].value["change"].iloc[0] == "▲ New"
    assert "New · consecutive hot spot" in bodies(app)
    assert 'class="bars"' not in bodies(app), "beside the weeks, the squares are enough"


@pytest.mark.parametrize(("lang", "words"), [("en", "13 half-months"), ("zh", "13期（每期半月）")])
def test_an_address_shows_the_half_months_it_was_copied_from(lang: str, words: str, planted: Sources) -> None:
    app = visit(lang, planted, view="change", period="half-month")
    assert not app.exception
    assert app.session_state["filters"].period == "half-month"
    assert app.session_state[f"period-{lang}"] == "half-month"
    assert words in bodies(app)
    assert "half-month" in app.query_params["period"]
    app.button_group(key=f"period-{lang}").set_value("4w").run()
    assert not app.exception
    assert "period" not in app.query_params


def test_a_period_is_offered_in_the_view_of_change_only(planted: Sources) -> None:
    app = visit("en", planted, period="half-month")
    assert not [group for group in app.button_group if group.key == "period-en"]
    assert app.session_state["filters"].period == "half-month", "kept for the way back"


def test_each_view_offers_its_own_on_request_and_the_address_keeps_it(planted: Sources) -> None:
    app = visit("en", planted, view="change", show=QUIET)
    assert "Quiet places" in pills(app, "en")
    assert "High, not proven" not in pills(app, "en")
    app.button_group(key="view-en").set_value("hot").run()
    assert not app.exception
    assert "High, not proven" in pills(app, "en")
    assert "Quiet places" not in pills(app, "en")
    assert app.session_state["filters"].shown == (QUIET,)
    app.button_group(key="shown-en").set_value([HIGH]).run()
    assert set(app.session_state["filters"].shown) == {HIGH, QUIET}
    app.button_group(key="view-en").set_value("change").run()
    assert app.button_group(key="shown-en").value == [QUIET]
    assert not app.exception


@pytest.mark.parametrize(("lang", "words"), [("en", "Too short to call"), ("zh", "历史太短，无法判断")])
def test_too_short_a_history_is_an_answer_and_half_months_a_way_out(lang: str, words: str) -> None:
    early = date.fromisoformat(first_day(visit())) + timedelta(days=3 * FOUR_WEEKS + 2)
    app = visit(lang, view="change", until=f"{early}")
    assert not app.exception
    assert words in bodies(app)
    assert 'class="say"' not in bodies(app), "the sentence of the window has no place here"
    way_out = next(button for button in app.button if "way-out-period" in (button.key or ""))
    way_out.click().run()
    assert not app.exception
    assert app.session_state["filters"].period == "half-month"
    assert words not in bodies(app).split('class="hx empty"')[1].split("</div>")[0]


def test_where_half_months_are_too_few_too_there_is_no_way_out() -> None:
    early = date.fromisoformat(first_day(visit())) + timedelta(days=FOUR_WEEKS + 2)
    app = visit(view="change", until=f"{early}")
    assert not app.exception
    assert "Too short to call" in bodies(app)
    assert not [button for button in app.button if "way-out-period" in (button.key or "")]
    assert "ingle week" not in bodies(app)


def test_the_squares_say_so_where_the_map_compares_with_something_else(planted: Sources) -> None:
    app = visit("en", planted, view="change", lens="past")
    assert not app.exception
    assert "whatever the map compares with" in bodies(app)
    heading = bodies(app).split('class="hx headline"')[1].split("</b>")[0]
    assert "Where they have risen" not in heading, "the heading names what the periods are compared with"


def test_the_mix_is_not_asked_of_periods() -> None:
    """Change does not look at the mix: without a category it answers all the same, through the lens of the periods."""
    app = visit(view="change", lens="share")
    assert not app.exception
    assert "This cannot be answered" not in bodies(app)
    assert not [button.key for button in app.button if "way-out-categories" in (button.key or "")]
    assert "not with their own past or mix" in bodies(app)
