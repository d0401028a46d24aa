"""One small city on disk and one whole history in memory, made once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data import make_city
from data.history import City, History, build, happen
from data.plan import CityPlan


@dataclass(frozen=True)
class Made:
    folder: Path
    summary: dict[str, Any]

    def truth(self, name: str) -> pl.DataFrame:
        return pl.read_csv(self.folder / "truth" / name, infer_schema_length=None)

    def hotline(self) -> pl.DataFrame:
        text = (self.folder / "reports" / "12345.csv").read_bytes().decode("gbk")
        return pl.read_csv(text.encode(), infer_schema=False)

    def patrol(self) -> pl.DataFrame:
        return pl.read_csv(self.folder / "reports" / "patrol.csv", infer_schema=False)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A city of 3,000 reports, written to disk."""
    folder = tmp_path_factory.mktemp("city")
    return Made(folder, make_city(folder, plan=CityPlan.small()))


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The same from another seed."""
    folder = tmp_path_factory.mktemp("other")
    return Made(folder, make_city(folder, plan=CityPlan.small(reports=1_000, seed=7)))


@pytest.fixture(scope="session")
def city() -> City:
    return build(CityPlan())


@pytest.fixture(scope="session")
def history(city: City) -> History:
    """What happened in the whole demo city, before anybody wrote it down."""
    return happen(city)
