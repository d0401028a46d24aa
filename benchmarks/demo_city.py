"""The demo city against its truth: which planted rises the lens `past` finds, and what it calls core beside them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import h3

from data import CityPlan, make_city
from geo.study import Question, ask, open_study

SEEDS = (20261115, 1, 2)


def measure(seed: int) -> dict[str, Any]:
    """Make a city, ask where problems have risen, and compare with what was planted.

    A spot is found where the cell at its centre is hot. A core is false where neither it nor a neighbour of it meets a
    planted disk.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = make_city(folder, plan=CityPlan(seed=seed))
        study = open_study(made["reports"], made["areas"], mapping=made["mapping"])
        spots = gpd.read_file(folder / "truth" / "risen_spots.geojson")
    answer = ask(study, Question(window="13w", lens="past"))
    table = answer.table.set_index("cell")
    level = study.cube.resolution
    centres = [h3.latlng_to_cell(lat, lon, level) for lat, lon in zip(spots["lat"], spots["lon"], strict=True)]
    cores = table[table["core"]]
    touched = gpd.sjoin(table[["geometry"]], spots[["geometry"]], predicate="intersects").index.unique()
    near = {n for cell in touched for n in h3.grid_disk(cell, 1)}
    return {
        "seed": seed,
        "spots": len(spots),
        "found": sum(bool(table["hot"].get(c, False)) for c in centres),
        "with core": sum(bool(set(h3.grid_disk(c, 1)) & set(cores.index)) for c in centres),
        "cores": len(cores),
        "false cores": len(set(cores.index) - near),
        "hot": int(table["hot"].sum()),
        "cells": len(table),
    }


def demo_city_lines() -> list[str]:
    """Return a Markdown table over SEEDS."""
    rows = [measure(seed) for seed in SEEDS]
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(str(row[name]) for name in names) + " |" for row in rows]
    found, spots = sum(row["found"] for row in rows), sum(row["spots"] for row in rows)
    false, cores = sum(row["false cores"] for row in rows), sum(row["cores"] for row in rows)
    return [
        "Lens `past`, 13 weeks, every category together, read back from the files with all their dirt.",
        "",
        *lines,
        "",
        f"Planted risen spots found: {found} of {spots} ({found / spots:.0%}). "
        f"Cores that neither touch nor adjoin a planted disk: {false} of {cores} ({false / max(cores, 1):.0%}).",
    ]


if __name__ == "__main__":
    print("\n".join(demo_city_lines()))
