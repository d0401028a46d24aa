"""The three systems' report files, each in its own manner: columns, codes, coordinates, encoding, dates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import xlsxwriter
from pyproj import Transformer

from data.assets import asset_ids
from data.dirt import BAD_DATES, ODD_CATEGORIES
from data.names import DISTRICT
from data.plan import CityPlan
from data.plane import Floats, to_degrees
from data.problems import PROBLEMS, SYSTEMS
from geo.intake.datum import wgs84_to_gcj02

FILES = ("12345.csv", "patrol.csv", "inspection.xlsx")  # in the order of SYSTEMS
FIRST_LINES = (2, 2, 3)  # of the first report; the header before it
PROJECTED = "EPSG:4544"  # CGCS2000, 3-degree Gauss-Krueger, central meridian 105 E
STATES = (("处理中", "已办结"), ("处置中", "已结案"), ("整改中", "已整改"))  # open, closed
TITLE = f"{DISTRICT}城市管理暗访检查问题台账"


def write_reports(plan: CityPlan, reports: pl.DataFrame, folder: Path) -> pl.DataFrame:
    """Write the files; return the reports with `report_id`, `file` and `line` (counted as a spreadsheet does, from 1).

    `reports` is what `data.dirt.soil` returned. Rows are in order of time; second exports of a key come last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for system, write in enumerate((_write_hotline, _write_patrol, _write_inspection)):
        rows = reports.filter(pl.col("system") == system).sort("again", "time", "incident")
        rows = _with_facts(plan, rows, system)
        write(plan, rows, folder / FILES[system])
        line = pl.int_range(pl.len(), dtype=pl.Int64) + FIRST_LINES[system]
        written.append(rows.with_columns(file=pl.lit(FILES[system]), line=line))
    return pl.concat(written)


def _with_facts(plan: CityPlan, rows: pl.DataFrame, system: int) -> pl.DataFrame:
    """Add what every file needs: report_id, opened_at, closed_at, due_at (local), state, lat and lon (WGS-84)."""
    rng = plan.random(f"export {SYSTEMS[system]}")
    dirt, is_closed = pl.col("dirt"), pl.col("closed") < plan.days
    ahead, early = pl.Series(plan.days + rng.uniform(20, 400, len(rows))), pl.Series(rng.uniform(0.2, 20, len(rows)))
    allowed = pl.Series([problem.due / 24 for problem in PROBLEMS]).gather(rows["category"])
    closed = pl.when(dirt == "closed_before_opened").then(pl.col("time") - early).when(is_closed).then("closed")
    lat, lon = _positions(rng, rows)
    return rows.with_columns(
        report_id=_numbers(plan, rows, system),
        opened_at=_moment(plan, pl.when(dirt == "future").then(ahead).otherwise("time")),
        closed_at=_moment(plan, closed),
        due_at=_moment(plan, pl.col("time") + allowed),
        state=pl.when(is_closed).then(pl.lit(STATES[system][1])).otherwise(pl.lit(STATES[system][0])),
        lat=lat,
        lon=lon,
    )


def _moment(plan: CityPlan, days: pl.Expr) -> pl.Expr:
    """Return local times, whole seconds, from days since the plan's start."""
    return (pl.lit(plan.start) + pl.duration(milliseconds=(days * 86_400_000).cast(pl.Int64))).dt.truncate("1s")


def _numbers(plan: CityPlan, rows: pl.DataFrame, system: int) -> pl.Series:
    """Return the system's own numbers; a second export has the number of the first."""
    first = rows.filter(~pl.col("again")).select("incident", "time").with_row_index("number", offset=1)
    numbered = rows.join(first, on=["incident", "time"], how="left", maintain_order="left")
    number, day = pl.col("number").cast(pl.String), _moment(plan, pl.col("time")).dt
    return numbered.select(
        (
            pl.format("QH{}{}", day.strftime("%Y%m%d"), number.str.zfill(6)),
            (pl.col("number") + 5_200_000).cast(pl.String),
            pl.format("AF-{}-{}", day.strftime("%Y"), number.str.zfill(5)),
        )[system]
    ).to_series()


def _positions(rng: np.random.Generator, rows: pl.DataFrame) -> tuple[Floats, Floats]:
    """Return WGS-84 latitude and longitude of the pins; those of dirt `far` thrown out of the district."""
    turn = rng.uniform(0, 2 * np.pi, len(rows))
    reach = rng.choice([16_000.0, 240_000.0], len(rows)) * rng.uniform(1.0, 1.6, len(rows))
    far = (rows["dirt"] == "far").to_numpy()
    x = np.where(far, reach * np.cos(turn), rows["x"].to_numpy())
    y = np.where(far, reach * np.sin(turn), rows["y"].to_numpy())
    return to_degrees(x, y)


def _coordinates(rows: pl.DataFrame, east: Floats, north: Floats, digits: int) -> tuple[pl.Series, pl.Series]:
    """Return two coordinates as text, with the dirt `swapped`, `zero` and `no_coordinates` in them."""
    dirt = rows["dirt"]
    swapped = (dirt == "swapped").to_numpy()
    first, second = np.where(swapped, north, east), np.where(swapped, east, north)
    pair = pl.DataFrame({"east": np.round(first, digits), "north": np.round(second, digits)})
    wiped = pl.when(dirt == "zero").then(pl.lit("0")).when(dirt != "no_coordinates")
    written = pair.select(wiped.then(pl.col(name).cast(pl.String)).alias(name) for name in pair.columns)
    return written["east"], written["north"]


