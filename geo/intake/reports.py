"""Report files to clean reports: every row is accepted or rejected with a reason, none is dropped in silence."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import shapely

from geo import tables
from geo.intake.cleaning import Cleaning
from geo.intake.datum import WGS_84, is_geographic, near
from geo.intake.faults import REJECTED_REASONS, Flags
from geo.intake.headers import Layout, known_headers, recognise
from geo.intake.mapping import Mapping, check_timezone, load_mapping
from geo.intake.positions import read_positions
from geo.intake.readers import read_table
from geo.intake.text_table import GEOMETRY_X, TextTable, plain, unique_names
from geo.tables import Intake, Quality
from geo.words import Note, note

DEFAULT_TIMEZONE = "Asia/Shanghai"


def read_reports(
    path: str | Path,
    mapping: Mapping | Dictionary[str, Any] | str | Path | None = None,
    crs: str | None = None,
    *,
    timezone: str | None = None,
    system: str | None = None,
    today: date | datetime | None = None,
) -> Intake:
    """Read a file of reports: CSV or TSV (plain or gzip), XLSX, Parquet, GeoJSON or GeoPackage.

    `mapping`: a mapping file, or its content as a dictionary (see `intake.mapping`); what it leaves out is recognised
    from the columns. `crs`: how coordinates are written where neither the mapping nor the file says, WGS-84 by
    default; a plane CRS that the file itself declares is kept. `timezone`: of times without one where neither the
    mapping nor the recognised export says; Asia/Shanghai with a note otherwise. `system`: name of the source system,
    the first half of a report's key. `today` (now by default) is what dates are ahead of.

    Returns Intake with `.reports` (tables.REPORTS: UTC, WGS-84 degrees), `.rejected` and `.warnings` (tables.FAULTS,
    the columns under the file's own names), `.originals` (the rejected rows whole, without columns about persons) and
    `.quality`. `row` counts as a spreadsheet does, header = 1: a quoted field over several lines is one row; titles
    and empty rows above the data count. Rows without any value are not counted as read. Of rows with the same key the
    last by time stays, whatever their order in the file.

    Raises UnreadableFile, UnknownColumns, BadMapping or UnknownCRS.

    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp(), "reports.csv")
    >>> rows = ["工单编号,受理时间,经度,纬度", "A1,2026-03-02 08:00,104.06,30.65", "A2,2026-03-02 09:00,,"]
    >>> _ = file.write_text("\\n".join(rows), "utf-8")
    >>> intake = read_reports(file)
    >>> intake.quality.rows_read, intake.quality.accepted, intake.rejected.row(0)
    (2, 1, (3, '纬度, 经度', None, 'No coordinates'))
    """
    settings = load_mapping(mapping).for_file(Path(path).name)
    wanted = known_headers() | {plain(theirs) for theirs in settings.columns.values() if theirs}
    table = read_table(path, known=wanted)
    layout = recognise(table, settings)
    if system:
        layout = replace(layout, system=system, columns={o: t for o, t in layout.columns.items() if o != "system"})
    at = read_positions(table.frame, layout.position, _crs(table, layout, crs), table.name)
    zone = layout.timezone or timezone or DEFAULT_TIMEZONE
    check_timezone(zone)
    cleaned = Cleaning(table, layout, at, timezone=zone, now=_moment(today))
    notes = [*table.notes, *layout.notes, *at.notes, *cleaned.notes]
    if not (layout.timezone or timezone):
        notes.append(
            note(
                "{file} names no time zone: {timezone} was assumed. Give --timezone, or timezone in the mapping.",
                file=table.name,
                timezone=zone,
            )
        )
    _reject_superseded(cleaned, layout)
    return _intake(table, layout, cleaned, at.crs, zone, notes)


def _crs(table: TextTable, layout: Layout, crs: str | None) -> str:
    """Return how the coordinates are written. A datum given does not make degrees of a file's own metres."""
    given, own = layout.crs or crs, table.crs if layout.position.x == GEOMETRY_X else None
    if own and given and is_geographic(given) and not is_geographic(own):
        return own
    return given or own or WGS_84


def _moment(today: date | datetime | None) -> datetime:
    if today is None:
        return datetime.now(UTC)
    if isinstance(today, datetime):
        return today if today.tzinfo else today.replace(tzinfo=UTC)
    return datetime.combine(today, time(), UTC)


