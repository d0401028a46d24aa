"""Small PMTiles archives, written by hand after the specification, version 3."""

from __future__ import annotations

import gzip
import io
import json
import struct
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

Tile = tuple[int, int, int]
WORLD = (-180.0, -85.0, 180.0, 85.0)
GZIP, PNG, VECTOR = 2, 2, 1


def picture(colour: str, size: int = 256) -> bytes:
    """Return a PNG of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(out, "PNG")
    return out.getvalue()


def tile_id(zoom: int, x: int, y: int) -> int:
    """Return the position of a tile on the Hilbert curve that the archive is sorted by.

    >>> tile_id(0, 0, 0), tile_id(1, 0, 0), tile_id(1, 0, 1), tile_id(1, 1, 1), tile_id(1, 1, 0)
    (0, 1, 2, 3, 4)
    """
    number, side = (4**zoom - 1) // 3, 2**zoom // 2
    while side:
        right, down = int(bool(x & side)), int(bool(y & side))
        number += side * side * ((3 * right) ^ down)
        if not down:
            if right:
                x, y = side - 1 - (x & (side - 1)), side - 1 - (y & (side - 1))
            x, y = y, x
        side //= 2
    return number


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def write_archive(
    file: Path,
    tiles: Mapping[Tile, bytes],
    *,
    kind: int = PNG,
    packed: int = 1,
    inner: int = GZIP,
    metadata: Mapping[str, object] | None = None,
    extent: tuple[float, float, float, float] = WORLD,
) -> Path:
    """Write tiles, by (zoom, x, y), with one directory. `packed` and `inner`: the codes of the compressions."""
    order = sorted((tile_id(*tile), body) for tile, body in tiles.items())
    numbers = [number for number, _ in order]
    steps = [number - before for number, before in zip(numbers, [0, *numbers], strict=False)]
    entries = [len(order), *steps, *(1 for _ in order), *(len(body) for _, body in order)]
    entries += [1, *(0 for _ in order[1:])]  # the first begins at 0, each other where the one before ends
    directory = gzip.compress(b"".join(map(_varint, entries)))
    described = gzip.compress(json.dumps(dict(metadata or {})).encode())
    data = b"".join(body for _, body in order)
    zooms = [zoom for zoom, _, _ in tiles]
    at_metadata = 127 + len(directory)
    at_data = at_metadata + len(described)
    lengths = [127, len(directory), at_metadata, len(described), at_data, 0, at_data, len(data), *[len(order)] * 3]
    box = [round(degrees * 1e7) for degrees in extent]
    codes = (1, inner, packed, kind, min(zooms), max(zooms))
    header = struct.pack("<7s B 11Q 6B 4i B 2i", b"PMTiles", 3, *lengths, *codes, *box, min(zooms), 0, 0)
    assert len(header) == 127
    file.write_bytes(header + directory + described + data)
    return file
