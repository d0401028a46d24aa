"""Where Streamlit's cache meets study.py: keyed on files, settings and questions, never on tables."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from geo import study as studies
from geo.checks.sensitivity import sensitivity
from geo.checks.stability import CHECKS, Check, check
from geo.intake.quality import QualityReport
from geo.intake.themes import Theme
from geo.maps.ground import City, city_shapes, read_water
from geo.maps.hexcells import Geometry
from geo.recurring.alarms import look_for_alarms
from geo.recurring.blind_spots import find_blind_spots
from geo.recurring.clusters import follow_clusters
from geo.recurring.listed import Listed
from geo.recurring.relapses import find_returns
from geo.stats.change import Emerging
from geo.study import Answer, Question, Study

STUDIES_KEPT = 3
NEW_DAYS = 7
"""An alarm is new where a look made again so many days back had none: whoever looks once a week misses nothing."""


@dataclass(frozen=True)
class Sources:
    """Which files a study is read from, and how. Equal sources are read once."""

    reports: tuple[Path, ...]
    areas: tuple[tuple[str, Path], ...] = ()
    mapping: Path | None = None
    timezone: str | None = None
    exposure: tuple[Path, ...] = ()  # tables of households, people, street length
    water: Path | None = None  # rivers and lakes, for the eye only

    @property
    def key(self) -> str:
        """A digest of the files' names, sizes and times and of the settings."""
        layers = (path for _, path in self.areas)
        files = [*self.reports, *layers, *self.exposure, *([self.mapping] if self.mapping else [])]
        stamps = [(str(f), f.stat().st_size, f.stat().st_mtime_ns) for f in files]
        told = (stamps, [kind for kind, _ in self.areas], len(self.exposure), self.timezone)
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class OpenedStudy:
    """A study with what the map needs of it, made once."""

    key: str
    study: Study
    geometry: Geometry
    city: City