def _reject_superseded(cleaned: Cleaning, layout: Layout) -> None:
    """Reject all rows of one number but the last by time."""
    good = ~cleaned.rejected.flags
    replaced = superseded(cleaned.reports.with_columns(updated_at=cleaned.updated_at), good)
    cleaned.rejected.add(
        replaced,
        layout.columns.get("report_id", "report_id"),
        cleaned.reports["report_id"],
        REJECTED_REASONS["superseded"],
    )


def superseded(reports: pl.DataFrame, good: Flags) -> Flags:
    """Return which of the `good` rows have a later one with the same system and report_id.

    Later is the row with the greater `updated_at`, where that column is there, else by closing and opening time. Where
    times agree the content decides, never the order of the rows.
    """
    rows = reports.with_row_index("place").filter(pl.Series(good))
    again = rows.filter(pl.struct("system", "report_id").is_duplicated())
    flags = np.zeros(reports.height, dtype=bool)
    if again.height == 0:
        return flags
    if "updated_at" not in again.columns:
        again = again.with_columns(updated_at=pl.max_horizontal("closed_at", "reported_at"))
    order = [
        "updated_at",
        "reported_at",
        "closed_at",
        *(c for c in tables.REPORTS if c not in ("reported_at", "closed_at")),
    ]
    last = (
        again.sort(order, nulls_last=False, maintain_order=True)
        .group_by("system", "report_id")
        .agg(pl.col("place").last())
    )
    flags[again["place"].to_numpy()] = True
    flags[last["place"].to_numpy()] = False
    return flags


def _intake(table: TextTable, layout: Layout, cleaned: Cleaning, crs: str, timezone: str, notes: list[Note]) -> Intake:
    """Return what was read, rows accepted and rejected apart."""
    kept = pl.Series(~cleaned.rejected.flags)
    rows = pl.DataFrame(
        {"file": pl.Series([0], dtype=pl.UInt32).new_from_index(0, len(kept)), "row": table.rows}
    ).filter(kept)
    text = _numbered(table.frame.drop(layout.personal), "row", table.rows)
    quality = Quality(
        files=(table.name,),
        rows_read=table.frame.height,
        accepted=rows.height,
        rejected=table.frame.height - rows.height,
        recognised=(layout.export,),
        columns=(layout.columns,),
        ignored=((*layout.personal, *layout.ignored),),
        encoding=(table.encoding,),
        crs=(crs,),
        timezone=(timezone,),
        notes=tuple(notes),
    )
    return Intake(
        reports=cleaned.reports.filter(kept),
        rejected=cleaned.rejected.table(),
        warnings=cleaned.warnings.table().join(rows, on="row", how="semi", maintain_order="left"),
        quality=quality,
        originals=text.filter(~kept),
        rows=rows,
        texts=(text,),
    )


def _numbered(frame: pl.DataFrame, name: str, values: pl.Series) -> pl.DataFrame:
    """Return `frame` with a column `name` in front; a column of the file that is called so gets "(theirs)"."""
    if name in frame.columns:
        frame = frame.rename({name: f"{name} (theirs)"})
    return frame.insert_column(0, values.alias(name))


def combine(intakes: Sequence[Intake]) -> Intake:
    """Return several files as one, with a `file` column in rejected, warnings and originals.

    A report that stands in two files under the same system and number is kept once: the last by time.
    """
    labels, _ = unique_names([file for intake in intakes for file in intake.quality.files])
    quality = [intake.quality for intake in intakes]
    parts, first = [], 0
    for intake in intakes:
        own = labels[first : first + len(intake.quality.files)]
        parts.append(_labelled(intake, own, first))
        first += len(own)
    together = Intake(
        reports=pl.concat([tables.empty(tables.REPORTS), *(part.reports for part in parts)]),
        rejected=pl.concat([tables.empty({"file": pl.String} | tables.FAULTS), *(part.rejected for part in parts)]),
        warnings=pl.concat([tables.empty({"file": pl.String} | tables.FAULTS), *(part.warnings for part in parts)]),
        quality=Quality(
            files=tuple(labels),
            rows_read=sum(part.rows_read for part in quality),
            accepted=sum(part.accepted for part in quality),
            rejected=sum(part.rejected for part in quality),
            **{
                name: tuple(value for part in quality for value in getattr(part, name))
                for name in ("recognised", "columns", "ignored", "encoding", "crs", "timezone", "notes")
            },
        ),
        originals=pl.concat([part.originals for part in parts], how="diagonal") if parts else pl.DataFrame(),
        rows=pl.concat([tables.empty({"file": pl.UInt32, "row": pl.Int64}), *(part.rows for part in parts)]),
        texts=tuple(text for part in parts for text in part.texts),
    )
    again = superseded(together.reports, np.ones(together.reports.height, dtype=bool))
    return _reject_more(together, again, ("report_id",), REJECTED_REASONS["superseded"])


