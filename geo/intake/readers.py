"""Any table file as a table of text. What a file is, its first bytes say; the ending of its name only helps to put
it."""

from __future__ import annotations

import zlib
from collections.abc import Collection
from pathlib import Path

from geo.errors import UnreadableFile
from geo.intake.delimited import read_delimited
from geo.intake.text_table import TextTable

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".parquet", ".geojson", ".json", ".gpkg", ".gz")

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_FOREIGN = {b"%PDF": "PDF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"Rar!": "RAR", b"7z\xbc\xaf": "7z"}
_MOST_BYTES = 4_000_000_000
_BOMB_BYTES, _BOMB_RATIO = 100_000_000, 200  # larger than this unpacked, and packed tighter than this: not a table
_CHUNK = 64_000_000


def read_table(path: str | Path, *, known: Collection[str] = ()) -> TextTable:
    """Return a CSV, TSV (plain or gzip), XLSX, Parquet, GeoJSON or GeoPackage file as text.

    `known`: headers, as `text_table.plain` gives them, by which the sheet, the layer and the header row are recognised.
    Raises UnreadableFile with one sentence that says what the file is instead, and what to do.
    """
    path = Path(path)
    name = path.name
    if path.is_dir():
        raise UnreadableFile("{file} is a folder. Name one file inside it.", file=name)
    if not path.exists():
        raise UnreadableFile("{file} is not there. Check the spelling and the folder.", file=str(path))
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(b"PAR1"):
        from geo.intake.geofiles import read_parquet

        return read_parquet(path, name)
    if start.startswith(b"SQLite format 3\0") or _is_json(start):
        from geo.intake.geofiles import read_geofile

        return read_geofile(path, name, "GeoJSON" if _is_json(start) else "GeoPackage", known)
    if start.startswith(b"PK\x03\x04"):
        from geo.intake.workbooks import read_workbook

        return read_workbook(path.read_bytes(), name, known)
    data = path.read_bytes()
    if start.startswith(b"\x1f\x8b"):
        data = unpack(data, name)
    check_text(data, path)
    return read_delimited(data, name, known)


def _is_json(start: bytes) -> bool:
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def unpack(data: bytes, name: str) -> bytes:
    """Return what a gzip file holds. Raises UnreadableFile where it is cut off, or holds far more than a table
    would."""
    parts: list[bytes] = []
    size, rest = 0, data
    try:
        while rest:
            stream = zlib.decompressobj(wbits=31)
            while not stream.eof:
                part = stream.decompress(rest, _CHUNK)
                if not part and not stream.unconsumed_tail and not stream.eof:
                    raise UnreadableFile(
                        "{file} is a gzip file that breaks off before its end. Download or copy it again.", file=name
                    )
                parts.append(part)
                rest, size = stream.unconsumed_tail, size + len(part)
                if size > _MOST_BYTES or (size > _BOMB_BYTES and size > _BOMB_RATIO * len(data)):
                    raise UnreadableFile(
                        "{file} unpacks to more than {size} MB and was not opened further. Split it, or send it "
                        "as Parquet.",
                        file=name,
                        size=size // 1_000_000,
                    )
            rest = stream.unused_data.lstrip(b"\0")
    except zlib.error as error:
        raise UnreadableFile("{file} is a damaged gzip file. Pack it again.", file=name) from error
    return parts[0] if len(parts) == 1 else b"".join(parts)


def check_text(data: bytes, path: Path) -> None:
    """Refuse what is certainly no delimited text: nothing, a web page, an old workbook, a picture."""
    name, ending, start = path.name, path.suffix.lower(), data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise UnreadableFile("{file} is empty. Export it again.", file=name)
    if start.startswith(_OLD_OFFICE):
        if _ENCRYPTED in data:
            raise UnreadableFile("{file} is protected by a password. Save it in Excel or WPS without one.", file=name)
        raise UnreadableFile(
            "{file} is a workbook of Excel 97-2003 (.xls). Open it in Excel or WPS and save it as .xlsx.", file=name
        )
    lower = start[:1024].lower()
    if lower.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<?xml")) or b"<html" in lower:
        if ending in (".xls", ".xlsx"):
            raise UnreadableFile(
                "{file} is a web page under the name of a workbook, as some systems export it. Open it in Excel "
                "or WPS and "
                "save it as .xlsx.",
                file=name,
            )
        raise UnreadableFile(
            "{file} is a web page, not a table: probably a sign-in or error page was saved. Sign in and export "
            "it again.",
            file=name,
        )
    for magic, kind in _FOREIGN.items():
        if start.startswith(magic):
            raise UnreadableFile(
                "{file} is a {kind} file, which holds no table. Export the reports as CSV or XLSX.",
                file=name,
                kind=kind,
            )
    if ending in (".xlsx", ".xlsm", ".parquet", ".gpkg"):
        raise UnreadableFile(
            "{file} is not what {ending} promises: its first bytes belong to no such file. Export it again.",
            file=name,
            ending=ending,
        )
    if ending not in ENDINGS and b"\0" in data[:4096]:
        raise UnreadableFile(
            "{file} ends in {ending}, and nothing here reads that. Use CSV, XLSX, Parquet, GeoJSON or GeoPackage.",
            file=name,
            ending=ending or "nothing",
        )
