"""The profile of an area, counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

from geo.grid.cube import EVERYTHING, Slice
from geo.grid.windows import Window
from geo.stats.profile import area_profile
from tests.towns import cube_of

WINDOW = Window(date(2026, 11, 2), date(2026, 11, 15))


def on(month: int, day: int, areas: list[str], **more: object) -> dict[str, object]:
    return {"reported_at": datetime(2026, month, day, 4, tzinfo=UTC), "community": areas, **more}


CUBE = cube_of(
    [
        on(9, 1, ["c1"]),  # records reach back beyond the days before
        on(10, 25, ["c1"]),
        on(11, 2, ["c1"], category="noise"),
        on(11, 9, ["c1", "c2"]),
        on(11, 15, ["c1"], unit="south"),
        on(11, 15, ["c1"], incident_id="s/4"),  # a second report of the one above
        on(11, 16, ["c1"]),  # after the window
        *(on(11, 3, ["c3"]) for _ in range(5)),
    ]
)


def test_an_area_is_counted_in_the_window_and_before_it() -> None:
    profile = area_profile(CUBE, "c1", "community", peers=4, window=WINDOW, chosen=EVERYTHING)
    assert (profile.incidents, profile.before) == (3, 1)
    assert (profile.rank, profile.peers) == (2, 4)
    assert profile.categories == (("litter", 2), ("noise", 1))
    assert profile.weekly["incidents"].to_list()[-4:] == [1, 0, 1, 2]
    assert profile.weekly["week"][-1] == date(2026, 11, 9)


def test_an_area_without_an_incident_has_a_profile_too() -> None:
    profile = area_profile(CUBE, "c4", "community", peers=4, window=WINDOW, chosen=EVERYTHING)
    assert (profile.incidents, profile.before, profile.rank, profile.categories) == (0, 0, 4, ())
    assert profile.weekly["incidents"].sum() == 0


def test_the_filters_of_the_map_count_here_too() -> None:
    profile = area_profile(CUBE, "c1", "community", peers=4, window=WINDOW, chosen=Slice(units=("south",)))
    assert (profile.incidents, profile.rank) == (1, 1)


def test_days_before_the_records_are_not_called_quiet() -> None:
    early = Window(date(2026, 9, 1), date(2026, 9, 14))
    assert area_profile(CUBE, "c1", "community", peers=4, window=early, chosen=EVERYTHING).before is None
