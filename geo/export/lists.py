"""Lists out: CSV, XLSX, GeoJSON and GeoPackage of exactly the rows handed in.

Column names are the English ones of `tables.HOTSPOTS` everywhere but in XLSX made for Chinese readers. What a reporter
wrote is hostile text: no cell of a written file can become a formula.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import polars as pl
import pyarrow as pa
import pyogrio
import shapely
import xlsxwriter

from geo import tables
from geo.errors import BadList
from geo.intake.text_table import unique_names
from geo.words import say

ENDINGS = (".csv", ".xlsx", ".geojson", ".gpkg")
LAYER = "hotspots"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = r"[+-]?[0-9]+(?:\.[0-9]+)?"
_WIDTHS = {"cell": 17, "place": 28, "community": 18, "market": 18, "construction_site": 18, "unit": 18, "reason": 70}
_FORMATS = {
    "lat": "0.00000",
    "lon": "0.00000",
    "expected": "0.0",
    "ratio": "0.0",
    "gi_star": "0.00",
    "p_value": "0.0E+00",
    "q_value": "0.0E+00",
}


def write_list(
    table: gpd.GeoDataFrame, path: str | Path, *, lang: str = "en", about: Mapping[str, str] | None = None
) -> Path:
    """Write `table` to `path`; the ending chooses the format.

    The file appears whole or not at all. `about` (what was asked, what to keep in mind) becomes a second sheet in XLSX.

    Raises BadList where the ending is not one of ENDINGS, or the file cannot be written there.
    """
    path = Path(path)
    ending = check_target(path)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".hexward-") as folder:
            part = Path(folder) / f"part{ending}"
            _write(table, part, ending, lang, about or {})
            os.replace(part, path)
    except OSError as fault:
        raise _unwritable(path, fault) from fault
    return path


def check_target(path: str | Path) -> str:
    """Return the ending of `path`, or raise BadList: asked before the work, not after it."""
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise BadList(
            'A list cannot be written as "{file}". Let its name end in .csv, .xlsx, .geojson or .gpkg.', file=path.name
        )
    check_folder(path)
    return ending


def check_folder(path: Path) -> None:
    """Raise BadList where no file can be at `path`: its folder is not there, or it is a folder itself."""
    if not path.parent.is_dir():
        raise BadList("The folder {folder} does not exist. Create it, or choose another.", folder=path.parent)
    if path.is_dir():
        raise BadList("{file} is a folder. Give the name of a file in it.", file=path)


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write any table as `csv_bytes` gives it. Raises BadList where it cannot be written there."""
    try:
        path.write_bytes(csv_bytes(frame))
    except OSError as fault:
        raise _unwritable(path, fault) from fault


def _unwritable(path: Path, fault: OSError) -> BadList:
    return BadList(
        "{file} cannot be written ({fault}). Close it where it is open, or choose another folder.",
        file=path,
        fault=fault.strerror or fault,
    )


def list_bytes(
    table: gpd.GeoDataFrame, ending: str, *, lang: str = "en", about: Mapping[str, str] | None = None
) -> bytes:
    """Return the file that `write_list` would write, for a download."""
    with tempfile.TemporaryDirectory(prefix="hexward-") as folder:
        return write_list(table, Path(folder) / f"list{ending}", lang=lang, about=about).read_bytes()


