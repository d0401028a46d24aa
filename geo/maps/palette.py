"""The palettes of the whole product, in one table: the map, its legend, the charts and the files read it.

One idea: warm = more than expected; blue = count or control; grey = no evidence. Nothing else is warm.
"""

from __future__ import annotations

from dataclasses import dataclass

COUNT_BREAKS = (1, 3, 6, 11, 21, 41)
RATIO_BREAKS = (0.8, 1.25, 2.0, 3.0, 5.0)  # fixed, never rescaled: two maps can be compared


@dataclass(frozen=True)
class Fill:
    """How a class of cells is drawn; `fill` None is hollow."""

    fill: str | None
    opacity: float = 1.0
    stroke: str | None = None
    weight: float = 0.8


@dataclass(frozen=True)
class Palette:
    """Every colour of one theme."""

    page: str
    panel: str
    text: str
    muted: str
    line: str
    control: str
    on_control: str
    outside: str
    land: str
    water: str
    road: str
    core: Fill
    hot: Fill
    expected: Fill
    few: Fill
    high: Fill  # high, not proven: an outline, as no proof is no colour
    new: Fill
    coming_back: Fill
    chronic: Fill
    past: Fill
    quiet: Fill  # all eight cold labels: one blue, a step of `count` that no colour-blind reader takes for another
    tier_a: Fill
    tier_b: Fill
    tier_c: Fill
    chosen: Fill
    count: tuple[str, ...]
    ratio: tuple[str, ...]
    step_opacity: float
    community: str
    market: str
    construction_site: str
    other: str
    in_progress: str
    closed: str
    overdue: str
    bar: str
    bar_before: str


PALETTES = {
    "light": Palette(
        page="#FFFFFF",
        panel="rgba(255, 255, 255, .94)",
        text="#1B2733",
        muted="#5A6875",
        line="#DCE2E8",
        control="#1F5FA8",
        on_control="#FFFFFF",
        outside="#E9EDF0",
        land="#FAFBFB",
        water="#CFE0EC",
        road="#D8DEE4",
        core=Fill("#9B1319", 0.90),
        hot=Fill("#E67E22", 0.90, "#B4580D"),
        expected=Fill("#CBD5DD", 0.55),
        few=Fill(None, stroke="#D5DCE2"),
        high=Fill(None, stroke="#B4580D", weight=1.4),
        new=Fill("#F08A24", 0.90),
        coming_back=Fill("#B05CB8", 0.90),
        chronic=Fill("#5B1230", 0.90),
        past=Fill("#9FB0BE", 0.90),
        quiet=Fill("#175B82", 0.90),
        tier_a=Fill("#8C1515", 0.90),
        tier_b=Fill("#E5843A", 0.90),
        tier_c=Fill("#A9B4BE", 0.55),
        chosen=Fill("#2F74C8", 0.90),
        count=("#DCEBF1", "#A3CBDB", "#69AAC5", "#3586AB", "#175B82", "#08324E"),
        ratio=("#D5DCE2", "#F2E3CE", "#F5BE7E", "#E5843A", "#BF3F17", "#741012"),
        step_opacity=0.88,
        community="#7C8A97",
        market="#00798A",
        construction_site="#43137F",
        other="#3F6212",
        in_progress="#2F74C8",
        closed="#0A5A4C",
        overdue="#8C1515",
        bar="#5B7F9C",
        bar_before="#B7C2CC",
    ),
    "dark": Palette(
        page="#11161C",
        panel="rgba(23, 30, 38, .94)",
        text="#E8EDF2",
        muted="#9AA8B5",
        line="#2B3540",
        control="#7FB4F2",
        on_control="#0B1016",
        outside="#11161C",
        land="#1B232C",
        water="#22384A",
        road="#2F3A45",
        core=Fill("#FFD9A0", 0.95),
        hot=Fill("#C2702E", 0.85),
        expected=Fill("#48586A", 0.45),
        few=Fill(None, stroke="#2D3843"),
        high=Fill(None, stroke="#D98A3D", weight=1.4),
        new=Fill("#FFB454", 0.92),
        coming_back=Fill("#C77BD0", 0.92),
        chronic=Fill("#F4E3D7", 0.92),
        past=Fill("#5E7183", 0.92),
        quiet=Fill("#92CDDD", 0.92),
        tier_a=Fill("#FFD9A0", 0.92),
        tier_b=Fill("#D98A3D", 0.92),
        tier_c=Fill("#6C7A88", 0.55),
        chosen=Fill("#5793E0", 0.92),
        count=("#1F3D52", "#2A5F7C", "#36829F", "#57A6C2", "#92CDDD", "#DDF2F6"),
        ratio=("#35414D", "#5B4636", "#8F5A2C", "#C97A2E", "#F0AA55", "#FFE3B5"),
        step_opacity=0.92,
        community="#6E7F90",
        market="#56D9EC",
        construction_site="#A284EA",
        other="#B5D96B",
        in_progress="#5793E0",
        closed="#63D9BC",
        overdue="#FFD9A0",
        bar="#7C9AB4",
        bar_before="#4A5866",
    ),
}
