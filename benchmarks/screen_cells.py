"""The cells, classes, colours and counts that both recolouring pages draw, from fixed seeds: the harness knows them."""

from __future__ import annotations

from functools import lru_cache

import h3
import numpy as np
from numpy.typing import NDArray

from geo.maps.palette import PALETTES

CENTRE = (30.66, 104.06)  # latitude, longitude
RESOLUTION = 9
BREAKS = (-0.8, 0.3, 1.1)
OPACITY = 0.8
LABELS = ("Fewer", "As expected", "Hot", "Core")
BUTTON = "Recolour"
MAP_PIXELS = 640
FIRST = 1
"""The version a page opens with."""
LIGHT = PALETTES["light"]
COLOURS = tuple(colour for colour in (LIGHT.count[1], LIGHT.expected.fill, LIGHT.hot.fill, LIGHT.core.fill) if colour)


@lru_cache(maxsize=2)
def cells(count: int) -> tuple[str, ...]:
    """Return the `count` H3 cells nearest to the centre, ring by ring."""
    rings = 0
    while 3 * rings * (rings + 1) + 1 < count:
        rings += 1
    return tuple(h3.grid_disk(h3.latlng_to_cell(*CENTRE, RESOLUTION), rings)[:count])


@lru_cache(maxsize=2)
def places(count: int) -> NDArray[np.float64]:
    """Return latitude and longitude of every cell's centre."""
    return np.array([h3.cell_to_latlng(cell) for cell in cells(count)])


@lru_cache(maxsize=64)
def classes(count: int, version: int) -> NDArray[np.uint8]:
    """Return the class of every cell in this version: waves with noise, so that neighbours differ as on a real map."""
    at = places(count)
    waves = np.sin(at[:, 0] * 60 + version) + np.cos(at[:, 1] * 50 - version)
    return np.digitize(waves + np.random.default_rng(version).normal(0, 0.3, count), BREAKS).astype(np.uint8)


@lru_cache(maxsize=64)
def counts(count: int, version: int) -> NDArray[np.int64]:
    """Return the number that the tooltip shows."""
    return np.random.default_rng(1000 + version).poisson(3, count)


def rgb(colour: str) -> list[int]:
    """Return red, green and blue of #RRGGBB.

    >>> rgb("#9B1319")
    [155, 19, 25]
    """
    return [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