def neutral(text: str) -> str:
    """Return `text` so that no spreadsheet reads it as a formula.

    >>> neutral("=HYPERLINK(1)"), neutral("plain"), neutral("")
    ("'=HYPERLINK(1)", 'plain', '')
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) and not re.fullmatch(_NUMBER, text) else text


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """Return a table as CSV that Excel opens: UTF-8 with BOM, no formula, ISO dates, booleans `true` and `false`.

    A number written as text stays as it is: -71.06 is a longitude, and no formula.

    >>> csv_bytes(pl.DataFrame({"address": ["=1+1"], "hot": [True]})).decode("utf-8-sig").splitlines()
    ['address,hot', "'=1+1,true"]
    """
    starts = "|".join(rf"\x{ord(c):02x}" for c in _FORMULA_STARTS)
    text = pl.col(pl.String)
    safe = frame.with_columns(
        pl.when(text.str.contains(f"^{_NUMBER}$")).then(text).otherwise(text.str.replace(f"^({starts})", "'${1}"))
    )
    safe.columns = unique_names([neutral(name) for name in frame.columns])[0]
    return safe.write_csv(include_bom=True).encode()


def _write(table: gpd.GeoDataFrame, path: Path, ending: str, lang: str, about: Mapping[str, str]) -> None:
    plain = pl.from_pandas(table.drop(columns="geometry"), nan_to_null=True)
    plain = plain.cast({name: dtype for name, dtype in tables.HOTSPOTS.items() if name in plain.columns})
    if ending == ".csv":
        path.write_bytes(csv_bytes(plain))
    elif ending == ".xlsx":
        _write_xlsx(plain, path, lang, about)
    else:
        _write_layer(plain, table, path, "GPKG" if ending == ".gpkg" else "GeoJSON")


def _write_layer(plain: pl.DataFrame, table: gpd.GeoDataFrame, path: Path, driver: str) -> None:
    arrow = plain.to_arrow(compat_level=pl.CompatLevel.oldest())
    arrow = arrow.append_column("geometry", pa.array(shapely.to_wkb(table.geometry.to_numpy()), pa.binary()))
    options = {"RFC7946": "YES"} if driver == "GeoJSON" else {}
    pyogrio.write_arrow(
        arrow,
        path,
        layer=LAYER,
        driver=driver,
        geometry_name="geometry",
        geometry_type="Polygon",
        crs="EPSG:4326",
        **options,
    )


def _write_xlsx(plain: pl.DataFrame, path: Path, lang: str, about: Mapping[str, str]) -> None:
    """A styled sheet: frozen header, filter, one number format per column; text stays text when a cell is edited."""
    book = xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    )
    sheet = book.add_worksheet(say("Hot spots", lang))
    font = {"font_name": "Microsoft YaHei" if lang == "zh" else "Segoe UI", "font_size": 10}
    head = book.add_format(
        {**font, "bold": True, "bg_color": "#F3F5F7", "bottom": 1, "text_wrap": True, "valign": "top"}
    )
    text, quoted = book.add_format(font), book.add_format({**font, "quote_prefix": True})
    day = book.add_format({**font, "num_format": "yyyy-mm-dd"})
    sheet.freeze_panes(1, 1)
    for at, (name, dtype) in enumerate(plain.schema.items()):
        number = book.add_format(
            {**font, "num_format": _FORMATS.get(name, "#,##0" if dtype.is_integer() else "General")}
        )
        sheet.set_column(at, at, _WIDTHS.get(name, 12))
        sheet.write_string(0, at, say(name, lang), head)
        for row, value in enumerate(plain[name].to_list(), start=1):
            if value is None:
                continue
            if dtype == pl.String:
                sheet.write_string(row, at, value, quoted if value.startswith(_FORMULA_STARTS) else text)
            elif dtype == pl.Boolean:
                sheet.write_boolean(row, at, value, text)
            elif dtype == pl.Date:
                sheet.write_datetime(row, at, value, day)
            else:
                sheet.write_number(row, at, value, number)
    if plain.width:
        sheet.autofilter(0, 0, plain.height, plain.width - 1)
    if about:
        notes = book.add_worksheet(say("About this list", lang))
        notes.set_column(0, 0, 22)
        notes.set_column(1, 1, 110)
        wrapped = book.add_format({**font, "text_wrap": True, "valign": "top"})
        for row, (what, value) in enumerate(about.items()):
            notes.write_string(row, 0, what, head)
            notes.write_string(row, 1, value, wrapped)
    book.close()
