"""What is chosen lives in the address of the page, and an address typed by hand can do no harm."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.maps.classes import VIEWS
from geo.study import Question
from geo.tables import LENSES, SOURCES, STATUSES
from geo.ui.filters import PERIODS, WINDOWS, Filters

texts = st.lists(st.text(min_size=1, max_size=12), unique=True, max_size=3).map(tuple)


def some_of(choices: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(choices), unique=True).map(tuple)


any_filters = st.builds(
    Filters,
    window=st.sampled_from(WINDOWS),
    until=st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    lens=st.sampled_from(LENSES),
    categories=texts,
    sources=some_of(SOURCES),
    statuses=some_of(STATUSES),
    units=texts,
    areas=texts,
    shown=texts,
    view=st.sampled_from(VIEWS),
    period=st.sampled_from(PERIODS),
    cell=st.sampled_from(["", "89283082803ffff"]),
    profile=st.text(max_size=12),
)


@given(any_filters)
@settings(max_examples=60, deadline=None)
def test_an_address_gives_back_the_filters(filters: Filters) -> None:
    assert Filters.from_url(filters.to_url()) == filters


@given(
    st.dictionaries(
        st.sampled_from(
            ["window", "until", "lens", "view", "period", "source", "status", "show", "area", "cell", "profile", "x"]
        ),
        st.lists(st.text(max_size=12), max_size=3),
    )
)
@settings(max_examples=60, deadline=None)
def test_any_address_gives_filters(query: dict[str, list[str]]) -> None:
    filters = Filters.from_url(query)
    assert filters.window in WINDOWS
    assert filters.lens in LENSES
    assert set(filters.sources) <= set(SOURCES)


def test_the_empty_address_is_the_default_map() -> None:
    assert Filters.from_url({}) == Filters()
    assert Filters().to_url() == {}
    assert Filters().question == Question()


def test_no_area_shown_is_not_the_default() -> None:
    assert Filters.from_url(Filters(shown=()).to_url()).shown == ()


@pytest.mark.parametrize("until", ["2026-02-31", "2026-13-01", "tomorrow", ""])
def test_a_day_that_does_not_exist_is_left_out(until: str) -> None:
    assert Filters.from_url({"until": [until]}).until is None


def test_clearing_takes_back_one_filter() -> None:
    filters = Filters(sources=("patrol",), units=("a",))
    assert filters.narrowed == ("sources", "units")
    assert filters.without("sources") == Filters(units=("a",))


def test_filters_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Filters().window = "8w"  # type: ignore[misc]
