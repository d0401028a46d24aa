"""Bar Q5 and the references R1, R1p, R3 and R4: the scan holds its level, finds what is planted, and is exact.

Cities: 2,791 hexagons, disks of 0 to 3 rings, the last 14 of 90 days, unless said.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path

import h3
import numpy as np
from scipy import optimize, stats

from benchmarks.bars import Limit, Numbers, Setting, ground
from benchmarks.peers.plain_scan import membership, strongest
from benchmarks.worlds import CENTRE, World, base_rates, disk_of, scatter_centres
from geo.errors import UnreadableFile
from geo.stats.results import Floats
from geo.stats.scan import LEAST_BY_CHANCE, Scan, scan_zones
from geo.stats.scan_models import METHODS, make_model
from geo.stats.zones import Positions, Zones, hex_zones, nearest_zones, nested_zones

REFERENCE = Path(__file__).resolve().parent.parent.parent / "shared" / "reference"
RINGS, LONGEST, DAYS = 3, 14, 90
PLANTED_DAYS = 7
CASES, RARE, ALL = 1_000, 100, 5_000
"""A usual category in 13 weeks, a rare one, and everything together."""
RISING = 0.2
"""Part of all cases that is of the one category that rises."""
KINDS, STRATA = 20, 12
"""Categories of a city; and of a small case, more than it has periods, for then zones are summed the other way."""
EVEN = 3_000
"""Cases of the even city of the bars; with 5,000 it gives the figures of METHODS 3.4, which does not name its city.
Where many places hold next to nothing, a case of the next ring costs a disk next to nothing either, and the disk found
is larger than the one planted: so uneven cities have no bar.
"""

# ----------------------------------------------------------------------------------------------- Q5: level and power


@cache
def city_zones(rings: int = RINGS) -> Zones:
    """Return the disks of the cells of `ground`."""
    cells = [h3.str_to_int(cell) for cell in h3.grid_disk(h3.latlng_to_cell(*CENTRE, 9), 30)]
    return hex_zones(np.array(sorted(cells), np.uint64), rings)


def city_cases(random: np.random.Generator, number: int, *, uneven: bool = True) -> tuple[Positions, Positions, Floats]:
    """Return the place and day of cases, and the part of each place: weekdays, a city that drifts, uneven places."""
    part = base_rates(World(1.0, uneven=uneven), ground(), random)
    part /= part.sum()
    daily = np.where(np.arange(DAYS) % 7 < 5, 1.0, 0.6) * np.exp(0.3 * np.sin(np.arange(DAYS) / 14))
    place = random.choice(len(part), number, p=part)
    return place, random.choice(DAYS, number, p=daily / daily.sum()), part


def ask(place: Positions, day: Positions, random: np.random.Generator, **options: object) -> Scan:
    common: dict[str, object] = {"periods": DAYS, "longest": LONGEST, "seed": int(random.integers(2**31)), "most": 1}
    return scan_zones((place, day), city_zones(), **common | options)  # type: ignore[arg-type]


def chances(found: Scan) -> Numbers:
    """Return whether the strongest cluster passes .05 by rank and by Gumbel, and .0027, a year of daily looks."""
    rank, gumbel = (found.clusters[0].p_value, found.clusters[0].gumbel_p) if found.clusters else (1.0, 1.0)
    return {"rank": float(rank <= 0.05), "gumbel": float(gumbel <= 0.05), "yearly": float(gumbel <= 1 / 365)}


def null(
    random: np.random.Generator, *, method: str, number: int = CASES, least: int = 2, twins: float = 0.0
) -> Numbers:
    """Nothing goes on anywhere; does the scan find something? `twins`: reports of the same again, a day or so later."""
    place, day, part = city_cases(random, number)
    if method == "expectation":  # its own baselines are what the counts come from
        daily = np.full(DAYS, number / DAYS)
        counts = random.poisson(np.outer(part, daily))
        place, day = (np.repeat(side, counts.ravel()) for side in np.indices(counts.shape).reshape(2, -1))
        return chances(ask(place, day, random, method=method, baselines=np.outer(part, daily), least_cases=least))
    if method == "poisson":
        day = random.integers(0, DAYS, number)
        return chances(ask(place, day, random, method=method, exposure=part, least_cases=least))
    if twins:
        again = random.random(number) < twins
        later = np.minimum(day[again] + random.integers(0, 2, again.sum()), DAYS - 1)
        place, day = np.concatenate([place, place[again]]), np.concatenate([day, later])
    return chances(ask(place, day, random, least_cases=least))


def one_rises(random: np.random.Generator, *, times: float, apart: bool = True) -> Numbers:
    """One of two categories, each in places of its own, rises in the whole city for a week: that is no cluster.

    `apart`: whether the scan of both together deals each among its own.
    """
    rising = round(RISING * EVEN)
    place, day, _ = city_cases(random, EVEN - rising)
    other, when, part = city_cases(random, rising)
    more = random.poisson((times - 1) * rising * PLANTED_DAYS / DAYS)
    place = np.concatenate([place, other, random.choice(len(part), more, p=part)])
    day = np.concatenate([day, when, random.integers(DAYS - PLANTED_DAYS, DAYS, more)])
    kind = np.arange(len(place)) >= EVEN - rising
    return chances(ask(place, day, random, strata=kind if apart else None))


def planted(random: np.random.Generator, *, extra: int, number: int, uneven: bool, kinds: int = 1) -> Numbers:
    """So many cases more in one disk of seven cells and one week; is it found, and is it that disk?

    `kinds`: categories, the first of them the most frequent by far; the planted ones are of all of them alike.
    """
    town = ground()
    place, day, _ = city_cases(random, number, uneven=uneven)
    disk = disk_of(int(scatter_centres(np.ones(town.cells, dtype=bool), 1, town, random)[0]), town)
    place = np.concatenate([place, random.choice(disk, extra)])
    day = np.concatenate([day, random.integers(DAYS - PLANTED_DAYS, DAYS, extra)])
    kind = None
    if kinds > 1:
        kind = np.concatenate([random.geometric(3 / kinds, number) % kinds, random.integers(0, kinds, extra)])
    found = ask(place, day, random, least_cases=4, strata=kind)
    if not found.clusters:
        return {"power": 0.0, "Jaccard": 0.0, "yearly": 0.0}
    cluster = found.clusters[0]
    jaccard = len(np.intersect1d(disk, cluster.locations)) / len(np.union1d(disk, cluster.locations))
    return {
        "power": float(cluster.gumbel_p <= 0.05 and jaccard > 0),
        "yearly": float(cluster.gumbel_p <= 1 / 365 and jaccard > 0),
        "Jaccard": jaccard,
    }


# ------------------------------------------------------------------------------------------- Q5: equal to brute force


def small_case(random: np.random.Generator, method: str) -> tuple[Positions, Positions, Zones, dict[str, Floats]]:
    """Return a few cases in overlapping families of shells, or lone zones, with an exposure where one is asked for."""
    locations, periods = int(random.integers(4, 15)), int(random.integers(2, 9))
    families = []
    for _ in range(int(random.integers(3, 12))):
        order = random.permutation(locations)[: random.integers(1, locations + 1)]
        families.append(np.split(order, np.sort(random.integers(0, len(order) + 1, random.integers(0, 4)))))
    number = int(random.integers(3, 60))
    place, day = random.integers(0, locations, number), random.integers(0, periods, number)
    day[0] = periods - 1
    held = random.uniform(0.2, 3.0, (locations, periods))
    more = {"permutation": {}, "poisson": {"exposure": held}, "expectation": {"baselines": held * 0.5}}
    return place, day, nested_zones(families, locations), more[method]


def brute_force(random: np.random.Generator, *, method: str, retrospective: bool = False, kinds: int = 0) -> Numbers:
    """The largest difference from plain numpy, of the strongest cluster and of the maxima of nine replicates.

    `kinds`: strata at the most, of a permutation; none unless given.
    """
    place, day, zones, more = small_case(random, method)
    strata = random.integers(0, random.integers(2, kinds + 1), len(place)) if kinds else None
    periods, least, longest = int(day.max()) + 1, int(random.integers(1, 5)), int(random.integers(1, 6))
    longest = min(longest, periods)
    found = scan_zones(
        (place, day),
        zones,
        method=method,
        longest=longest,
        least_cases=least,
        replicates=9,
        seed=5,
        strata=strata,
        retrospective=retrospective,
        **more,  # type: ignore[arg-type]
    )
    inside, total = membership(zones), 0.0 if method == "expectation" else float(len(place))
    if method == "permutation":
        expected = np.zeros((zones.count, periods))
        for name in set(strata) if strata is not None else [...]:
            own = np.ones(len(place), bool) if name is ... else strata == name
            held = inside @ np.bincount(place[own], minlength=zones.locations)
            expected += np.outer(held, np.bincount(day[own], minlength=periods)) / own.sum()
    else:
        weight = next(iter(more.values()))
        expected = inside @ weight * (total / weight.sum() if total else 1.0)
    judged = expected.sum(axis=1) <= total / 2 * (1 + 1e-12) if total else np.ones(zones.count, bool)

    def plain(at: Positions, when: Positions, fewest: int) -> float:
        return strongest(
            at,
            when,
            inside,
            expected,
            total=total,
            longest=longest,
            retrospective=retrospective,
            least=fewest,
            judged=judged,
        )

    observed = found.clusters[0].llr if found.clusters else 0.0
    worst = abs(observed - plain(place, day, least))
    reach = periods if retrospective else longest
    model = make_model(method, place, periods - 1 - day, zones, reach, periods, *_two(more), strata)
    for replicate, maximum in enumerate(found.maxima):
        at, age = model.draw(np.random.default_rng([5, replicate]))
        worst = max(worst, abs(maximum - plain(at, periods - 1 - age, min(least, LEAST_BY_CHANCE))))
    return {"difference": worst}


def _two(more: Mapping[str, Floats]) -> tuple[Floats | None, Floats | None]:
    return more.get("exposure"), more.get("baselines")


def at_most(chance: float, sets: int) -> float:
    """Return the share of so many sets that an event of this chance exceeds one time in 200 at the most (binomial).

    >>> at_most(1 / 365, 200), at_most(1 / 365, 600)
    (0.015, 0.01)
    """
    return float(stats.binom.ppf(0.995, sets, chance)) / sets


def safe(sets: int) -> tuple[Limit, ...]:
    """Return the limits of so many sets without anything, where p may be too large."""
    return Limit("gumbel", "<=", 0.085), Limit("yearly", "<=", at_most(1 / 365, sets))


def level(sets: int) -> tuple[Limit, ...]:
    """Return the limits of so many sets without anything, where p is what it says.

    Of 200 sets a scan that holds .05 exactly falls below .02 once in 110 runs, of 400 once in 1,600.
    """
    return Limit("rank", ">=", 0.02), Limit("rank", "<=", 0.085), Limit("gumbel", ">=", 0.02), *safe(sets)


def q5(maps: int = 200) -> list[Setting]:
    """The scan holds its level, finds twelve cases in a disk, and equals the definition."""
    nulls = [
        Setting(f"null, {method}, {CASES:,} cases", partial(null, method=method), sets, level(sets))
        for method, sets in zip(METHODS, (2 * maps, maps, maps), strict=True)
    ] + [
        Setting(
            f"null, permutation, {number:,} cases, at least 4 together",
            partial(null, method="permutation", number=number, least=4),
            sets,
            safe(sets),
        )
        for number, sets in ((RARE, 3 * maps), (CASES, maps), (ALL, maps // 4))
    ]
    shown = (Limit("gumbel", ">=", 0.0), Limit("yearly", ">=", 0.0))
    city_wide = [
        Setting(
            "null, 1 of 2 categories ten times as many in the last week" + ("" if apart else ", dealt as one"),
            partial(one_rises, times=10, apart=apart),
            2 * maps if apart else maps // 4,
            level(2 * maps) if apart else shown,
        )
        for apart in (True, False)
    ]
    twins = Setting(
        "null, but 3 of 10 cases entered twice",
        partial(null, method="permutation", twins=0.3),
        maps // 4,
        (Limit("gumbel", ">=", 0.0),),
    )
    found, nothing = (0.95, 0.75), (0.0, 0.0)
    rises = [
        Setting(
            f"{extra} planted in 7 cells and 7 days, among {number:,}"
            + (f" of {kinds} categories" if kinds > 1 else "")
            + f", {'uneven' if uneven else 'even'} city",
            partial(planted, extra=extra, number=number, uneven=uneven, kinds=kinds),
            maps // 2 if extra == 12 and kinds == 1 and bar[0] else maps // 4,
            (Limit("power", ">=", bar[0]), Limit("Jaccard", ">=", bar[1]), Limit("yearly", ">=", 0.0)),
        )
        for extra, number, uneven, kinds, bar in (
            (8, EVEN, False, 1, nothing),
            (12, EVEN, False, 1, found),
            (12, EVEN, False, KINDS, found),
            (20, EVEN, False, 1, found),
            (12, CASES, True, 1, nothing),
            (12, ALL, True, 1, nothing),
        )
    ]
    exact = [
        Setting(
            f"equal to brute force, {method}" + (", in strata" if kinds else "") + (", retrospective" if back else ""),
            partial(brute_force, method=method, retrospective=back, kinds=kinds),
            30,
            (Limit("most difference", "<=", 1e-9),),
        )
        for method, kinds in (*((method, 0) for method in METHODS), ("permutation", STRATA))
        for back in (False, True)
    ]
    return [*nulls, *city_wide, twins, *rises, *exact]


# ---------------------------------------------------------------------------------------------------- R1, R1p, R3, R4

EARTH_KM = 6371.0088


def great_circle(lat: Floats, lon: Floats) -> Floats:
    """Return the kilometres between all points (haversine)."""
    y, x = np.radians(lat), np.radians(lon)
    half = np.sin((y[:, None] - y) / 2) ** 2 + np.cos(y[:, None]) * np.cos(y) * np.sin((x[:, None] - x) / 2) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(half))


def read(path: str) -> list[dict[str, str]]:
    """Return the rows of a reference table. Raises UnreadableFile where it is not there."""
    if not (REFERENCE / path).is_file():
        raise UnreadableFile("{file} is not there.", file=REFERENCE / path)
    with (REFERENCE / path).open() as table:
        return list(csv.DictReader(table))


def new_york_fever(replicates: int = 999) -> tuple[Scan, list[str]]:
    """R1: SaTScan's own example. Return the scan and the zip code of every location."""
    if not (REFERENCE / "satscan").is_dir():
        raise UnreadableFile("{file} is not there.", file=REFERENCE / "satscan")
    points = [line.split() for line in (REFERENCE / "satscan/NYCfever.geo").read_text().splitlines() if line.strip()]
    cases = [line.split() for line in (REFERENCE / "satscan/NYCfever.cas").read_text().splitlines() if line.strip()]
    codes = [code for code, *_ in points]
    lat, lon = (np.array([float(point[at]) for point in points]) for at in (1, 2))
    times = [int(number) for _, number, _ in cases]
    place = np.repeat([codes.index(code) for code, *_ in cases], times)
    day = np.repeat([int(when.split("/")[2]) - 1 for *_, when in cases], times)
    zones = nearest_zones(great_circle(lat, lon), within=3.0)
    return scan_zones((place, day), zones, periods=24, longest=7, replicates=replicates, seed=1), codes


