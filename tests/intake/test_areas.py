"""Area layers in every format, with the dirt of the world listed row by row."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo import tables
from geo.errors import BadAreas, BadMapping, HexwardError, UnknownCRS
from geo.grid.metres import to_metres
from geo.intake.areas import (
    AreaLayer,
    combine_layers,
    hull,
    outside,
    read_area_layer,
    read_areas,
    study_area,
)

SQUARE = shapely.box(104.00, 30.60, 104.01, 30.61)
BESIDE = shapely.box(104.01, 30.60, 104.02, 30.61)
BOW_TIE = shapely.Polygon([(104.02, 30.60), (104.03, 30.61), (104.03, 30.60), (104.02, 30.61)])


def frame(shapes: list[Any], crs: Any = "EPSG:4326", **columns: list[Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def pair(**columns: list[Any]) -> gpd.GeoDataFrame:
    return frame([SQUARE, BESIDE], **({"name": ["光华社区", "和平社区"]} | columns))


def zipped(areas: gpd.GeoDataFrame, folder: Path, *, without: tuple[str, ...] = (), encoding: str = "UTF-8") -> Path:
    areas.to_file(folder / "layer.shp", encoding=encoding)
    archive = folder / "layer.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in sorted(folder.glob("layer.*")):
            if file.suffix not in (*without, ".zip"):
                packed.write(file, file.name)
    return archive


def csv(folder: Path, text: str) -> Path:
    file = folder / "sites.csv"
    file.write_text(text, "utf-8")
    return file


def metres2(layer: AreaLayer) -> np.ndarray:
    shapes = layer.areas.geometry.to_numpy()
    return shapely.area(to_metres(shapes, (30.605, 104.01)))


@pytest.mark.parametrize("form", ["geojson", "gpkg", "shp", "zip", "csv", "projected"])
def test_every_format_gives_the_same_areas(tmp_path: Path, form: str) -> None:
    areas, file = pair(), tmp_path / f"layer.{form}"
    if form == "zip":
        file = zipped(areas, tmp_path)
    elif form == "csv":
        rows = [f'{name},"SRID=4326;{shape.wkt}"' for name, shape in zip(areas["name"], areas.geometry, strict=True)]
        file = csv(tmp_path, "\n".join(["名称,geom", *rows]))
    elif form == "projected":
        file = zipped(areas.to_crs("EPSG:4549"), tmp_path)
    else:
        areas.to_file(file)
    layer = read_area_layer(file, "community")
    assert layer.areas.columns.tolist() == list(tables.AREA_COLUMNS)
    assert layer.areas.crs.to_epsg() == 4326
    assert layer.areas["name"].tolist() == ["光华社区", "和平社区"]
    assert layer.areas["area_id"].tolist() == ["community/1", "community/2"]
    assert shapely.hausdorff_distance(layer.areas.geometry.to_numpy(), areas.geometry.to_numpy()).max() < 1e-7
    assert layer.rejected.is_empty()
    assert layer.warnings.is_empty()


def test_chinese_names_in_a_shapefile_that_does_not_say_its_encoding(tmp_path: Path) -> None:
    archive = zipped(pair(), tmp_path, without=(".cpg",), encoding="GBK")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path / "out")
    table = tmp_path / "out/layer.dbf"
    table.write_bytes(table.read_bytes()[:29] + b"\0" + table.read_bytes()[30:])  # the byte that names a code page
    with zipfile.ZipFile(archive, "w") as packed:
        for file in (tmp_path / "out").iterdir():
            packed.write(file, file.name)
    assert read_area_layer(archive, "community").areas["name"].tolist() == ["光华社区", "和平社区"]
    assert read_area_layer(tmp_path / "out/layer.shp", "community").areas["name"].tolist() == ["光华社区", "和平社区"]


@pytest.mark.parametrize(
    ("kind", "mapping", "radius"),
    [
        ("market", None, 150),
        ("construction_site", None, 200),
        ("bus_stop", None, 100),
        ("market", {"areas": {"market": {"radius_m": 80}}}, 80),
    ],
)
def test_a_point_becomes_a_circle_of_so_many_metres(tmp_path: Path, kind: str, mapping: Any, radius: float) -> None:
    file = csv(tmp_path, "name,lat,lon\n甲,30.605,104.005\n乙,30.615,104.015\n")
    layer = read_area_layer(file, kind, mapping=mapping)
    assert metres2(layer) == pytest.approx(np.pi * radius**2, rel=0.003)
    across = shapely.bounds(to_metres(layer.areas.geometry.to_numpy(), (30.605, 104.005)))
    assert (across[:, 2] - across[:, 0]) == pytest.approx(2 * radius, rel=0.001)
    assert (across[:, 3] - across[:, 1]) == pytest.approx(2 * radius, rel=0.001)


def test_a_line_becomes_a_corridor_of_15_m_on_each_side(tmp_path: Path) -> None:
    line = shapely.LineString([(104.0, 30.605), (104.01, 30.605)])
    frame([line], name=["建设路"]).to_file(tmp_path / "streets.gpkg")
    layer = read_area_layer(tmp_path / "streets.gpkg", "street")
    length = shapely.length(to_metres(np.array([line]), (30.605, 104.005)))[0]
    assert metres2(layer)[0] == pytest.approx(length * 30 + np.pi * 15**2, rel=0.002)


@pytest.mark.parametrize(
    "text",
    [
        "name,latitude,longitude\nA,42.3551,-71.063\n",
        "name,x,y\nA,-71.063,42.3551\n",
        "name,geom\nA,SRID=26986;POINT(236000 900600)\n",
        "name,geom,latitude,longitude\nA,SRID=26986;POINT(236000 900600),,\n",
        "name,wkt\nA,POINT(-71.063 42.3551)\n",
        'name,location\nA,"(42.3551, -71.063)"\n',
        "名称,纬度,经度\nA,42.3551,-71.063\n",
    ],
)
def test_points_of_a_table_however_they_are_written(tmp_path: Path, text: str) -> None:
    middle = shapely.centroid(read_area_layer(csv(tmp_path, text), "market").areas.geometry.to_numpy()[0])
    assert (middle.x, middle.y) == pytest.approx((-71.063, 42.3551), abs=5e-5)


def test_mapped_columns_and_a_projected_system(tmp_path: Path) -> None:
    file = csv(tmp_path, "who,e,n,boss,help,homes\nA,236000,900600,市容科,街道办,120\n")
    mapping = {
        "areas": {
            "market": {
                "name": "who",
                "x": "e",
                "y": "n",
                "crs": "EPSG:26986",
                "unit": "boss",
                "assisting_units": "help",
                "exposure": "homes",
            }
        }
    }
    area = read_area_layer(file, "market", mapping=mapping).areas.iloc[0]
    assert (area["name"], area["unit"], area["assisting_units"], area["exposure"]) == ("A", "市容科", "街道办", 120.0)
    assert area.geometry.centroid.x == pytest.approx(-71.063, abs=5e-5)


def test_units_contacts_and_households_are_recognised(tmp_path: Path) -> None:
    pair(
        编码=["C1", "C2"],
        责任单位=["甲办", " "],
        协办单位=["乙科", None],
        联系电话=["028-1", None],
        户数=["1,204", "many"],
    ).to_file(tmp_path / "c.geojson")
    layer = read_area_layer(tmp_path / "c.geojson", "community")
    assert layer.areas["area_id"].tolist() == ["community/C1", "community/C2"]
    facts = layer.areas[["unit", "assisting_units", "contact", "exposure"]]
    assert facts.loc[0].tolist() == ["甲办", "乙科", "028-1", 1204.0]
    assert facts.loc[1].isna().all()
    assert layer.warnings.rows() == [
        (3, "户数", "many", "Exposure that is not a number above or at zero: left out"),
    ]


@pytest.mark.parametrize(
    ("columns", "mapping", "names", "reason"),
    [
        ({"MarketName": ["x", "y"], "note": ["p", "q"]}, None, ["x", "y"], None),
        ({"NAME": ["x", "y"]}, None, ["x", "y"], None),
        ({"社区名称": ["x", "y"]}, None, ["x", "y"], None),
        ({"name": ["x", "y"], "label": ["p", "q"]}, {"areas": {"community": {"name": "label"}}}, ["p", "q"], None),
        (
            {"status": ["old", "old"], "where_": ["Elm", "Oak"]},
            None,
            ["Elm", "Oak"],
            "No column of names: named after the column with most different texts",
        ),
        ({"number": [7, 8]}, None, ["community 1", "community 2"], "No name: numbered"),
        ({"name": ["x", None]}, None, ["x", "community 2"], "No name: numbered"),
    ],
)
def test_where_a_name_comes_from(
    tmp_path: Path, columns: dict[str, list[Any]], mapping: Any, names: list[str], reason: str | None
) -> None:
    frame([SQUARE, BESIDE], **columns).to_file(tmp_path / "layer.gpkg")
    layer = read_area_layer(tmp_path / "layer.gpkg", "community", mapping=mapping)
    assert layer.areas["name"].tolist() == names
    assert layer.warnings["reason"].unique().to_list() == ([reason] if reason else [])


@pytest.mark.parametrize("form", ["gpkg", "csv"])
@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("status = 'open'", ["甲", "丙"]),
        ("year >= 2020 AND status <> 'closed'", ["丙"]),
        ("name IN ('甲', '乙')", ["甲", "乙"]),
        ("name LIKE '丙%'", ["丙"]),
    ],
)
def test_where_chooses_rows_of_any_format(tmp_path: Path, form: str, condition: str, names: list[str]) -> None:
    rows = [("甲", "open", 2015), ("乙", "closed", 2021), ("丙", "open", 2022)]
    if form == "csv":
        lines = [f"{n},{s},{y},30.6,{104 + i / 100}" for i, (n, s, y) in enumerate(rows)]
        file = csv(tmp_path, "\n".join(["name,status,year,lat,lon", *lines]))
    else:
        file = tmp_path / "sites.gpkg"
        name, status, year = (list(column) for column in zip(*rows, strict=True))
        frame([shapely.Point(104 + i / 100, 30.6) for i in range(3)], name=name, status=status, year=year).to_file(file)
    layer = read_area_layer(file, "market", mapping={"areas": {"market": {"where": condition}}})
    assert layer.areas["name"].tolist() == names


def test_a_row_keeps_its_line_number_behind_a_condition(tmp_path: Path) -> None:
    file = csv(tmp_path, "name,status,lat,lon\n甲,closed,30.6,104\n乙,open,,\n丙,open,30.6,104.1\n")
    layer = read_area_layer(file, "market", mapping={"areas": {"market": {"where": "status = 'open'"}}})
    assert layer.rejected.rows() == [(3, "geometry", None, "No geometry")]


def test_broken_shapes_are_repaired_or_left_out_and_listed(tmp_path: Path) -> None:
    flat = shapely.Polygon([(104.0, 30.7), (104.1, 30.7), (104.0, 30.7), (104.0, 30.7)])
    shapes = [SQUARE, BOW_TIE, None, shapely.Polygon(), flat, shapely.Point(104.0, 30.6)]
    frame(shapes, name=list("abcdef")).to_file(tmp_path / "c.gpkg")
    layer = read_area_layer(tmp_path / "c.gpkg", "community")
    assert layer.areas["name"].tolist() == ["a", "b"]
    assert layer.areas.geometry.is_valid.all()
    assert layer.areas.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).all()
    assert shapely.area(layer.areas.geometry.iloc[1]) == pytest.approx(5e-5)  # both triangles of the bow tie
    assert layer.warnings.select("row", "reason").rows() == [(3, "A border that crosses itself: repaired")]
    assert layer.rejected.select("row", "reason").rows() == [
        (4, "No geometry"),
        (5, "Geometry or position that cannot be read"),
        (6, "A polygon without any surface"),
        (7, "A point or line where a polygon is needed"),
    ]


def test_the_same_market_on_two_weekdays_is_one_market(tmp_path: Path) -> None:
    file = csv(tmp_path, "name,day,lat,lon\nA,Tue,30.6,104\nA ,Thu,30.6,104\nA,Fri,30.7,104\nB,Fri,30.6,104\n")
    layer = read_area_layer(file, "market")
    assert layer.areas["area_id"].tolist() == ["market/1", "market/3", "market/4"]
    assert layer.warnings.select("row", "value", "reason").rows() == [
        (2, "A", "Another area has the very same position: one of them is probably wrong"),
        (3, "A", "The same name at the same place as an earlier row: merged"),
        (5, "B", "Another area has the very same position: one of them is probably wrong"),
    ]


def test_gcj02_goes_before_what_the_file_says(tmp_path: Path) -> None:
    pair().to_file(tmp_path / "c.geojson")
    plain = study_area(read_area_layer(tmp_path / "c.geojson", "community").areas)
    for settings in ({"crs": "GCJ-02"}, {"mapping": {"areas": {"community": {"crs": "gcj02"}}}}):
        shifted = study_area(read_area_layer(tmp_path / "c.geojson", "community", **settings).areas)
        distance = shapely.distance(*to_metres(np.array([plain.centroid, shifted.centroid]), (30.6, 104.0)))
        assert 300 < distance < 700


def test_read_areas_warns_of_every_row(tmp_path: Path) -> None:
    frame([SQUARE, BOW_TIE, None], name=list("abc")).to_file(tmp_path / "c.gpkg")
    with pytest.warns(UserWarning, match=r"c\.gpkg") as caught:
        areas = read_areas(tmp_path / "c.gpkg", "community")
    assert len(areas) == 2
    texts = sorted(str(warning.message) for warning in caught)
    assert texts[0].startswith("c.gpkg, row 3, geometry: A border that crosses itself: repaired (Self-intersection")
    assert texts[1:] == ["c.gpkg, row 4: No geometry."]


def test_layers_together_have_one_number_each_and_know_their_parents(tmp_path: Path) -> None:
    frame([shapely.box(104, 30.6, 104.02, 30.61)], area_id=["D"], name=["青羊区"]).to_file(tmp_path / "d.gpkg")
    pair(area_id=["S1", "S2"]).to_file(tmp_path / "s.gpkg")
    frame([SQUARE.buffer(-0.001), BESIDE.buffer(-0.001)], name=["a", "b"], parent_id=["和平社区", None]).to_file(
        tmp_path / "c.gpkg"
    )
    one = csv(tmp_path, "name,lat,lon\nA,30.605,104.005\nFar,10,10\n")
    layers = [
        read_area_layer(tmp_path / "c.gpkg", "community"),
        read_area_layer(one, "market"),
        read_area_layer(one, "market"),
        read_area_layer(tmp_path / "s.gpkg", "street_office"),
        read_area_layer(tmp_path / "d.gpkg", "district"),
    ]
    both = combine_layers(layers)
    assert both.areas.columns.tolist() == list(tables.AREA_COLUMNS)
    assert both.areas["area_id"].is_unique
    assert dict(zip(both.areas["area_id"], both.areas["parent_id"].fillna("none"), strict=True)) == {
        "community/1": "S2",  # told by name, although it lies in S1
        "community/2": "S2",
        "market/1": "community/1",
        "market/2": "none",
        "market/1-2": "community/1",
        "market/2-2": "none",
        "S1": "D",
        "S2": "D",
        "D": "none",
    }
    assert both.files == ("c.gpkg", "sites.csv", "sites.csv", "s.gpkg", "d.gpkg")
    assert both.warnings.columns == [*tables.FAULTS, "file"]
    assert outside(both.areas, study_area(both.areas))["name"].tolist() == ["Far", "Far"]


def test_no_layers_are_an_empty_layer_without_a_study_area() -> None:
    none = combine_layers([])
    assert len(none.areas) == 0
    assert none.areas.columns.tolist() == list(tables.AREA_COLUMNS)
    with pytest.raises(BadAreas, match="no community layer"):
        study_area(none.areas)


def test_the_hull_of_reports_holds_them_and_not_the_stray() -> None:
    rng = np.random.default_rng(5)
    lon, lat = rng.normal(104, 0.03, 20_000), rng.normal(30.6, 0.03, 20_000)
    shape = hull(np.append(lon, [0.0, 116.4]), np.append(lat, [0.0, 39.9]))
    assert shapely.contains_xy(shape, lon, lat).mean() > 0.98
    assert shape.bounds[2] < 104.2


def broken(folder: Path, name: str) -> tuple[Path, str, dict[str, Any]]:
    """Return a broken file, the kind it is read as, and how."""
    file = folder / f"{name}.gpkg"
    mapping: dict[str, Any] = {}
    kind = "community"
    if name == "points for communities":
        frame([shapely.Point(104, 30.6)], name=["a"]).to_file(file)
    elif name == "no polygon usable":
        frame([BOW_TIE, shapely.Point(104, 30.6)], name=["a", "b"]).to_file(file)
        mapping = {"where": "name = 'b'"}
    elif name == "no crs":
        file = zipped(pair().to_crs("EPSG:4549"), folder, without=(".prj",))
    elif name == "metres called degrees":
        file = folder / "c.geojson"
        pair().to_crs("EPSG:4549").set_crs("EPSG:4326", allow_override=True).to_file(file)
    elif name == "unknown crs":
        pair().to_file(file)
        mapping = {"crs": "EPSG:999999"}
    elif name == "no geometry":
        frame([None, None], name=["a", "b"]).to_file(file)
    elif name == "unreadable":
        file, kind = csv(folder, "name,lat,lon\na,north,east\n"), "market"
    elif name == "no surface":
        flat = shapely.Polygon([(104.0, 30.7), (104.1, 30.7), (104.0, 30.7), (104.0, 30.7)])
        frame([flat], name=["a"]).to_file(file)
    elif name == "damaged":
        file.write_bytes(b"SQLite format 3\0" + b"\1" * 900)
    elif name == "no features":
        pair().iloc[:0].to_file(file)
    elif name == "a table":
        import pyogrio

        pyogrio.write_dataframe(pair().drop(columns="geometry"), file)
    elif name == "zip without shapefile":
        file = folder / "c.zip"
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr("readme.txt", "nothing")
    elif name == "zip with two":
        file = zipped(pair(), folder)
        with zipfile.ZipFile(file, "a") as packed:
            packed.write(folder / "layer.shp", "other.shp")
    elif name == "zip without dbf":
        file = zipped(pair(), folder, without=(".dbf",))
    elif name == "zip cut off":
        file = zipped(pair(), folder)
        file.write_bytes(file.read_bytes()[:300])
    elif name == "parquet":
        file = folder / "c.parquet"
        pair().to_parquet(file)
    elif name == "empty":
        file = csv(folder, "")
    elif name == "no positions":
        file, kind = csv(folder, "name,street\na,b\n"), "market"
    elif name == "not there":
        file = folder / "missing.geojson"
    elif name == "mapped column missing":
        pair().to_file(file)
        mapping = {"name": "Bezeichnung"}
    elif name == "bad condition":
        pair().to_file(file)
        mapping = {"where": "status == open("}
    elif name == "condition on another column":
        pair().to_file(file)
        mapping = {"where": "status = 'open'"}
    elif name == "condition nobody meets":
        pair().to_file(file)
        mapping = {"where": "name = 'x'"}
    elif name == "kind of a column":
        pair().to_file(file)
        kind = "status"
    else:
        raise AssertionError(name)
    return file, kind, {"areas": {kind: mapping}}


BROKEN: dict[str, tuple[type[HexwardError], str]] = {
    "points for communities": (BadAreas, "holds points or lines, and community needs polygons"),
    "no polygon usable": (BadAreas, "holds points or lines"),
    "no crs": (UnknownCRS, "names no coordinate system"),
    "metres called degrees": (UnknownCRS, "is said to be in WGS-84, in degrees, but holds coordinates such as"),
    "unknown crs": (UnknownCRS, "EPSG:999999 is not known"),
    "no geometry": (BadAreas, "None of the 2 rows of .* has a geometry"),
    "unreadable": (BadAreas, "Neither row 2 of sites.csv nor any other"),
    "no surface": (BadAreas, "has a surface: row 2"),
    "damaged": (BadAreas, "cannot be opened as an area layer"),
    "no features": (BadAreas, "without a single feature"),
    "a table": (BadAreas, "a table without geometry"),
    "zip without shapefile": (BadAreas, "zip archive without a .shp"),
    "zip with two": (BadAreas, "packs 2 Shapefiles"),
    "zip without dbf": (BadAreas, "without its .dbf"),
    "zip cut off": (BadAreas, "breaks off or is damaged"),
    "parquet": (BadAreas, "not read from Parquet"),
    "empty": (HexwardError, "is empty"),
    "no positions": (BadAreas, "no column of positions: it has name, street"),
    "not there": (HexwardError, "is not there"),
    "mapped column missing": (BadMapping, "gives name as column Bezeichnung"),
    "bad condition": (BadMapping, "does not work on"),
    "condition on another column": (BadMapping, "status = 'open'.* does not work on .* columns are: name"),
    "condition nobody meets": (BadAreas, "None of the 2 rows of .* fulfils"),
    "kind of a column": (BadAreas, '"status" cannot be the kind'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_layer_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    file, kind, mapping = broken(tmp_path, name)
    error, words = BROKEN[name]
    with pytest.raises(error, match=words) as refusal:
        read_area_layer(file, kind, mapping=mapping)
    assert refusal.value.sentence("zh") != refusal.value.sentence("en")
    assert "\n" not in str(refusal.value)


def test_no_two_faults_share_a_sentence(tmp_path: Path) -> None:
    same = {"no polygon usable": "points for communities", "condition on another column": "bad condition"}
    said = {}
    for number, name in enumerate(name for name in BROKEN if name not in same):
        folder = tmp_path / str(number)
        folder.mkdir()
        file, kind, mapping = broken(folder, name)
        with pytest.raises(HexwardError) as refusal:
            read_area_layer(file, kind, mapping=mapping)
        said[name] = refusal.value.text
    assert len(set(said.values())) == len(said)


# Real files


def test_boston(shared: Path) -> None:
    folder = shared / "data/boston"
    sites = {"areas": {"construction_site": {"where": "status = 'in_construction'"}}}
    communities = read_area_layer(folder / "Boston_Neighborhoods.geojson", "community")
    farmers = read_area_layer(folder / "markets_farmers_2012_boston_cambridge.csv", "market")
    usda = read_area_layer(folder / "markets_usda_farmers_markets_boston.csv", "market")
    building = read_area_layer(folder / "construction_massbuilds_boston_2018.csv", "construction_site", mapping=sites)
    assert [len(layer.areas) for layer in (communities, farmers, usda, building)] == [26, 27, 6, 153]
    assert "Roslindale" in communities.areas["name"].tolist()
    assert communities.warnings["reason"].to_list() == ["A border that crosses itself: repaired"]
    assert communities.areas.geometry.is_valid.all()
    merged = farmers.warnings.filter(farmers.warnings["reason"].str.ends_with("merged"))
    assert merged["row"].to_list() == [11, 14, 21, 28, 30]  # one row per weekday
    assert usda.areas["name"].str.contains("Market").all()
    everything = combine_layers([communities, farmers, usda, building])
    assert everything.areas["area_id"].is_unique
    boundary = study_area(everything.areas)
    away = outside(everything.areas, boundary)
    assert "market/4" in away["area_id"].tolist()  # the one in Phoenix, Arizona
    inside = everything.areas[everything.areas["kind"] == "construction_site"]
    assert inside["parent_id"].str.startswith("community/").mean() > 0.95


def test_beijing_in_gcj02_lies_where_another_authors_wgs84_has_it(shared: Path) -> None:
    folder = shared / "data/china"
    ours = read_area_layer(folder / "beijing_districts_gcj02.geojson", "district", crs="GCJ-02")
    theirs = read_area_layer(folder / "beijing_districts_wgs84.geojson", "district")
    assert len(ours.areas) == len(theirs.areas) == 16
    assert ours.warnings["reason"].to_list() == ["A border that crosses itself: repaired"]
    mine, other = (shapely.union_all(layer.areas.geometry.to_numpy()) for layer in (ours, theirs))
    shared_part = shapely.area(shapely.intersection(mine, other)) / shapely.area(shapely.union(mine, other))
    assert shared_part > 0.99


def test_features_without_any_property_are_numbered(tmp_path: Path) -> None:
    file = tmp_path / "bare.geojson"
    frame([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]).to_file(file)
    assert read_area_layer(file, "community").areas["name"].tolist() == ["community 1", "community 2"]


@pytest.mark.parametrize("kind", ["day", "incidents", "category"])
def test_a_kind_may_not_be_called_as_a_column_of_the_cube(tmp_path: Path, kind: str) -> None:
    with pytest.raises(BadAreas, match="cannot be the kind"):
        read_area_layer(csv(tmp_path, "name,lat,lon\nA,30.6,104.2\n"), kind)
