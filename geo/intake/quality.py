"""The quality report: what was read, what was kept, what was not and why, what was merged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from geo.intake.agreement import Agreement
from geo.intake.areas import AreaLayer
from geo.tables import Intake
from geo.words import say

MOST_OVERLAPS = 20
"""Overlapping pairs named on a terminal; the rest is counted."""


@dataclass(frozen=True)
class QualityReport:
    """Everything that is said about the files of a study, for the screen, the command line and a download."""

    intake: Intake
    merged: pl.DataFrame  # tables.REPORTS after merge_duplicates; may be empty
    layers: AreaLayer
    overlapping: pl.DataFrame  # pairs of areas of one kind that overlap: kind, area_id, other_id, area_m2
    uncovered: dict[str, pl.DataFrame]  # kind -> reports that lie in no area of it: seen, and in nobody's care
    notes: tuple[str, ...] = ()  # sentences about the whole, already in the reader's language
    agreement: Agreement | None = None  # with the city's own marks; None where it marks nothing

    @property
    def summary(self) -> dict[str, Any]:
        """Counts by name, as `check --json` prints them. `accepted + rejected = rows_read`."""
        quality, piles = self.intake.quality, pile_points(self.merged)
        incidents = self.merged["incident_id"].n_unique()
        return {
            "files": list(quality.files),
            "recognised": list(quality.recognised),
            "rows_read": quality.rows_read,
            "accepted": quality.accepted,
            "rejected": quality.rejected,
            "rejected_by_reason": _by_reason(self.intake.rejected),
            "warnings": self.intake.warnings.height,
            "warnings_by_reason": _by_reason(self.intake.warnings),
            "incidents": incidents,
            "duplicates": self.merged.height - incidents,
            **self._labels(),
            "piles": piles.height,
            "pile_reports": int(piles["reports"].sum()),
            "coarse_reports": int(self.merged["coarse"].sum()),
            "areas": self.layers.areas["kind"].value_counts().to_dict(),
            "overlaps": self.overlapping.height,
            "uncovered": {kind: reports.height for kind, reports in self.uncovered.items()},
            "areas_rejected": _by_reason(self.layers.rejected),
            "areas_warnings": _by_reason(self.layers.warnings),
        }

    def _labels(self) -> dict[str, Any]:
        """Return the counts of `agreement` by name; nothing where the city marks no duplicates."""
        found = self.agreement
        if found is None:
            return {}
        return {
            "labelled_duplicates": found.labelled,
            "labelled_together": found.together,
            "labelled_merged": found.merged_labelled,
            "labelled_alone_by_reason": found.reasons,
        }

    def label_sentences(self, lang: str = "en") -> list[str]:
        """Say how far merging agrees with the city's own marks; nothing where it marks no duplicates."""
        found = self.agreement
        if found is None:
            return []
        said = [
            say(
                "The files mark {labelled} reports as duplicates: {together} of them ({share:.0%}) are in one incident "
                "with another report.",
                lang,
                labelled=f"{found.labelled:,}",
                together=f"{found.together:,}",
                share=found.together / found.labelled,
            )
        ]
        if found.merged:
            said.append(
                say(
                    "Of the {merged} merged reports {share:.1%} are marked, of all reports {base:.1%}: a city does not "
                    "mark every duplicate.",
                    lang,
                    merged=f"{found.merged:,}",
                    share=found.share_of_merged,
                    base=found.share_of_all,
                )
            )
        return said

    def rejected_rows(self, lang: str = "en") -> pl.DataFrame:
        """Return one row per fault: row, column, value, reason, then the original row whole."""
        faults = self.intake.rejected.with_columns(translated("reason", lang))
        keys = [c for c in ("file", "row") if c in faults.columns and c in self.intake.originals.columns]
        if not keys:
            return faults
        taken = set(faults.columns) - set(keys)
        originals = self.intake.originals.rename(
            {c: f"{c} (original)" for c in self.intake.originals.columns if c in taken}
        )
        return faults.join(originals, on=keys, how="left", maintain_order="left")

    def uncovered_reports(self) -> pl.DataFrame:
        """Return the reports that lie in no area of a kind: that kind, then what is needed to find each of them."""
        columns = ("system", "report_id", "reported_at", "status", "category", "lat", "lon", "unit", "address")
        parts = [found.select(pl.lit(kind).alias("kind"), *columns) for kind, found in self.uncovered.items()]
        return pl.concat(parts) if parts else pl.DataFrame()

    def uncovered_sentences(self, lang: str = "en") -> list[str]:
        """Say how many reports lie in no area of a kind; nothing of a kind that covers them all."""
        return [
            say(
                "{reports} reports lie in no {kind}: seen, and in nobody's care.",
                lang,
                reports=f"{reports.height:,}",
                kind=say(kind, lang),
            )
            for kind, reports in self.uncovered.items()
            if reports.height
        ]

    def overlapping_names(self) -> pl.DataFrame:
        """Return the pairs of areas that overlap with their names: kind, area_id, name, other_id, other, area_m2."""
        names = pl.from_pandas(self.layers.areas[["area_id", "name"]])
        other = names.rename({"area_id": "other_id", "name": "other"})
        named = self.overlapping.join(names, on="area_id", how="left").join(other, on="other_id", how="left")
        return named.select("kind", "area_id", "name", "other_id", "other", "area_m2")

    def lines(self, lang: str = "en") -> list[str]:
        """Return the report as sentences and indented lists, for a terminal."""
        counted, quality = self.summary, self.intake.quality
        lines = []
        for at, file in enumerate(quality.files):
            columns = quality.columns[at] if at < len(quality.columns) else {}
            export = quality.recognised[at] if at < len(quality.recognised) else ""
            lines.append(
                say("{file}: {export}", lang, file=file, export=export or say("columns from the mapping", lang))
            )
            lines += [f"    {ours} = {theirs}" for ours, theirs in columns.items()]
        lines.append(
            say(
                "{rows} rows read: {accepted} accepted, {rejected} rejected.",
                lang,
                rows=f"{quality.rows_read:,}",
                accepted=f"{quality.accepted:,}",
                rejected=f"{quality.rejected:,}",
            )
        )
        lines += [f"    {count:,}  {say(reason, lang)}" for reason, count in counted["rejected_by_reason"].items()]
        if counted["warnings_by_reason"]:
            lines.append(say("Kept with a warning:", lang))
            lines += [f"    {count:,}  {say(reason, lang)}" for reason, count in counted["warnings_by_reason"].items()]
        lines.append(
            say(
                "{incidents} incidents after merging {duplicates} duplicate reports.",
                lang,
                incidents=f"{counted['incidents']:,}",
                duplicates=f"{counted['duplicates']:,}",
            )
        )
        lines += self.label_sentences(lang)
        if self.agreement is not None and self.agreement.reasons:
            lines.append(say("Marked, and not merged:", lang))
            lines += [f"    {count:,}  {say(reason, lang)}" for reason, count in self.agreement.reasons.items()]
        for lat, lon, reports in pile_points(self.merged).iter_rows():
            lines.append(pile_sentence(lat, lon, reports, self.merged.height, lang))
        if counted["coarse_reports"]:
            lines.append(
                say(
                    "{reports} reports sit on the centre of an estate: they speak for the area, not for the hexagon.",
                    lang,
                    reports=f"{counted['coarse_reports']:,}",
                )
            )
        for counts in (counted["areas_rejected"], counted["areas_warnings"]):
            lines += [f"    {count:,}  {say(reason, lang)}" for reason, count in counts.items()]
        lines += self.uncovered_sentences(lang)
        names = dict(zip(self.layers.areas["area_id"], self.layers.areas["name"], strict=True))
        for _, one, other, square_metres in self.overlapping.head(MOST_OVERLAPS).iter_rows():
            lines.append(
                say(
                    "{one} and {other} overlap by {hectares} ha.",
                    lang,
                    one=names[one],
                    other=names[other],
                    hectares=f"{square_metres / 10_000:,.1f}",
                )
            )
        return [*lines, *(n.sentence(lang) for n in quality.notes), *self.notes]