def new_york_leukaemia(replicates: int = 199) -> Scan:
    """R3: 281 tracts, circles of up to half of the population, on degrees as if they were plane."""
    rows = read("smerc/nydf.csv")
    x, y, people, cases = (
        np.array([float(row[name]) for row in rows]) for name in ("longitude", "latitude", "population", "cases")
    )
    zones = nearest_zones(np.hypot(x[:, None] - x, y[:, None] - y), size=people, most=people.sum() / 2)
    place = np.repeat(np.arange(len(rows)), np.floor(cases).astype(int))
    return scan_zones(
        (place, np.zeros(len(place), int)), zones, method="poisson", exposure=people, replicates=replicates, seed=1
    )


def new_mexico(replicates: int = 199) -> tuple[Scan, list[str]]:
    """R4: brain cancer, 15 nearest county seats, baselines of a Poisson regression on the years before 1986."""
    rows, seats = read("scanstatistics/NM_popcas.csv"), read("scanstatistics/NM_geo.csv")
    counties = [row["county"] for row in seats]
    year, people, count = (np.array([float(row[name]) for row in rows]) for name in ("year", "population", "count"))
    place = np.array([counties.index(row["county"]) for row in rows])
    before = year < 1986
    a, b = poisson_trend(count[before], people[before], year[before] - 1985)
    kept = (year >= 1986) & (year <= 1989)
    baselines = np.zeros((len(counties), 4))
    baselines[place[kept], (year[kept] - 1986).astype(int)] = people[kept] * np.exp(a + b * (year[kept] - 1985))
    far = great_circle(*(np.array([float(row[name]) for row in seats]) for name in ("seat_lat", "seat_long")))
    nearest = np.argsort(far, axis=1, kind="stable")[:, :15]
    zones = nested_zones(([[at] for at in row] for row in nearest), len(counties))
    times = count[kept].astype(int)
    cases = np.repeat(place[kept], times), np.repeat((year[kept] - 1986).astype(int), times)
    found = scan_zones(
        cases, zones, method="expectation", baselines=baselines, periods=4, longest=4, replicates=replicates, seed=1
    )
    return found, counties


