"""When an area was last looked at."""

from __future__ import annotations

from datetime import UTC, date, datetime

from geo.grid.windows import Window
from geo.stats.coverage import last_visits, visits_in
from tests.towns import cube_of


def on(month: int, day: int, source: str, areas: list[str], **more: object) -> dict[str, object]:
    return {"reported_at": datetime(2026, month, day, 4, tzinfo=UTC), "source": source, "community": areas, **more}


CUBE = cube_of(
    [
        on(8, 1, "patrol", ["a", "b"]),
        on(9, 1, "inspection", ["b"]),
        on(9, 20, "resident", ["a"]),
        on(9, 20, "resident", ["c"]),
        on(10, 5, "patrol", ["a"], incident_id="s/2"),  # merged with the resident's: the patrol was there all the same
        on(11, 1, "patrol", ["b"]),
    ]
)


def test_residents_are_no_visit_and_merged_reports_are() -> None:
    found = last_visits(CUBE, date(2026, 10, 31))
    assert found.rows() == [("a", date(2026, 10, 5), 26), ("b", date(2026, 9, 1), 60)]


def test_what_comes_after_the_last_day_is_not_known() -> None:
    assert last_visits(CUBE, date(2026, 11, 1)).filter(area_id="b")["days_since"].item() == 0
    assert last_visits(CUBE, date(2026, 7, 31)).height == 0


def test_visits_are_days_of_the_window() -> None:
    twice = cube_of([on(8, 1, "patrol", ["a"]), on(8, 1, "patrol", ["a"]), on(8, 3, "inspection", ["a"])])
    assert visits_in(twice, Window(date(2026, 8, 1), date(2026, 8, 31))).rows() == [("a", 2)]
    assert visits_in(twice, Window(date(2026, 8, 4), date(2026, 8, 31))).rows() == []
