"""The witnesses of merging: the demo city, whose every report knows its problem, and Boston's clerks.

They close duplicates with a text that says so, and often names the case that was there before.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import polars as pl

from benchmarks.stamp import ROOT
from data import CityPlan, make_city
from geo.intake.agreement import agreement
from geo.intake.incidents import merge_duplicates
from geo.intake.radii import Rule
from geo.intake.reports import read_reports
from geo.material import read_material
from geo.tables import REPORT_KEY

SEEDS = (20261115, 1, 2)
BOSTON = ROOT.parent / "shared" / "data" / "boston" / "boston311_2015_city_export.csv.gz"


@dataclass(frozen=True)
class City:
    """A demo city read back: reports with `problem` (the true one) and `place` (how the pin came about)."""

    seed: int
    reports: pl.DataFrame
    areas: gpd.GeoDataFrame
    comebacks: frozenset[str]  # problems that are a relapse after a closing


@dataclass(frozen=True)
class Score:
    """Pairs of reports: put together, truly of one problem, and both; and problems."""

    put: int
    true: int
    both: int
    right: int = 0  # problems whose reports are exactly those of one incident
    problems: int = 0

    @property
    def precision(self) -> float:
        return self.both / self.put if self.put else 1.0

    @property
    def recall(self) -> float:
        return self.both / self.true if self.true else 1.0


def total(scores: Iterable[Score]) -> Score:
    """Return the counts of several cities together."""
    return Score(*map(sum, zip(*map(astuple, scores), strict=True)))


def score(merged: pl.DataFrame) -> Score:
    """Compare `incident_id` with `problem`.

    >>> found = pl.DataFrame({"incident_id": ["a", "a", "b", "c"], "problem": [1, 1, 2, 2]})
    >>> score(found)
    Score(put=1, true=2, both=1, right=1, problems=2)
    """
    sizes = merged.group_by("incident_id", "problem").len()
    whole = sizes.with_columns(put=pl.col("len").sum().over("incident_id"), true=pl.col("len").sum().over("problem"))
    right = whole.filter(pl.col("len") == pl.col("put"), pl.col("len") == pl.col("true")).height
    pairs = pl.col("len") * (pl.col("len") - 1) // 2
    put, true, both = (
        int(merged.group_by(columns).len().select(pairs.sum()).item() or 0)
        for columns in ("incident_id", "problem", ["incident_id", "problem"])
    )
    return Score(put, true, both, right, merged["problem"].n_unique())


def with_truth(reports: pl.DataFrame, truth: Path) -> pl.DataFrame:
    """Return accepted reports with `problem` and `place` of `truth/reports.csv`, in their order."""
    told = pl.read_csv(truth, schema_overrides={"system": pl.String, "report_id": pl.String, "dirt": pl.String})
    last = told.filter((pl.col("dirt") != "repeated_key").fill_null(True))
    known = last.select("system", "report_id", "place", problem="incident_id").unique(["system", "report_id"])
    return reports.join(known, on=["system", "report_id"], how="left", maintain_order="left")


@cache
def cities() -> tuple[City, ...]:
    made = []
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as name:
            city = make_city(Path(name), plan=CityPlan(seed=seed))
            material = read_material(city["reports"], city["areas"], mapping=city["mapping"])
            reports = with_truth(material.intake.reports, Path(name) / "truth" / "reports.csv")
            problems = pl.read_csv(Path(name) / "truth" / "incidents.csv")
            comebacks = frozenset(problems.filter("comeback")["incident_id"])
            made.append(City(seed, reports, material.layers.areas, comebacks))
    return tuple(made)


def merge(city: City, **settings: Any) -> pl.DataFrame:
    return merge_duplicates(city.reports, areas=city.areas, **settings)


@cache
def boston() -> pl.DataFrame | None:
    """Boston's reports, or None where the file is not here."""
    return read_reports(BOSTON).reports if BOSTON.exists() else None


@cache
def cited() -> pl.DataFrame:
    """Pairs that Boston's clerks have put together: `report_id` of the duplicate, `cited` of the earlier case.

    The closing text names another case of the file by its twelve digits, or by the last seven.
    """
    raw = pl.read_csv(BOSTON.read_bytes(), infer_schema_length=0)
    told = raw.select(
        report_id="CASE_ENQUIRY_ID", cited=pl.col("CLOSURE_REASON").str.extract_all(r"\b(?:101\d{9}|1\d{6})\b")
    ).explode("cited")
    told = told.drop_nulls().with_columns(
        cited=pl.when(pl.col("cited").str.len_chars() == 7).then(pl.lit("10100") + pl.col("cited")).otherwise("cited")
    )
    reports = boston()
    assert reports is not None
    labelled = reports.filter("labelled_duplicate").select("report_id", "category", "reported_at")
    pairs = told.join(labelled, on="report_id").join(
        reports.select(cited="report_id", cited_category="category", cited_at="reported_at"), on="cited"
    )
    return pairs.filter(pl.col("cited") != pl.col("report_id"), pl.col("cited_at") <= pl.col("reported_at")).unique(
        "report_id", keep="first", maintain_order=True
    )


@dataclass(frozen=True)
class Witness:
    """What Boston says of a rule."""

    merged: int
    labelled: float  # share of the merged that are labelled
    together: float  # share of the labelled that stand with another report
    cited: float  # share of the cited pairs of one category that are together
    duplicates: frozenset[str]


def witness(reports: pl.DataFrame, **settings: Any) -> Witness:
    merged = merge_duplicates(reports, **settings)
    found = agreement(merged, Rule())
    assert found is not None
    names = merged.select("report_id", "incident_id")
    pairs = cited().filter(pl.col("category") == pl.col("cited_category"))
    both = pairs.join(names, on="report_id").join(names.rename({"report_id": "cited"}), on="cited", suffix="_cited")
    return Witness(
        found.merged,
        found.share_of_merged,
        found.together / found.labelled,
        both.select((pl.col("incident_id") == pl.col("incident_id_cited")).mean()).item(),
        frozenset(merged.filter(pl.col("incident_id") != REPORT_KEY)["report_id"]),
    )