def poisson_trend(count: Floats, people: Floats, time: Floats) -> tuple[float, float]:
    """Return a and b of log(count) = log(people) + a + b time, by maximum likelihood (McCullagh and Nelder 1989)."""

    def loss(beta: Floats) -> tuple[float, Floats]:
        mean = people * np.exp(beta[0] + beta[1] * time)
        gap = mean - count
        return float((mean - count * np.log(mean)).sum()), np.array([gap.sum(), (gap * time).sum()])

    start = np.array([np.log(count.sum() / people.sum()), 0.0])
    fitted = optimize.minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-9}).x
    return float(fitted[0]), float(fitted[1])


FEVER = (
    (3.845418, 4, 0.67, {"11418", "11415", "11419", "11435", "11416", "11421", "11451", "11375", "11417"}),
    (3.164201, 2, 0.16, {"11372"}),
    (2.137259, 2, 0.29, {"10472"}),
)
LEUKAEMIA = ((14.083511, 28, 100, 58.28), (9.019716, 8, 38, 17.79), (6.114140, 33, 64, 40.85))


def r1(random: np.random.Generator) -> Numbers:
    found, codes = new_york_fever(99)
    pairs = list(zip(found.clusters, FEVER, strict=False))
    missed = sum(
        cluster.cases != cases or not zone >= {codes[at] for at in cluster.locations}
        for cluster, (_, cases, _, zone) in pairs
    )
    return {"error": max(abs(c.llr - llr) for c, (llr, *_) in pairs), "other": float(missed)}


