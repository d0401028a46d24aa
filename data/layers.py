"""The area layers as files: what a district office would hand over. All in WGS-84."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from data.district import Shapes
from data.history import City
from data.names import DISTRICT, NAMES
from data.places import Layer
from data.plane import DIGITS, Floats, on_globe, to_degrees
from data.terrain import RIVER_WIDTH

LAYERS = {
    "community": "communities.geojson",
    "street_office": "street_offices.geojson",
    "district": "district.geojson",
    "estate": "estates.geojson",
    "market": "markets.geojson",
    "construction_site": "construction_sites.csv",
    "street": "streets.geojson",
}
"""Kind of area -> file. `river.geojson` and `water.geojson` lie beside them, for the eye."""

HOUSEHOLDS_PER_KM2 = 9_500  # outside estates, where people live closest


def write_layers(city: City, folder: Path) -> None:
    """Write every layer into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    places, district = city.places, city.district
    _write_administration(city, folder)
    _write_places(city, folder / LAYERS["estate"], places.estates, "E", None)
    _write_places(city, folder / LAYERS["market"], places.markets, "M", f"{DISTRICT}市场监管所")
    _write_places(city, folder / LAYERS["street"], places.streets, "S", f"{DISTRICT}市政设施管护中心")
    _write_sites(city, folder / LAYERS["construction_site"])
    river = city.terrain.river.intersection(district.boundary.buffer(300))
    write_geojson(folder / "river.geojson", np.array([river]), [{"name": NAMES["river"], "width_m": RIVER_WIDTH}])
    water = np.array(city.terrain.water.geoms)
    write_geojson(folder / "water.geojson", water, [{"name": "水域"}] * len(water))


def _write_administration(city: City, folder: Path) -> None:
    """Communities, street offices and the district, with units, office telephones that nobody has, and households."""
    places, district = city.places, city.district
    units = [f"{name}办事处" for name in places.street_offices]
    households = households_of(city)
    write_geojson(
        folder / LAYERS["community"],
        district.communities,
        [
            {
                "id": community_id(k),
                "name": name,
                "street_office": places.street_offices[office],
                "unit": units[office],
                "assisting_units": ";".join(_assisting(k)),
                "contact": f"028-0000{k + 1:04d}",
                "households": int(households[k]),
            }
            for k, (name, office) in enumerate(zip(places.communities, district.office, strict=True))
        ],
    )
    write_geojson(
        folder / LAYERS["street_office"],
        district.offices,
        [
            {
                "id": f"QHJ{k + 1:02d}",
                "name": name,
                "unit": units[k],
                "contact": f"028-00009{k + 1:03d}",
                "households": int(households[district.office == k].sum()),
            }
            for k, name in enumerate(places.street_offices)
        ],
    )
    whole = {"id": "QH", "name": DISTRICT, "unit": f"{DISTRICT}城市管理委员会", "households": int(households.sum())}
    write_geojson(folder / LAYERS["district"], np.array([district.boundary]), [whole])


def community_id(position: int) -> str:
    """Return the number of a community in the files."""
    return f"QH{position + 1:03d}"


def households_of(city: City) -> Floats:
    """Return the households of every community: in its estates, and in houses where people live closely."""
    estates, communities = city.places.estates, city.district.communities
    in_estates = np.bincount(estates.community, estates.numbers["households"], minlength=len(communities))
    middles = shapely.get_coordinates(shapely.centroid(communities))
    built = np.minimum(shapely.area(communities) / 1e6, 2.2)  # square kilometres; the rest is fields
    return np.round(in_estates + HOUSEHOLDS_PER_KM2 * city.terrain.population(*middles.T) * built)


def _assisting(number: int) -> list[str]:
    units = ("综合行政执法局", "环境卫生事务中心", "市场监管所", "住建质安站", "园林绿化所", "静态交通管理中心")
    return [DISTRICT + units[(number + step) % len(units)] for step in (0, 2)]


def _write_places(city: City, path: Path, layer: Layer, letter: str, unit: str | None) -> None:
    rows: list[dict[str, Any]] = []
    for k, name in enumerate(layer.names):
        row: dict[str, Any] = {"id": f"QH{letter}{k + 1:03d}", "name": name}
        row["community"] = city.places.communities[layer.community[k]]
        row |= {key: values[k] for key, values in layer.about.items()}
        row |= {key: int(values[k]) for key, values in layer.numbers.items()}
        rows.append(row | ({"unit": unit} if unit else {}))
    write_geojson(path, layer.shapes, rows)


def _write_sites(city: City, path: Path) -> None:
    """Construction sites come as points in a CSV, with the builder and the state of the works."""
    sites = city.places.sites
    lat, lon = to_degrees(*sites.middles.T)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(("工地编号", "工地名称", "施工单位", "监管单位", "状态", "所属社区", "经度", "纬度"))
        for k, name in enumerate(sites.names):
            sheet.writerow(
                (
                    f"QHC{k + 1:03d}",
                    f"{name}工地",
                    sites.about["contractor"][k],
                    f"{DISTRICT}住建质安站",
                    sites.about["status"][k],
                    city.places.communities[sites.community[k]],
                    f"{lon[k]:.{DIGITS}f}",
                    f"{lat[k]:.{DIGITS}f}",
                )
            )


def write_geojson(path: Path, shapes: Shapes, rows: list[dict[str, Any]]) -> None:
    """Write shapes given in metres, with their properties, a feature per line."""
    features = [
        json.dumps(
            {"type": "Feature", "properties": row, "geometry": shape.__geo_interface__},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for shape, row in zip(on_globe(shapes), rows, strict=True)
    ]
    head = f'{{"type":"FeatureCollection","name":"{path.stem}","features":['
    path.write_text("\n".join((head, ",\n".join(features), "]}", "")), "utf-8")
