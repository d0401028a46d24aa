"""CSV and TSV as tables of text: the encoding, the separator and the header are found, the rows read by Polars.

Polars reads well-formed files in parallel. Where it refuses, Python's own reader goes through the file once more,
slower, so that the row at fault can be named.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection

import polars as pl

from geo.errors import UnreadableFile
from geo.intake.text_table import HEADER_WITHIN, TextTable, header_row, unique_names
from geo.words import note

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SAMPLE_BYTES = 200_000
_COMMON_SHARE = 0.85  # of the Chinese characters of a real GBK text that stand in GB 2312 too
_MOST_OVERLONG = 0.5  # share of rows with too many fields above which the file is refused
_LONGEST_FIELD = 1_000_000  # characters; a longer one is a quote that was never closed


def read_delimited(data: bytes, name: str, known: Collection[str] = ()) -> TextTable:
    """Return the table of a CSV or TSV file given as bytes.

    `known`: headers (as `plain` gives them) by which the header row is recognised. Raises UnreadableFile.
    """
    text, encoding = decode(data, name)
    if not text.strip():
        raise UnreadableFile("{file} is empty. Export it again.", file=name)
    sample = text[:_SAMPLE_BYTES].decode("utf-8", "ignore")
    separator = find_separator(sample)
    header = _first_records(sample, separator, name)
    position = header_row(header, known)
    names, doubled = unique_names(header[position])
    try:
        fields = dict.fromkeys(map(str, range(len(names))), pl.String)
        records = pl.read_csv(text, has_header=False, separator=separator, schema=fields, missing_columns="insert")
        overlong: dict[int, str] = {}
    except pl.exceptions.ComputeError:
        records, overlong = _read_with_care(text, len(names), separator, name, position)
    frame = records.slice(position + 1)
    frame.columns = names
    rows = pl.int_range(position + 2, position + 2 + frame.height, eager=True).alias("row")
    filled = ~frame.select(pl.all_horizontal(pl.all().is_null())).to_series() | rows.is_in(list(overlong))
    if not filled.any():
        raise UnreadableFile(
            "{file} has a header and no rows under it. Export it again with a period that holds reports.", file=name
        )
    frame, rows = frame.filter(filled), rows.filter(filled)
    if len(overlong) > _MOST_OVERLONG * frame.height:
        raise UnreadableFile(
            "{count} of {rows} rows of {file} have more fields than its header, the first is row {row}: perhaps "
            "{separator} inside numbers or texts that are not quoted. Export it with another separator, or as XLSX.",
            file=name,
            count=len(overlong),
            rows=frame.height,
            row=min(overlong),
            separator=SEPARATORS[separator],
        )
    notes = (
        (note("{file}: rows above the header in row {row} were left out.", file=name, row=position + 1),)
        if position
        else ()
    )
    return TextTable(name, frame, rows, "CSV", encoding, separator, overlong=overlong, doubled=doubled, notes=notes)


def decode(data: bytes, name: str) -> tuple[bytes, str]:
    """Return the text of a file as UTF-8 bytes with plain line ends, and the encoding it had.

    >>> decode("编号,时间".encode("gbk"), "a.csv")[1]
    'GB18030'
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return _line_ends(data.decode("utf-16").encode()), "UTF-16"
        except UnicodeError as error:
            raise UnreadableFile(
                "{file} begins as UTF-16 text and is damaged further on. Save it as CSV UTF-8.", file=name
            ) from error
    null = data.find(b"\0")
    if null >= 0:
        raise UnreadableFile(
            "{file} holds a NUL byte in line {row}: it is damaged, or not a text file. Export it again as CSV UTF-8.",
            file=name,
            row=data.count(b"\n", 0, null) + 1,
        )
    body = data.removeprefix(b"\xef\xbb\xbf")
    fault = _utf8_fault(body)
    if fault is None:
        return _line_ends(body), "UTF-8" if body is data else "UTF-8 with BOM"
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        text = ""
    foreign = "".join(c for c in text[: 4 * _SAMPLE_BYTES] if c > "\x7f")
    if foreign and len(foreign.encode("gb2312", "ignore")) >= 2 * _COMMON_SHARE * len(foreign):
        return _line_ends(text.encode()), "GB18030"
    raise UnreadableFile(
        "Line {row} of {file} is written in neither UTF-8 nor GBK. Open it in the program it came from and save "
        "it as CSV UTF-8.",
        file=name,
        row=data.count(b"\n", 0, fault) + 1,
    )


def _utf8_fault(data: bytes) -> int | None:
    """Return where `data` stops being UTF-8, or None."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return None


def _line_ends(text: bytes) -> bytes:
    """Return text whose lines end with a line feed; a lone carriage return is how old Macs end them."""
    return text.replace(b"\r", b"\n") if b"\r" in text and b"\n" not in text else text


def find_separator(sample: str) -> str:
    """Return the separator that cuts the lines at the top into most fields, each line into about as many.

    >>> find_separator("id;place\\n1;104,06"), find_separator("id\\tday\\n1\\t2"), find_separator("id")
    (';', '\\t', ',')
    """
    lines = [line for line in sample.split("\n", HEADER_WITHIN)[:HEADER_WITHIN] if line.strip()]

    def weight(separator: str) -> tuple[int, int]:
        counts = [line.count(separator) for line in lines]
        agreeing = sum(count == max(counts, default=0) for count in counts)
        return min(agreeing, 2) if max(counts, default=0) else 0, max(counts, default=0)

    header = {separator: lines[0].count(separator) if lines else 0 for separator in SEPARATORS}
    fullest = max(SEPARATORS, key=lambda separator: header[separator])
    return fullest if header[fullest] else max(SEPARATORS, key=weight)


def _first_records(sample: str, separator: str, name: str) -> list[list[str | None]]:
    """Return the records at the top of a file, cut into fields."""
    records: list[list[str | None]] = []
    try:
        for record in csv.reader(io.StringIO(sample), delimiter=separator):
            records.append([field or None for field in record])
            if len(records) == HEADER_WITHIN:
                break
    except csv.Error as error:
        raise _unclosed(name, len(records) + 1) from error
    return records


def _read_with_care(
    text: bytes, width: int, separator: str, name: str, header: int
) -> tuple[pl.DataFrame, dict[int, str]]:
    """Return the records of a file that Polars refused, and by row number what stood beyond the last column."""
    records: list[list[str | None]] = []
    overlong: dict[int, str] = {}
    csv.field_size_limit(_LONGEST_FIELD)
    lines = io.StringIO(text.decode(), newline="")
    reader = csv.reader(lines, delimiter=separator)
    try:
        for number, record in enumerate(reader, start=1):
            if len(record) > width and any(record[width:]) and number > header + 1:
                overlong[number] = separator.join(record[width:])
            records.append([field or None for field in record[:width]] + [None] * (width - len(record)))
    except csv.Error as error:
        raise _unclosed(name, len(records) + 1) from error
    if records and text.count(b'"') % 2 and any("\n" in (field or "") for field in records[-1]):
        raise _unclosed(name, len(records))
    return pl.DataFrame(records, schema=dict.fromkeys(map(str, range(width)), pl.String), orient="row"), overlong


def _unclosed(name: str, row: int) -> UnreadableFile:
    return UnreadableFile(
        "A quotation mark opened in row {row} of {file} is never closed. Close it or remove it, or export as XLSX.",
        file=name,
        row=row,
    )
