"""The orders of a campaign as files: for each unit a workbook and a sheet to print, and the points for field apps."""

from __future__ import annotations

import json
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from geo.errors import BadList
from geo.export.csv_text import neutral
from geo.export.order_book import write_book
from geo.export.order_map import order_map
from geo.export.order_sheet import order_sheet
from geo.export.paper import print_sheets
from geo.export.print_text import one_line
from geo.maps.labels import category_name
from geo.planning.orders import WorkOrders, unit_name

POINTS = "orders.geojson"

_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')  # by Windows
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
_MOST_BYTES = 120  # of a name without its ending: file systems allow 255


def write_orders(
    orders: WorkOrders, folder: str | Path, *, lang: str = "en", about: Mapping[str, str] | None = None
) -> list[Path]:
    """Write the orders into `folder`, which is made or is empty, and return the files.

    For each unit `NAME.xlsx` and `NAME.pdf`; for all of them POINTS, RFC 7946, one point per problem that has
    coordinates (WGS-84). They appear all together or not at all. `about`: what was asked, by name.

    Raises BadList where the folder holds something already (filled-in orders are not overwritten), cannot be made or
    written, or Chinese is to be printed and its font was not fetched.
    """
    folder = Path(folder)
    check_empty(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".hexward-") as beside:
            made = Path(beside) / "orders"
            made.mkdir()
            names = [file.name for file in _write(orders, made, lang, about or {})]
            if folder.exists():
                folder.rmdir()
            os.replace(made, folder)
    except OSError as fault:
        raise BadList(
            "{file} cannot be written ({fault}). Close it where it is open, or choose another folder.",
            file=folder,
            fault=fault.strerror or fault,
        ) from fault
    return [folder / name for name in names]


def check_empty(folder: Path) -> None:
    """Raise BadList where something lies in `folder` already: asked before the work, not after it."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadList("{folder} is not empty. Choose a new folder: orders overwrite nothing.", folder=folder)


def zipped(files: Sequence[Path]) -> bytes:
    """Return the files as one ZIP archive, the same bytes whenever it is made."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.writestr(zipfile.ZipInfo(path.name), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return held.getvalue()


def _write(orders: WorkOrders, folder: Path, lang: str, about: Mapping[str, str]) -> list[Path]:
    names = dict(zip(orders.units, file_names([unit_name(unit, lang) for unit in orders.units]), strict=True))
    sheets, books = {}, []
    for unit, name in names.items():
        picture = order_map(orders, unit, lang=lang)
        sheets[folder / f"{name}.pdf"] = order_sheet(orders, unit, picture=picture, lang=lang, about=about)
        books.append(write_book(orders, unit, folder / f"{name}.xlsx", lang=lang, about=about, picture=picture))
    print_sheets(sheets)
    points = folder / POINTS
    points.write_text(json.dumps(_points(orders, lang), ensure_ascii=False, allow_nan=False), "utf-8")
    return [*(file for pair in zip(books, sheets, strict=True) for file in pair), points]


def file_names(units: Sequence[str]) -> list[str]:
    """Return a file name without ending for each unit: one that every system takes, no two alike.

    >>> file_names(["East/West", "east?west", "NUL", "东湖街道", "..."])
    ['East_West', 'east_west (2)', 'NUL_', '东湖街道', '_']
    """
    taken: set[str] = set()
    names = []
    for unit in units:
        plain = _FORBIDDEN.sub("_", one_line(unit)).encode()[:_MOST_BYTES].decode(errors="ignore").strip(". ") or "_"
        plain = f"{plain}_" if _DEVICES.fullmatch(plain) else plain
        name = next(name for name in _alike(plain) if name.casefold() not in taken)
        taken.add(name.casefold())
        names.append(name)
    return names


def _alike(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name} ({number})"
        number += 1


def _points(orders: WorkOrders, lang: str) -> dict[str, Any]:
    """Return the problems as GeoJSON; a field app that makes a sheet of it meets no formula."""
    features = []
    for row in orders.problems.drop_nulls(["lat", "lon"]).iter_rows(named=True):
        told = {
            "target_id": row["target_id"],
            "order_id": row["order_id"],
            "unit": unit_name(row["unit"], lang),
            "area": row["area"],
            "place": row["place"],
            "category": row["category"],
            "category_name": category_name(row["category"], lang),
            "reported_at": row["reported_at"],
            "deadline": row["deadline"],
            "overdue": row["overdue"],
            "returned": row["returned"],
            "evidence": row["evidence"],
        }
        features.append(
            {
                "type": "Feature",
                "id": row["target_id"],
                "geometry": {"type": "Point", "coordinates": [round(row["lon"], 7), round(row["lat"], 7)]},
                "properties": {name: _plain(value) for name, value in told.items()},
            }
        )
    return {"type": "FeatureCollection", "name": "orders", "features": features}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    return neutral(one_line(str(value)))
