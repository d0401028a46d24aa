"""From a cube to the table of hot spots: columns, windows, filters, and what must always hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import geopandas as gpd
import h3
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon

from geo import tables
from geo.errors import NoReports, RefusedQuestion
from geo.grid.cube import Cube, build_cube
from geo.stats.find import answer, find_hotspots
from geo.stats.question import Question
from geo.stats.scope import resolve_window
from tests.towns import town

CITY = sorted(h3.str_to_int(c) for c in h3.grid_disk(h3.latlng_to_cell(30.6, 104.2, 9), 7))  # 169 cells
SPOT = h3.str_to_int(h3.latlng_to_cell(30.6, 104.2, 9))
LAST = date(2026, 11, 15)


def city(*, spot: int = 60, spot_days: int = 91, weeks: int = 70, seed: int = 1, shift: int = 0) -> Cube:
    """A quiet city of two categories with one busy cell in the last `spot_days`, every date moved by `shift` days."""
    rng = np.random.default_rng(seed)
    days = 7 * weeks
    rows: list[dict[str, object]] = []
    for cell in CITY:
        ages = rng.integers(days, size=rng.poisson(0.25 * weeks))
        rows += [{"cell": cell, "age": int(age), "category": rng.choice(["litter", "dust"])} for age in ages]
    rows += [{"cell": SPOT, "age": int(rng.integers(spot_days)), "category": "dust"} for _ in range(spot)]
    noon = datetime(LAST.year, LAST.month, LAST.day, 4, tzinfo=UTC)
    reports = town(
        [
            {"cell": r["cell"], "category": r["category"], "reported_at": noon - timedelta(days=r["age"] - shift)}  # type: ignore[operator]
            for r in rows
        ]
    )
    return build_cube(reports, universe=CITY, resolution=9)


@pytest.fixture(scope="module")
def quiet_city_with_one_spot() -> Cube:
    return city()


def test_the_planted_spot_is_found_and_nothing_else(quiet_city_with_one_spot: Cube) -> None:
    found = find_hotspots(quiet_city_with_one_spot)
    ring = {h3.int_to_str(SPOT), *h3.grid_disk(h3.int_to_str(SPOT), 1)}
    assert set(found.loc[found["hot"], "cell"]) == ring
    assert found.loc[found["core"], "cell"].tolist() == [h3.int_to_str(SPOT)]
    assert found.loc[found["hot"], "cluster_id"].tolist() == [1] * 7
    assert set(found.loc[found["core"], "top_category"]) == {"dust"}


@pytest.mark.parametrize("lens", ["city", "past"])
def test_the_table_has_the_agreed_columns_and_every_cell(quiet_city_with_one_spot: Cube, lens: str) -> None:
    found = find_hotspots(quiet_city_with_one_spot, lens=lens)
    assert list(found.columns) == [*tables.HOTSPOTS, "geometry"]
    assert len(found) == len(CITY)
    assert found["lens"].unique().tolist() == [lens]
    assert found.crs.to_epsg() == 4326
    assert not found[["hot", "core", "enough"]].isna().any().any()
    assert found.loc[found["core"], "hot"].all(), "every core is hot"
    assert found.loc[~found["enough"], "ratio"].isna().all(), "no ratio where there is too little"


def test_totals_agree_with_the_cube(quiet_city_with_one_spot: Cube) -> None:
    result = answer(quiet_city_with_one_spot, Question())
    counted = quiet_city_with_one_spot.in_window(result.window).sum()
    assert result.table["incidents"].sum() == counted
    assert result.window.last == quiet_city_with_one_spot.last_day
    assert result.window.days == 91


@settings(max_examples=5, deadline=None)
@given(st.integers(-8, 8))
def test_dates_moved_by_whole_weeks_leave_every_flag_alone(weeks: int) -> None:
    here, there = (find_hotspots(city(weeks=40, shift=s)) for s in (0, 7 * weeks))
    same = ["cell", "incidents", "expected", "p_value", "hot", "core", "enough"]
    assert here[same].equals(there[same])


def test_a_filter_narrows_what_is_counted(quiet_city_with_one_spot: Cube) -> None:
    dust, litter = (find_hotspots(quiet_city_with_one_spot, categories=(c,)) for c in ("dust", "litter"))
    everything = find_hotspots(quiet_city_with_one_spot)
    assert dust["incidents"].sum() + litter["incidents"].sum() == everything["incidents"].sum()
    assert dust["hot"].any()
    assert not litter["hot"].any()


def test_each_category_is_a_block_of_the_list(quiet_city_with_one_spot: Cube) -> None:
    found = find_hotspots(quiet_city_with_one_spot, each_category=True)
    assert found.groupby("category").size().to_dict() == {"dust": len(CITY), "litter": len(CITY)}
    assert set(found.loc[found["hot"], "category"]) == {"dust"}


def test_categories_without_a_hot_spot_are_only_counted(quiet_city_with_one_spot: Cube) -> None:
    notes = [n.sentence() for n in answer(quiet_city_with_one_spot, Question(each_category=True)).notes]
    assert "Nothing is beyond chance in 1 of 2 categories." in notes
    assert not [n for n in notes if n.startswith("litter: ")]


def test_the_share_lens_needs_a_category_and_finds_a_lasting_mix(quiet_city_with_one_spot: Cube) -> None:
    with pytest.raises(RefusedQuestion, match="one category, or one theme"):
        find_hotspots(quiet_city_with_one_spot, lens="share")
    found = find_hotspots(city(spot=700, spot_days=490), lens="share", categories=("dust",))
    assert h3.int_to_str(SPOT) in set(found.loc[found["hot"], "cell"])


def test_the_places_lens_is_refused_without_exposure(quiet_city_with_one_spot: Cube) -> None:
    with pytest.raises(RefusedQuestion, match="Without households"):
        find_hotspots(quiet_city_with_one_spot, lens="places")
    exposure = np.where(np.array(CITY) == SPOT, 20.0, 1.0)
    found = find_hotspots(quiet_city_with_one_spot, lens="places", exposure=exposure)
    assert not found["hot"].any(), "so many households explain so many incidents"


def test_places_and_units_come_from_the_areas(quiet_city_with_one_spot: Cube) -> None:
    lat, lon = h3.cell_to_latlng(h3.int_to_str(SPOT))

    def square(half: float) -> Polygon:
        return Polygon(
            [(lon - half, lat - half), (lon + half, lat - half), (lon + half, lat + half), (lon - half, lat + half)]
        )

    areas = gpd.GeoDataFrame(
        {
            "area_id": ["community/1", "market/1"],
            "name": ["东风社区", "东风农贸市场"],
            "kind": ["community", "market"],
            "parent_id": [None, "community/1"],
            "unit": ["街道办", "市场办"],
            "assisting_units": [None, "城管"],
            "contact": ["028-0", "028-1"],
            "exposure": [100.0, np.nan],
        },
        geometry=[square(0.05), square(0.0005)],
        crs="EPSG:4326",
    )
    found = find_hotspots(quiet_city_with_one_spot, areas=areas).set_index("cell")
    spot = found.loc[h3.int_to_str(SPOT)]
    assert (spot["place"], spot["community"], spot["market"]) == ("东风农贸市场", "东风社区", "东风农贸市场")
    assert (spot["unit"], spot["contact"], spot["assisting_units"]) == ("市场办", "028-1", "城管;街道办")
    beside = found.loc[next(iter(h3.grid_ring(h3.int_to_str(SPOT), 1)))]
    assert beside["place"] == "东风社区, near 东风农贸市场"
    assert beside["unit"] == "街道办"


def test_the_backlog_counts_open_and_overdue_reports_of_the_cell() -> None:
    noon = datetime(2026, 11, 10, 4, tzinfo=UTC)
    reports = town(
        [
            {"cell": SPOT, "reported_at": noon, "due_at": noon + timedelta(days=1)},
            {"cell": SPOT, "reported_at": noon - timedelta(days=9), "status": "closed"},
            {"cell": SPOT, "reported_at": noon + timedelta(days=5), "due_at": noon + timedelta(days=30)},
            {"cell": SPOT, "reported_at": noon - timedelta(days=1), "pile": True},
        ]
    )
    cube = build_cube(reports, universe=CITY, resolution=9)
    row = find_hotspots(cube, window="1w", reports=reports).set_index("cell").loc[h3.int_to_str(SPOT)]
    assert (row["open_reports"], row["overdue_reports"]) == (2, 1)
    assert row["oldest_open"].date() == date(2026, 11, 10)
    assert row["unit"] == "north", "without areas, the unit most reports name"


def test_what_was_closed_later_was_open_then() -> None:
    noon = datetime(2026, 11, 2, 4, tzinfo=UTC)
    closed = {"cell": SPOT, "reported_at": noon, "status": "closed"}
    reports = town(
        [
            closed | {"closed_at": noon + timedelta(days=2)},
            closed | {"closed_at": noon + timedelta(days=9), "due_at": noon + timedelta(days=1)},
            closed | {"reported_at": noon - timedelta(days=10)},  # closed some time, nobody knows when
            {"cell": SPOT, "reported_at": noon + timedelta(days=13)},
        ]
    )
    cube = build_cube(reports, universe=CITY, resolution=9)

    def waiting(until: date) -> tuple[int, int]:
        found = find_hotspots(cube, window="1w", until=until, reports=reports).set_index("cell")
        row = found.loc[h3.int_to_str(SPOT)]
        return row["open_reports"], row["overdue_reports"]

    assert waiting(date(2026, 11, 3)) == (2, 0)
    assert waiting(date(2026, 11, 4)) == (1, 1)
    assert waiting(date(2026, 11, 15)) == (1, 0)


def test_no_report_is_refused_in_words() -> None:
    with pytest.raises(NoReports, match="no report in the study area"):
        find_hotspots(build_cube(town([]), universe=CITY, resolution=9))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"lens": "heat"}, 'no lens "heat"'),
        ({"until": date(2020, 1, 1)}, "no report up to 2020-01-01"),
        ({"until": date(2031, 1, 1)}, "after the last report"),
        ({"window": "500w"}, "Most of the window lies before"),
        ({"window": "a while"}, "not a length of time"),
        ({"categories": ("ghosts",)}, 'no category "ghosts"'),
        ({"lens": "past", "window": "60w"}, "needs"),
        ({"min_ratio": 0.0}, "a number above 0"),
        ({"min_ratio": -1.0}, "a number above 0"),
        ({"min_ratio": float("nan")}, "a number above 0"),
        ({"min_ratio": 1e9}, "up to 100"),
    ],
)
def test_what_cannot_be_answered_is_refused(quiet_city_with_one_spot: Cube, options: dict, sentence: str) -> None:
    with pytest.raises(RefusedQuestion, match=sentence):
        find_hotspots(quiet_city_with_one_spot, **options)


@pytest.mark.parametrize(("weeks", "expected"), [(70, 13), (40, 8), (16, 4), (5, 5)])
def test_the_automatic_window_is_shorter_where_the_history_is(weeks: int, expected: int) -> None:
    cube = city(weeks=weeks, spot=0)
    assert resolve_window(cube, "auto", None, "city").weeks == pytest.approx(expected, abs=0.3)


def test_rows_in_another_order_give_the_same_list() -> None:
    reports = town(
        [{"cell": c, "reported_at": datetime(2026, 11, 1 + k, tzinfo=UTC)} for c in CITY[:40] for k in range(9)]
    )
    shuffled = reports.sample(fraction=1, shuffle=True, seed=3)
    one, other = (find_hotspots(build_cube(r, universe=CITY, resolution=9), window="2w") for r in (reports, shuffled))
    assert pl.from_pandas(one.drop(columns="geometry")).equals(pl.from_pandas(other.drop(columns="geometry")))


NOON = datetime(2026, 11, 15, 4, tzinfo=UTC)


def two_spots() -> pl.DataFrame:
    """A quiet city of two categories over 70 weeks, each with one busy cell of its own in the last 13."""
    rng = np.random.default_rng(1)
    far = next(c for c in CITY if h3.grid_distance(h3.int_to_str(c), h3.int_to_str(SPOT)) == 6)
    places = [(c, str(rng.choice(["dust", "litter"])), 490) for c in CITY for _ in range(rng.poisson(0.25 * 70))]
    places += [(cell, category, 91) for cell, category in ((SPOT, "dust"), (far, "litter")) for _ in range(60)]
    return town(
        [
            {"cell": cell, "category": category, "reported_at": NOON - timedelta(days=int(rng.integers(days)))}
            for cell, category, days in places
        ]
    )


def test_clusters_of_several_categories_have_numbers_of_their_own() -> None:
    found = find_hotspots(build_cube(two_spots(), universe=CITY, resolution=9), each_category=True)
    hot = found[found["hot"]]
    assert hot.groupby("category")["cluster_id"].unique().map(list).to_dict() == {"dust": [1], "litter": [2]}


def test_a_category_without_a_past_does_not_refuse_the_others() -> None:
    new = town([{"cell": SPOT, "category": "new", "report_id": "n", "incident_id": "s/n", "reported_at": NOON}])
    cube = build_cube(pl.concat([two_spots(), new]), universe=CITY, resolution=9)
    result = answer(cube, Question(lens="past", each_category=True))
    assert set(result.table["category"]) == {"dust", "litter"}
    assert result.notes[0].sentence().startswith("new: No report of this category before the window")
    assert result.notes[0].sentence("zh").startswith("new：分析期之前没有")
    assert all(n.sentence().startswith(("dust: ", "litter: ")) for n in result.notes[1:3])
    with pytest.raises(RefusedQuestion, match="No report of this category"):
        answer(cube, Question(lens="past", each_category=True, categories=("new",)))


def test_the_backlog_is_that_of_the_categories_asked_for() -> None:
    reports = two_spots()
    cube = build_cube(reports, universe=CITY, resolution=9)
    litter = find_hotspots(cube, categories=("litter",), reports=reports)
    each = find_hotspots(cube, each_category=True, reports=reports)
    whole = find_hotspots(cube, reports=reports)
    assert litter["open_reports"].sum() == (reports["category"] == "litter").sum()
    assert each["open_reports"].sum() == whole["open_reports"].sum() == reports.height


def test_the_quality_of_a_map_asks_where_the_reports_are_not_how_large_the_city_is() -> None:
    inner = [c for c in CITY if h3.grid_distance(h3.int_to_str(c), h3.int_to_str(SPOT)) <= 1]
    rows = [{"cell": c, "reported_at": NOON - timedelta(days=at)} for c in inner for at in range(490)]
    result = answer(build_cube(town(rows), universe=CITY, resolution=9), Question())
    assert result.tests[0].model.typical < 30
    assert result.typical == 4 * 91, "the disk of a cell of the ring holds four of the seven"


def test_a_window_beyond_the_records_says_so(quiet_city_with_one_spot: Cube) -> None:
    later = quiet_city_with_one_spot.last_day + timedelta(days=9)  # type: ignore[operator]
    notes = [n.sentence() for n in answer(quiet_city_with_one_spot, Question(until=later, window="80w")).notes]
    assert "The last 9 days of the window lie after the last report." in notes
    assert any(n.startswith("The first ") and n.endswith("before the first report.") for n in notes)


def test_a_landmark_in_another_city_bends_no_distance(quiet_city_with_one_spot: Cube) -> None:
    lat, lon = h3.cell_to_latlng(h3.int_to_str(SPOT))
    names = {"area_id": ["market/1", "market/2"], "name": ["甲;乙市场", "远市场"], "kind": "market", "exposure": np.nan}
    texts = {key: ["", ""] for key in ("parent_id", "unit", "assisting_units", "contact")}
    shapes = gpd.points_from_xy([lon, 0.5], [lat, 0.0]).buffer(0.0005)
    areas = gpd.GeoDataFrame(names | texts, geometry=shapes, crs="EPSG:4326")
    both, one = (find_hotspots(quiet_city_with_one_spot, areas=part)["place"] for part in (areas, areas[:1]))
    assert both.dropna().tolist() == one.dropna().tolist() == ["甲;乙市场"] * one.notna().sum()
    assert one.notna().sum() >= 7