def r1p(random: np.random.Generator) -> Numbers:
    """Return how far both p-values of the first lie from the .242 of SaTScan's 207 sequential replicates."""
    first = new_york_fever()[0].clusters[0]
    return {"rank": abs(first.p_value - 0.242), "gumbel": abs(first.gumbel_p - 0.219), "days": 1 / first.gumbel_p}


def r3(random: np.random.Generator) -> Numbers:
    pairs = list(zip(new_york_leukaemia(99).clusters, LEUKAEMIA, strict=False))
    missed = sum(
        (len(c.locations), c.cases, round(c.expected, 2)) != (tracts, cases, expected)
        for c, (_, tracts, cases, expected) in pairs
    )
    return {"error": max(abs(c.llr - llr) for c, (llr, *_) in pairs), "other": float(missed)}


def r4(random: np.random.Generator) -> Numbers:
    found, counties = new_mexico(99)
    first = found.clusters[0]
    same = {counties[at] for at in first.locations} == {"losalamos", "santafe"} and (first.first, first.cases) == (
        0,
        43,
    )
    return {"error": abs(first.llr - 9.18062), "other": float(not same)}


def r1_r4_settings() -> list[Setting]:
    """Return the rows for Q1, or nothing where ../shared/reference is absent."""
    if not REFERENCE.is_dir():
        return []
    equal = Limit("other", "<=", 0.0)
    return [
        Setting("R1 New York fever, three clusters (SaTScan)", r1, 1, (Limit("error", "<=", 1e-6), equal)),
        Setting(
            "R1p the same, p of the first",
            r1p,
            1,
            (
                Limit("rank", "<=", 0.04),
                Limit("gumbel", "<=", 0.04),
                Limit("days", ">=", 4.0),
                Limit("days", "<=", 5.0),
            ),
        ),
        Setting("R3 New York leukaemia, three clusters (smerc)", r3, 1, (Limit("error", "<=", 1e-6), equal)),
        Setting("R4 New Mexico, own baselines (scanstatistics)", r4, 1, (Limit("error", "<=", 1e-4), equal)),
    ]
