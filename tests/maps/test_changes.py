"""What became of places, as map, legend and list tell it: on a line of eight cells, and in the small demo city."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.maps.changes import GLYPHS, group_words, history_sentence, label_words, with_changes
from geo.maps.channel import Channel
from geo.maps.classes import classify
from geo.maps.furniture import Furniture
from geo.maps.hexcells import HexCells
from geo.maps.legend import legend
from geo.maps.palette import PALETTES
from geo.maps.places import leading_cells, ranks
from geo.maps.scene import HIGH, QUIET, layers
from geo.sheet import map_page, map_scene, what_became
from geo.stats.emerging import CONSECUTIVE, NO_PATTERN, PATTERNS, PLANNER_WORDS, TOO_SHORT
from geo.study import Answer, Question, Study, ask, follow
from geo.words import LANGUAGES, say

LIGHT = PALETTES["light"]
PERIOD = "15w"  # five of them: shorter ones hold too few reports of the small city
LABELS = [
    "persistent hot spot",
    "intensifying hot spot",
    "new hot spot",
    NO_PATTERN,
    "historical hot spot",
    "sporadic hot spot",
    "new cold spot",
    NO_PATTERN,
]
LINE = np.array([[at - 1, at + 1 if at < 7 else -1] for at in range(8)], np.int32)


@pytest.fixture
def line() -> gpd.GeoDataFrame:
    """Eight cells in a row: two chronic, a new, a usual, a past, one coming back, a quiet and a thin one."""
    cells = list("abcdefgh")
    groups = ["chronic", "chronic", "new", "", "past", "coming back", "", ""]
    changes = pd.DataFrame(
        {
            "cell": cells, "label": LABELS, "planner_label": groups, "trend_z": 0.0, "trend_p": 1.0, "hot_steps": 1,
            "steps": 13, "history": "h------------",
        }
    )  # fmt: skip
    table = gpd.GeoDataFrame(
        {
            "cell": cells, "ring_incidents": 30, "expected": 9.0, "hot": False, "core": False,
            "enough": [True] * 7 + [False], "cluster_id": pd.array([None] * 8, "Int64"),
        },
        geometry=[shapely.box(k, 0, k + 1, 1) for k in range(8)], crs="EPSG:4326",
    )  # fmt: skip
    latest = np.array([9.0, 20, 5, 5, 5, 5, 0, 0])
    return with_changes(table, changes, latest, np.full(8, 4.0), LINE)


def fills(table: gpd.GeoDataFrame, **options: bool) -> list[str | None]:
    classes, styles = classify(table, "change", LIGHT, "en", **options)
    return [styles[each]["fill"] for each in classes]


def test_new_places_are_numbered_first_and_neighbours_of_one_group_are_one_place(line: gpd.GeoDataFrame) -> None:
    assert ranks(line, "change").tolist() == [3, 3, 1, pd.NA, 4, 2, pd.NA, pd.NA]
    listed = leading_cells(line, "change")
    assert listed["cell"].tolist() == ["c", "f", "b", "e"], "of the chronic place the cell with the greater excess"
    assert listed["planner_label"].tolist() == list(GLYPHS)
    assert leading_cells(line).empty, "a label is no hot spot of the window"


def test_cells_have_the_colour_of_their_group_and_quiet_ones_theirs_on_request(line: gpd.GeoDataFrame) -> None:
    chronic, expected = LIGHT.chronic.fill, LIGHT.expected.fill
    groups = [chronic, chronic, LIGHT.new.fill, expected, LIGHT.past.fill, LIGHT.coming_back.fill]
    assert fills(line) == [*groups, expected, None]
    assert fills(line, quiet=True) == [*groups, LIGHT.quiet.fill, None]
    classes, styles = classify(line, "change", LIGHT, "en", over_base_map=True)
    assert [bool(styles[each].get("hidden")) for each in classes] == [False] * 3 + [True, False, False, True, True]


def test_the_tooltip_has_glyph_group_and_name(line: gpd.GeoDataFrame) -> None:
    classes, styles = classify(line, "change", LIGHT, "en")
    said = [styles[each]["label"] for each in classes]
    assert said[0] == "■ Chronic · persistent hot spot"
    assert said[6] == "▲ Quiet · new cold spot"
    assert said[7] == "Too few reports"


def test_a_place_that_is_hot_for_half_of_the_periods_looks_chronic(line: gpd.GeoDataFrame) -> None:
    """Esri's name is the same; colour, glyph and word are those of the group."""
    both = line.iloc[:2].assign(label=CONSECUTIVE, planner_label=["new", "chronic"])
    classes, styles = classify(both, "change", LIGHT, "en")
    new, chronic = (styles[each] for each in classes)
    assert (new["fill"], new["glyph"], new["label"]) == (LIGHT.new.fill, "▲", "▲ New · consecutive hot spot")
    assert (chronic["fill"], chronic["glyph"]) == (LIGHT.chronic.fill, "■")
    assert chronic["label"] == "■ Chronic · consecutive hot spot"


