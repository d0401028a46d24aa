"""What an area is called, who answers for it and how much it holds, from the columns of its file."""

from __future__ import annotations

import polars as pl

from geo.intake.amounts import read_amounts, unit_of, without_unit
from geo.intake.area_files import AreaRows, missing_column
from geo.intake.faults import Faults
from geo.intake.mapping import AreaMapping
from geo.intake.text_table import plain

MEASURES = {
    "households": ("households", "户数", "居民户数", "总户数", "常住户数", "家庭户数"),
    "population": ("population", "人口", "常住人口", "人口数", "总人口", "常住人口数", "residents"),
    "street_length": ("street_length", "道路长度", "街道长度", "道路总长", "street_metres", "street_length_m"),
    "points_of_interest": ("points_of_interest", "poi", "pois", "poi_count", "兴趣点", "兴趣点数", "网点数", "商户数"),
}
"""What places may be compared by, and the headers it is recognised by."""
NAMES = {
    "area_id": (
        "area_id",
        "id",
        "编号",
        "编码",
        "代码",
        "区域编码",
        "社区编码",
        "社区代码",
        "网格编码",
        "adcode",
        "objectid",
        "gid",
        "fid",
        "code",
        "fmid",
    ),
    "name": (
        "name",
        "名称",
        "区域名称",
        "社区名称",
        "社区",
        "小区名称",
        "小区",
        "街道名称",
        "街道",
        "区县名称",
        "市场名称",
        "工地名称",
        "项目名称",
        "工程名称",
        "点位名称",
        "道路名称",
        "学校名称",
        "market_name",
        "market",
        "project_name",
        "site_name",
        "neighborhood",
        "neighbourhood",
        "community",
        "community_name",
        "district",
        "nhood",
        "title",
        "name_zh",
        "name_chn",
        "name_cn",
        "label",
    ),
    "parent_id": (
        "parent_id",
        "parent",
        "parent_code",
        "上级编码",
        "上级区域",
        "上级",
        "所属社区",
        "所属街道",
        "所属区域",
    ),
    "unit": (
        "unit",
        "责任单位",
        "主责单位",
        "牵头单位",
        "管理单位",
        "主管单位",
        "权属单位",
        "responsible_unit",
        "lead_unit",
        "department",
    ),
    "assisting_units": ("assisting_units", "协办单位", "配合单位", "协同单位", "assisting_unit"),
    "contact": ("contact", "联系方式", "联系电话", "联系人", "contact_phone"),
    "exposure": ("exposure", *(name for names in MEASURES.values() for name in names)),
}
"""Headers recognised, the first that is there wins. A mapping goes before."""

FACT_WARNING_REASONS = {
    "no_name_column": "No column of names: named after the column with most different texts",
    "numbered": "No name: numbered",
    "doubled_id": "Two areas with one number: numbered anew",
    "unusable_exposure": "Exposure that is not a number above or at zero: left out",
}


def area_facts(found: AreaRows, kind: str, mapping: AreaMapping, warnings: Faults) -> pl.DataFrame:
    """Return area_id, name, parent_id, unit, assisting_units, contact (text or null), exposure (NaN where unknown)."""
    frame = found.frame
    columns = {ours: _column(found, ours, mapping, kind) for ours in NAMES}
    texts = {ours: _text(frame, theirs) for ours, theirs in columns.items()}
    number = pl.int_range(1, frame.height + 1, eager=True).cast(pl.String)

    if columns["name"] is None:
        columns["name"] = _most_distinct(frame)
        texts["name"] = _text(frame, columns["name"])
        if columns["name"] is not None:
            warnings.add(
                (number == "1").to_numpy(), columns["name"], texts["name"], FACT_WARNING_REASONS["no_name_column"]
            )
    nameless = texts["name"].is_null()
    warnings.add(nameless.to_numpy(), columns["name"] or "name", None, FACT_WARNING_REASONS["numbered"])

    own = texts["area_id"]
    doubled = own.is_not_null() & own.is_duplicated()
    warnings.add(doubled.to_numpy(), columns["area_id"] or "area_id", own, FACT_WARNING_REASONS["doubled_id"])
    own = pl.select(pl.when(~doubled).then(own)).to_series()
    bare = plain(columns["area_id"] or "") == plain("area_id") or "area_id" in mapping.columns
    prefix = "" if bare else f"{kind}/"

    written = texts["exposure"]
    numbers, bad, _ = read_amounts(written, found.separator)
    exposure = pl.select(pl.when(~bad).then(numbers * unit_of(columns["exposure"] or "")[0])).to_series()
    lost = written.is_not_null() & exposure.is_null()
    warnings.add(lost.to_numpy(), columns["exposure"] or "exposure", written, FACT_WARNING_REASONS["unusable_exposure"])

    return pl.DataFrame(
        {
            "area_id": pl.select(pl.coalesce(prefix + own, f"{kind}/" + number)).to_series(),
            "name": pl.select(pl.coalesce(texts["name"], f"{kind} " + number)).to_series(),
            **{ours: texts[ours] for ours in ("parent_id", "unit", "assisting_units", "contact")},
            "exposure": exposure.fill_null(float("nan")),
        }
    )


def measure_of(header: str) -> str:
    """Return what a column of exposure counts: a key of MEASURES, else the header itself; a unit in brackets aside.

    >>> measure_of("户数"), measure_of("道路长度（公里）"), measure_of("Street length"), measure_of("benches")
    ('households', 'street_length', 'street_length', 'benches')
    """
    header = without_unit(header)
    return next((ours for ours, names in MEASURES.items() if plain(header) in map(plain, names)), header)


def exposure_measure(found: AreaRows, kind: str, mapping: AreaMapping) -> str:
    """Return what the areas' column of exposure counts, "" where there is none."""
    column = _column(found, "exposure", mapping, kind)
    return measure_of(column) if column else ""


def _column(found: AreaRows, ours: str, mapping: AreaMapping, kind: str) -> str | None:
    """Return the mapped column, else the recognised one; a mapping to "" leaves it out."""
    if ours in mapping.columns:
        theirs = mapping.columns[ours]
        if theirs and theirs not in found.frame.columns:
            raise missing_column(found.file, kind, ours, theirs, found.frame.columns)
        return theirs or None
    there = {plain(column): column for column in reversed(found.frame.columns)}
    return next((there[plain(name)] for name in NAMES[ours] if plain(name) in there), None)


def _text(frame: pl.DataFrame, column: str | None) -> pl.Series:
    """Return a column as text without spaces around it, null where empty; whole numbers without their `.0`."""
    if column is None:
        return pl.repeat(None, frame.height, dtype=pl.String, eager=True)
    values = frame[column]
    text = values.cast(pl.String)
    if values.dtype.is_float():
        text = text.str.replace(r"\.0$", "")
    return text.str.strip_chars().replace("", None)


def _most_distinct(frame: pl.DataFrame) -> str | None:
    """Return the text column with most different values, None where there is no text at all."""
    counts = {name: frame[name].drop_nulls().n_unique() for name, dtype in frame.schema.items() if dtype == pl.String}
    return max(counts, key=lambda name: counts[name]) if any(counts.values()) else None
