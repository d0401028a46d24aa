"""Stability and sensitivity: true hot spots hold, those that hang on a batch or on duplicates are told apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from geo.checks import again
from geo.checks.sensitivity import SENSITIVITY, sensitivity, without_coarse
from geo.checks.stability import CHECKS, stability
from geo.stats.results import HotspotTest
from geo.study import Answer, Question, Study, ask, open_study
from geo.tables import REPORT_KEY

LAST = datetime(2026, 11, 15, 12)
WEEKS, A_WEEK = 70, 60
SPOT = (30.610, 104.215)
OTHER = (30.588, 104.185)
Row = tuple[datetime, float, float, str]


def background(rng: np.random.Generator) -> list[Row]:
    """Reports spread evenly over five by five kilometres and 70 weeks."""
    count = WEEKS * A_WEEK
    back = rng.uniform(0, 7 * WEEKS, count)
    lat, lon = rng.uniform(30.575, 30.625, count), rng.uniform(104.17, 104.23, count)
    return [(LAST - timedelta(days=d), y, x, "litter") for d, y, x in zip(back, lat, lon, strict=True)]


def spot(rng: np.random.Generator, at: tuple[float, float], count: int, days: tuple[float, float]) -> list[Row]:
    """Reports within some 300 metres of a point, spread over days counted back from the last."""
    lat, lon = rng.normal(at[0], 0.0012, count), rng.normal(at[1], 0.0014, count)
    back = rng.uniform(*days, count)
    return [(LAST - timedelta(days=d), y, x, "litter") for d, y, x in zip(back, lat, lon, strict=True)]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Study]:
    def write(rows: Sequence[Row], sources: Sequence[str] | None = None) -> Study:
        file = tmp_path_factory.mktemp("town") / "reports.csv"
        pl.DataFrame(
            {
                "report_id": [str(number) for number in range(len(rows))],
                "reported_at": [row[0].strftime("%Y-%m-%d %H:%M:%S") for row in rows],
                "lat": [row[1] for row in rows],
                "lon": [row[2] for row in rows],
                "category": [row[3] for row in rows],
                "source": list(sources or ["resident"] * len(rows)),
            }
        ).write_csv(file)
        return open_study([file], resolution=9)

    return write


def parts(study: Study, answer: Answer, at: tuple[float, float]) -> dict[str, float]:
    """Return the checks of the cluster that is hot nearest to a point, which must be near."""
    hot = answer.table[answer.table["hot"]]
    away = np.hypot(hot["lat"] - at[0], hot["lon"] - at[1])
    assert away.min() < 0.004
    cluster = int(hot["cluster_id"].iloc[int(away.argmin())])
    return stability(study, answer).of(cluster).parts


def test_a_lasting_hot_spot_is_robust_and_one_of_a_single_week_is_not(opened: Callable[..., Study]) -> None:
    rng = np.random.default_rng(20261115)
    lasting, batch = spot(rng, SPOT, 110, (0, 91)), spot(rng, OTHER, 110, (22, 27))
    study = opened([*background(rng), *lasting, *batch])
    answer = ask(study, Question(window="13w"))
    held, hangs = parts(study, answer, SPOT), parts(study, answer, OTHER)
    assert min(held.values()) >= 0.6, held
    assert hangs["weeks"] < 0.2
    assert hangs["reports"] >= 0.6
    verdict = stability(study, answer).of(int(answer.table.loc[answer.table["hot"], "cluster_id"].max()))
    assert verdict.worst_week is not None
    assert answer.window.first <= verdict.worst_week <= answer.window.last


def test_a_rise_at_a_place_is_robust_too(opened: Callable[..., Study]) -> None:
    rng = np.random.default_rng(5)
    study = opened([*background(rng), *spot(rng, SPOT, 110, (0, 91))])
    held = parts(study, ask(study, Question(window="13w", lens="past")), SPOT)
    assert min(held.values()) >= 0.6, held


def test_a_cluster_of_duplicates_is_hot_only_where_they_are_not_merged(opened: Callable[..., Study]) -> None:
    rng = np.random.default_rng(3)
    repeated = [(LAST - timedelta(days=30, minutes=n), OTHER[0], OTHER[1], "litter") for n in range(120)]
    study = opened([*background(rng), *spot(rng, SPOT, 110, (0, 91)), *repeated])
    answer = ask(study, Question(window="13w"))
    near = np.hypot(answer.table["lat"] - OTHER[0], answer.table["lon"] - OTHER[1]) < 0.003
    assert not answer.table.loc[near, "hot"].any()
    table = sensitivity(study, answer)
    shown, unmerged = (table.row(by_predicate=pl.col("change") == name, named=True) for name in ("as_shown", "reports"))
    assert unmerged["reports"] >= 119
    assert unmerged["new"] >= 1
    assert unmerged["clusters"] > shown["clusters"] >= 1
    assert shown["kept"] == 1
    assert shown["new"] == 0


def test_a_hot_spot_of_one_source_goes_with_it(opened: Callable[..., Study]) -> None:
    rng = np.random.default_rng(4)
    quiet, swept = background(rng), spot(rng, SPOT, 110, (0, 91))
    study = opened([*quiet, *swept], ["resident"] * len(quiet) + ["patrol"] * len(swept))
    table = sensitivity(study, ask(study, Question(window="13w")))
    without = {row["source"]: row for row in table.filter(pl.col("change") == "source").iter_rows(named=True)}
    assert set(without) == {"patrol", "resident"}
    assert without["patrol"]["kept"] == 0
    assert without["patrol"]["hot"] == 0
    assert without["resident"]["kept"] > 0
    one = ask(study, Question(window="13w", sources=("patrol",)))
    assert "source" not in sensitivity(study, one)["change"].to_list(), "without it nothing is left to ask"


@pytest.mark.parametrize("lens", ["city", "places"])
def test_most_of_the_demo_city_is_robust(study: Study, lens: str) -> None:
    answer = ask(study, Question(lens=lens, window="52w"))  # 13 weeks of so small a city are too thin for it
    found = stability(study, answer)
    assert [check.name for check in found.checks] == list(CHECKS)
    assert found.clusters == answer.summary["clusters"]
    weight = answer.table.loc[answer.table["hot"]].groupby("cluster_id").size()
    robust = sum(int(size) for cluster, size in weight.items() if found.of(int(cluster)).robust)
    assert robust > weight.sum() / 2
    for check in found.checks:
        judged = check.by_cluster[np.isfinite(check.by_cluster)]
        assert ((judged >= 0) & (judged <= 1)).all()


def test_clusters_are_numbered_as_on_the_map(study: Study) -> None:
    for question in (Question(), Question(each_category=True)):
        answer = ask(study, question)
        hot = again.hot_cells(study, answer)
        shown = answer.table["cluster_id"].to_numpy(float, na_value=0).reshape(len(answer.tests), -1)
        assert (shown[hot.group, hot.cell] == hot.cluster).all()


def test_the_share_lens_and_each_category_are_checked_too(study: Study) -> None:
    frequent = study.cube.counts["category"].value_counts(sort=True)["category"][0]
    for question in (Question(lens="share", categories=(frequent,)), Question(each_category=True)):
        answer = ask(study, question)
        assert stability(study, answer).clusters == answer.summary["clusters"]
        assert sensitivity(study, answer)["change"][0] == "as_shown"


def test_the_areas_shown_change_nothing(study: Study, answer: Answer) -> None:
    home = study.areas.loc[study.areas["kind"] == "community", "area_id"].iloc[0]
    narrowed = ask(study, Question(areas=(home,)))
    for one, other in zip(stability(study, answer).checks, stability(study, narrowed).checks, strict=True):
        assert np.array_equal(one.by_cluster, other.by_cluster, equal_nan=True)


def test_the_table_counts_what_the_map_shows(study: Study, answer: Answer) -> None:
    table = sensitivity(study, answer)
    assert table.schema == pl.Schema(SENSITIVITY)
    shown = table.row(0, named=True)
    assert (shown["hot"], shown["core"]) == (answer.summary["hot"], answer.summary["core"])
    assert shown["clusters"] == answer.summary["clusters"]
    assert {"reports", "piles", "coarse", "source"} <= set(table["change"])
    piles = table.row(by_predicate=pl.col("change") == "piles", named=True)
    day = pl.col("reported_at").dt.convert_time_zone(study.timezone).dt.date()
    inside = study.reports.filter(pl.col("pile"), day.is_between(answer.window.first, answer.window.last))
    assert piles["reports"] == inside.height


def test_a_question_that_cannot_be_asked_is_not_judged(opened: Callable[..., Study]) -> None:
    """Without the patrol only litter is left, and a share of everything is no question."""
    rng = np.random.default_rng(11)
    litter = [*background(rng), *spot(rng, SPOT, 600, (0, 7 * WEEKS))]
    noise = [(*row[:3], "noise") for row in [*background(rng), *spot(rng, OTHER, 600, (0, 7 * WEEKS))]]
    study = opened([*litter, *noise], ["resident"] * len(litter) + ["patrol"] * len(noise))
    both = ask(study, Question(window="13w", lens="share", each_category=True))
    codes = list(both.table["category"].unique())
    assert [bool(test.hot.any()) for test in both.tests] == [True, True]
    without = {row["source"]: row for row in sensitivity(study, both).iter_rows(named=True) if row["source"]}
    litter_at = next(at for at, code in enumerate(codes) if "litter" in code.lower() or code.endswith("litter"))
    assert without["patrol"]["refused"] == without["resident"]["refused"] == 1
    assert sensitivity(study, both)["refused"][0] == 0
    other = both.tests[1 - litter_at]
    assert without["patrol"]["kept"] == 0, "noise can be asked about, and holds nothing any more"
    quiet = replace(both, tests=tuple(_quiet(test) if test is other else test for test in both.tests))
    left = {row["source"]: row for row in sensitivity(study, quiet).iter_rows(named=True) if row["source"]}
    assert left["patrol"]["kept"] is None, "the one that was hot cannot be asked about"
    assert left["patrol"]["new"] == 0


def _quiet(test: HotspotTest) -> HotspotTest:
    return replace(test, hot=np.zeros_like(test.hot), core=np.zeros_like(test.core))


def test_a_week_without_which_nothing_can_be_asked_is_not_judged(opened: Callable[..., Study]) -> None:
    """All litter of the window is of one day: without that week noise is a share of nothing but itself."""
    rng = np.random.default_rng(12)
    rows = [*background(rng), *spot(rng, SPOT, 200, (0, 28))]
    day = LAST - timedelta(days=10)
    litter = [(day - timedelta(minutes=n), *row[1:]) for n, row in enumerate(background(rng)[:800])]
    study = opened([*((*row[:3], "noise") for row in rows), *litter])
    (noise,) = {code for code in study.cube.counts["category"].unique() if "noise" in code}
    answer = ask(study, Question(window="4w", lens="share", categories=(noise,)))
    week = stability(study, answer).checks[3]
    assert len(week.by_cluster)
    assert ((week.by_cluster >= 0.6) & (week.by_cluster <= 1)).all()
    hot = again.hot_cells(study, answer)
    series = again.cut(study.cube, answer, *again.groups_of(answer))
    assert series.all_now is not None
    tests = again.ask_series([replace(series, now=series.all_now)], study.cube.neighbours, answer, None, learn=False)
    assert np.isnan(again.part_hot(tests, hot)).all()
    assert (again.part_hot(answer.tests, hot) == 1).all()


def test_a_window_less_a_week_is_judged_by_the_rule_of_the_whole_window(opened: Callable[..., Study]) -> None:
    """A rise of two days in two weeks of four: without either week all of it lies in one, which the map leaves out."""
    rng = np.random.default_rng(5)
    rise = [*spot(rng, SPOT, 24, (1, 3)), *spot(rng, SPOT, 24, (15, 17))]
    study = opened([*background(rng), *rise])
    answer = ask(study, Question(window="4w", lens="past"))
    held = parts(study, answer, SPOT)
    assert held["weeks"] < 0.2, held


def test_an_incident_counts_at_its_first_report_with_a_place() -> None:
    def report(name: str, incident: str, hour: int, **marks: bool) -> dict[str, object]:
        at = datetime(2026, 3, 1, hour, tzinfo=UTC)
        marked = {"coarse": False, "pile": False} | marks
        return {"system": "s", "report_id": name, "reported_at": at, "incident_id": f"s/{incident}", **marked}

    reports = pl.DataFrame(
        [
            report("1", "1", 1, coarse=True),
            report("3", "1", 4),
            report("2", "1", 3),
            report("p", "1", 2, pile=True),
            report("5", "5", 1, coarse=True),
            report("6", "5", 2, coarse=True),
            report("8", "7", 2),  # its first report lies before these days
            report("9", "9", 1),
            report("10", "9", 2, coarse=True),
        ]
    )
    left = without_coarse(reports)
    counted = left.filter(pl.col("incident_id") == REPORT_KEY, ~pl.col("pile"))["report_id"].to_list()
    assert counted == ["2", "9"]
    assert left.columns == reports.columns
    assert left.filter(pl.col("report_id") == "8")["incident_id"].item() == "s/7"


def test_a_week_cannot_be_left_out_of_a_window_of_one(study: Study) -> None:
    answer = ask(study, Question(window="1w"))
    assert all(not np.isfinite(check.by_cluster).any() for check in stability(study, answer).checks[3:])


def test_the_number_of_tests_is_a_note(study: Study, answer: Answer) -> None:
    assert any(f"{len(study.cube.cells):,} places were tested together" in note for note in answer.notes)
    each = ask(study, replace(answer.question, each_category=True))
    assert any(f"{len(each.tests) * len(study.cube.cells):,} places were" in note for note in each.notes)