class _Shelf:
    """The last studies opened, shared by all sessions. Streamlit's own cache cannot show progress from inside."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.opened: dict[str, OpenedStudy] = {}  # oldest first


@st.cache_resource(show_spinner=False)
def _shelf() -> _Shelf:
    return _Shelf()


def open_study(sources: Sources, progress: Callable[[str, float], None] | None = None) -> OpenedStudy:
    """Return the study of these files, read at most once. Raises HexwardError as `geo.study.open_study` does."""
    shelf, key = _shelf(), sources.key
    if (opened := shelf.opened.get(key)) is not None:  # nobody waits for another's files
        return opened
    with shelf.lock:
        if key not in shelf.opened:
            study = studies.open_study(
                sources.reports,
                sources.areas,
                mapping=sources.mapping,
                timezone=sources.timezone,
                exposure=sources.exposure,
                progress=progress,
            )
            cells = [f"{cell:x}" for cell in study.cube.universe["cell"].to_list()]
            city = city_shapes(study.areas, study.boundary, water=read_water(sources.water) if sources.water else ())
            shelf.opened[key] = OpenedStudy(key, study, Geometry.of(cells), city)
            while len(shelf.opened) > STUDIES_KEPT:
                shelf.opened.pop(next(iter(shelf.opened)))
        return shelf.opened[key]


@st.cache_resource(max_entries=64, show_spinner=False)
def _ask(key: str, question: Question, lang: str, _study: Study) -> Answer:
    return studies.ask(_study, question, lang=lang)


def ask(opened: OpenedStudy, question: Question, lang: str) -> Answer:
    """Return the answer, computed once for a study, a question and a language; it is shared: do not change it."""
    return _ask(opened.key, question, lang, opened.study)


@st.cache_resource(max_entries=32, show_spinner=False)
def _follow(key: str, question: Question, period: str, lang: str, _study: Study) -> Emerging:
    return studies.follow(_study, question, period=period, named=False, lang=lang)


def follow(opened: OpenedStudy, question: Question, period: str, lang: str) -> Emerging:
    """Return what became of every cell, computed once, nameless: neither the window nor the areas matter."""
    return _follow(opened.key, replace(question, window="auto", areas=()), period, lang, opened.study)


FINDERS: dict[str, Callable[..., Listed]] = {
    "relapses": find_returns,
    "clusters": follow_clusters,
    "alarms": partial(look_for_alarms, compared=NEW_DAYS),
    "blind_spots": find_blind_spots,
}


@st.cache_resource(max_entries=32, show_spinner=False)
def _list(key: str, listed: str, question: Question, lang: str, _study: Study) -> Listed:
    return FINDERS[listed](_study, question, lang=lang)


def recurring(opened: OpenedStudy, listed: str, question: Question, lang: str) -> Any:
    """Return a list of what keeps coming back, one of FINDERS, computed once; it is shared: do not change it."""
    return _list(opened.key, listed, question, lang, opened.study)


@st.cache_resource(max_entries=256, show_spinner=False)
def _check(key: str, question: Question, name: str, _study: Study, _answer: Answer) -> Check:
    return check(_study, _answer, name)


def checks_of(opened: OpenedStudy, answer: Answer) -> Iterator[Check]:
    """Yield the checks of every cluster of an answer one by one, each made once; the areas shown do not matter."""
    for name in CHECKS:
        yield _check(opened.key, replace(answer.question, areas=(), due=None), name, opened.study, answer)


@st.cache_resource(max_entries=32, show_spinner=False)
def _sensitivity(key: str, question: Question, _study: Study, _answer: Answer) -> pl.DataFrame:
    return sensitivity(_study, _answer)


def sensitivity_of(opened: OpenedStudy, answer: Answer) -> pl.DataFrame:
    """Return what other decisions about the data would change on the map of an answer."""
    return _sensitivity(opened.key, replace(answer.question, areas=(), due=None), opened.study, answer)


@st.cache_resource(max_entries=8, show_spinner=False)
def _quality(key: str, lang: str, _study: Study) -> QualityReport:
    return _study.material.quality(lang)


def quality(opened: OpenedStudy, lang: str) -> QualityReport:
    """Return the quality report of the files of a study."""
    return _quality(opened.key, lang, opened.study)


@dataclass(frozen=True)
class Choices:
    """What the filters offer."""

    first_day: date
    last_day: date
    categories: tuple[str, ...]  # most frequent first
    themes: dict[str, Theme]  # those with a report, by what stands for them where categories are asked for
    sources: tuple[str, ...]
    statuses: tuple[str, ...]
    units: tuple[str, ...]
    kinds: tuple[str, ...]
    areas: dict[str, tuple[str, str]]  # area_id: kind, name, with its number where two of a kind have the same


@st.cache_resource(max_entries=8, show_spinner=False)
def _choices(key: str, _study: Study) -> Choices:
    counts = _study.cube.counts

    def by_frequency(column: str) -> tuple[str, ...]:
        totals = (
            counts.group_by(column).agg(pl.col("incidents").sum()).sort("incidents", column, descending=[True, False])
        )
        return tuple(value for value in totals[column].to_list() if value)

    areas, days = _study.areas, counts["day"].sort()
    numbered = areas["name"] + " (" + areas["area_id"].str.replace(r".*/", "", regex=True) + ")"
    named = areas["name"].mask(areas.duplicated(["kind", "name"], keep=False), numbered)
    return Choices(
        first_day=days[0],
        last_day=days[-1],
        categories=by_frequency("category"),
        themes={theme.asked: theme for theme in _study.themes},
        sources=by_frequency("source"),
        statuses=by_frequency("status"),
        units=by_frequency("unit"),
        kinds=tuple(dict.fromkeys(areas["kind"])),
        areas=dict(zip(areas["area_id"], zip(areas["kind"], named, strict=True), strict=True)),
    )


def choices(opened: OpenedStudy) -> Choices:
    """Return what this study can be asked about."""
    return _choices(opened.key, opened.study)
