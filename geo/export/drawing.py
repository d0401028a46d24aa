"""Pictures for paper: an Agg canvas measured in millimetres, lettered with the font of what is printed.

No pyplot: it keeps figures in one place for the whole process, which the threads of a server must not share.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

# matplotlib lists the fonts of the machine when it is imported; the list stays with the project, and can be deleted.
os.environ.setdefault("MPLCONFIGDIR", str(Path(__file__).resolve().parents[2] / "build" / "matplotlib"))

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke

from geo.export.print_text import face, printable


def canvas(width: float, height: float) -> Axes:
    """Return a drawing of so many millimetres, whose units are millimetres from its lower left corner."""
    figure = Figure(figsize=(width / 25.4, height / 25.4))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    return axes


def letter(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    colour: str,
    halo: str = "",
    bold: bool = False,
    **how: Any,
) -> None:
    """Write one line of text at (x, y); nothing in it is taken for a formula."""
    found = axes.text(
        x,
        y,
        printable(text),
        font=FontProperties(fname=face(bold).file, size=size),
        color=colour,
        parse_math=False,
        **{"va": "center", **how},
    )
    if halo:
        found.set_path_effects([withStroke(linewidth=2.2, foreground=halo)])


def outline(axes: Axes, shapes: Iterable[BaseGeometry], **how: Any) -> None:
    """Draw polygons, holes and all."""
    rings = [ring for shape in shapes for part in shapely.get_parts(shape) for ring in _rings(part)]
    if rings:
        path = Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings))
        # Not add_patch, which measures every curve anew for limits that are fixed here.
        axes.add_artist(PathPatch(path, **{"facecolor": "none", "joinstyle": "round", **how}))


def _rings(part: BaseGeometry) -> list[np.ndarray[Any, Any]]:
    if part.geom_type != "Polygon" or part.is_empty:
        return []
    turned = shapely.geometry.polygon.orient(part)
    return [np.asarray(ring.coords)[:, :2] for ring in (turned.exterior, *turned.interiors)]


def picture(axes: Axes, dpi: int = 200) -> bytes:
    """Return the drawing as PNG: the same drawing, the same bytes."""
    out = BytesIO()
    figure = axes.get_figure(root=True)
    assert figure is not None  # `canvas` made it
    figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None})
    return out.getvalue()
