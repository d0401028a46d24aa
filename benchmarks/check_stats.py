"""Check the statistics against known answers and simulated truth: `python -m benchmarks.check_stats [Q1 Q2 Q3 ...]`.

Every bar of benchmarks/registry.py runs at three seeds, one of them the calendar week, so that no seed can be tuned
for. The tables are written to docs/statistics.md. Ends with exit code 1 where a bar is missed, or takes longer than it
may. `Q9`, the speed of a large city, runs only where it is named: it needs the machine for itself.
"""

from __future__ import annotations

import math
import os
import re
import sys
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.bars import Numbers, Verdict, verdicts
from benchmarks.demo_city import demo_city_lines
from benchmarks.registry import ALONG, BARS
from benchmarks.scale import scale_lines
from benchmarks.scan_growth import growth_lines
from benchmarks.stamp import commit

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "docs" / "statistics.md"
FIXED_SEEDS = (1, 2)
CHUNK = 10  # maps that a process makes at a time


def this_week(today: date) -> int:
    """Return the calendar week as a seed.

    >>> this_week(date(2026, 1, 1))
    202601
    """
    year, week, _ = today.isocalendar()
    return 100 * year + week


def make_maps(bar: str, setting: int, seed: int, maps: range) -> list[Numbers]:
    """Make some maps of a setting. Each has its own random numbers, whoever makes it."""
    chosen = BARS[bar].settings()[setting]
    name = zlib.crc32(f"{bar} {chosen.name}".encode())
    return [chosen.measure(np.random.default_rng([seed, name, number])) for number in maps]


def run_bar(bar: str, seeds: Sequence[int], pool: ProcessPoolExecutor) -> dict[int, list[Verdict]]:
    """Return the verdicts of one bar by seed."""
    settings = BARS[bar].settings()
    jobs = {
        (seed, at): [
            pool.submit(make_maps, bar, at, seed, range(first, min(first + CHUNK, setting.maps)))
            for first in range(0, setting.maps, CHUNK)
        ]
        for seed in seeds
        for at, setting in enumerate(settings)
    }
    return {
        seed: [
            line
            for at, setting in enumerate(settings)
            for line in verdicts(setting, [numbers for job in jobs[seed, at] for numbers in job.result()])
        ]
        for seed in seeds
    }


def table(found: dict[int, list[Verdict]]) -> list[str]:
    """Return a Markdown table: a row per statistic, a column per seed; seed 0 is none."""
    seeds = list(found)
    lines = [
        "| setting | maps | statistic | bar | "
        + " | ".join(f"seed {seed}" if seed else "found" for seed in seeds)
        + " | |",
        "|---|---|---|---|" + "---|" * len(seeds) + "---|",
    ]
    for row in zip(*found.values(), strict=True):
        first = row[0]
        bar = f"{first.limit.side} {first.limit.bound:.3g}" if first.limit.asked else ""
        values = " | ".join(number(line.value) for line in row)
        met = "met" if all(line.met for line in row) else "**missed**"
        lines.append(
            f"| {first.setting} | {first.maps} | {first.statistic} | {bar} | {values} | {met if bar else ''} |"
        )
    return lines


def number(value: float) -> str:
    """Return three digits of a value; nothing over nothing is no number.

    >>> number(0.12345), number(float("nan"))
    ('0.123', '-')
    """
    return "-" if math.isnan(value) else f"{value:.3g}"


def overview(lines: Sequence[Verdict]) -> list[str]:
    """Return a Markdown table for numbers that no bar is set for: a row per setting, a column per statistic."""
    names = list(dict.fromkeys(line.statistic for line in lines))
    rows: dict[str, dict[str, str]] = {}
    for line in lines:
        rows.setdefault(line.setting, {})[line.statistic] = number(line.value)
    return [
        "| setting | " + " | ".join(names) + " |",
        "|---|" + "---|" * len(names),
        *(f"| {setting} | " + " | ".join(row.get(name, "") for name in names) + " |" for setting, row in rows.items()),
    ]


def write_section(path: Path, title: str, lines: Iterable[str]) -> None:
    """Replace the section of `title` in a Markdown file, or add it; the other sections stay."""
    text = path.read_text("utf-8") if path.exists() else ""
    _, *sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    named = {section.split("\n", 1)[0]: section for section in sections}
    named[f"## {title}"] = f"## {title}\n\n" + "\n".join(lines) + "\n\n"
    path.parent.mkdir(exist_ok=True)
    path.write_text(INTRODUCTION + "".join(named[name] for name in sorted(named)), "utf-8")


