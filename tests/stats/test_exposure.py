"""What areas and tables hold, by cell: nothing is lost on the way, and what does not match is said."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
import shapely

from geo.errors import RefusedQuestion
from geo.grid.cells import cell_to_polygon
from geo.grid.cube import Cube
from geo.intake.exposure import ExposureTable
from geo.stats.exposure import choose_measure, exposures_of_cells
from tests.towns import CENTRE, TOWN, cube_of


@pytest.fixture(scope="module")
def cube() -> Cube:
    return cube_of([{"cell": TOWN[0]}])


@pytest.fixture(scope="module")
def halves(cube: Cube) -> gpd.GeoDataFrame:
    """Two communities that share the seven cells between them at their middle line, and a market in one of them."""
    whole = shapely.union_all(cell_to_polygon(cube.cells))
    west, south, east, north = whole.bounds
    middle = (west + east) / 2
    return gpd.GeoDataFrame(
        {
            "area_id": ["community/W", "community/E", "market/1"],
            "name": ["西社区", "东社区", "集市"],
            "kind": ["community", "community", "market"],
            "exposure": [700.0, np.nan, 50.0],
        },
        geometry=[
            shapely.box(west, south, middle, north),
            shapely.box(middle, south, east, north),
            shapely.box(west, south, west + 0.001, south + 0.001),
        ],
        crs="EPSG:4326",
    )


def table(key: str, keys: list[str], **measures: list[float | None]) -> ExposureTable:
    columns = {name: pl.Series(values, dtype=pl.Float64) for name, values in measures.items()}
    return ExposureTable("t.csv", key, pl.DataFrame({key: keys, **columns}))


def part_known(cube: Cube, halves: gpd.GeoDataFrame) -> float:
    """Which part of the west lies in cells of which at most a tenth is the east's."""
    hexagons = cell_to_polygon(cube.cells)
    west, east = (shapely.area(shapely.intersection(hexagons, shape)) for shape in halves.geometry[:2])
    return float(west[east <= 0.1 * (west + east)].sum() / west.sum())


def said(exposures: dict, name: str) -> str:
    return " ".join(note.sentence() for note in exposures[name].notes)


def test_the_areas_own_column_is_named_and_spread(cube: Cube, halves: gpd.GeoDataFrame) -> None:
    found = exposures_of_cells(cube, halves, measures={"community": "households", "market": "stalls"})
    assert list(found) == ["households", "stalls"]
    cells = found["households"].cells
    assert (found["households"].usable, found["stalls"].usable) == (True, False)
    assert "reaches 0 of 1 cells with incidents: too few to compare by stalls" in said(found, "stalls")
    part = part_known(cube, halves)
    assert 0.5 < part < 0.9
    assert np.nansum(cells) == pytest.approx(700 * part)
    assert np.isnan(cells).sum() == 5, "cells of the east, or shared with it, are unknown, not empty"
    assert f"Compared by households (area layer): 700 in all, {part:.0%} of it on the map" in said(found, "households")
    assert "No households is known of 1 areas (东社区)" in said(found, "households")


@pytest.mark.parametrize(
    ("key", "keys"),
    [("name", ["西社区", "东社区"]), ("area_id", ["community/W", "community/E"]), ("area_id", ["W", "E"])],
)
def test_a_table_joins_by_name_number_or_number_alone(
    key: str, keys: list[str], cube: Cube, halves: gpd.GeoDataFrame
) -> None:
    found = exposures_of_cells(cube, halves, tables=[table(key, keys, households=[100, 300], benches=[4, None])])
    assert list(found)[:2] == ["households", "benches"]
    assert np.nansum(found["households"].cells) == pytest.approx(400)
    assert np.nansum(found["benches"].cells) == pytest.approx(4 * part_known(cube, halves))
    assert np.isnan(found["benches"].cells).any()
    assert "No benches is known of 1 areas (东社区)" in said(found, "benches")


