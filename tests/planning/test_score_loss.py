"""What a visit would cost: against towns whose rates and closing times are known."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest

from geo.errors import BadScorecard, UnreadableFile
from geo.intake.themes import shipped_themes
from geo.planning.closing import WAITING
from geo.planning.score_loss import Loss, expected_losses
from geo.planning.scorecard import Indicator, Scorecard, example, matched, read_scorecard

START, DAYS, AHEAD, WINDOW = date(2026, 1, 1), 240, 21, 91
LAST = START + timedelta(days=DAYS - 1)
UNITS = {"swift": 2.0, "usual": 7.0, "slow": 25.0}  # mean days to a closing
CARD = Scorecard("例", "Example", True, (Indicator("M1", "", "", "market", ("litter",), 0.3, 1.0, 2.0, cap=8.0),))
AREAS = pl.DataFrame({"area_id": [f"m{at:02d}" for at in range(36)], "kind": "market"}).with_columns(
    unit=pl.Series([list(UNITS)[at % 3] for at in range(36)]), m2=1e4
)


class Town(NamedTuple):
    known: pl.DataFrame  # as `times_to_close` gives it at the end of the last day
    truth: pl.DataFrame  # area_id, unit, points that the visit takes


def make_town(seed: int) -> Town:
    """Return a town where problems begin at each market's own rate and wait for an exponential time."""
    rng = np.random.default_rng(seed)
    begin, area = [], []
    for at, rate in enumerate(rng.gamma(4.0, 0.02, AREAS.height)):
        number = rng.poisson(rate * (DAYS + AHEAD))
        begin.append(rng.uniform(0, DAYS + AHEAD, number))
        area.append(np.full(number, at))
    began, of = np.concatenate(begin), np.concatenate(area)
    means = np.array([UNITS[unit] for unit in AREAS["unit"]])
    wait, returned = rng.exponential(means[of]), rng.random(len(began)) < 0.1
    opened = [START + timedelta(days=int(day)) for day in began]
    closed = began + wait <= DAYS
    rows = pl.DataFrame(
        {
            "incident_id": [f"x/{at:05d}" for at in range(len(began))],
            "category": "litter",
            "unit": AREAS["unit"].gather(of),
            "opened": pl.Series(opened, dtype=pl.Date),
            "days": np.where(closed, wait, DAYS - began),
            "closed": closed,
            "returned": returned,
            "market": [[AREAS["area_id"][int(at)]] for at in of],
            "stands": (began <= DAYS + AHEAD) & (began + wait > DAYS + AHEAD),
            "began": began,
            "end": np.floor(began + wait),
        }
    ).with_columns(
        due_on=pl.col("opened").dt.offset_by("5d"),
        closed_on=pl.when("closed").then(pl.lit(START) + pl.duration(days=pl.col("end"))).cast(pl.Date),
    )
    rows = rows.with_columns(open_due_on=pl.when(~pl.col("closed")).then("due_on"))
    rows = rows.with_columns(overdue=(pl.col("open_due_on") < LAST).fill_null(False))
    there = rows.filter("stands").with_columns(
        area_id=pl.col("market").list.first(), late=pl.col("due_on") < LAST + timedelta(days=AHEAD)
    )
    found = there.group_by("area_id").agg(n=pl.len(), late=pl.col("late").sum(), back=pl.col("returned").sum())
    whole = AREAS.join(found, on="area_id", how="left").fill_null(0)
    cost = CARD.indicators[0].cost(*(whole[name].to_numpy().astype(float) for name in ("n", "late", "back")))
    missing = [name for name in WAITING if name not in rows.columns]
    known = rows.filter(pl.col("began") < DAYS).with_columns(
        pl.lit(None, WAITING[name]).alias(name) for name in missing
    )
    return Town(known, whole.select("area_id", "unit", points=pl.Series(cost)))


def losses(town: Town, *, areas: pl.DataFrame = AREAS, ahead: int = AHEAD, draws: int = 600) -> Loss:
    return expected_losses(
        town.known,
        areas,
        CARD,
        first=LAST - timedelta(days=WINDOW - 1),
        last=LAST,
        visit=LAST + timedelta(days=ahead),
        draws=draws,
    )


def covered(towns: int) -> tuple[float, float, float]:
    """Return the parts of markets, units and whole towns whose points lay in the interval."""
    rows, units, whole = [], [], []
    for seed in range(towns):
        town = make_town(seed)
        loss = losses(town)
        for parts, by in ((rows, "area_id"), (units, "unit")):
            told = loss.total(by).join(town.truth.group_by(by).agg(truth=pl.col("points").sum()), on=by)
            parts += told.select(pl.col("truth").is_between("points_low", "points_high"))["truth"].to_list()
        total = loss.total().row(0, named=True)
        whole.append(total["points_low"] <= town.truth["points"].sum() <= total["points_high"])
    return float(np.mean(rows)), float(np.mean(units)), float(np.mean(whole))


