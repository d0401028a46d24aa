"""Merging against its witnesses: `python -m benchmarks.incidents` writes docs/incidents.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from benchmarks.stamp import ROOT, commit
from benchmarks.witnesses import SEEDS, Score, boston, cited, cities, merge, score, total, witness
from geo.intake.agreement import agreement
from geo.intake.incidents import merge_duplicates
from geo.intake.radii import Rule, group_of, shipped_radii, usual_radius
from geo.intake.themes import shipped_themes
from geo.tables import REPORT_KEY

METRES = (20.0, 30.0, 40.0, 50.0, 60.0, 75.0, 100.0, 120.0)
HOURS = (24.0, 48.0, 72.0, 96.0, 120.0, 168.0)
DAYS = (7.0, 14.0, 30.0, 45.0, 60.0, 90.0)
PAGE = ROOT / "docs" / "incidents.md"


def demo_lines() -> list[str]:
    """The default rule: every seed, by how the pins came about, and piles and coarse points."""
    rows, marks, relapses = [], [], []
    for city in cities():
        merged = merge(city)
        parts = [("all", merged)] + [
            (place, merged.filter(pl.col("place") == place)) for place in ("exact", "coarse", "pile")
        ]
        for name, part in parts:
            found = score(part)
            exactly = f"{found.right / found.problems:.4f}" if name == "all" else ""
            rows.append(
                (city.seed, name, part.height, found.true, _share(found.precision), _share(found.recall), exactly)
            )
        for mark in ("pile", "coarse"):
            hits = merged.filter(mark, pl.col("place") == mark).height
            true = merged.filter(pl.col("place") == mark).height
            marks.append(
                (
                    city.seed,
                    mark,
                    true,
                    int(merged[mark].sum()),
                    _share(hits / int(merged[mark].sum())),
                    _share(hits / true),
                )
            )
        named = merged.select("problem", "incident_id")
        opened = merged.filter(pl.col("incident_id") == REPORT_KEY).select("incident_id", whose="problem")
        swallowed = (
            named.join(opened, on="incident_id").group_by("problem").agg(pl.col("whose").ne(pl.col("problem")).all())
        )
        again = swallowed.filter(pl.col("problem").is_in(list(city.comebacks)))
        relapses.append((city.seed, again.height, int(again["whose"].sum())))
    return [
        *_table(("seed", "pins", "reports", "true pairs", "precision", "recall", "problems exactly right"), rows),
        "",
        *_table(("seed", "mark", "true reports", "marked", "precision", "recall"), marks),
        "",
        *_table(("seed", "relapses after a closing", "taken for duplicates"), relapses),
    ]


def curve(key: str, values: Sequence[float]) -> list[str]:
    """Precision / recall over the three cities with one radius for all, or another `hours` or `days`; by group."""
    groups = ["fixed", "spreading", "usual"]
    rows = []
    for value in values:
        cells: dict[str, list[Score]] = {}
        for city in cities():
            merged = merge(city, **{key: value})
            exact = merged.filter(pl.col("place") == "exact")
            group = exact["category"].replace_strict({one: group_of(one) for one in exact["category"].unique()})
            parts = {"all": merged, "exact": exact} | {name: exact.filter(group == name) for name in groups}
            for name, part in parts.items():
                cells.setdefault(name, []).append(score(part))
        sums = [total(scores) for scores in cells.values()]
        rows.append((f"{value:g}", *(f"{found.precision:.3f} / {found.recall:.3f}" for found in sums)))
    return _table((key, "all", "exact pins", *(f"{name}, exact pins" for name in groups)), rows)


def boston_lines() -> list[str]:
    """The default rule, then other radii, hours and days beside it."""
    reports = boston()
    if reports is None:
        return ["../shared/data/boston is not here."]
    marked = set(reports.filter("labelled_duplicate")["report_id"])
    base = len(marked) / reports.height
    usual = witness(reports)
    rows = []
    rules: Iterable[tuple[str, dict[str, float]]] = [
        ("as shipped", {}),
        *((f"{value:g} m for all", {"metres": value}) for value in METRES),
        *((f"{value:g} hours", {"hours": value}) for value in HOURS if value != Rule().hours),
        *((f"{value:g} days", {"days": value}) for value in DAYS if value != Rule().days),
    ]
    for name, settings in rules:
        seen = witness(reports, **settings) if settings else usual
        more, fewer = seen.duplicates - usual.duplicates, usual.duplicates - seen.duplicates
        rows.append(
            (
                name,
                f"{seen.merged:,}",
                _share(seen.labelled),
                _share(seen.together),
                _share(seen.cited),
                *(f"{len(part):,} ({len(part & marked) / len(part):.1%})" if part else "" for part in (more, fewer)),
            )
        )
    merged = merge_duplicates(reports)
    found = agreement(merged, Rule())
    assert found is not None
    rates = merged.group_by("category").agg(rate=pl.col("labelled_duplicate").mean())
    chance = merged.filter(pl.col("incident_id") != REPORT_KEY).join(rates, on="category")["rate"]
    pairs = cited()
    one = pairs.filter(pl.col("category") == pl.col("cited_category")).height
    piles = merged.filter("pile").group_by("lat", "lon").len()
    return [
        f"{reports.height:,} reports, {found.labelled:,} labelled ({base:.1%}): the closing text mentions a duplicate. "
        f"{pairs.height:,} of these texts name an earlier case of the file, {one:,} of them one of the same category.",
        "",
        *_table(
            (
                "rule",
                "merged",
                "labelled of the merged",
                "labelled in company",
                "cited pairs together",
                "more (labelled)",
                "fewer (labelled)",
            ),
            rows,
        ),
        "",
        f"If the labels fell at random {base:.1%} of the merged reports would bear one; at random within each category "
        f"{chance.sum() / chance.len():.1%}.",
        "",
        f"Labelled, and alone under the shipped rule: {found.labelled - found.together:,}.",
        "",
        *_table(("why", "reports"), [(reason, f"{count:,}") for reason, count in found.reasons.items()]),
        "",
        "Piles found: "
        + "; ".join(f"{lat}, {lon} with {count:,} reports" for lat, lon, count in piles.sort("len").iter_rows())
        + f". Coarse points: {int(merged['coarse'].sum()):,}.",
    ]


def ring_lines() -> list[str]:
    """How often a merged report is labelled, by how far it lies from the first one, merging all within 150 m."""
    reports = boston()
    if reports is None:
        return []
    merged = merge_duplicates(reports, metres=150.0).filter(~pl.col("pile"))
    firsts = merged.select(REPORT_KEY.alias("incident_id"), first_lat="lat", first_lon="lon")
    degree = 111_195.0
    away = (
        merged.filter(pl.col("incident_id") != REPORT_KEY)
        .join(firsts, on="incident_id")
        .with_columns(
            metres=(
                ((pl.col("lat") - pl.col("first_lat")) * degree) ** 2
                + ((pl.col("lon") - pl.col("first_lon")) * degree * pl.col("lat").radians().cos()) ** 2
            ).sqrt(),
            odd=pl.col("reported_at").dt.week() % 2 == 1,
        )
    )
    rings = (("0-20 m", 0, 20), ("20-50 m", 20, 50), ("50-150 m", 50, 150))
    household = next(radius for radius in shipped_radii() if radius.group == "household").categories
    often = away.filter("labelled_duplicate")["category"].value_counts(sort=True)["category"].head(14).to_list()
    rows = []
    for category in [*often, *(one for one in household if one not in often)]:
        cells = []
        for odd in (True, False):
            for _, low, high in rings:
                part = away.filter(
                    pl.col("category") == category,
                    pl.col("odd") == odd,
                    pl.col("metres") > low if low else pl.lit(True),
                    pl.col("metres") <= high,
                )
                marked = int(part["labelled_duplicate"].sum())
                cells.append(f"{marked} of {part.height}" + (f" ({marked / part.height:.0%})" if part.height else ""))
        if any(not cell.startswith("0 of 0") for cell in cells):
            rows.append((category, group_of(category), *cells))
    return _table(
        ("category", "group", *(f"{ring}, {weeks} weeks" for weeks in ("odd", "even") for ring, *_ in rings)), rows
    )


def theme_lines() -> list[str]:
    """What it would change to merge by theme instead of category, one radius for all."""
    theme = {code: one.key for one in shipped_themes() for code in one.categories}

    def themed(reports: pl.DataFrame) -> pl.DataFrame:
        return reports.with_columns(category=pl.col("category").replace(theme))

    rows = []
    for city in cities():
        before = score(merge(city, metres=usual_radius()))
        after = score(merge_duplicates(themed(city.reports), areas=city.areas, metres=usual_radius()))
        rows.append(
            (
                f"demo city {city.seed}, precision / recall",
                *(f"{s.precision:.3f} / {s.recall:.3f}" for s in (before, after)),
            )
        )
    reports = boston()
    if reports is not None:
        pairs = cited()
        for same, name in ((True, "one category"), (False, "two categories")):
            shares = []
            for rows_of in (reports, themed(reports)):
                merged = merge_duplicates(rows_of, metres=usual_radius()).select("report_id", "incident_id")
                asked = pairs.filter((pl.col("category") == pl.col("cited_category")) == same)
                both = asked.join(merged, on="report_id").join(
                    merged.rename({"report_id": "cited"}), on="cited", suffix="_cited"
                )
                together = both.filter(pl.col("incident_id") == pl.col("incident_id_cited")).height
                shares.append(f"{together} of {both.height}")
            rows.append((f"Boston, cited pairs of {name} together", *shares))
    return _table(("", "by category", "by theme"), rows)


def radius_lines() -> list[str]:
    rows = [(radius.group, f"{radius.metres:g}", radius.reason) for radius in shipped_radii()]
    return _table(("group", "metres", "why"), [*rows, ("usual", f"{usual_radius():g}", "every other category")])


def incident_lines() -> list[str]:
    """Return the figures of the shipped rule alone, for `make check-stats`: a table per witness."""
    return [*demo_lines(), "", *boston_lines()]


SECTIONS: tuple[tuple[str, Callable[[], list[str]]], ...] = (
    ("The radii", radius_lines),
    ("The demo city", demo_lines),
    ("The demo city by radius: precision / recall", lambda: curve("metres", METRES)),
    ("The demo city by hours: precision / recall", lambda: curve("hours", HOURS)),
    ("The demo city by days: precision / recall", lambda: curve("days", DAYS)),
    ("Boston's own labels", boston_lines),
    ("Boston by distance", ring_lines),
    ("By theme instead of category", theme_lines),
)


def write_page(page: Path) -> None:
    """Put every table under its heading; what stands above the first heading and above the tables stays."""
    text = page.read_text("utf-8")
    for title, make in SECTIONS:
        block = f"<!-- {title} -->\n" + "\n".join(make()) + "\n<!-- end -->"
        old = re.search(rf"<!-- {re.escape(title)} -->\n.*?<!-- end -->", text, flags=re.DOTALL)
        text = text.replace(old[0], block) if old else text + f"\n## {title}\n\n{block}\n"
    stamp = f"Commit {commit()}, {date.today()}, seeds {', '.join(map(str, SEEDS))}."
    text = re.sub(r"^Commit.*$", stamp, text, count=1, flags=re.MULTILINE)
    page.write_text(text, "utf-8")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]


def _share(value: float) -> str:
    return f"{value:.3f}"


if __name__ == "__main__":
    write_page(PAGE)
    print(PAGE.read_text("utf-8"))