def test_a_table_goes_before_the_areas_own_column(cube: Cube, halves: gpd.GeoDataFrame) -> None:
    own = {"community": "households"}
    found = exposures_of_cells(cube, halves, measures=own, tables=[table("name", ["西社区"], households=[5])])
    assert np.nansum(found["households"].cells) == pytest.approx(5 * part_known(cube, halves))


def test_rows_that_match_nothing_are_counted_and_named(cube: Cube, halves: gpd.GeoDataFrame) -> None:
    names = ["西社区", "东社区", "远一", "远二", "远三", "远四"]
    found = exposures_of_cells(cube, halves, tables=[table("name", names, population=[10, 10, 5, 5, 5, 5])])
    assert "20 in all" not in said(found, "population")
    assert "40 in all, 50% of it on the map" in said(found, "population")
    assert "4 rows of t.csv match nothing on the map (远一, 远二, 远三 ...); they hold 50%" in said(found, "population")


def test_a_name_of_two_areas_counts_for_neither(cube: Cube, halves: gpd.GeoDataFrame) -> None:
    twins = halves.assign(name=["同名", "同名", "集市"])
    extra = gpd.GeoDataFrame(twins.iloc[[0]].assign(area_id="community/N", name="北社区"), crs=halves.crs)
    both = gpd.GeoDataFrame(gpd.pd.concat([twins, extra], ignore_index=True), crs=halves.crs)
    found = exposures_of_cells(cube, both, tables=[table("name", ["同名", "北社区"], households=[8, 6])])
    assert np.isnan(found["households"].cells).all(), "where a known area lies over an unknown one nothing is known"
    assert "同名 names more than one area" in said(found, "households")


def test_a_table_by_cell_keeps_every_number(cube: Cube) -> None:
    outside = "89283082803ffff"
    found = exposures_of_cells(cube, tables=[table("cell", [CENTRE, outside], households=[30, 10])])
    cells = found["households"].cells
    assert cells[list(cube.cells).index(int(CENTRE, 16))] == 30
    assert np.isnan(cells).sum() == 6
    assert "1 rows of t.csv match nothing on the map (89283082803ffff); they hold 25%" in said(found, "households")


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        ([table("name", ["nobody"], households=[1])], "No name of the exposure table.*西社区"),
        ([table("cell", ["8828308281fffff"], households=[1])], "no H3 cell of level 9"),
        ([table("cell", ["x"], households=[1])], "no H3 cell"),
        (
            [table("name", ["西社区"], households=[1]), table("name", ["东社区"], households=[1])],
            "Two exposure tables hold households",
        ),
    ],
)
def test_what_fits_nothing_is_refused(
    tables: list[ExposureTable], sentence: str, cube: Cube, halves: gpd.GeoDataFrame
) -> None:
    with pytest.raises(RefusedQuestion, match=sentence):
        exposures_of_cells(cube, halves, tables=tables)


def test_a_table_by_name_needs_areas(cube: Cube) -> None:
    with pytest.raises(RefusedQuestion, match="no area layer was read"):
        exposures_of_cells(cube, tables=[table("name", ["a"], households=[1])])
    assert exposures_of_cells(cube) == {}


def test_an_unknown_measure_is_refused_with_those_there_are() -> None:
    with pytest.raises(RefusedQuestion, match=r'no exposure "shops"\. There are: households, population') as refusal:
        choose_measure("shops", ("households", "population"))
    assert "没有名为" in refusal.value.sentence("zh")
    assert choose_measure("", ()) == ""


def test_cells_without_a_number_still_add_up(cube: Cube, halves: gpd.GeoDataFrame) -> None:
    """Whatever two numbers the halves hold, their cells hold their sum: 50 draws."""
    rng = np.random.default_rng(4)
    for west, east in rng.lognormal(5, 2, (50, 2)):
        given = table("name", ["西社区", "东社区"], households=[west, east])
        cells = exposures_of_cells(cube, halves, tables=[given])["households"].cells
        assert cells.sum() == pytest.approx(west + east)
        assert (cells > 0).all()