def test_too_short_a_history_leaves_every_cell_hollow(line: gpd.GeoDataFrame) -> None:
    short = line.assign(label=TOO_SHORT, planner_label="")
    assert fills(short, quiet=True) == [None] * 8


def test_every_label_has_words_of_its_own_in_both_languages() -> None:
    for lang in LANGUAGES:
        said = {label_words(label, word, lang) for label, word in PATTERNS}
        assert len(said) == len(PATTERNS)
    assert not any(re.search("[a-z]{4}", label_words(label, word, "zh")) for label, word in PATTERNS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_legend_names_groups_labels_lens_and_periods(lang: str) -> None:
    text = legend(
        "change", LIGHT, lang, lens="places", per="households", question="?",
        window=(date(2025, 11, 17), date(2026, 11, 15)), resolution=9, kinds=[], periods="13 <periods>", quiet=True,
    )  # fmt: skip
    assert {"en": "Change, against households", "zh": "变化（与户数比）"}[lang] in text
    assert "13 &lt;periods&gt;" in text
    for group in GLYPHS:
        assert group_words(group, lang) in text
    for label, _ in PLANNER_WORDS:
        assert say(label, lang).removesuffix(say(" hot spot", lang)) in text
    assert say("consecutive for half of the periods", lang) in text
    assert say("Quiet: fewer than expected", lang) in text
    for glyph in GLYPHS.values():
        assert f'<i style="color:{LIGHT.quiet.fill}">{glyph}</i>' in text, "as quiet cells carry it"


def test_high_but_not_proven_is_an_outline_on_request_only(line: gpd.GeoDataFrame) -> None:
    table = line.assign(high=[False] * 6 + [True, False])
    classes, styles = classify(table, "hot", LIGHT, "en", high=True)
    assert (styles[classes[6]]["fill"], styles[classes[6]]["stroke"]) == (None, LIGHT.high.stroke)
    assert classify(table, "hot", LIGHT, "en")[0].tolist() == [*classes.tolist()[:6], 1, 0]
    assert "High, not proven" not in legend_of_hot(high=False)
    assert "High, not proven" in legend_of_hot(high=True)


def legend_of_hot(*, high: bool) -> str:
    days = (date(2026, 8, 17), date(2026, 11, 15))
    return legend("hot", LIGHT, "en", lens="city", question="", window=days, resolution=9, kinds=[], high=high)


def test_a_history_that_never_was_hot_says_so() -> None:
    assert history_sentence("-----", 0.0, 1.0, "5 half-months", "zh").startswith("5 half-months中从未是热点")


def test_the_map_and_the_list_carry_the_same_numbers(study: Study, answer: Answer) -> None:
    scene = map_scene(study, answer, view="change", period=PERIOD)
    drawn = next(layer for layer in layers(scene, Channel())._children.values() if isinstance(layer, Furniture))
    listed = leading_cells(scene.table, "change")
    assert len(listed) > 3
    assert [mark["text"] for mark in drawn.furniture["ranks"]] == [f"{rank}" for rank in listed["rank"]]
    order = list(GLYPHS)
    at = [order.index(group) for group in listed["planner_label"]]
    assert at == sorted(at)
    for rank, cells in scene.table.groupby("change_rank"):
        assert cells["planner_label"].nunique() == 1, rank
        assert connected(set(cells["cell"])), rank


def connected(cells: set[str]) -> bool:
    """Say whether one can walk from any of the cells to any other over neighbours."""
    reached, edge = set[str](), {min(cells)}
    while edge:
        reached |= edge
        edge = {near for cell in edge for near in h3.grid_disk(cell, 1)} & cells - reached
    return reached == cells


def test_an_area_filter_cuts_no_place_in_two(study: Study, answer: Answer) -> None:
    whole = map_scene(study, answer, view="change", period=PERIOD).table.set_index("cell")["change_rank"]
    area = study.areas.loc[study.areas["kind"] == "community", "area_id"].iloc[0]
    narrowed = ask(study, Question(areas=(area,)))
    part = map_scene(study, narrowed, view="change", period=PERIOD).table.set_index("cell")["change_rank"]
    assert 0 < len(part) < len(whole)
    assert part.equals(whole[part.index])


def test_the_periods_name_their_lens_where_the_map_has_another(study: Study) -> None:
    asked = ask(study, Question(lens="past"))
    scene = map_scene(study, asked, view="change", period="half-month")
    assert scene.lens == "city"
    assert scene.periods == "13 half-months"
    html = map_page(study, asked, scene)
    assert "13 half-months" in html
    assert asked.headline not in re.sub("<dl>.*</dl>", "", html, flags=re.S), "above the map stands what it shows"


def test_the_html_file_lists_what_the_map_shows(study: Study, answer: Answer) -> None:
    scene = map_scene(study, answer, view="change", period=PERIOD, lang="zh")
    html = map_page(study, answer, scene)
    assert html.count("<tr data-at") == len(leading_cells(scene.table, "change"))
    first = leading_cells(scene.table, "change").iloc[0]
    assert group_words(first["planner_label"], "zh") in html


def test_what_is_high_on_the_map_is_what_the_test_calls_rising(study: Study, answer: Answer) -> None:
    scene = map_scene(study, answer, shown=(HIGH, QUIET))
    assert scene.table["high"].sum() == answer.tests[0].rising.sum()
    assert not (scene.table["high"] & scene.table["hot"]).any()


def test_followed_at_hand_is_not_worked_out_again(study: Study, answer: Answer) -> None:
    followed = follow(study, answer.question)
    short = replace(followed, table=followed.table.assign(label=TOO_SHORT, planner_label=""))
    assert set(what_became(study, answer, short)["label"]) == {TOO_SHORT}


def test_list_tooltip_and_periods_say_the_same_of_the_last_period(study: Study, answer: Answer) -> None:
    scene = map_scene(study, answer, view="change", period=PERIOD)
    assert scene.followed is not None
    line, told = scene.followed.lines[0], scene.table.set_index("cell")
    cells = [f"{cell:x}" for cell in study.cube.cells.tolist()]
    assert told["last_incidents"].reindex(cells).tolist() == line.ring[:, -1].tolist()
    assert np.allclose(told["last_expected"].reindex(cells), line.expected[:, -1], atol=1e-4)
    drawn = next(layer for layer in layers(scene, Channel())._children.values() if isinstance(layer, HexCells))
    words = [number["label"] for number in drawn.payload["numbers"]]
    assert words == ["Hot in {} of 5 periods", "Last period, with neighbours", "Expected"]
    first = leading_cells(scene.table, "change").iloc[0]
    html = map_page(study, answer, scene)
    assert f'<td class="number">{first["hot_steps"]} / {first["steps"]}</td>' in html
    assert f'<td class="number">{first["last_incidents"]:,.0f}</td>' in html


def test_mostly_is_that_of_all_periods_not_of_the_window(study: Study) -> None:
    wide, narrow = (ask(study, Question(window=window)) for window in ("26w", "4w"))
    followed = follow(study, wide.question, period=PERIOD)
    mostly = [what_became(study, answer, followed)["top_category"] for answer in (wide, narrow)]
    assert mostly[0].equals(mostly[1])
    assert not wide.table["top_category"].equals(narrow.table["top_category"])
    kept = what_became(study, narrow, followed, view="hot")["top_category"]
    assert kept.equals(narrow.table["top_category"])