def pile_points(merged: pl.DataFrame) -> pl.DataFrame:
    """Return every geocoding pile: lat, lon (6 decimals), reports; the largest first."""
    piled = merged.filter("pile").with_columns(pl.col("lat", "lon").round(6))
    return piled.group_by("lat", "lon").agg(pl.len().alias("reports")).sort("reports", descending=True)


def pile_sentence(lat: float, lon: float, reports: int, of: int, lang: str = "en") -> str:
    """Say one geocoding pile.

    >>> pile_sentence(42.3594, -71.0587, 17070, 121145)
    '17,070 reports (14%) sit on one point, 42.3594, -71.0587: a default address. They count in totals, in no hexagon.'
    """
    return say(
        "{reports} reports ({share:.0%}) sit on one point, {lat}, {lon}: a default address. They count in totals, "
        "in no hexagon.",
        lang,
        reports=f"{reports:,}",
        share=reports / of,
        lat=f"{lat:.6g}",
        lon=f"{lon:.7g}",
    )


def translated(column: str, lang: str) -> pl.Expr:
    """Return the expression that says the fixed sentences of `column` in `lang`."""
    return (
        pl.col(column).map_elements(lambda text: say(text, lang), return_dtype=pl.String)
        if lang != "en"
        else pl.col(column)
    )


def _by_reason(faults: pl.DataFrame) -> dict[str, int]:
    counts = faults.group_by("reason").len().sort(["len", "reason"], descending=[True, False])
    return dict(counts.iter_rows())
