"""KML for Google Earth and 奥维: shapes in the colours of the map, named by rank and place, in a folder per class.

Written with the standard library. GDAL's LIBKML can carry a colour per polygon, but adds its own OGR_STYLE to the data,
and knows neither headers in the reader's language nor styles that shapes share.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import polars as pl
import shapely
from shapely.geometry.base import BaseGeometry

from geo import tables
from geo.export.columns import said
from geo.export.kind import Kind

_CELL = re.compile("[0-9a-f]{15}")  # an H3 index: no name while there is another
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_kml(
    plain: pl.DataFrame, table: gpd.GeoDataFrame, path: Path, kind: Kind, lang: str, about: Mapping[str, str]
) -> None:
    """Write rows and their shapes (EPSG:4326, as KML wants them) to `path`.

    Every value stands as typed data under the name of its column; what a reader wants of them stands as a table in
    `lang` as well. What a reporter wrote is escaped in both; a missing value is left out of both.
    """
    classes, styles = kind.classes(table), kind.styles(lang)
    root = ET.Element("kml", xmlns="http://www.opengis.net/kml/2.2")
    document = _add(root, "Document")
    _add(document, "name", kind.title(lang))
    _add(document, "open", "1")
    _add(document, "description", _rows(about))
    for name, style in zip(kind.names, styles, strict=True):
        _style(document, name, style, pin=kind.geometry == "Point")
    _schema(document, plain, kind, lang)
    rows, shapes = plain.rows(), table.geometry.to_numpy()
    for at in reversed(range(len(styles))):
        members = (classes == at).nonzero()[0]
        if not len(members):
            continue
        shown = at >= kind.found or not (classes >= kind.found).any()
        folder = _add(document, "Folder")
        _add(folder, "name", f"{styles[at]['label']} {len(members):,}")
        _add(folder, "visibility", str(int(shown)))
        for member in members:
            row = {name: value for name, value in zip(plain.columns, rows[member], strict=True) if value is not None}
            place = _placemark(folder, row, kind, lang, style=kind.names[at], shown=shown)
            _shape(place, shapes[member])
    ET.ElementTree(root).write(path, "utf-8", xml_declaration=True)


def title(row: Mapping[str, Any], called: Sequence[str] = ("place", "cell"), lang: str = "en") -> str:
    """Return what the shape of a row is called: rank and place, and the category where it is one of several.

    >>> title({"cell": "8940e3c0003ffff", "cluster_id": 2, "place": "East Lake", "category": "all"})
    '2. East Lake'
    >>> title({"cell": "8940e3c0003ffff", "category": "S09005"}, lang="zh")
    '8940e3c0003ffff · 店外经营'
    >>> title({"name": "East Lake", "rank": 3, "rank_low": 1}, ("name",))
    '3. East Lake'
    >>> title({"place": "8c40e3c0ab82dff", "community": "East Lake"}, ("place", "community"))
    'East Lake'
    """
    names = [str(row[column]) for column in called if row.get(column)]
    name = next((name for name in names if not _CELL.fullmatch(name)), names[0] if names else "")
    place = row.get("cluster_id", row.get("rank"))
    rank = f"{place}. " if isinstance(place, int) else ""
    category = row.get("category", tables.ALL_CATEGORIES)
    kind = "" if category == tables.ALL_CATEGORIES else f" · {said('category', category, lang)}"
    return f"{rank}{name}{kind}"


def _placemark(
    folder: ET.Element, row: dict[str, Any], kind: Kind, lang: str, *, style: str, shown: bool
) -> ET.Element:
    place = _add(folder, "Placemark")
    _add(place, "name", title(row, kind.called, lang))
    if not shown:
        _add(place, "visibility", "0")
    _add(place, "Snippet", maxLines="0")  # or Google Earth lists the first lines of the table
    read = {
        kind.header(name, lang): said(name, value, lang) for name, value in row.items() if name not in kind.technical
    }
    _add(place, "description", _rows(read))
    _add(place, "styleUrl", f"#{style}")
    data = _add(_add(place, "ExtendedData"), "SchemaData", schemaUrl=f"#{kind.layer}")
    for name, value in row.items():
        text = str(int(value)) if isinstance(value, bool) else str(value)
        _add(data, "SimpleData", text, name=name)
    return place


def _shape(parent: ET.Element, shape: BaseGeometry | None) -> None:
    """Add a point, a polygon with its holes, or several; nothing where a row has no place."""
    if shape is None:
        return
    if shape.geom_type == "Point":
        _add(_add(parent, "Point"), "coordinates", _coordinates(shape))
    elif shape.geom_type == "Polygon":
        polygon = _add(parent, "Polygon")
        for tag, ring in (("outer", shape.exterior), *(("inner", hole) for hole in shape.interiors)):
            _add(_add(_add(polygon, f"{tag}BoundaryIs"), "LinearRing"), "coordinates", _coordinates(ring))
    else:
        several = _add(parent, "MultiGeometry")
        for part in shape.geoms:
            _shape(several, part)


def _coordinates(shape: BaseGeometry) -> str:
    return " ".join(f"{lon:.7f},{lat:.7f}" for lon, lat in shapely.get_coordinates(shape))


def _rows(pairs: Mapping[str, str]) -> str:
    """Return pairs as an HTML table: escaped here as HTML, and once more as XML when the file is written."""
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(text)}</td></tr>" for name, text in pairs.items())
    return f"<table>{rows}</table>"


def _style(document: ET.Element, name: str, style: Mapping[str, Any], *, pin: bool) -> None:
    """Add a shared style. The balloon shows the description alone: of data put into it nobody escapes the HTML."""
    element = _add(document, "Style", id=name)
    if pin:  # the usual pin of the program, tinted: a picture of our own would have to come from a host
        icon = _add(element, "IconStyle")
        _add(icon, "color", _colour(style["fill"] or style["stroke"], 1.0))
        _add(icon, "scale", "0.7")
    line = _add(element, "LineStyle")
    _add(line, "color", _colour(style["stroke"] or style["fill"], 1.0))
    _add(line, "width", str(style["weight"]))
    area = _add(element, "PolyStyle")
    _add(area, "color", _colour(style["fill"] or style["stroke"], style["opacity"]))
    _add(area, "fill", str(int(style["fill"] is not None)))
    _add(area, "outline", str(int(style["stroke"] is not None)))
    _add(_add(element, "BalloonStyle"), "text", "$[description]")


def _schema(document: ET.Element, plain: pl.DataFrame, kind: Kind, lang: str) -> None:
    schema = _add(document, "Schema", name=kind.layer, id=kind.layer)
    for name, dtype in plain.schema.items():
        typed = "bool" if dtype == pl.Boolean else "int" if dtype.is_integer() else "double" if dtype.is_float() else ""
        _add(_add(schema, "SimpleField", type=typed or "string", name=name), "displayName", kind.header(name, lang))


def _colour(colour: str, opacity: float) -> str:
    """Return a colour as KML writes it: opacity, blue, green, red.

    >>> _colour("#E67E22", 0.9)
    'e6227ee6'
    """
    red, green, blue = colour[1:3], colour[3:5], colour[5:7]
    return f"{round(255 * opacity):02x}{blue}{green}{red}".lower()


def _add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    """Append an element; a character that XML cannot hold is replaced."""
    element = ET.SubElement(parent, tag, attributes)
    element.text = _NOT_XML.sub("\ufffd", text)
    return element
