"""The sample that lies in the repository: a few hundred reports, the communities and the mapping.

    python -c "from data.sample import make_sample; make_sample()"

makes `data/sample/` again; a test holds that it is what this makes.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from data import make_city
from data.exports import FILES
from data.layers import LAYERS
from data.plan import CityPlan

FOLDER = Path(__file__).with_name("sample")
PLAN = CityPlan(
    reports=300,
    risen_spots=0,
    relapse_places=0,
    relapse_assets=0,
    busy_places=0,
    campaign_ratio=1.0,
    lottery_ratio=1.0,
    flare_ups=0,
    unpatrolled=0,
    hostile=4,
)
KEPT = (*(f"reports/{name}" for name in FILES), f"areas/{LAYERS['community']}", "mapping.toml")


def make_sample(folder: Path = FOLDER) -> None:
    """Write the files KEPT of a city of about 300 reports into the folder, without its subfolders."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as made:
        make_city(Path(made), plan=PLAN)
        for name in KEPT:
            shutil.copyfile(Path(made, name), folder / Path(name).name)
