"""The last sheet of a work order: how it is filled in, what its columns mean, what to keep in mind, and the map."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import Image

from geo.export.order_columns import (
    SHEETS_SENTENCES,
    STATE_SENTENCES,
    came_back_rule,
    deadline_rule,
    state_name,
)
from geo.export.order_looks import Looks, write_locked
from geo.export.print_text import one_line
from geo.export.workbook import fit_row, set_up_print
from geo.planning.orders import WorkOrders
from geo.words import say

_PICTURE_PX = 900
_NAMES, _TEXTS = 22, 110  # characters across


def write_guide(book: Any, looks: Looks, orders: WorkOrders, about: Mapping[str, str], picture: bytes | None) -> None:
    """Write how to fill the order in, what its columns mean and what to keep in mind, and put the map under it."""
    lang = looks.lang
    sheet = book.add_worksheet(say(SHEETS_SENTENCES["about"], lang))
    sheet.set_column(0, 0, _NAMES)
    sheet.set_column(1, 1, _TEXTS)
    lines = [*_guide(lang), *about.items()]
    lines += [(say("Keep in mind", lang) if not at else "", one.sentence(lang)) for at, one in enumerate(orders.notes)]
    for row, (name, text) in enumerate(lines):
        write_locked(sheet, looks, row, 0, one_line(name), "", bold=True)
        write_locked(sheet, looks, row, 1, one_line(text) or None, "")
        fit_row(sheet, row, [(one_line(name), _NAMES), (one_line(text), _TEXTS)], lang)
    if picture:
        scale = min(1.0, _PICTURE_PX / _width(picture))
        sheet.insert_image(
            len(lines) + 1,
            0,
            "map.png",
            {"image_data": BytesIO(picture), "x_scale": scale, "y_scale": scale, "description": orders.title},
        )
    set_up_print(sheet, lang, chars=_NAMES + _TEXTS, pages_high=1)


def _width(picture: bytes) -> int:
    """Return how many pixels a picture takes across at 96 to the inch."""
    with Image.open(BytesIO(picture)) as opened:
        return max(1, round(opened.width * 96 / float(opened.info.get("dpi", (96, 96))[0] or 96)))


def _guide(lang: str) -> list[tuple[str, str]]:
    """Return how an order is filled in, and what its columns mean."""
    states = " / ".join(state_name(state, lang) for state in STATE_SENTENCES)
    return [
        (
            say("Filling in", lang),
            say(
                "Fill in the coloured columns and send the workbook back as .xlsx. Result: {states}. A rectified "
                "problem needs its day. Name the unit, no persons.",
                lang,
                states=states,
            ),
        ),
        (
            say("Several at once", lang),
            say(
                "Work in copies of the file and send all of them back. A copied sheet is not read: only the problem "
                "list is.",
                lang,
            ),
        ),
        (
            say("Locked", lang),
            say(
                "What was sent is locked so that rows are not mixed up; there is no password. Rows may be filtered; "
                "sort them in a copy.",
                lang,
            ),
        ),
        (
            say("Deadline", lang),
            deadline_rule(lang),
        ),
        (
            say("Came back", lang),
            came_back_rule(lang),
        ),
        (
            say("Latitude", lang),
            say("Degrees, WGS-84. Other maps shift them: AMap and Tencent use GCJ-02, Baidu uses BD-09.", lang),
        ),
        (
            say("Photo before", lang),
            say(
                "A local picture named after the number of one of the reports, made small; its metadata is left out.",
                lang,
            ),
        ),
    ]