def _dates(rows: pl.DataFrame, column: str) -> pl.Series:
    """Return local times as text; the opening of dirt `bad_date` is something nobody can read."""
    text = pl.col(column).dt.strftime("%Y-%m-%d %H:%M:%S")
    if column != "opened_at":
        return rows.select(text).to_series()
    unreadable = pl.Series(BAD_DATES).gather(np.arange(len(rows)) % len(BAD_DATES))
    return rows.select(pl.when(pl.col("dirt") == "bad_date").then(unreadable).otherwise(text)).to_series()


def _categories(rows: pl.DataFrame, written: Sequence[str]) -> pl.Series:
    """Return categories as the system writes them, with the dirt `no_category` and `odd_category` in them."""
    usual = pl.Series(written).gather(rows["category"])
    odd = pl.Series(ODD_CATEGORIES).gather(np.arange(len(rows)) % len(ODD_CATEGORIES))
    dirt = pl.col("dirt")
    shown = pl.when(dirt == "odd_category").then(odd).when(dirt != "no_category").then(usual)
    return rows.select(shown).to_series()


def _write_hotline(plan: CityPlan, rows: pl.DataFrame, path: Path) -> None:
    """GBK, Chinese headers, GCJ-02, categories by name."""
    lon, lat = _coordinates(rows, *wgs84_to_gcj02(rows["lon"].to_numpy(), rows["lat"].to_numpy()), 6)
    table = pl.DataFrame(
        {
            "工单编号": rows["report_id"],
            "受理时间": _dates(rows, "opened_at"),
            "办结时间": _dates(rows, "closed_at"),
            "诉求类别": _categories(rows, [problem.name for problem in PROBLEMS]),
            "诉求地址": rows["address"],
            "诉求内容": rows["description"],
            "承办单位": rows["unit"],
            "办理期限": _dates(rows, "due_at"),
            "工单状态": rows["state"],
            "经度": lon,
            "纬度": lat,
        }
    )
    path.write_bytes(table.write_csv(line_terminator="\r\n").encode("gbk"))


def _write_patrol(plan: CityPlan, rows: pl.DataFrame, path: Path) -> None:
    """UTF-8, the English field names of 数字城管, CGCS2000 projected with x to the east, categories by code."""
    project = Transformer.from_crs("EPSG:4326", PROJECTED, always_xy=True).transform
    x, y = _coordinates(rows, *project(rows["lon"].to_numpy(), rows["lat"].to_numpy()), 3)
    kinds = ["部件" if problem.code.startswith("B") else "事件" for problem in PROBLEMS]
    pl.DataFrame(
        {
            "rec_id": rows["report_id"],
            "create_time": _dates(rows, "opened_at"),
            "archive_time": _dates(rows, "closed_at"),
            "event_type": pl.Series(kinds).gather(rows["category"]),
            "sub_type": _categories(rows, [problem.code[1:] for problem in PROBLEMS]),
            "部件标识码": rows.select(asset_ids()).to_series(),
            "address": rows["address"],
            "event_desc": rows["description"],
            "dispose_unit_name": rows["unit"],
            "dispose_deadline": _dates(rows, "due_at"),
            "rec_status": rows["state"],
            "coordinate_x": x,
            "coordinate_y": y,
        }
    ).write_csv(path)


def _write_inspection(plan: CityPlan, rows: pl.DataFrame, path: Path) -> None:
    """A workbook with a title above the header, dates of Excel (one in nine as text), WGS-84, categories by name."""
    lon, lat = _coordinates(rows, rows["lon"].to_numpy(), rows["lat"].to_numpy(), 6)
    as_text = (rows["dirt"] == "bad_date") | pl.Series(np.arange(len(rows)) % 9 == 4)
    opened = zip(as_text, _dates(rows, "opened_at"), rows["opened_at"], strict=True)
    columns: dict[str, Iterable[Any]] = {
        "问题编号": rows["report_id"],
        "检查时间": [text if is_text else moment for is_text, text, moment in opened],
        "问题类别": _categories(rows, [problem.name for problem in PROBLEMS]),
        "点位名称": rows["address"].str.replace("^.*?社区", ""),
        "地址": rows["address"],
        "问题描述": rows["description"],
        "责任单位": rows["unit"],
        "整改时限": rows["due_at"],
        "整改完成时间": rows["closed_at"],
        "整改状态": rows["state"],
        "经度": lon.cast(pl.Float64),
        "纬度": lat.cast(pl.Float64),
    }
    as_written = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    with xlsxwriter.Workbook(path, {**as_written, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        book.set_properties({"title": TITLE, "created": plan.start + timedelta(days=plan.days)})
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("问题台账")
        sheet.set_column(0, len(columns) - 1, 18)
        sheet.merge_range(0, 0, 0, len(columns) - 1, f"{TITLE}（截至{plan.last_day}）", bold)
        for number, (header, values) in enumerate(columns.items()):
            sheet.write(1, number, header, bold)
            sheet.write_column(2, number, list(values))