def test_nine_in_ten_visits_cost_what_the_interval_says() -> None:
    rows, units, whole = covered(16)
    assert rows >= 0.88  # few problems at a market: an interval of whole problems holds more than it says
    assert 0.73 <= units <= 1.0  # 48 of them: four standard errors
    assert 0.60 <= whole <= 1.0


@pytest.mark.slow
def test_the_interval_of_units_and_towns_is_neither_short_nor_wide() -> None:
    rows, units, whole = covered(300)
    assert 0.89 <= rows <= 0.99
    assert 0.87 <= units <= 0.95
    assert 0.85 <= whole <= 0.95


def test_the_expected_number_is_littles_law_far_ahead() -> None:
    """With nothing open today and much time, a unit has rate times mean wait open."""
    rng, days = np.random.default_rng(3), 400
    began = np.sort(rng.uniform(0, days, 4000))
    wait = rng.exponential(6.0, 4000)
    keep = began + wait < days  # what is open at the end is taken away: only new ones will stand
    opened = pl.Series([START + timedelta(days=int(day)) for day in began[keep]], dtype=pl.Date)
    known = pl.DataFrame(
        {
            "incident_id": [f"x/{at}" for at in range(int(keep.sum()))],
            "category": "litter",
            "unit": "one",
            "opened": opened,
            "due_on": pl.Series([None] * int(keep.sum()), dtype=pl.Date),
            "open_due_on": pl.Series([None] * int(keep.sum()), dtype=pl.Date),
            "closed_on": opened.dt.offset_by("1d"),
            "days": wait[keep],
            "closed": True,
            "returned": False,
            "overdue": False,
            "market": [["m00"]] * int(keep.sum()),
        }
    )
    last = START + timedelta(days=days - 1)
    found = expected_losses(
        known, AREAS.head(1), CARD, first=last - timedelta(days=364), last=last, visit=last + timedelta(days=90)
    )
    begun = known.filter(pl.col("opened") > last - timedelta(days=365)).height / 365
    assert found.rows["expected_problems"][0] == pytest.approx(begun * wait[keep].mean(), rel=0.03)
    assert found.rows["recoverable"][0] == 0


def test_on_the_last_day_itself_what_stands_is_known() -> None:
    town = make_town(1)
    found = losses(town, ahead=0).rows
    assert found["points_low"].to_list() == found["points_high"].to_list()
    assert found["expected_problems"].to_list() == [float(n) for n in found["standing"]]
    assert found["recoverable"].to_list() == pytest.approx(found["points"].to_list())
    open_now = town.known.filter(~pl.col("closed"))
    late = open_now.filter(pl.col("due_on") < LAST)
    one = CARD.indicators[0]
    first = [part.filter(pl.col("market").list.first() == "m02") for part in (open_now, late)]
    expected = one.cost(first[0].height, first[1].height, int(first[0]["returned"].sum()))
    assert found.filter(pl.col("area_id") == "m02")["points"][0] == pytest.approx(expected)


def test_a_problem_in_two_markets_is_deducted_for_in_the_smaller() -> None:
    """A hall in a market: once both lost the points of what stands in the hall."""
    town = make_town(6)
    hall = pl.col("market").list.contains("m03")
    inside = town.known.with_columns(
        market=pl.when(hall).then(pl.concat_list(pl.lit("m00"), "market")).otherwise("market")
    )
    smaller = AREAS.with_columns(m2=pl.when(pl.col("area_id") == "m03").then(10.0).otherwise(1e4))
    larger = AREAS.with_columns(m2=pl.when(pl.col("area_id") == "m03").then(1e9).otherwise(1e4))
    apart, both = losses(town, areas=smaller), losses(Town(inside, town.truth), areas=smaller)
    assert both.rows.equals(apart.rows), "as if the hall lay beside the market"
    np.testing.assert_array_equal(both.draws, apart.draws)
    found = both.problems.filter(pl.col("areas") > 1)
    assert set(found["area_id"]) == {"m03"}
    assert found.height == both.problems.filter(pl.col("area_id") == "m03").height > 0
    moved = losses(Town(inside, town.truth), areas=larger).rows
    standing = dict(apart.rows.select("area_id", "standing").iter_rows())
    assert moved.filter(pl.col("area_id") == "m00")["standing"][0] == standing["m00"] + standing["m03"]
    assert moved.filter(pl.col("area_id") == "m03")["standing"][0] == 0
    alike = losses(Town(inside, town.truth), areas=AREAS).rows
    assert alike.equals(losses(Town(inside, town.truth), areas=larger).rows), "of areas alike the first"


