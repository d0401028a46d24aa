"""A mock inspection: the draw, and what it says of all places."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from geo.errors import RefusedQuestion
from geo.planning.inspection import RESULTS, draw_points, form_rows, score_visit
from geo.planning.scorecard import Indicator, Scorecard

MARKETS, SITES = 20, 5
AREAS = pl.DataFrame(
    {
        "area_id": [f"m{at}" for at in range(MARKETS)] + [f"c{at}" for at in range(SITES)],
        "kind": ["market"] * MARKETS + ["construction_site"] * SITES,
        "name": [f"place {at}" for at in range(MARKETS + SITES)],
        "unit": ["north", "south"] * 12 + [None],
        "lat": 30.0,
        "lon": 104.0,
    }
)
CARD = Scorecard(
    "表",
    "Card",
    True,
    (
        Indicator("M1", "卫生", "Clean", "market", (), 0.3, 1.0, 2.0, cap=4.0),
        Indicator("M2", "秩序", "Order", "market", (), 0.5, weight=2.0),
        Indicator("C1", "扬尘", "Dust", "construction_site", (), 1.0),
    ),
)


def results(points: pl.DataFrame, found: dict[tuple[str, str], tuple[int | None, int, int]]) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for area, code in form_rows(points, CARD).select("area_id", "indicator").iter_rows():
        n, late, twice = found.get((area, code), (0, 0, 0))
        counts = {"found": n, "not_rectified": late, "notified_twice": twice}
        rows.append({"area_id": area, "indicator": code, **counts, "note": None, "photo": None})
    return pl.DataFrame(rows, schema=RESULTS)


def test_the_same_seed_draws_the_same_places_in_whatever_order_they_stand() -> None:
    asked = {"market": 6, "construction_site": 2}
    drawn = draw_points(AREAS, asked, 7)
    assert drawn.equals(draw_points(AREAS.sample(fraction=1.0, shuffle=True, seed=3), asked, 7))
    assert drawn["number"].to_list() == list(range(1, 9))
    assert drawn["of"].to_list() == [20] * 6 + [5] * 2
    markets = drawn.filter(pl.col("kind") == "market")["area_id"]
    assert markets.to_list() == draw_points(AREAS, {"market": 6}, 7)["area_id"].to_list()  # sites drawn too, or not
    assert markets.to_list() != draw_points(AREAS, {"market": 6}, 8)["area_id"].to_list()


def test_every_place_is_drawn_as_often_as_any_other() -> None:
    seen = pl.concat([draw_points(AREAS, {"market": 5}, seed)["area_id"] for seed in range(150)]).value_counts()
    expected = 150 * 5 / MARKETS
    assert seen.height == MARKETS
    chi = float(((seen["count"] - expected) ** 2 / expected).sum())
    assert chi < 43.8  # the 999th of 1,000 at 19 degrees of freedom, were the draws not without replacement


def test_more_than_there_are_cannot_be_drawn() -> None:
    with pytest.raises(RefusedQuestion, match="there are 5 places: 6"):
        draw_points(AREAS, {"construction_site": 6}, 1)
    with pytest.raises(RefusedQuestion, match="Nothing is to be drawn"):
        draw_points(AREAS, {"market": 0}, 1)
    with pytest.raises(RefusedQuestion, match="no indicator for school"):
        form_rows(draw_points(AREAS.with_columns(kind=pl.lit("school")), {"school": 1}, 1), CARD)


def test_points_are_deductions_capped_and_weighted() -> None:
    points = draw_points(AREAS, {"market": 2, "construction_site": 1}, 1)
    first, second, site = points["area_id"]
    visit = score_visit(
        points, results(points, {(first, "M1"): (4, 1, 0), (first, "M2"): (3, 0, 0), (second, "M1"): (9, 9, 9)}), CARD
    )
    of = dict(visit.places.select("area_id", "points").iter_rows())
    assert of == pytest.approx({first: 4 * 0.3 + 1.0 + 2 * 3 * 0.5, second: 4.0, site: 0.0})
    assert visit.total == pytest.approx(9.2)
    assert visit.units["points"].sum() == pytest.approx(visit.total)
    assert visit.rows.height == 5
    assert any("example" in text.sentence() for text in visit.notes)


def test_a_place_not_visited_costs_nothing_and_counts_for_nothing() -> None:
    points = draw_points(AREAS, {"market": 4}, 2)
    left = points["area_id"][0]
    visit = score_visit(points, results(points, {(left, "M1"): (None, 0, 0), (left, "M2"): (8, 0, 0)}), CARD)
    assert visit.kinds.select("visited", "of", "points").row(0) == (3, 20, 0.0)
    assert any("not visited" in text.sentence() for text in visit.notes)


def test_the_standard_error_of_the_estimate_is_cochrans() -> None:
    points = draw_points(AREAS, {"market": 5}, 2)
    lost = dict(zip(points["area_id"], (0, 2, 4, 4, 10), strict=True))
    kind = score_visit(points, results(points, {(a, "M2"): (n, 0, 0) for a, n in lost.items()}), CARD).kinds.row(
        0, named=True
    )
    spread = np.std([0, 2, 4, 4, 10], ddof=1)
    assert kind["estimate"] == pytest.approx(20 * 4)
    assert kind["estimate_se"] == pytest.approx(20 * spread * np.sqrt((1 - 5 / 20) / 5))
    assert kind["estimate_margin"] == pytest.approx(2.1318 * kind["estimate_se"], rel=1e-4)  # t of 4 degrees, .95


def test_the_estimate_is_right_on_average_and_its_error_is_its_spread() -> None:
    rng = np.random.default_rng(9)
    found = {f"m{at}": int(n) for at, n in enumerate(rng.poisson(rng.gamma(1.0, 4.0, MARKETS)))}
    truth = sum(2 * 0.5 * n for n in found.values())
    told = []
    for seed in range(60):
        points = draw_points(AREAS, {"market": 8}, seed)
        visit = score_visit(points, results(points, {(a, "M2"): (found[a], 0, 0) for a in points["area_id"]}), CARD)
        told.append(visit.kinds.select("estimate", "estimate_se").row(0))
    estimates, errors = np.array(told).T
    assert estimates.mean() == pytest.approx(truth, abs=4 * estimates.std() / np.sqrt(60))
    assert np.sqrt((errors**2).mean()) == pytest.approx(estimates.std(), rel=0.3)


def test_the_margin_of_few_places_holds_some_90_of_100_draws() -> None:
    rng = np.random.default_rng(4)
    found = {f"m{at}": int(n) for at, n in enumerate(rng.poisson(9.0, MARKETS))}
    truth, held, one_error = sum(found.values()), 0, 0
    for seed in range(120):
        points = draw_points(AREAS, {"market": 5}, seed)
        visit = score_visit(points, results(points, {(a, "M2"): (found[a], 0, 0) for a in points["area_id"]}), CARD)
        estimate, error, margin = visit.kinds.select("estimate", "estimate_se", "estimate_margin").row(0)
        held += abs(estimate - truth) <= margin
        one_error += abs(estimate - truth) <= error
    assert held >= 0.8 * 120
    assert one_error < 0.7 * 120, "one standard error would not do"


def test_few_places_or_equal_ones_tell_nothing_of_all() -> None:
    for count, lost, told in ((4, (0, 2, 4, 10), False), (5, (3,) * 5, False), (5, (0, 2, 4, 4, 10), True)):
        points = draw_points(AREAS, {"market": count}, 2)
        found = {(area, "M2"): (n, 0, 0) for area, n in zip(points["area_id"], lost, strict=True)}
        visit = score_visit(points, results(points, found), CARD)
        assert visit.total == pytest.approx(sum(lost))
        assert [value is not None for value in visit.kinds.row(0)[-3:]] == [told] * 3
        assert any("Too few places visited" in note.sentence() for note in visit.notes) != told
        assert any("±" in note.sentence() for note in visit.notes) == told


def test_a_form_that_nobody_filled_in_has_no_total() -> None:
    points = draw_points(AREAS, {"market": 5}, 2)
    visit = score_visit(points, results(points, {}).clear(), CARD)
    assert visit.total is None
    assert visit.notes[-1].sentence("zh").startswith("没有填写任何点位")


def test_all_places_visited_leave_nothing_to_estimate_and_a_single_one_everything() -> None:
    whole = draw_points(AREAS, {"construction_site": 5}, 1)
    assert score_visit(whole, results(whole, {("c1", "C1"): (3, 0, 0)}), CARD).kinds["estimate_margin"].to_list() == [
        0.0
    ]
    one = draw_points(AREAS, {"market": 1}, 1)
    kind = score_visit(one, results(one, {}), CARD).kinds
    assert kind.select("visited", "estimate_se", "estimate_margin").row(0) == (1, None, None)


def test_a_result_of_no_line_is_a_mistake() -> None:
    points = draw_points(AREAS, {"market": 2}, 1)
    good = results(points, {})
    for bad in (pl.concat([good, good.head(1)]), good.with_columns(indicator=pl.lit("C1"))):
        with pytest.raises(ValueError, match="no line of the form"):
            score_visit(points, bad, CARD)
