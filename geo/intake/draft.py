"""A mapping file to start from, for a table whose columns are not recognised."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from geo.intake.text_table import plain

HINTS = {
    "report_id": ("编号", "单号", "id", "number", "no"),
    "reported_at": ("受理", "上报", "登记", "开始", "open", "creat", "report", "date", "时间", "日期"),
    "closed_at": ("办结", "结案", "完成", "close", "resolv", "complet"),
    "due_at": ("期限", "时限", "截止", "due", "target", "deadline"),
    "status": ("状态", "status", "state"),
    "category": ("类别", "类型", "分类", "category", "type", "kind"),
    "lat": ("纬度", "latitude", "lat"),
    "lon": ("经度", "longitude", "lng", "lon"),
    "point": ("经纬", "坐标", "point", "geom"),
    "source": ("来源", "渠道", "source", "channel", "origin"),
    "unit": ("单位", "部门", "department", "agency", "unit"),
    "address": ("地址", "位置", "地点", "address", "street", "location"),
    "asset_id": ("部件编", "部件标识", "设施编", "asset"),
    "description": ("描述", "内容", "descr", "detail", "comment"),
}
"""Parts of headers that speak for one of our columns, the surest first."""


def draft_mapping(headers: Iterable[str], names: Mapping[str, Collection[str]]) -> str:
    """Return a mapping in TOML: our columns with the likeliest of `headers`, as a comment where none is likely.

    `names`: the headers known for each of ours, as `text_table.plain` gives them; they go before the hints.

    >>> print(draft_mapping(["编号X", "登记时间"], {}).splitlines()[2])
    reported_at = "登记时间"
    """
    left = list(headers)
    lines = ['# Our column = "their column". Complete it and pass it with --mapping.']
    for ours, hints in HINTS.items():
        known = (header for header in left if plain(header) in names.get(ours, ()))
        likely = (header for hint in hints for header in left if hint in plain(header))
        theirs = next(known, None) or next(likely, None)
        if theirs is None:
            lines.append(f'# {ours} = ""')
            continue
        left.remove(theirs)
        escaped = theirs.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'{ours} = "{escaped}"')
    lines += ['# crs = "WGS-84"  # or GCJ-02, BD-09, CGCS2000, EPSG:4549 ...', '# timezone = "Asia/Shanghai"']
    return "\n".join(lines) + "\n"
