"""PMTiles, a whole base map in one file: what an archive says of itself in its first bytes.

Only the header (127 bytes) and the metadata are read here, so that a file of many gigabytes opens as fast as a small
one. The format is version 3 of the PMTiles specification.
"""

from __future__ import annotations

import gzip
import html
import json
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import BadBaseMap

VECTOR = "vector"
_HEADER = struct.Struct("<7s B 11Q 6B 4i")  # up to the extent; the rest is a suggested view
_KINDS = {1: VECTOR, 2: "png", 3: "jpeg", 4: "webp", 5: "avif"}
_PLAIN, _GZIP = 1, 2
_SCHEMA = {"earth", "water", "roads", "landuse", "landcover", "buildings", "places", "boundaries"}
_LARGEST_METADATA = 16_000_000  # bytes


@dataclass(frozen=True)
class Archive:
    """What an archive holds: `kind` vector or that of its pictures, the least and the greatest zoom.

    `extent`: west, south, east, north in degrees, None where the archive does not say.
    """

    file: Path
    kind: str
    zooms: tuple[int, int]
    extent: tuple[float, float, float, float] | None
    attribution: str


def read_archive(file: Path) -> Archive:
    """Return what the PMTiles archive `file` holds. WGS-84 degrees, tiles in Web Mercator.

    Raises BadBaseMap where the file is missing, is no archive, or holds what the map cannot draw.
    """
    if not file.is_file():
        raise BadBaseMap("The base map {file} is not there. Write the full path of a PMTiles file.", file=str(file))
    with file.open("rb") as stream:
        head = stream.read(_HEADER.size)
        if len(head) < _HEADER.size or head[:7] != b"PMTiles" or head[7] != 3:
            raise BadBaseMap("{file} is not a PMTiles archive of version 3.", file=file.name)
        fields = _HEADER.unpack(head)
        where, length = fields[4], fields[5]
        inner, outer, kind, least, most = fields[14:19]
        west, south, east, north = (degrees / 1e7 for degrees in fields[19:23])
        if inner not in (_PLAIN, _GZIP) or kind not in _KINDS or (kind == 1 and outer not in (_PLAIN, _GZIP)):
            raise BadBaseMap(
                "{file} is packed in a way browsers cannot read. Make it again with gzip, as vector tiles, PNG, JPEG "
                "or WebP.",
                file=file.name,
            )
        stream.seek(where)
        metadata = _metadata(stream.read(min(length, _LARGEST_METADATA)), inner == _GZIP, file)
    if _KINDS[kind] == VECTOR:
        layers = [str(layer.get("id")) for layer in metadata.get("vector_layers") or () if isinstance(layer, dict)]
        if not _SCHEMA & set(layers):
            raise BadBaseMap(
                "{file} holds vector layers that the map cannot draw ({layers}). Use an archive in the schema of "
                "Protomaps, or one of pictures.",
                file=file.name,
                layers=", ".join(layers[:6]) or "-",
            )
    credit = _plain_text(str(metadata.get("attribution") or ""))
    extent = (west, south, east, north) if west < east and south < north else None
    return Archive(file, _KINDS[kind], (least, most), extent, credit)


def _metadata(packed: bytes, gzipped: bool, file: Path) -> dict[str, Any]:
    try:
        read = json.loads(gzip.decompress(packed) if gzipped else packed)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise BadBaseMap("{file} is damaged: its metadata cannot be read.", file=file.name) from error
    return read if isinstance(read, dict) else {}


def _plain_text(markup: str) -> str:
    """Return the words of an attribution without its links: nothing on the map leads to another host.

    >>> _plain_text('<a href="https://example.org/x">&copy; OpenStreetMap</a>')
    '© OpenStreetMap'
    """
    return html.unescape(re.sub(r"<[^>]*>", "", markup)).strip()