INTRODUCTION = """# Statistics against truth

Written by `make check-stats` (`BAR=Q2` runs one bar). Q1 compares with answers that other programs give. The bars from
Q2 on simulate cities whose truth is known, on real H3 cells, run the lenses of `geo/stats` on them as the product does,
and compare what they flag with what was planted: `benchmarks/worlds.py` says how the cities are made,
`benchmarks/bars.py` and its neighbours what each bar asks. The last ones make something false in a year of real
reports. Each runs at three seeds, one of them the calendar week of the run; a row without a bar is for information.

"""

DEMO = "The demo city"
SCALE = "Q9. A large city: seconds and memory"
SCAN = "Q9b. The space-time scan: seconds by cells, cases and replicates"
MOST_MINUTES, MOST_MINUTES_IN_ALL = 8, 40
"""By the clock, for one bar and for all of them, of a machine that has two cores for it; of one core twice as many."""
PROCESSES = min(2, os.cpu_count() or 1)


def run_and_write(bar: str, seeds: Sequence[int], pool: ProcessPoolExecutor) -> int:
    """Run a bar, print and write its table; return how many of its values miss."""
    started, asked = time.monotonic(), BARS[bar]
    seeds = seeds if asked.seeded else (0,)
    found = run_bar(bar, seeds, pool)
    seconds = time.monotonic() - started
    drawn = f", seeds {', '.join(map(str, seeds))}" if asked.seeded else ""
    stamp = f"Commit {commit()}, {date.today()}{drawn}; {seconds:.0f} s."
    judged = any(line.limit.asked for column in found.values() for line in column)
    lines = [stamp, "", *(table(found) if judged else overview(found[seeds[0]]))]
    print(asked.title, *lines, sep="\n", flush=True)
    write_section(REPORT, asked.title, [*lines, *(["", asked.remark] if asked.remark else [])])
    return sum(not line.met for column in found.values() for line in column)


def write_lines(title: str, lines: Sequence[str]) -> int:
    """Print and write a section that judges itself; return how many of its lines miss."""
    print(title, *lines, sep="\n", flush=True)
    write_section(REPORT, title, lines)
    return sum("**missed**" in line for line in lines)


def too_slow(seconds: Mapping[str, float], processes: int) -> list[str]:
    """Return a sentence for each bar, and for all of them, that took longer than it may.

    >>> too_slow({"Q1": 1.0, "Q2": 500.0}, 2), too_slow({"Q2": 500.0}, 1)
    (['Q2 took 8.3 minutes; 8 are allowed on 2 cores.'], [])
    """
    allowed = dict.fromkeys(seconds, MOST_MINUTES) | {"All together": MOST_MINUTES_IN_ALL}
    taken = {**seconds, "All together": sum(seconds.values())}
    return [
        f"{name} took {took / 60:.1f} minutes; {minutes} are allowed on {processes} core{'s' * (processes > 1)}."
        for name, took in taken.items()
        if took > 60 * (minutes := allowed[name] * 2 // processes)
    ]


def conclude(missed: int, seconds: Mapping[str, float], processes: int = PROCESSES) -> int:
    """Print how long the bars took and what is wrong; return the exit code."""
    print(*(f"{name}: {took:.0f} s" for name, took in seconds.items()), sep=", ")
    print(f"All together: {sum(seconds.values()) / 60:.1f} minutes.")
    wrong = too_slow(seconds, processes)
    if missed:
        wrong.append(f"{missed} bars are missed.")
    print(*wrong, sep="\n", end="\n" if wrong else "", file=sys.stderr)
    return 1 if wrong else 0


def main(names: Sequence[str]) -> int:
    """Run the bars, print and write their tables; return the exit code."""
    unknown = set(names) - set(BARS) - {"Q9"}
    if unknown:
        print(f"There is no bar {', '.join(sorted(unknown))}. Choose from {', '.join(BARS)}, Q9.", file=sys.stderr)
        return 2
    seeds = (*FIXED_SEEDS, this_week(date.today()))
    missed, seconds = 0, {}
    chosen = [part for name in names for part in ALONG.get(name, (name,))] or list(BARS)
    with ProcessPoolExecutor(max_workers=PROCESSES) as pool:
        for bar in chosen:
            started = time.monotonic()
            if bar == "Q9":
                missed += write_lines(SCALE, scale_lines()) + write_lines(SCAN, growth_lines())
            elif BARS[bar].settings():
                missed += run_and_write(bar, seeds, pool)
            else:
                print(f"{BARS[bar].title}: left out, its data are not in ../shared.", file=sys.stderr)
            seconds[bar] = time.monotonic() - started
    if not names:
        started = time.monotonic()
        missed += write_lines(DEMO, demo_city_lines())
        seconds[DEMO] = time.monotonic() - started
    return conclude(missed, seconds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
