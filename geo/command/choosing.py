"""The options of a ranking and of a choice under a budget, and how both are put to a city."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo.command.naming import find_area, find_areas
from geo.command.options import check_choice, check_number
from geo.errors import RefusedQuestion

if TYPE_CHECKING:  # the steps take their time, help does not
    import geopandas as gpd

    from geo.agenda.choice import Choice
    from geo.agenda.priorities import Priorities
    from geo.planning.priority import Weights
    from geo.study import Question, Study

HALF_LIVES = ("auto", "4", "8", "16", "32")


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """How areas are ranked."""

    kind: Annotated[str, typer.Option("--kind", help="Kind of area that is ranked.")] = "community"
    half_life: Annotated[
        str, typer.Option("--half-life", help="Weeks in which a report loses half its say: 4, 8, 16, 32 or auto.")
    ] = "auto"
    weights: Annotated[
        str,
        typer.Option(
            "--weights", help="Parts of the score, for example excess=1,trend=0.5,relapses=0.5,overdue=1,hot=0."
        ),
    ] = ""

    def check(self) -> None:
        """Raise RefusedQuestion for what no ranking can be asked."""
        check_choice("half-life", self.half_life, HALF_LIVES)
        self.parts()

    def parts(self) -> Weights:
        """Return the weights; a part that is not named keeps its usual one."""
        from geo.planning.priority import Weights

        known = tuple(Weights.__dataclass_fields__)
        parts: dict[str, float] = {}
        for text in filter(None, self.weights.split(",")):
            name, _, number = text.partition("=")
            parts[name.strip()] = _number(number)
        if not all(name in known and value >= 0 for name, value in parts.items()):
            raise RefusedQuestion(
                '--weights cannot be "{text}". Write parts and numbers from 0 up, for example excess=1,relapses=0.5; '
                "the parts are {parts}.",
                text=self.weights,
                parts=", ".join(known),
            )
        return Weights(**parts)

    def rank(self, study: Study, question: Question, *, lang: str, top: int | None = None) -> Priorities:
        """Put the question to the city. Raises RefusedQuestion for a kind of which no area was read."""
        from geo.agenda.priorities import rank

        if self.kind not in (read := sorted(set(study.areas["kind"]))):
            raise RefusedQuestion(
                'No areas of the kind "{kind}" were read, only: {kinds}. Name their file with --areas {kind}=FILE.',
                kind=self.kind,
                kinds=", ".join(read),
            )
        half_life: Any = self.half_life if self.half_life == "auto" else int(self.half_life)
        return rank(study, question, kind=self.kind, half_life=half_life, weights=self.parts(), top=top, lang=lang)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What may be spent, and what the planner wishes."""

    teams: Annotated[int, typer.Option("--teams", help="Teams that go out.")] = 4
    days: Annotated[int, typer.Option("--days", help="Working days of each team.")] = 5
    cost: Annotated[
        str, typer.Option("--cost", help="Team-days that a target takes: a number, or a table of area and cost.")
    ] = "1"
    must: Annotated[
        list[str], typer.Option("--must", help="Areas, by index or name, that are chosen whatever they hold.")
    ] = field(default_factory=list)
    never: Annotated[list[str], typer.Option("--never", help="Areas, by index or name, that are left out.")] = field(
        default_factory=list
    )
    per_unit: Annotated[int | None, typer.Option("--per-unit", help="At most so many targets of one unit.")] = None
    near: Annotated[
        str | None, typer.Option("--near", help='Only within so many metres of a point: "latitude,longitude,metres".')
    ] = None
    along: Annotated[
        str | None,
        typer.Option("--along", help='Only within so many metres of an area or a line: "NAME or FILE,metres".'),
    ] = None
    reach: Annotated[
        float, typer.Option("--reach", help="Metres around a target that a team there looks after too.")
    ] = 0.0

    def check(self) -> None:
        """Raise RefusedQuestion for what no choice can be asked."""
        check_number("teams", self.teams, 1, 500)
        check_number("days", self.days, 1, 366)
        if self.per_unit is not None:
            check_number("per-unit", self.per_unit, 1, 100_000)
        self.point()
        self.line()
        if not 0 <= self.reach <= _FARTHEST:
            raise _no_metres("reach", f"{self.reach:g}")
        if _is_number(self.cost) and not _number(self.cost) > 0:
            raise RefusedQuestion("--cost cannot be {value}. Write team-days above 0.", value=self.cost)
        if not _is_number(self.cost) and not Path(self.cost).is_file():
            raise RefusedQuestion(
                '--cost cannot be "{value}": it is no number, and there is no such file.', value=self.cost
            )

    def point(self) -> tuple[float, float, float] | None:
        """Return the point asked for: latitude and longitude in degrees, and metres."""
        if self.near is None:
            return None
        parts = [_number(part) for part in self.near.split(",")]
        if len(parts) != 3 or not (abs(parts[0]) <= 90 and abs(parts[1]) <= 180 and 0 < parts[2] <= _FARTHEST):
            raise RefusedQuestion(
                '--near cannot be "{value}". Write latitude, longitude and metres, for example 30.66,104.06,1000.',
                value=self.near,
            )
        return parts[0], parts[1], parts[2]

    def line(self) -> tuple[str, float] | None:
        """Return what targets are to lie along, still as it was written, and metres."""
        if self.along is None:
            return None
        what, _, number = self.along.rpartition(",")
        metres = _number(number)
        if not what or not 0 < metres <= _FARTHEST:
            raise RefusedQuestion(
                '--along cannot be "{value}". Write an area or a file and metres, for example "South River,200".',
                value=self.along,
            )
        return what.strip(), metres

    def choose(self, study: Study, ranked: Priorities, *, lang: str) -> Choice:
        """Put the choice to the city."""
        from geo.agenda.choice import choose_targets

        offered = study.areas[study.areas["kind"] == ranked.kind]
        line = self.line()
        return choose_targets(
            study,
            ranked,
            teams=self.teams,
            days=self.days,
            costs=_number(self.cost) if _is_number(self.cost) else read_costs(Path(self.cost), offered),
            must=find_areas(offered, self.must, option="must"),
            never=find_areas(offered, self.never, option="never"),
            per_unit=self.per_unit,
            near=self.point(),
            along=None if line is None else (_shape_of(study.areas, line[0]), line[1]),
            reach_m=self.reach,
            lang=lang,
        )

    def said(self, lang: str) -> dict[str, str]:
        """Return what was asked, as it stands on the cover sheet."""
        from geo.agenda.told import asked_of_choice

        return asked_of_choice(
            self.teams,
            self.days,
            self.cost if _is_number(self.cost) else Path(self.cost).name,
            must=self.must,
            never=self.never,
            per_unit=self.per_unit,
            near=self.near or "",
            along=self.along or "",
            reach=f"{self.reach:g}" if self.reach else "",
            lang=lang,
        )


