"""`workorders`: who puts what right by when, as files for every unit; and what they fill in, read back."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo.command.choosing import Budget, Ranking
from geo.command.options import Category, Files, LastDay, Reports, Talk, Timezone, Window, day
from geo.command.returned import SENT_FILE, read_returned
from geo.command.telling import print_object, progress, say_aside
from geo.errors import RefusedQuestion

BULLETIN_FILE = "bulletin.docx"

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd

    from geo.study import Question


@dataclass(frozen=True, kw_only=True)
class OrderFiles(Files):
    """Files of a verb that writes a folder, and reads what comes back to it."""

    reports: Reports = field(default_factory=list)
    out: Annotated[Path, typer.Option("--out", help="Folder of the work orders; made if it is not there.")]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What came back from the units."""

    read_back: Annotated[
        list[Path],
        typer.Option("--read-back", help="Filled-in workbooks of the orders in --out: shows what they say."),
    ] = field(default_factory=list)
    confirm: Annotated[bool, typer.Option("--confirm", help="Accept what --read-back shows as changes.")] = False
    accept: Annotated[
        list[str],
        typer.Option(
            "--accept",
            help="With --confirm: FILE:ROW of the answer of a conflict that holds, or the problem whose old one does.",
        ),
    ] = field(default_factory=list)


def workorders(
    *,
    files: OrderFiles,
    due: Annotated[str | None, typer.Option("--due", help="Day by which everything is to be put right.")] = None,
    targets: Annotated[
        Path | None, typer.Option("--targets", help="List that choose wrote; chosen anew unless given.")
    ] = None,
    ranking: Ranking,
    budget: Budget,
    photos: Annotated[
        Path | None, typer.Option("--photos", help="Folder of pictures named after reports (REPORT.jpg).")
    ] = None,
    answers: Answers,
    window: Window = "auto",
    until: LastDay = None,
    category: Category = [],  # noqa: B006 (typer copies it)
    timezone: Timezone = None,
    talk: Talk,
) -> None:
    """Write the work orders of the chosen targets, or read back what the units filled in."""
    from geo.study import Question

    talk.check()
    if answers.read_back:
        last = day("until", until)
        read_returned(answers.read_back, files.out, talk, today=last, take=answers.confirm, accept=answers.accept)
        return
    if answers.confirm or answers.accept:
        raise RefusedQuestion("Nothing is read back that could be confirmed. Name the workbooks with --read-back.")
    deadline = day("due", due)
    for option, given in (("reports", files.reports), ("due", deadline)):
        if not given:
            raise RefusedQuestion("Work orders need --{option}.", option=option)
    assert deadline is not None
    ranking.check()
    budget.check()
    question = Question(window=window, until=day("until", until), categories=tuple(category))
    _write(files, question, deadline, targets, ranking, budget, photos, timezone, talk)


def _write(
    files: OrderFiles,
    question: Question,
    deadline: date,
    targets: Path | None,
    ranking: Ranking,
    budget: Budget,
    photos: Path | None,
    timezone: str | None,
    talk: Talk,
) -> None:
    """Write the orders of the targets listed in a file, or of those that the budget chooses."""
    from geo.agenda import told
    from geo.agenda.orders import make_orders
    from geo.agenda.performance import closing_performance
    from geo.command.opening import open_city
    from geo.export.bulletin import bulletin
    from geo.export.lists import check_made
    from geo.export.order_progress import write_sent
    from geo.export.work_orders import check_empty, write_orders

    started, lang = time.perf_counter(), talk.lang
    check_made(files.out)
    check_empty(files.out)
    listed = None if targets is None else read_targets(targets)
    with progress(lang) as tell:
        study = open_city(files, question, timezone=timezone, tell=tell)
        tell("Choosing the targets", 0.9)
        ranked = ranking.rank(study, question, lang=lang)
        asked = told.asked_of_ranking(ranked, lang=lang)
        if listed is None:
            listed = budget.choose(study, ranked, lang=lang).table
            asked |= budget.said(lang)
        tell("Writing the orders", 0.95)
        orders = make_orders(study, listed, deadline=deadline, question=question, photos=photos, lang=lang)
        about = told.about_orders(study, question, orders, asked=asked, lang=lang)
        closing = closing_performance(study, question, lang=lang)
        with tempfile.TemporaryDirectory(prefix="hexward-") as beside:  # where it fails, no order is written
            paper = bulletin(
                Path(beside) / BULLETIN_FILE,
                priorities=ranked.table,
                performance=closing.table,
                period=(ranked.window.first, ranked.window.last),
                lang=lang,
                notes=(*ranked.notes, *closing.notes),
            )
            written = write_orders(orders, files.out, lang=lang, about=about)
            written.append(write_sent(orders.problems, files.out / SENT_FILE))
            written.append(Path(shutil.copy(paper, files.out)))
    for text in told.order_notes(study, orders, lang=lang):
        say_aside(text)
    if talk.as_json:
        print_object({**told.order_figures(orders), "files": [str(file) for file in written]}, started)
    else:
        print(f"{told.orders_in_short(orders, lang=lang)}\n{files.out}")


def read_targets(path: Path) -> gpd.GeoDataFrame:
    """Return area_id, tier and gain of the targets chosen in a list that `choose` wrote, or of every row of another.

    Raises UnreadableFile where the file is no such list.
    """
    import geopandas as gpd
    import polars as pl

    from geo.export.agenda_kinds import CHOICES
    from geo.export.read_back import read_back

    rows = read_back(path, CHOICES, ("area_id",)).drop_nulls("area_id")
    if "chosen" in rows.columns:
        rows = rows.filter(pl.col("chosen").cast(pl.String).str.to_lowercase().is_in(["true", "1"]))
    there = {"area_id": pl.String, "tier": pl.String, "gain": pl.Float64}
    columns = {name: rows[name].cast(dtype, strict=False) for name, dtype in there.items() if name in rows.columns}
    return gpd.GeoDataFrame(pl.DataFrame(columns).to_pandas())
