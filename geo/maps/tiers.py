"""Tiers in place of false precision: what A, B and C stand for, how they and the boards are marked beside a name."""

from __future__ import annotations

from typing import Any

from geo.maps.classes import ink_on
from geo.maps.palette import Fill, Palette
from geo.words import say

BOARD_GLYPHS = {"black": "▼", "red": "★"}
"""Worst and best beyond luck. Both are ringed in ink: a colour would speak against their names (红榜 is the best)."""


def board_name(board: str, lang: str) -> str:
    """Return what a board is called.

    >>> board_name("black", "zh")
    '黑榜'
    """
    return {"black": say("Black board", lang), "red": say("Red board", lang)}.get(board, "")


def board_ring(board: str, palette: Palette) -> dict[str, Any]:
    """Return the ring around an area of a board: whole and thick around the worst, broken around the best.

    >>> from geo.maps.palette import PALETTES
    >>> board_ring("red", PALETTES["light"])
    {'stroke': '#1B2733', 'weight': 2.4, 'dash': '5 4'}
    """
    return {
        "stroke": palette.text,
        "weight": {"black": 3.2, "red": 2.4}[board],
        "dash": {"black": "", "red": "5 4"}[board],
    }


def board_mark(board: str, palette: Palette) -> str:
    """Return a small square with the ring and the symbol of a board, as SVG for a legend."""
    ring = board_ring(board, palette)
    dash = ' stroke-dasharray="3 2"' if ring["dash"] else ""
    return (
        f'<svg width="15" height="15" viewBox="0 0 15 15" aria-hidden="true"><rect x="1" y="1" width="13" height="13" '
        f'rx="2" fill="none" stroke="{ring["stroke"]}" stroke-width="{0.6 * ring["weight"]:.1f}"{dash}/>'
        f'<text x="7.5" y="11" text-anchor="middle" font-size="9" fill="{palette.text}">{BOARD_GLYPHS[board]}</text>'
        "</svg>"
    )


def tier_fill(tier: str, palette: Palette) -> Fill:
    """Return how a tier is drawn; hollow for none.

    >>> from geo.maps.palette import PALETTES
    >>> tier_fill("A", PALETTES["light"]).fill, tier_fill("", PALETTES["light"]).fill
    ('#8C1515', None)
    """
    return {"A": palette.tier_a, "B": palette.tier_b, "C": palette.tier_c}.get(tier, palette.few)


def tier_name(tier: str, lang: str) -> str:
    """Return what a tier is called.

    >>> tier_name("A", "zh"), tier_name("", "en")
    ('A档', 'Too few reports')
    """
    return say("Tier {letter}", lang, letter=tier) if tier else say("Too few reports", lang)


def tier_meaning(tier: str, top: int, lang: str) -> str:
    """Say what a tier stands for, `top`: how many could be put right first."""
    return {
        "A": say("A: almost certainly among the first {top}", lang, top=top),
        "B": say("B: probably among the first {top}", lang, top=top),
        "C": say("C: not surely among the first {top}", lang, top=top),
        "": say("Too few reports", lang),
    }[tier]


def tier_letter(tier: str, palette: Palette) -> str:
    """Return the letter of a tier on its colour, as HTML for a page, which lets no SVG through."""
    fill = tier_fill(tier, palette).fill or palette.page
    return f'<i class="tier" style="background:{fill};color:{ink_on(fill)}">{tier}</i>'


def tier_mark(tier: str, palette: Palette) -> str:
    """Return a small square of a tier with its letter, as SVG for a legend."""
    fill = tier_fill(tier, palette)
    letter = (
        f'<text x="7.5" y="11.5" text-anchor="middle" font-size="11" font-weight="600" '
        f'fill="{ink_on(fill.fill)}">{tier}</text>'
        if fill.fill
        else ""
    )
    return (
        f'<svg width="15" height="15" viewBox="0 0 15 15" aria-hidden="true"><rect x=".5" y=".5" width="14" '
        f'height="14" rx="2" fill="{fill.fill or "none"}" stroke="{fill.fill or palette.muted}"/>{letter}</svg>'
    )