_FARTHEST = 1_000_000.0


def read_costs(path: Path, areas: gpd.GeoDataFrame) -> dict[str, float]:
    """Return the team-days of areas from a table with a column of areas (index or name) and one of costs.

    Any table format of `read_reports`. Raises UnreadableFile where it is none, RefusedQuestion where a column is
    missing, a cost is no number above 0, or an area is not known or stands there twice.
    """
    from geo.intake.amounts import read_amounts
    from geo.intake.readers import read_table
    from geo.intake.text_table import plain

    area_names = ("area_id", "area", "name", "区域编码", "编号", "区域", "名称", "社区")
    cost_names = ("cost", "team_days", "days", "工日", "成本", "天数")
    table = read_table(path, known={plain(name) for name in (*area_names, *cost_names)})
    there = {plain(column): column for column in reversed(table.frame.columns)}
    columns = [
        next((there[plain(name)] for name in names if plain(name) in there), None) for names in (area_names, cost_names)
    ]
    if columns[0] is None or columns[1] is None:
        raise RefusedQuestion(
            "{file} is no table of costs: it needs a column area_id or name, and a column cost.", file=table.name
        )
    amounts = read_amounts(table.frame[columns[1]], table.separator)
    costs: dict[str, float] = {}
    for row, text, cost in zip(table.rows, table.frame[columns[0]], amounts.numbers, strict=True):
        if cost is None or not cost > 0 or text is None:
            raise RefusedQuestion(
                "Row {row} of {file} has no cost above 0, or no area. Fill it in, or delete the row.",
                row=row,
                file=table.name,
            )
        area = find_area(areas, text, option="cost")
        if area in costs:
            raise RefusedQuestion(
                'Row {row} of {file}: "{area}" stands there twice. Keep one row.', row=row, file=table.name, area=text
            )
        costs[area] = cost
    return costs


def _shape_of(areas: gpd.GeoDataFrame, text: str) -> Any:
    """Return the area_id that `--along` names, or the shape in the file of that name."""
    if not Path(text).is_file():
        return find_area(areas, text, option="along")
    import shapely

    from geo.intake.area_files import read_area_rows
    from geo.intake.mapping import AreaMapping

    shapes = [shape for shape in read_area_rows(text, "street", AreaMapping()).shapes if shape is not None]
    if not shapes:
        raise RefusedQuestion(
            "{file} holds no shape to go along. Give a file with lines or areas.", file=Path(text).name
        )
    return shapely.union_all(shapes)


def _no_metres(option: str, value: str) -> RefusedQuestion:
    return RefusedQuestion("--{option} cannot be {value}. Write metres, 0 or more.", option=option, value=value)


def _number(text: str) -> float:
    """Return a number, or NaN, which no limit takes."""
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _is_number(text: str) -> bool:
    return not math.isnan(_number(text))
