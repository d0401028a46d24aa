"""Areas named on the command line: by their index, or by a name that only one of them has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

import geopandas as gpd

from geo.errors import RefusedQuestion

_MOST_SAID = 6


def find_area(areas: gpd.GeoDataFrame, text: str, *, option: str) -> str:
    """Return the area_id of the area that an option names.

    Raises RefusedQuestion, with the candidates, where several areas have the name, or none has.

    >>> towns = gpd.GeoDataFrame({"area_id": ["community/1", "community/2"], "name": ["East Lake", "West Hill"]})
    >>> find_area(towns, "East Lake", option="must"), find_area(towns, "community/2", option="must")
    ('community/1', 'community/2')
    """
    wanted = text.strip()
    if (areas["area_id"] == wanted).any():
        return wanted
    met = areas.loc[areas["name"] == wanted, "area_id"].to_list()
    if len(met) == 1:
        return str(met[0])
    if met:
        raise RefusedQuestion(
            '--{option}: "{text}" is the name of several areas. Write the index of one: {areas}.',
            option=option,
            text=text,
            areas=_listed(met),
        )
    near = get_close_matches(wanted, [str(name) for name in areas["name"]], n=_MOST_SAID, cutoff=0.5)
    known = list(dict.fromkeys(near)) or areas["name"].to_list()
    raise RefusedQuestion(
        '--{option}: there is no area "{text}" here. There are: {areas}.',
        option=option,
        text=text,
        areas=_listed(known),
    )


def find_areas(areas: gpd.GeoDataFrame, texts: Iterable[str], *, option: str) -> tuple[str, ...]:
    """Return the area_ids of the areas that an option names, each once. Raises as `find_area`."""
    return tuple(dict.fromkeys(find_area(areas, text, option=option) for text in texts))


def _listed(names: Sequence[Any]) -> str:
    more = ", ..." if len(names) > _MOST_SAID else ""
    return ", ".join(str(name) for name in names[:_MOST_SAID]) + more
