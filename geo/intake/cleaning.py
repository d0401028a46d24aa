"""The columns of one recognised file to the columns of `reports`, with every fault noted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from geo import tables
from geo.errors import UnreadableFile
from geo.intake.categories import read_categories, suggest_category
from geo.intake.faults import REJECTED_REASONS, WARNING_REASONS, Faults
from geo.intake.headers import Layout
from geo.intake.positions import Positions
from geo.intake.text_table import TextTable, plain
from geo.intake.times import Times, parse_times
from geo.words import Note, note

TIMES = ("reported_at", "closed_at", "due_at", "updated_at")

_A_DAY = timedelta(days=1)
_SHORTENED = r"^\d(?:\.\d+)?[eE]\+?\d{1,3}$"
_ROUNDED_FROM = {16: 20, 17: 5}  # digits of numbers in a workbook -> so many, all exact in 53 bits, are no chance
_FEW_KNOWN = 0.5  # share of values in the code table below which the file speaks its own language
_MOST_PAIRS = 20  # codes of 2013 named in one note
_NO_ASSET = ("0", "-", "--", "/", "无", "none", "n/a")
_YES = ("true", "1", "yes", "y", "t", "是")


class Cleaning:
    """One file on its way to reports: `reports` holds every row, `rejected.flags` says which are not to be kept.

    `timezone` is that of times without one, `now` what dates can be ahead of. Raises UnreadableFile where the numbers
    of the reports are ruined.
    """

    def __init__(self, table: TextTable, layout: Layout, at: Positions, *, timezone: str, now: datetime) -> None:
        self.table, self.layout, self.timezone, self.now = table, layout, timezone, now
        self.rejected, self.warnings = Faults(table.rows), Faults(table.rows)
        self.notes: list[Note] = []
        self._check_width()
        self._check_positions(at)
        ids, times = self._ids(), self._times()
        opened = self._opened(times["reported_at"])
        closed, before = self._closed(times["closed_at"], opened)
        self._warn(times["due_at"].unreadable, "due_at", "unreadable_due_date")
        status, closed = self._status(closed, before)
        columns = {
            "system": self._text("system").fill_null(layout.system),
            "report_id": ids,
            "reported_at": opened,
            "closed_at": closed,
            "status": status,
            "category": self._categories(),
            "lat": at.lat,
            "lon": at.lon,
            "source": self._sources(),
            "unit": self._text("unit"),
            "address": self._text("address"),
            "asset_id": self._asset_ids(),
            "description": self._text("description"),
            "due_at": times["due_at"].utc,
            "labelled_duplicate": self._labelled_duplicate(),
        }
        self.reports = pl.DataFrame(columns, schema=tables.REPORTS)
        self.updated_at = pl.select(pl.max_horizontal(times["updated_at"].utc, closed, opened)).to_series()
        """UTC: the latest time that a row tells of itself, which decides between rows of the same number."""

    def _column(self, ours: str) -> pl.Series:
        """Return one of their columns as it stands in the file, nulls where the file has none."""
        theirs = self.layout.columns.get(ours)
        return self._constant(None, pl.String) if theirs is None else self.table.frame[theirs]

    def _text(self, ours: str) -> pl.Series:
        """Return one of their columns trimmed, null where nothing is left."""
        return self._column(ours).str.strip_chars().replace("", None)

    def _constant(self, value: object, dtype: pl.DataType | type[pl.DataType]) -> pl.Series:
        return pl.Series([value], dtype=dtype).new_from_index(0, self.table.frame.height)

    def _reject(self, flags: pl.Series, ours: str, reason: str) -> None:
        theirs = self.layout.columns.get(ours, ours)
        self.rejected.add(flags.to_numpy(), theirs, self._column(ours), REJECTED_REASONS[reason])

    def _warn(self, flags: pl.Series, ours: str, reason: str) -> None:
        theirs = self.layout.columns.get(ours, ours)
        self.warnings.add(flags.to_numpy(), theirs, self._column(ours), WARNING_REASONS[reason])

    def _check_width(self) -> None:
        if self.table.overlong:
            rest = [self.table.overlong.get(row) for row in self.table.rows.to_list()]
            flags = np.array([text is not None for text in rest])
            self.rejected.add(flags, self.table.frame.columns[-1], rest, REJECTED_REASONS["too_many_fields"])

    def _check_positions(self, at: Positions) -> None:
        if at.usable.all() and not at.swapped.any():
            return
        columns = [column for column in (self.layout.position.y, *self.layout.position[::2]) if column]
        texts = self.table.frame.select(pl.concat_str(columns, separator=", ", ignore_nulls=True)).to_series()
        theirs, texts = ", ".join(columns), texts.replace("", None)
        self.rejected.add(at.missing, theirs, texts, REJECTED_REASONS["no_coordinates"])
        self.rejected.add(at.unreadable, theirs, texts, REJECTED_REASONS["unreadable_coordinates"])
        self.rejected.add(at.zero, theirs, texts, REJECTED_REASONS["zero_coordinates"])
        self.warnings.add(at.swapped, theirs, texts, WARNING_REASONS["swapped_coordinates"])

    def _ids(self) -> pl.Series:
        """Return the number of every report; a row without one is named after its file and row."""
        rows_name = self._constant(self.table.name, pl.String) + ":" + self.table.rows.cast(pl.String)
        if "report_id" not in self.layout.columns:
            self.notes.append(
                note(
                    "{file} has no column with the reports' numbers; each report is named after its row.",
                    file=self.table.name,
                )
            )
            return rows_name
        ids = self._text("report_id")
        shortened = ids.str.contains(_SHORTENED).fill_null(False)
        if shortened.sum() > len(ids) / 2 or (self.table.kind == "XLSX" and _rounded(ids)):
            raise UnreadableFile(
                'Excel has shortened the numbers in column "{column}" of {file} (for example {example}): their last '
                "digits are lost, and different reports look the same. Export again with this column as text.",
                file=self.table.name,
                column=self.layout.columns["report_id"],
                example=(ids.filter(shortened) if shortened.any() else ids.drop_nulls()).first(),
            )
        self._reject(shortened, "report_id", "damaged_id")
        self._warn(ids.is_null(), "report_id", "no_id")
        return ids.zip_with(ids.is_not_null(), rows_name)

    def _asset_ids(self) -> pl.Series:
        """Return the numbers of assets without those that Excel has shortened: different assets would be one."""
        ids = self._text("asset_id")
        ids = ids.set(ids.str.to_lowercase().is_in(_NO_ASSET).fill_null(False), None)
        lost = ids.str.contains(_SHORTENED).fill_null(False)
        if self.table.kind == "XLSX" and _rounded(ids):
            lost = ids.is_not_null()
        if lost.any():
            self.notes.append(
                note(
                    'Excel has shortened the numbers in column "{column}" of {file} (for example {example}): they are '
                    "left out. Export again with this column as text.",
                    file=self.table.name,
                    column=self.layout.columns["asset_id"],
                    example=ids.filter(lost).first(),
                )
            )
        return ids.set(lost, None)

    def _times(self) -> dict[str, Times]:
        """Return the times of every column of TIMES, read together so that one order of day and month holds."""
        present = [ours for ours in TIMES if ours in self.layout.columns]
        read = parse_times(
            pl.concat([self._column(ours).alias(self.layout.columns["reported_at"]) for ours in present]),
            self.timezone,
            formats=self.layout.date_formats,
            file=self.table.name,
            month_first=self.layout.month_first,
        )
        self.notes += read.notes
        nothing = Times(
            self._constant(None, tables.UTC_TIME), self._constant(True, pl.Boolean), self._constant(False, pl.Boolean)
        )
        found = dict.fromkeys(TIMES, nothing)
        height = self.table.frame.height
        for place, ours in enumerate(present):
            part = slice(place * height, (place + 1) * height)
            found[ours] = Times(read.utc[part], read.missing[part], read.unreadable[part])
        return found

    def _opened(self, opened: Times) -> pl.Series:
        self._reject(opened.missing, "reported_at", "no_opening_date")
        self._reject(opened.unreadable, "reported_at", "unreadable_opening_date")
        self._reject((opened.utc > self.now + _A_DAY).fill_null(False), "reported_at", "future_opening_date")
        return opened.utc

    def _closed(self, closed: Times, opened: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Return the closing dates that can be true, and which of the others lay before the opening."""
        before = (closed.utc < opened).fill_null(False)
        ahead = (closed.utc > self.now + _A_DAY).fill_null(False) & ~before
        self._warn(closed.unreadable, "closed_at", "unreadable_closing_date")
        self._warn(before, "closed_at", "closed_before_opened")
        self._warn(ahead, "closed_at", "future_closing_date")
        return closed.utc.set(before | ahead, None), before

    def _status(self, closed: pl.Series, before: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Return the status, and the closing dates without those of open reports.

        Where no status is said a closing date says closed, one before the opening (`before`) too.
        """
        texts, words = self._text("status"), self.layout.values.get("status", {})
        said = _translated(texts, {word: words.get(word, ()) for word in tables.STATUSES})
        explained = _translated(texts, words).is_not_null()
        self._warn(texts.is_not_null() & ~explained, "status", "unknown_status")
        by_date = pl.Series(np.where((closed.is_not_null() | before).to_numpy(), "closed", "open"), dtype=pl.String)
        status = said.zip_with(said.is_not_null(), by_date)
        reopened = (status == "open") & closed.is_not_null()
        self._warn(reopened, "closed_at", "closing_date_while_open")
        return status, closed.set(reopened, None)

    def _labelled_duplicate(self) -> pl.Series:
        """Say which rows the city itself calls a duplicate: by their status, by a yes, or by a word in a text."""
        words = self.layout.values.get("status", {}).get("duplicate", ())
        text = self._text("labelled_duplicate").str.to_lowercase()
        said = text.is_in(_YES)
        if words:
            said |= text.str.contains_any([word.lower() for word in words])
        return said.fill_null(False) | _translated(self._text("status"), {"duplicate": words}).is_not_null()

    def _sources(self) -> pl.Series:
        """Return who saw it: what the column says, else what holds for the whole file."""
        texts, words = self._text("source"), self.layout.values.get("source", {})
        said = _translated(texts, {word: (word, *words.get(word, ())) for word in tables.SOURCES})
        self._warn(texts.is_not_null() & said.is_null(), "source", "unknown_source")
        usual = self._constant(self.layout.source_is or "other", pl.String)
        return said.zip_with(texts.is_not_null(), usual).fill_null("other")

    def _categories(self) -> pl.Series:
        texts = self._text("category")
        read = read_categories(
            texts,
            major=self._text("category_major"),
            kind=self._text("category_kind"),
            table=self.layout.category_table,
            own=self.layout.values.get("category", {}),
        )
        strange = texts.is_not_null() & ~read["known"]
        if strange.sum() > (1 - _FEW_KNOWN) * int(texts.is_not_null().sum()):
            self.notes.append(
                note(
                    '{file}: most categories in column "{column}" are not in GB/T 47678.5; those were kept as written.',
                    file=self.table.name,
                    column=self.layout.columns["category"],
                )
            )
        else:
            self._warn(strange, "category", "unknown_category")
        self._suggest_codes(texts.filter(strange))
        self._warn(texts.is_null(), "category", "no_category")
        return read["category"]

    def _suggest_codes(self, strange: pl.Series) -> None:
        """Note codes of 2013 that a code of 2026 has probably replaced; the user confirms them in the mapping."""
        likely = {text: suggest_category(text) for text in sorted(strange.unique())}
        pairs = [f'{new} = ["{old}"]' for old, new in likely.items() if new]
        if pairs:
            self.notes.append(
                note(
                    "{file} has category codes of 2013. If they mean the same, add to [values.category] of the "
                    "mapping: {pairs}.",
                    file=self.table.name,
                    pairs=", ".join(pairs[:_MOST_PAIRS]),
                )
            )


def _translated(texts: pl.Series, words: dict[str, Iterable[str]] | dict[str, tuple[str, ...]]) -> pl.Series:
    """Return our word for each text, null where the text is none of theirs.

    >>> _translated(pl.Series(["Closed ", "?", None]), {"closed": ["closed"]}).to_list()
    ['closed', None, None]
    """
    ours = {plain(theirs): word for word, listed in words.items() for theirs in listed}
    known = {text: ours.get(plain(text)) for text in texts.drop_nulls().unique()}
    return texts.replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.String)


def _rounded(ids: pl.Series) -> bool:
    """Say whether the long numbers of a workbook's column are all such that a 53-bit number holds them exactly.

    Excel keeps numbers as such and loses the digits after the fifteenth; numbers kept as text are hardly ever all so.

    >>> _rounded(pl.Series(["20260302000000000"] * 9)), _rounded(pl.Series([f"2026030200000000{n}" for n in range(9)]))
    (True, False)
    """
    long = [text for text in ids.drop_nulls() if len(text) >= 16 and text.isdecimal()]
    enough = _ROUNDED_FROM[min(17, min(map(len, long), default=16))]
    return len(long) >= enough and all(int(float(text)) == int(text) for text in long)
