"""How often a problem starts by itself at a place, and how much more often after a closing (METHODS 4b).

At place i problems start at a rate of its own, r_i a day; in the days after a closing at rho times that. `base` of them
started in the `out` days that were neither open nor after a closing: r^base exp(-r out) is the likelihood of r. METHODS
draws the rates from one gamma distribution, fitted together with one rho. Two things of real cities that does not fit:
where a market sees a problem a month and most places one in three years, the gamma's tail is too thin, and busy places
come out as relapsing; and where few places relapse, their many problems count for high rates, so that the places that
are looked for make themselves expected. Here the distribution is left free, weights on a grid of rates, the most likely
of which EM finds (Kiefer and Wolfowitz 1956, Annals of Mathematical Statistics 27, 887-906,
doi:10.1214/aoms/1177728066; Laird 1978, Journal of the American Statistical Association 73, 805-811,
doi:10.1080/01621459.1978.10480103; stopped after STEPS it is still smooth), and what came after closings has no part in
it. `benchmarks/relapse_bars.py` and `docs/methods.md` have the figures.

A place is known only because something was reported there, with the chance 1 - exp(-r span): the likelihood is divided
by it, or most places, seen once, would seem to have a rate that nobody saw. Expected numbers and ratios stand on that.
The chance of so many returns is reckoned more carefully, with the rates of the places that are known rather than of all
that could be: two problems within a month where there was never one before come from chance more often than rates
fitted to silence would have it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import optimize, special, stats

from geo.stats.results import Floats

COVERAGE = 0.90
LEAST = 0.05
"""Problems in the whole span at the lowest rate: what is seen once cannot be told from what is rarer still."""
MOST = 2.0
"""Problems a day at the highest."""
RATES = 48
STEPS = 150
_BINS = 200  # of the span, to which days are rounded for the fit


@dataclass(frozen=True)
class Tally:
    """What was seen at places, each with a problem or more; arrays of one length, days as fractions."""

    n: Floats  # problems that started
    k: Floats  # of these, in the days after a closing
    win: Floats  # days watched after closings
    out: Floats  # days neither open nor after a closing
    span: float  # days from the first report of the data to its end

    @property
    def base(self) -> Floats:
        """Problems that started outside the days after a closing."""
        return self.n - self.k


@dataclass(frozen=True)
class Background:
    """How rates differ from place to place."""

    rates: Floats  # a day, rising
    known: Floats  # the part of the places that something was reported from that has each; adds up to 1
    all: Floats  # the part of all places


class Rate(NamedTuple):
    """What is known of the rates of places from what happened outside of the days after closings; a gamma each."""

    shape: Floats
    rate: Floats  # days

    @property
    def mean(self) -> Floats:
        return self.shape / self.rate


def fit_background(seen: Tally) -> Background:
    """Return the most likely distribution of rates.

    >>> random = np.random.default_rng(3)
    >>> base = random.poisson(random.gamma(1.0, 1 / 400, 40_000) * 730.0) * 1.0
    >>> known = base[base > 0]
    >>> found = fit_background(Tally(known, known * 0, known * 0, known * 0 + 730.0, 730.0))
    >>> round(float(1 / (found.rates @ found.all)), -2), round(float(1 / (found.rates @ found.known)), -2)
    (500.0, 300.0)
    """
    span = max(seen.span, 1.0)
    rates = np.geomspace(LEAST / span, MOST, RATES)
    step = span / _BINS
    (base, out), times = np.unique([seen.base, np.round(seen.out / step) * step], axis=1, return_counts=True)
    seen_at_all = -np.expm1(-rates * span)
    like = np.outer(base, np.log(rates)) - np.outer(out, rates) - np.log(seen_at_all)
    like = np.exp(like - like.max(axis=1, keepdims=True))
    part = np.full(RATES, 1 / RATES)
    for _ in range(STEPS):
        part = part * ((times / (like @ part)) @ like)
        part /= part.sum()
    whole = part / seen_at_all
    return Background(rates, part, whole / whole.sum())


def _shares(seen: Tally, rates: Floats, weights: Floats) -> Floats:
    """Return how likely each place has each rate, from what happened outside of the days after closings; (n, rates)."""
    like = np.outer(seen.base, np.log(rates)) - np.outer(seen.out, rates) + np.log(np.maximum(weights, 1e-300))
    share = np.exp(like - like.max(axis=1, keepdims=True))
    return np.asarray(share / share.sum(axis=1, keepdims=True))


def own_rates(seen: Tally, background: Background) -> Rate:
    """Return the rate of each place as the gamma distribution of the same mean and variance."""
    share = _shares(seen, background.rates, background.all)
    mean = share @ background.rates
    variance = np.maximum(share @ background.rates**2 - mean**2, (0.05 * mean) ** 2)
    return Rate(mean**2 / variance, mean / variance)


def chance_of_returns(seen: Tally, background: Background) -> Floats:
    """Return the chance of k returns or more by each place's own background alone: Poisson, over all rates it may have.

    >>> seen = Tally(np.array([1.0, 4.0]), np.array([0.0, 3.0]), np.array([30.0, 90.0]), np.full(2, 700.0), 800.0)
    >>> weights = np.array([0.9, 0.1])
    >>> chance_of_returns(seen, Background(np.array([0.001, 0.01]), weights, weights)).round(4).tolist()
    [1.0, 0.0002]
    """
    chance = np.ones(len(seen.n))
    back = np.flatnonzero(seen.k > 0)
    some = Tally(seen.n[back], seen.k[back], seen.win[back], seen.out[back], seen.span)
    tails = special.gammainc(some.k[:, None], np.outer(some.win, background.rates))
    chance[back] = (_shares(some, background.rates, background.known) * tails).sum(axis=1)
    return chance


def chance_of_total(k: Floats, win: Floats, own: Rate) -> float:
    """Return the chance of so many returns or more at all these places together if closing makes no difference.

    Returns to a place with a gamma rate are negative binomial; their sum is taken for one too, with its mean and
    variance.

    >>> own = Rate(np.full(2, 3.0), np.full(2, 1100.0))
    >>> round(chance_of_total(np.array([2.0, 0.0]), np.full(2, 60.0), own), 4)
    0.0472
    """
    mean = own.mean * win
    total, spread = float(mean.sum()), float((mean * win / own.rate).sum())
    if not total:
        return 1.0
    return float(stats.nbinom.sf(k.sum() - 1, total**2 / spread, total / (total + spread)))


def ratio_of(k: Floats, win: Floats, own: Rate) -> tuple[float, float, float]:
    """Return rho of a group of places with these rates of their own, and the ends of its 90 % interval.

    The ends are where the log-likelihood lies chi-squared / 2 below its highest (Wilks 1938, Annals of Mathematical
    Statistics 9, 60-62, doi:10.1214/aoms/1177732360), which holds for few returns and for none. k / rho is what was
    to be expected: at the most likely rho that is the sum of `win` times the rates that all of a place's problems give.

    >>> own = Rate(np.array([3.0]), np.array([1100.0]))
    >>> [round(end, 1) for end in ratio_of(np.array([2.0]), np.array([60.0]), own)]
    [12.2, 2.3, 54.5]
    """
    if not len(k) or not win.sum():
        return math.nan, 0.0, math.inf
    returned = float(k.sum())

    def slope(log_rho: float) -> float:
        pace = math.exp(log_rho) * win
        return returned - float(((own.shape + k) * pace / (own.rate + pace)).sum())

    def height(log_rho: float) -> float:
        return returned * log_rho - float(((own.shape + k) * np.log1p(math.exp(log_rho) * win / own.rate)).sum())

    drop = float(stats.chi2.ppf(COVERAGE, 1)) / 2
    least, most = -12.0, 12.0
    best = least if not returned else most if slope(most) > 0 else optimize.brentq(slope, least, most)
    top = height(best)

    def below(log_rho: float) -> float:
        return height(log_rho) - top + drop

    low = math.exp(optimize.brentq(below, least, best)) if returned and below(least) < 0 else 0.0
    high = math.exp(optimize.brentq(below, best, most)) if below(most) < 0 else math.inf
    return math.exp(best) if returned else 0.0, low, high
