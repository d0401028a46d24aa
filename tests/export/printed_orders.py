"""Work orders as plain rows, for what is printed: three areas of one unit, one of another, nobody's last."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import geopandas as gpd
import polars as pl
import shapely

from geo import tables
from geo.planning.orders import NO_UNIT, RESPONSIBILITIES, WorkOrders
from geo.words import note

EAST = "东湖街道办事处"
DEPOT = "Depot of the East"
MADE_ON, DEADLINE = date(2026, 11, 15), date(2026, 12, 1)
_AREAS = (
    ("community/1", "community", "东湖社区", EAST, (104.200, 30.600, 104.214, 30.612)),
    ("market/1", "market", "河埠头农贸市场", EAST, (104.2052, 30.6040, 104.2071, 30.6056)),
    ("construction_site/1", "construction_site", "East Lake phase 2", EAST, (104.2100, 30.6095, 104.2122, 30.6112)),
    ("community/2", "community", "清江社区", DEPOT, (104.214, 30.600, 104.226, 30.614)),
    ("street/9", "street", "北沿河背街小巷", NO_UNIT, (104.2, 30.613, 104.212, 30.6137)),
)
CATEGORIES = ("S09005", "S09001", "S04001", None)
PLACES = ("梧桐街12号，河埠头市场北门外人行道", "Quay Street 7", "", "东湖社区广场")


def orders(problems: int = 24, *, place: str = "", lang: str = "zh") -> WorkOrders:
    """Return orders with so many problems in each area that a unit has; `place` stands as the first place."""
    units = [EAST, DEPOT, NO_UNIT]
    rows, duties = [], []
    for unit in units:
        number = f"WO-20261115-XTE3-{units.index(unit) + 1:02d}"
        for area_id, kind, name, owner, (west, south, east, north) in _AREAS:
            if owner != unit:
                continue
            for at in range(problems):
                key = len(rows)
                rows.append(
                    {
                        "order_id": number,
                        "target_id": f"T-{key:08d}",
                        "area_id": area_id,
                        "area": name,
                        "kind": kind,
                        "system": "hotline",
                        "report_id": f"r{key}",
                        "category": CATEGORIES[key % 4],
                        "place": place if place and not rows else PLACES[key % 4],
                        "lat": None if at == 5 else south + (north - south) * ((at * 7 + 3) % 11 + 0.5) / 12,
                        "lon": None if at == 5 else west + (east - west) * ((at * 5 + 1) % 13 + 0.5) / 14,
                        "reported_at": date(2026, 9, 1 + at % 28),
                        "due_at": date(2026, 11, 1 + at % 28),
                        "deadline": max(date(2026, 11, 16), date(2026, 11, 1 + at % 28)),
                        "overdue": at % 28 < 13 and at % 3 == 0,
                        "returned": at % 4 == 0,
                        "evidence": ";".join(f"H2026{key:04d}{n}" for n in range(1 + at % 9)),
                        "reports": 1 + at % 9,
                        "source": "hotline",
                        "unit": unit,
                        "assisting_units": "城管执法中队;市场监管所",
                        "contact": "028-0000 转 12",
                        "photo": None,
                    }
                )
            listed = [row for row in rows if row["area_id"] == area_id]
            duties.append(
                {
                    "order_id": number,
                    "unit": unit,
                    "area_id": area_id,
                    "area": name,
                    "kind": kind,
                    "lead": unit or None,
                    "assisting_units": "城管执法中队;市场监管所",
                    "contact": "028-0000 转 12",
                    "deadline": DEADLINE,
                    "problems": len(listed),
                    "overdue": sum(bool(row["overdue"]) for row in listed),
                    "returned": sum(bool(row["returned"]) for row in listed),
                    "tier": "A" if kind == "community" else "",
                    "measure": "先办超期3件，再查回潮原因。" if lang == "zh" else "Close the 3 overdue first.",
                }
            )
    areas = gpd.GeoDataFrame(
        {
            "area_id": [area[0] for area in _AREAS],
            "name": [area[2] for area in _AREAS],
            "kind": [area[1] for area in _AREAS],
            "unit": [area[3] for area in _AREAS],
        },
        geometry=[shapely.box(*area[4]) for area in _AREAS],
        crs="EPSG:4326",
    )
    return WorkOrders(
        problems=pl.DataFrame(rows, schema=tables.ORDERS),
        responsibilities=pl.DataFrame(duties, schema=RESPONSIBILITIES),
        areas=areas,
        boundary=shapely.Point(104.23, 30.61).buffer(0.05),
        deadline=DEADLINE,
        made_on=MADE_ON,
        title="2026年11月15日整改工单" if lang == "zh" else "Work orders of 15 Nov 2026",
        notes=(note("An order lists what is open, whatever status is asked for."),),
    )


def only(found: WorkOrders, unit: str) -> WorkOrders:
    """Return the orders of one unit."""
    ours = pl.col("unit") == unit
    return replace(found, problems=found.problems.filter(ours), responsibilities=found.responsibilities.filter(ours))
