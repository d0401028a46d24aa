"""Colours that mean different things look different, also to readers who do not tell red from green.

Distances are CIEDE2000 (Sharma, Wu, Dalal 2005), after the colours were laid over the map's land and seen through the
simulation of Machado, Oliveira, Fernandes 2009 (severity 1, linear RGB). Limits: FEWEST_SET, FEWEST_STEP.
"""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from geo.maps.palette import PALETTES, Fill, Palette

FEWEST_SET, FEWEST_STEP = 9.0, 8.0
VISION = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
SHARMA_PAIRS = (  # Lab, Lab, published distance: Sharma, Wu, Dalal 2005, table 1
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0009), 7.1792),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0011), 7.2195),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
)


def linear(colour: str) -> np.ndarray:
    s = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)


def over(colour: str, opacity: float, ground: str) -> str:
    """Return the colour that a screen shows: composited in sRGB, as browsers do."""
    mixed = [
        round(int(colour[k : k + 2], 16) * opacity + int(ground[k : k + 2], 16) * (1 - opacity)) for k in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02X}" for part in mixed)


def lab(rgb: np.ndarray) -> np.ndarray:
    """Return CIELAB (D65) of linear RGB."""
    xyz = (
        np.array(
            [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
        )
        @ rgb
    )
    t = xyz / [0.95047, 1.0, 1.08883]
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one: np.ndarray, other: np.ndarray) -> float:
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7)))
    c1, c2 = np.hypot(a1 * (1 + g), b1), np.hypot(a2 * (1 + g), b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1 * (1 + g))) % 360, np.degrees(np.arctan2(b2, a2 * (1 + g))) % 360
    apart = h2 - h1
    if c1 * c2 == 0:
        apart = 0.0
    elif abs(apart) > 180:
        apart -= 360 * np.sign(apart)
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(apart / 2))
    lightness, c = (l1 + l2) / 2, (c1 + c2) / 2
    if c1 * c2 == 0:
        h = h1 + h2
    elif abs(h1 - h2) <= 180:
        h = (h1 + h2) / 2
    else:
        h = (h1 + h2 + (360 if h1 + h2 < 360 else -360)) / 2
    t = (
        1
        - 0.17 * np.cos(np.radians(h - 30))
        + 0.24 * np.cos(np.radians(2 * h))
        + 0.32 * np.cos(np.radians(3 * h + 6))
        - 0.20 * np.cos(np.radians(4 * h - 63))
    )
    turn = 30 * np.exp(-(((h - 275) / 25) ** 2))
    spread = 2 * np.sqrt(c**7 / (c**7 + 25.0**7))
    sl, sc, sh = (
        1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2),
        1 + 0.045 * c,
        1 + 0.015 * c * t,
    )
    rt = -np.sin(np.radians(2 * turn)) * spread
    return float(np.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * (dc / sc) * (dh / sh)))


def difference(one: str, other: str, vision: str) -> float:
    seen = [lab(np.clip(VISION[vision] @ linear(colour), 0, 1)) for colour in (one, other)]
    return ciede2000(*seen)


def hot_classes(p: Palette) -> list[str]:
    return [over(f.fill, f.opacity, p.land) for f in (p.core, p.hot, p.expected) if f.fill]


def changes(p: Palette) -> list[str]:
    fills = (p.new, p.coming_back, p.chronic, p.past, p.quiet)
    return [over(fill.fill or "", fill.opacity, p.land) for fill in fills]


def tiers(p: Palette) -> list[str]:
    return [shown(fill, p) for fill in (p.tier_a, p.tier_b, p.tier_c)]


def shown(fill: Fill, p: Palette) -> str:
    return over(fill.fill or "", fill.opacity, p.land)


@pytest.mark.parametrize(("one", "other", "published"), SHARMA_PAIRS)
def test_the_distance_is_the_published_one(one: tuple[float, ...], other: tuple[float, ...], published: float) -> None:
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(published, abs=1e-4)
    assert ciede2000(np.array(other), np.array(one)) == pytest.approx(published, abs=1e-4)


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("vision", VISION)
def test_sets_are_told_apart(theme: str, vision: str) -> None:
    p = PALETTES[theme]
    sets = {
        "classes": hot_classes(p),
        "changes": [*changes(p), hot_classes(p)[-1]],
        "changes and land": [*changes(p), p.land],
        "outlines": [p.community, p.market, p.construction_site],
        "status": [p.in_progress, p.closed, p.overdue],
        "bars": [p.core.fill or "", p.bar_before],
        "who saw it": [*hot_classes(p), over(p.quiet.fill or "", p.quiet.opacity, p.land)],
        "tiers": tiers(p),
        "chosen and left": [shown(p.chosen, p), shown(p.expected, p)],
        "confirmed and returned": [over(p.core.fill or "", p.core.opacity, p.land), p.high.stroke or "", p.land],
    }
    for name, colours in sets.items():
        for one, other in combinations(colours, 2):
            assert difference(one, other, vision) >= FEWEST_SET, (name, one, other)


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("scale", ["count", "ratio"])
def test_steps_are_told_apart(theme: str, vision: str, scale: str) -> None:
    p = PALETTES[theme]
    steps = [over(colour, p.step_opacity, p.land) for colour in getattr(p, scale)]
    for one, other in pairwise(steps):
        assert difference(one, other, vision) >= FEWEST_STEP, (one, other)


def test_a_red_and_green_pair_would_be_caught() -> None:
    assert difference("#D7191C", "#1A9641", "normal") > 50
    assert difference("#B8860B", "#6B8E23", "deutan") < FEWEST_SET


@pytest.mark.parametrize("theme", PALETTES)
def test_text_can_be_read(theme: str) -> None:
    p = PALETTES[theme]

    def contrast(one: str, other: str) -> float:
        light, dark = sorted((float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other)), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    for colour in (p.text, p.muted, p.control, p.in_progress, p.closed, p.overdue):
        assert contrast(colour, p.page) >= 4.5, colour
    assert contrast(p.on_control, p.control) >= 4.5