def _labelled(intake: Intake, labels: Sequence[str], first: int) -> Intake:
    """Return one part of a combination: its files are called `labels` and counted from `first`."""
    if "file" in intake.rejected.columns:  # it is a combination itself
        renamed = dict(zip(intake.quality.files, labels, strict=True))
        name = pl.col("file").replace(renamed)
        faults, warnings, originals = (
            t.with_columns(name) for t in (intake.rejected, intake.warnings, intake.originals)
        )
    else:
        faults, warnings, originals = (
            _numbered(t, "file", pl.Series([labels[0]], dtype=pl.String).new_from_index(0, t.height))
            for t in (intake.rejected.clone(), intake.warnings.clone(), intake.originals.clone())
        )
    rows = intake.rows.with_columns((pl.col("file") + first).cast(pl.UInt32))
    reports = intake.reports
    if tuple(labels) != intake.quality.files:  # two files of one name: reports named after their row name theirs
        places = list(range(first, first + len(labels)))
        old, new = (
            rows["file"].replace_strict(places, list(names), return_dtype=pl.String) + ":" + rows["row"].cast(pl.String)
            for names in (intake.quality.files, labels)
        )
        reports = reports.with_columns(report_id=pl.when(pl.col("report_id") == old).then(new).otherwise("report_id"))
    return replace(intake, reports=reports, rejected=faults, warnings=warnings, originals=originals, rows=rows)


def reject_outside(intake: Intake, boundary: shapely.Geometry, metres: float = 500.0) -> Intake:
    """Return `intake` with the reports rejected that lie more than `metres` outside `boundary` (EPSG:4326)."""
    if intake.reports.height == 0:
        return intake
    lon, lat = intake.reports["lon"].to_numpy(), intake.reports["lat"].to_numpy()
    return _reject_more(
        intake, ~near(lon, lat, boundary, metres), ("lat", "lon", "y", "x", "point"), REJECTED_REASONS["outside"]
    )


def _reject_more(intake: Intake, flags: Flags, ours: Sequence[str], reason: str) -> Intake:
    """Return `intake` without the reports flagged; their rows are rejected for `reason`, which columns `ours` show."""
    if not flags.any():
        return intake
    gone, kept = intake.rows.filter(pl.Series(flags)), intake.rows.filter(pl.Series(~flags))
    faults, originals = [intake.rejected], [intake.originals]
    several = "file" in intake.rejected.columns
    for number, (file, text) in enumerate(zip(intake.quality.files, intake.texts, strict=True)):
        whole = text.join(gone.filter(pl.col("file") == number), on="row", how="semi", maintain_order="left")
        columns = [intake.quality.columns[number][c] for c in ours if c in intake.quality.columns[number]]
        value = pl.concat_str(columns, separator=", ", ignore_nulls=True) if columns else pl.lit(None, dtype=pl.String)
        fault = whole.select(
            "row",
            pl.lit(", ".join(columns) or ours[0]).alias("column"),
            value.alias("value"),
            pl.lit(reason).alias("reason"),
        )
        label = pl.Series([file], dtype=pl.String).new_from_index(0, whole.height)
        faults.append(_numbered(fault, "file", label) if several else fault)
        originals.append(_numbered(whole, "file", label) if several else whole)
    rejected = pl.concat(faults)
    places = {file: number for number, file in enumerate(intake.quality.files)}
    place = pl.col("file").replace_strict(places, return_dtype=pl.UInt32) if several else pl.lit(0, dtype=pl.UInt32)
    warnings = intake.warnings.join(
        kept, left_on=[place, "row"], right_on=["file", "row"], how="semi", maintain_order="left"
    )
    return replace(
        intake,
        reports=intake.reports.filter(pl.Series(~flags)),
        rejected=rejected if several else rejected.sort("row", maintain_order=True),
        warnings=warnings,
        quality=replace(intake.quality, accepted=kept.height, rejected=intake.quality.rows_read - kept.height),
        originals=pl.concat(originals, how="diagonal"),
        rows=kept,
    )