def test_a_deadline_that_was_met_costs_nothing_on_the_visit() -> None:
    """Of two reports of a problem the first was closed in time; the one that is open has months."""
    town = make_town(1)
    met = town.known.with_columns(open_due_on=pl.lit(LAST + timedelta(days=200)), overdue=pl.lit(False))
    found = losses(Town(met, town.truth), ahead=0).rows
    assert found["points"].to_list() == pytest.approx(
        [CARD.indicators[0].cost(n, 0, back) for n, back in zip(found["standing"], _back(met), strict=True)]
    )
    assert found["points"].sum() < losses(town, ahead=0).rows["points"].sum()


def _back(known: pl.DataFrame) -> list[int]:
    """Return how many problems that stand at each market came back."""
    there = known.filter(~pl.col("closed") & pl.col("returned")).group_by(area_id=pl.col("market").list.first()).len()
    return AREAS.join(there, on="area_id", how="left").sort("area_id")["len"].fill_null(0).to_list()


def test_neither_the_order_of_rows_nor_other_areas_change_a_rows_draws() -> None:
    town = make_town(2)
    usual = losses(town, draws=200)
    mixed = losses(
        Town(town.known.sample(fraction=1.0, shuffle=True, seed=5), town.truth), areas=AREAS.reverse(), draws=200
    )
    assert usual.rows.equals(mixed.rows)
    np.testing.assert_array_equal(usual.draws, mixed.draws)


def test_points_never_pass_the_cap_and_recoverable_never_the_points() -> None:
    found = losses(make_town(4), draws=200)
    assert found.draws.max() <= 8.0 + 1e-9
    assert (found.kept <= found.draws + 1e-9).all()
    assert (found.rows["recoverable"] <= found.rows["points"] + 1e-9).all()
    assert found.total()["points"][0] == pytest.approx(found.rows["points"].sum())


def test_a_town_without_the_kind_has_no_row() -> None:
    assert losses(make_town(5), areas=AREAS.with_columns(kind=pl.lit("school"))).total().height == 0


def test_the_shipped_scorecard_says_that_it_is_an_example() -> None:
    card = example()
    assert card.example
    assert "not an official standard" in card.caution[0].sentence()
    assert "并非正式标准" in card.caution[0].sentence("zh")
    assert all(one.look_for("zh") and one.look_for() for one in card.indicators)
    assert {(one.deduction, one.not_rectified, one.notified_twice) for one in card.indicators} == {(0.3, 1.0, 2.0)}


def test_an_indicator_is_about_codes_beginnings_names_and_themes() -> None:
    known = ["S09005", "S09001", "S06028", "Graffiti Removal", "Potholes"]
    asked = {
        ("S09*",): ("S09001", "S09005"),
        ("Noise", "Potholes"): ("Potholes", "S06028"),
        ("theme:小广告",): ("Graffiti Removal",),
        (): tuple(sorted(known)),
        ("theme:dust",): (),
    }
    for categories, found in asked.items():
        assert matched(Indicator("A", "", "", "market", categories, 0.3), known, shipped_themes()) == found


def test_every_fault_of_a_scorecard_is_told_with_its_line(tmp_path: Path) -> None:
    card = tmp_path / "card.toml"
    card.write_text(
        """[scorecard]
name = "表"
english = "Card"

[[indicator]]
code = "A1"
name = "一"
english = "One"
point_type = "market"
categories = ["theme:lakes", "S99999"]
deduction = -1
bonus = 3

[[indicator]]
code = "A1"
name = "二"
english = "Two"
categories = "S06*"
deduction = nan
cap = 0
""",
        "utf-8",
    )
    with pytest.raises(BadScorecard) as refused:
        read_scorecard(card)
    told = [fault.sentence() for fault in refused.value.faults]
    assert [text.split(":")[0] for text in told] == [
        "Line 11, A1", "Line 12, A1", "Line 10, A1", "Line 10, A1", "Line 14, A1", "Line 19, A1", "Line 20, A1",
        "Line 18, A1", "Line 15, A1",
    ]  # fmt: skip
    assert "card.toml cannot be used as a scorecard, faults: 9." in str(refused.value)
    assert "指标代码重复" in refused.value.sentence("zh")


@pytest.mark.parametrize(("text", "said"), [("", "[scorecard] needs"), ("[scorecard", "not valid TOML")])
def test_what_is_no_scorecard_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "card.toml").write_text(text)
    with pytest.raises(BadScorecard, match=r"card\.toml") as refused:
        read_scorecard(tmp_path / "card.toml")
    assert said in str(refused.value)


def test_a_scorecard_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "card.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableFile, match="UTF-8"):
        read_scorecard(tmp_path / "card.toml")
    with pytest.raises(UnreadableFile, match="not there"):
        read_scorecard(tmp_path / "other.toml")
