"""What was planted, written down: the files against which every method is checked."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import shapely

from data.assets import asset_ids
from data.campaigns import Campaign
from data.dirt import OUTCOMES
from data.district import community_of
from data.history import City, History
from data.layers import community_id, write_geojson
from data.plan import CityPlan
from data.plane import DIGITS, to_degrees
from data.problems import PROBLEMS, SYSTEMS

FILES = (
    "incidents.csv",
    "reports.csv",
    "risen_spots.geojson",
    "relapse_places.csv",
    "flare_ups.csv",
    "busy_places.csv",
    "unpatrolled.json",
    "campaigns.json",
    "sources.json",
    "pile.json",
    "dirt.csv",
)


def write_truth(city: City, history: History, reports: pl.DataFrame, folder: Path) -> None:
    """Write FILES into the folder. `reports` is what `data.exports.write_reports` returned."""
    folder.mkdir(parents=True, exist_ok=True)
    incidents = _incidents(city.plan, history, reports)
    incidents.write_csv(folder / "incidents.csv")
    _reports(reports, incidents).write_csv(folder / "reports.csv")
    _risen_spots(city, history, folder / "risen_spots.geojson")
    _relapse_places(history).write_csv(folder / "relapse_places.csv")
    _flare_ups(city.plan, history).write_csv(folder / "flare_ups.csv")
    _busy_places(history).write_csv(folder / "busy_places.csv")
    _json(folder / "unpatrolled.json", _unpatrolled(city, history))
    _json(folder / "campaigns.json", [_campaign(city.plan, campaign) for campaign in history.campaigns])
    _json(
        folder / "sources.json",
        [
            {
                "system": "inspection",
                "first_day": str(city.plan.week_start(city.plan.inspection_week)),
                "first_week": city.plan.inspection_week,
                "reports": int((reports["system"] == 2).sum()),
            }
        ],
    )
    _json(folder / "pile.json", _pile(city, reports))
    dirt = reports.filter(pl.col("dirt") != "").group_by("file", "dirt").len("rows").sort("file", "dirt")
    dirt.with_columns(outcome=pl.col("dirt").replace_strict(OUTCOMES)).write_csv(folder / "dirt.csv")


def _incidents(plan: CityPlan, history: History, reports: pl.DataFrame) -> pl.DataFrame:
    """Return one row per true problem; times local, closed_at empty while open at the end."""
    found = history.incidents.with_row_index("incident").with_columns(pl.col("incident").cast(pl.Int64))
    lat, lon = to_degrees(found["x"].to_numpy(), found["y"].to_numpy())
    times = reports.filter(~pl.col("again")).group_by("incident").len("reports")
    codes = pl.Series([problem.code for problem in PROBLEMS])
    return found.join(times, on="incident", how="left", maintain_order="left").select(
        incident_id=pl.format("I{}", pl.col("incident").cast(pl.String).str.zfill(6)),
        system=pl.Series(SYSTEMS).gather(found["system"]),
        category=codes.gather(found["category"]),
        lat=pl.Series(np.round(lat, DIGITS)),
        lon=pl.Series(np.round(lon, DIGITS)),
        reported_at=_local(plan, pl.col("time")),
        closed_at=_local(plan, pl.when(pl.col("closed") < plan.days).then("closed")),
        week=(pl.col("time") // 7).cast(pl.Int64),
        reports=pl.col("reports"),
        companion="companion",
        risen_spot=pl.when(pl.col("spot") >= 0).then(pl.col("spot") + 1),
        relapse_place=pl.when(pl.col("relapse") >= 0).then(pl.col("relapse") + 1),
        comeback="comeback",
        flare_up=pl.when(pl.col("flare_up") >= 0).then(pl.col("flare_up") + 1),
        asset_id=asset_ids(),
        called="called",
        busy_place=pl.when(pl.col("busy") >= 0).then(pl.col("busy") + 1),
    )


def _local(plan: CityPlan, days: pl.Expr) -> pl.Expr:
    moment = pl.lit(plan.start) + pl.duration(milliseconds=(days * 86_400_000).cast(pl.Int64))
    return moment.dt.strftime("%Y-%m-%d %H:%M:%S")


def _reports(reports: pl.DataFrame, incidents: pl.DataFrame) -> pl.DataFrame:
    """Return one row per row of the files: whose it is, where it truly happened, and what is wrong with it."""
    facts = incidents.select("incident_id", "category", "lat", "lon")[reports["incident"]]
    system = pl.Series("system", SYSTEMS).gather(reports["system"])
    return (
        reports.select("file", "line", system, "report_id")
        .hstack(facts)
        .hstack(reports.select("first", "place", "dirt", "hostile"))
    )


def _risen_spots(city: City, history: History, path: Path) -> None:
    """Disks with the number of problems expected there in the last weeks, and how many were added."""
    added = np.bincount(history.incidents.filter(pl.col("spot") >= 0)["spot"].to_numpy(), minlength=len(history.spots))
    rows: list[dict[str, Any]] = []
    for number, spot in enumerate(history.spots):
        lat, lon = to_degrees(np.array(spot.x), np.array(spot.y))
        rows.append(
            {
                "spot": number + 1,
                "name": spot.name,
                "anchor": spot.anchor,
                "lat": round(float(lat), DIGITS),
                "lon": round(float(lon), DIGITS),
                "radius_m": spot.radius,
                "ratio": city.plan.risen_ratio,
                "categories": ";".join(spot.categories),
                "expected": round(spot.expected, 1),
                "added": int(added[number]),
                "start": str(city.plan.week_start(city.plan.weeks - city.plan.risen_weeks)),
                "end": str(city.plan.last_day),
            }
        )
    disks = [shapely.Point(spot.x, spot.y).buffer(spot.radius, quad_segs=12) for spot in history.spots]
    write_geojson(path, np.array(disks, dtype=object), rows)


def _relapse_places(history: History) -> pl.DataFrame:
    places = history.relapse_places
    seen = history.incidents.filter(pl.col("relapse") >= 0)
    lat, lon = to_degrees(np.array([p.x for p in places]), np.array([p.y for p in places]))
    tally = seen.group_by("relapse").agg(pl.len().alias("incidents"), pl.col("comeback").sum().alias("comebacks"))
    table = pl.DataFrame(
        {
            "relapse": np.arange(len(places)),
            "category": [PROBLEMS[p.category].code for p in places],
            "lat": np.round(lat, DIGITS),
            "lon": np.round(lon, DIGITS),
            "share": [p.share for p in places],
            "starts_per_year": [p.yearly for p in places],
        }
    )
    joined = table.join(tally, on="relapse", how="left", maintain_order="left")
    return joined.select(
        (pl.col("relapse") + 1).alias("relapse_place"),
        pl.exclude("relapse", "incidents", "comebacks"),
        pl.col("incidents", "comebacks").fill_null(0),
    )


def _flare_ups(plan: CityPlan, history: History) -> pl.DataFrame:
    """Disks and days, and how many problems were added in each."""
    found = history.flare_ups
    lat, lon = to_degrees(np.array([one.x for one in found]), np.array([one.y for one in found]))
    return pl.DataFrame(
        {
            "flare_up": np.arange(1, len(found) + 1),
            "category": pl.Series([PROBLEMS[one.category].code for one in found], dtype=pl.String),
            "lat": np.round(lat, DIGITS),
            "lon": np.round(lon, DIGITS),
            "radius_m": np.array([one.radius for one in found]),
            "start": pl.Series([plan.first_day + timedelta(days=one.first_day) for one in found], dtype=pl.Date),
            "end": pl.Series([plan.last_day for _ in found], dtype=pl.Date),
            "added": np.array([one.points.size for one in found], dtype=np.int64),
        }
    )


def _busy_places(history: History) -> pl.DataFrame:
    """Points and how often one category truly happened at each."""
    found = history.busy_places
    lat, lon = to_degrees(np.array([one.x for one in found]), np.array([one.y for one in found]))
    seen = history.incidents.filter(pl.col("busy") >= 0)["busy"].to_numpy()
    return pl.DataFrame(
        {
            "busy_place": np.arange(1, len(found) + 1),
            "category": pl.Series([PROBLEMS[one.category].code for one in found], dtype=pl.String),
            "lat": np.round(lat, DIGITS),
            "lon": np.round(lon, DIGITS),
            "per_year": np.array([one.yearly for one in found]),
            "incidents": np.bincount(seen, minlength=len(found)),
        }
    )


def _unpatrolled(city: City, history: History) -> list[dict[str, Any]]:
    """Communities without a patrol, as `areas/communities.geojson` calls them, and what became of its finds there."""
    plan = city.plan
    first, called = plan.weeks - plan.unpatrolled_weeks, history.incidents.filter("called")
    held = np.bincount(community_of(city.district, called.select("x", "y").to_numpy()), minlength=plan.communities)
    return [
        {
            "area_id": community_id(one.community),
            "name": one.name,
            "first_week": first,
            "start": str(plan.week_start(first)),
            "end": str(plan.last_day),
            "patrol_expected": round(one.expected, 1),
            "called": int(held[one.community]),
        }
        for one in history.unpatrolled
    ]


def _campaign(plan: CityPlan, campaign: Campaign) -> dict[str, Any]:
    end = plan.week_start(campaign.first_week + campaign.weeks)
    return {"start": str(plan.week_start(campaign.first_week)), "end_exclusive": str(end), "seed": plan.seed} | (
        dataclasses.asdict(campaign)
    )


def _pile(city: City, reports: pl.DataFrame) -> dict[str, Any]:
    lat, lon = (float(np.round(v, DIGITS)) for v in to_degrees(*(np.array(v) for v in city.places.service_hall)))
    return {
        "lat": lat,
        "lon": lon,
        "what": "the default point of the hotline, at the district's service hall",
        "reports": int((reports["place"] == "pile").sum()),
        "coarse_reports": int((reports["place"] == "coarse").sum()),
    }


def _json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
