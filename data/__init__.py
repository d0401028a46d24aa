"""The demo city: a fictional district, two and a half years of its reports in three systems, and the truth behind them.

    import data
    summary = data.make_city(Path("demo"))

`data/README.md` says how it is made.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from data.dirt import soil
from data.exports import FILES, write_reports
from data.history import build, happen
from data.layers import LAYERS, write_layers
from data.plan import TIMEZONE, CityPlan
from data.records import write_down
from data.truth import write_truth

__all__ = ["CityPlan", "make_city"]

Progress = Callable[[str, float], None]
"""Called with what is being done (English; `geo.words.say` has the Chinese) and the share that is done, 0 to 1."""


def make_city(
    folder: Path, *, seed: int = 20261115, progress: Progress | None = None, plan: CityPlan | None = None
) -> dict[str, Any]:
    """Make a city and write it into `folder`: `reports/`, `areas/`, `truth/` and `mapping.toml`.

    The same seed gives the same files, byte for byte. `plan` says everything else that can be chosen, and its own seed.
    Returns what was made: counts, and the files to hand to the product (`reports`: paths, `areas`: kind and path,
    `mapping`).
    """
    plan = plan or CityPlan(seed=seed)
    tell = progress or (lambda step, share: None)
    folder = Path(folder)
    tell("Laying out the district", 0.0)
    city = build(plan)
    tell("Letting two and a half years pass", 0.2)
    history = happen(city)
    tell("Taking the reports down", 0.5)
    reports = soil(plan, write_down(city, history.incidents))
    tell("Writing the files", 0.7)
    reports = write_reports(plan, reports, folder / "reports")
    write_layers(city, folder / "areas")
    write_truth(city, history, reports, folder / "truth")
    shutil.copyfile(Path(__file__).with_name("mapping.toml"), folder / "mapping.toml")
    tell("Done", 1.0)
    return {
        "seed": plan.seed,
        "first_day": str(plan.first_day),
        "last_day": str(plan.last_day),
        "timezone": TIMEZONE,
        "rows": len(reports),
        "incidents": len(history.incidents),
        "pile_reports": int((reports["place"] == "pile").sum()),
        "coarse_reports": int((reports["place"] == "coarse").sum()),
        "dirty_rows": reports.filter(pl.col("dirt") != "").height,
        "risen_spots": len(history.spots),
        "relapse_places": len(history.relapse_places),
        "flare_ups": len(history.flare_ups),
        "busy_places": len(history.busy_places),
        "unpatrolled": [one.name for one in history.unpatrolled],
        "reports": [folder / "reports" / name for name in FILES],
        "areas": [(kind, folder / "areas" / name) for kind, name in LAYERS.items()],
        "mapping": folder / "mapping.toml",
    }
