"""Where Streamlit's cache meets what comes first: ranking, choice, performance, loss. Keyed as in cache.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import streamlit as st

from geo.agenda.backtest import BackTest, back_test
from geo.agenda.choice import Choice, choose_targets
from geo.agenda.countdown import Countdown, count_down
from geo.agenda.loss import Losses, expected_loss
from geo.agenda.performance import Performance, closing_performance
from geo.agenda.priorities import Priorities, kinds_of, rank, reweigh
from geo.planning.priority import Weights
from geo.planning.scorecard import Scorecard
from geo.study import Question, Study
from geo.ui.cache import OpenedStudy


@dataclass(frozen=True)
class Plan:
    """What a choice is made of. Equal plans are chosen once. See `Filters`."""

    teams: int = 4
    days: int = 5
    cost: float = 1.0
    must: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    per_unit: int | None = None
    near: tuple[float, float, float] | None = None  # lat, lon, metres
    along: tuple[str, float] | None = None  # area_id of a street, metres to either side


@st.cache_resource(max_entries=8, show_spinner=False)
def _kinds(key: str, _study: Study) -> tuple[str, ...]:
    return kinds_of(_study)


def kinds(opened: OpenedStudy) -> tuple[str, ...]:
    """Return the kinds of areas that can be ranked."""
    return _kinds(opened.key, opened.study)


@st.cache_resource(max_entries=32, show_spinner=False)
def _rank(key: str, question: Question, kind: str, lang: str, _study: Study) -> Priorities:
    return rank(_study, question, kind=kind, lang=lang)


@st.cache_resource(max_entries=64, show_spinner=False)
def _weighed(key: str, question: Question, kind: str, weights: Weights, lang: str, _study: Study) -> Priorities:
    found = _rank(key, question, kind, lang, _study)
    return found if weights == found.weights else reweigh(found, weights, lang)


def ranked(opened: OpenedStudy, question: Question, kind: str, weights: Weights, lang: str) -> Priorities:
    """Return the areas of a kind in their order, computed once; it is shared: do not change it."""
    return _weighed(opened.key, question, kind, weights, lang, opened.study)


@st.cache_resource(max_entries=16, show_spinner=False)
def _tested(key: str, question: Question, kind: str, lang: str, _study: Study) -> BackTest:
    return back_test(_study, question, kind=kind, lang=lang)


def tested(opened: OpenedStudy, question: Question, kind: str, lang: str) -> BackTest:
    """Return how the ranking would have done on past days."""
    return _tested(opened.key, question, kind, lang, opened.study)


@st.cache_resource(max_entries=32, show_spinner=False)
def _chosen(key: str, question: Question, kind: str, weights: Weights, plan: Plan, lang: str, _study: Study) -> Choice:
    return choose_targets(
        _study,
        _weighed(key, question, kind, weights, lang, _study),
        teams=plan.teams,
        days=plan.days,
        costs=plan.cost,
        must=plan.must,
        never=plan.never,
        per_unit=plan.per_unit,
        near=plan.near,
        along=plan.along,
        lang=lang,
    )


def chosen(opened: OpenedStudy, question: Question, kind: str, weights: Weights, plan: Plan, lang: str) -> Choice:
    """Return the best targets under a plan, with the ways of its teams."""
    return _chosen(opened.key, question, kind, weights, plan, lang, opened.study)


@st.cache_resource(max_entries=32, show_spinner=False)
def _closing(key: str, question: Question, by: str, lang: str, _study: Study) -> Performance:
    return closing_performance(_study, question, by=by, lang=lang)


def closing(opened: OpenedStudy, question: Question, by: str, lang: str) -> Performance:
    """Return how units (`by` unit) or the areas of a kind closed what was given to them."""
    return _closing(opened.key, question, by, lang, opened.study)


@st.cache_resource(max_entries=16, show_spinner=False)
def _counted_down(
    key: str, question: Question, review: date, areas: tuple[str, ...], lang: str, _study: Study
) -> Countdown:
    performance = _closing(key, question, "unit", lang, _study)
    return count_down(_study, question, review=review, performance=performance, areas=areas, lang=lang)


def counted_down(opened: OpenedStudy, question: Question, review: date, areas: tuple[str, ...], lang: str) -> Countdown:
    """Return what each unit can still close in these areas by the day of the review."""
    return _counted_down(opened.key, question, review, areas, lang, opened.study)


@st.cache_resource(max_entries=16, show_spinner=False)
def _lost(
    key: str, question: Question, visit: date | None, lang: str, file: str, _scorecard: Scorecard | None, _study: Study
) -> Losses:
    return expected_loss(_study, question, scorecard=_scorecard, visit=visit, lang=lang)


def lost(
    opened: OpenedStudy, question: Question, visit: date | None, scorecard: Scorecard | None, file: str, lang: str
) -> Losses:
    """Return the points a visit would cost; `file` stands for the scorecard, "" for the example."""
    return _lost(opened.key, question, visit, lang, file, scorecard, opened.study)
