"""The base map an administrator has chosen, if any: from the settings to what the browser gets.

There is none by default, and then no other host is ever asked. A PMTiles file is read from this machine; a tile service
is asked by the browser, each tile put where its datum says. Drawn by assets/tiles.js; docs/basemap.md tells how.
"""

from __future__ import annotations

import html
import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import folium
from folium.elements import JSCSSMixin
from folium.template import Template

from geo.errors import BadBaseMap, UnknownCRS
from geo.intake.datum import GCJ_02, WGS_84, crs_name
from geo.maps.archive_server import Served
from geo.maps.archives import VECTOR, read_archive
from geo.maps.assets import STATIC_URL
from geo.words import LANGUAGES, say

_SETTINGS = {"file": {"port"}, "tiles": {"key"}, "url": {"datum"}}
_TIANDITU = (
    "https://t{s}.tianditu.gov.cn/NAME_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=NAME&STYLE=default"
    "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk="
)
_AMAP = "https://webrd0{s}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}"


@dataclass(frozen=True)
class BaseMap:
    """A base map: either a PMTiles `archive` of this machine, or `urls` drawn over each other.

    `urls` hold {z}, {x}, {y}, may hold {s} for one of `subdomains`, or {-y}. `datum` is WGS-84 (CGCS2000 is the same to
    centimetres) or GCJ-02. `kind`: vector, or pictures. `zooms`: the least and the greatest there are tiles for.
    `extent`: west, south, east, north in degrees, None for the world. `port`: where an archive is served, 0 for any.
    """

    attribution: str
    zooms: tuple[int, int] = (0, 18)
    urls: tuple[str, ...] = ()
    subdomains: str = "abc"
    datum: str = WGS_84
    archive: Path | None = None
    kind: str = "pictures"
    extent: tuple[float, float, float, float] | None = None
    port: int = 0


def choose_base_map(settings: Mapping[str, Any]) -> BaseMap | None:
    """Return the base map that `settings`, the table [basemap], ask for; None where there are none.

    Raises BadBaseMap with one sentence where they cannot be followed.

    >>> choose_base_map({}) is None
    True
    >>> choose_base_map({"tiles": "amap"}).datum
    'GCJ-02'
    >>> choose_base_map({"tiles": "tianditu", "key": "k"}).datum
    'WGS-84'
    """
    if not settings:
        return None
    chosen = [name for name in _SETTINGS if name in settings]
    if len(chosen) != 1:
        raise BadBaseMap("Write exactly one of file, tiles and url under [basemap].")
    known = {chosen[0], "attribution"} | _SETTINGS[chosen[0]]
    for name in settings:
        if name not in known:
            raise BadBaseMap(
                "{name} is not a setting of this base map. Beside {chosen} there are: {known}.",
                name=name,
                chosen=chosen[0],
                known=", ".join(sorted(known - {chosen[0]})),
            )
    if chosen[0] == "file":
        return _from_file(settings)
    return _from_service(settings) if chosen[0] == "tiles" else _from_url(settings)


def _from_file(settings: Mapping[str, Any]) -> BaseMap:
    port = settings.get("port", 0)
    if not isinstance(port, int) or not 0 <= port < 65536:
        raise BadBaseMap("The port of the base map must be a whole number up to 65535.")
    archive = read_archive(Path(str(settings["file"])).expanduser().resolve())
    credit = str(settings.get("attribution") or archive.attribution)
    if not credit and archive.kind == VECTOR:
        credit = "© OpenStreetMap"  # whose data every archive of this schema holds
    return BaseMap(
        credit, archive.zooms, archive=archive.file, kind=archive.kind, extent=archive.extent, port=int(port)
    )


def _from_service(settings: Mapping[str, Any]) -> BaseMap:
    name, key = str(settings["tiles"]).casefold(), str(settings.get("key") or "").strip()
    own = str(settings.get("attribution") or "")
    if name == "amap":
        return BaseMap(_joined("© 高德地图", own), (3, 18), (_AMAP,), "1234", GCJ_02)
    if name != "tianditu":
        raise BadBaseMap(
            "The tile service {name} is not known. Write tianditu or amap, or the address of yours as url.", name=name
        )
    if not key:
        raise BadBaseMap('Tianditu needs your own key. Write key = "..." under [basemap].')
    urls = tuple(_TIANDITU.replace("NAME", layer) + quote(key, safe="") for layer in ("vec", "cva"))
    return BaseMap(_joined("© 天地图", own), (1, 18), urls, "01234567")


def _from_url(settings: Mapping[str, Any]) -> BaseMap:
    url, credit = str(settings["url"]), str(settings.get("attribution") or "")
    if not url.startswith(("https://", "http://")) or not _fits(url):
        raise BadBaseMap("The url of the base map must begin with http and hold {z}, {x} and {y}; no other braces.")
    if not credit:
        raise BadBaseMap('Say whose map it is: write attribution = "..." under [basemap].')
    written = str(settings.get("datum") or WGS_84)
    try:
        datum = crs_name(written)
    except UnknownCRS:
        datum = written
    if datum not in (WGS_84, GCJ_02):
        raise BadBaseMap(
            "Tiles in the datum {datum} cannot be placed. Write WGS-84, CGCS2000 or GCJ-02.", datum=written
        )
    return BaseMap(credit, urls=(url,), datum=datum)


def _fits(url: str) -> bool:
    """Say whether `url` names a tile as Leaflet writes it.

    >>> _fits("http://h/{z}/{x}/{-y}.png"), _fits("http://h/{z}/{x}"), _fits("http://h/{z}/{x}/{y}?k={key}")
    (True, False, False)
    """
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(url) if name is not None]
    except ValueError:
        return False
    return set(names) - {"s"} in ({"z", "x", "y"}, {"z", "x", "-y"})


def _joined(*credits: str) -> str:
    return " · ".join(credit for credit in credits if credit)


class BaseTiles(JSCSSMixin, folium.MacroElement):
    """The base map as part of the constant map; hidden until `map.showBaseMap(true, ...)`. Needs `served` for a file.

    The scripts that read archives are asked for with it, and by no page without one.
    """

    _template = Template("""
        {% macro script(this, kwargs) %}
        L.hexBaseMap({{ this._parent.get_name() }}, {{ this.spec|tojson }});
        {% endmacro %}
    """)

    def __init__(self, base: BaseMap, served: Served | None = None) -> None:
        super().__init__()
        self._name = "BaseTiles"
        self.spec = wire(base, served)
        self.default_js = [(name, STATIC_URL + name) for name in scripts(base)]


def scripts(base: BaseMap) -> tuple[str, ...]:
    """Return the third-party scripts that drawing `base` takes."""
    if base.archive is None:
        return ()
    return ("protomaps-leaflet.js",) if base.kind == VECTOR else ("pmtiles.js",)


def wire(base: BaseMap, served: Served | None = None) -> dict[str, Any]:
    """Return what tiles.js receives. The attribution is text, and is escaped here."""
    spec: dict[str, Any] = {
        "attribution": html.escape(base.attribution),
        "zooms": list(base.zooms),
        "silent": {lang: say("The base map does not answer.", lang) for lang in LANGUAGES},
    }
    if base.archive is None:
        return spec | {"urls": list(base.urls), "subdomains": base.subdomains, "shifted": base.datum == GCJ_02}
    if served is None:
        raise ValueError("an archive needs to be served")
    return spec | {"port": served.port, "path": served.path, "kind": base.kind, "extent": base.extent}
