"""The style that QGIS loads with the layer: classes, names of columns and ranks as they are on the map.

QGIS looks for it in the table `layer_styles`, which it makes itself when a style is saved in a database. Written in the
older notation (`prop`), which every QGIS 3 reads.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from geo.export.kind import Kind
from geo.export.kinds import HOT
from geo.maps.palette import PALETTES

_PIXEL_MM = 0.26
_DOT_MM = "2.4"
_STYLES = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
    styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30),
    ui TEXT(30), update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
)
"""


def add_style(path: Path, kind: Kind, lang: str) -> None:
    """Give the layer of the GeoPackage at `path` its default style, labelled in `lang`."""
    with closing(sqlite3.connect(path)) as store, store:
        layer = kind.layer
        (geometry,) = store.execute(
            "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", [layer]
        ).fetchone()
        store.execute(_STYLES)
        store.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, "
            "styleQML, styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '')",
            [layer, geometry, layer, qml(lang, kind), kind.title(lang)],
        )
        store.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles')"
        )
        store.execute("INSERT INTO gpkg_ogr_contents (table_name, feature_count) VALUES ('layer_styles', 1)")


def qml(lang: str = "en", kind: Kind = HOT) -> str:
    """Return the style of the layer as QGIS writes it (QML).

    >>> qml("zh").count("<rule "), "核心热点" in qml("zh"), "Core hot spot" in qml("en")
    (4, True, True)
    """
    root = ET.Element("qgis", version="3.4.0", styleCategories="Symbology|Labeling|Fields", labelsEnabled="1")
    _aliases(root, kind, lang)
    styles = kind.styles(lang)
    renderer = ET.SubElement(
        root, "renderer-v2", type="RuleRenderer", symbollevels="0", forceraster="0", enableorderby="1"
    )
    rules, symbols = ET.SubElement(renderer, "rules", key=kind.layer), ET.SubElement(renderer, "symbols")
    for at in reversed(range(len(styles))):  # the first rule stands on top in the legend
        rule = {"key": f"class-{at}", "filter": kind.filters[at], "label": styles[at]["label"], "symbol": str(at)}
        ET.SubElement(rules, "rule", rule)
        _symbol(symbols, str(at), styles[at], kind.geometry == "Point")
    order = ET.SubElement(ET.SubElement(renderer, "orderby"), "orderByClause", asc="1", nullsFirst="1")
    order.text = kind.strength  # the strongest on top where categories overlap
    _labels(root, kind)
    return ET.tostring(root, "unicode")


def _symbol(symbols: ET.Element, name: str, style: dict[str, Any], dot: bool) -> None:
    """Add how a class is drawn: as a dot, or as an area."""
    of = {"type": "marker" if dot else "fill", "name": name, "alpha": "1", "clip_to_extent": "1", "force_rhr": "0"}
    drawn = "SimpleMarker" if dot else "SimpleFill"
    outline = style["stroke"]
    layer = ET.SubElement(
        ET.SubElement(symbols, "symbol", of), "layer", {"class": drawn, "enabled": "1", "pass": "0", "locked": "0"}
    )
    properties = {
        "color": _colour(style["fill"] or outline, style["opacity"]),
        "outline_color": _colour(outline or style["fill"], 1.0),
        "outline_style": "no" if outline is None else "solid",
        "outline_width": f"{style['weight'] * _PIXEL_MM:.2f}",
        "outline_width_unit": "MM",
        "joinstyle": "miter",
        **(
            {"name": "circle", "size": _DOT_MM, "size_unit": "MM"}
            if dot
            else {"style": "no" if style["fill"] is None else "solid"}
        ),
    }
    for key, value in properties.items():
        ET.SubElement(layer, "prop", k=key, v=value)


def _aliases(root: ET.Element, kind: Kind, lang: str) -> None:
    """Head the columns in the reader's language; their names stay as they are."""
    aliases = ET.SubElement(root, "aliases")
    for at, name in enumerate(kind.columns, start=1):  # 0 is the row number
        ET.SubElement(aliases, "alias", index=str(at), field=name, name=kind.header(name, lang))
    ET.SubElement(root, "previewExpression").text = f'"{kind.called[0]}"'


def _labels(root: ET.Element, kind: Kind) -> None:
    palette = PALETTES["light"]
    settings = ET.SubElement(ET.SubElement(root, "labeling", type="simple"), "settings", calloutType="simple")
    text = ET.SubElement(
        settings,
        "text-style",
        fieldName=kind.caption,
        isExpression="1",
        fontSize="9",
        fontSizeUnit="Point",
        fontWeight="75",
        textColor=_colour(palette.text, 1.0),
        textOpacity="1",
    )
    ET.SubElement(
        text, "text-buffer", bufferDraw="1", bufferSize="0.8", bufferSizeUnits="MM", bufferOpacity="1",
        bufferColor=_colour(palette.page, 1.0),
    )  # fmt: skip
    ET.SubElement(settings, "placement", placement="1", quadOffset="1", centroidInside="1")
    ET.SubElement(settings, "rendering", drawLabels="1", obstacle="0")


def _colour(colour: str, opacity: float) -> str:
    """Return a colour as QGIS writes it.

    >>> _colour("#E67E22", 0.9)
    '230,126,34,230'
    """
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{round(255 * opacity)}"
