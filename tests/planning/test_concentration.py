"""The curve of concentration knows what luck alone would make of so few incidents."""

from __future__ import annotations

import numpy as np

from geo.planning.concentration import concentration, share_holding


def test_areas_without_incidents_are_in() -> None:
    curve = concentration([8, 2, 0, 0, 0, 0, 0, 0, 0, 0])
    assert share_holding(curve) == 0.1
    assert curve["share_areas"][-1] == curve["share_incidents"][-1] == curve["share_even"][-1] == 1.0


def test_few_incidents_look_concentrated_and_are_not() -> None:
    rng = np.random.default_rng(1)
    few, many = (concentration(rng.poisson(mean, 500)) for mean in (0.5, 50))
    assert share_holding(few) < 0.35, "more areas than incidents: most are empty"
    assert abs(share_holding(few) - share_holding(few, "share_even")) < 0.03
    assert 0.7 < share_holding(many) < 0.8
    unequal = concentration(rng.poisson(rng.gamma(0.3, 50 / 0.3, 500)))
    assert share_holding(unequal) < 0.4 < 0.7 < share_holding(unequal, "share_even")


def test_bunches_and_size_are_no_concentration_of_their_own() -> None:
    rng = np.random.default_rng(2)
    bunched = 4 * rng.poisson(2, 400)
    assert abs(share_holding(c := concentration(bunched, dispersion=4.0)) - share_holding(c, "share_even")) < 0.05
    people = rng.lognormal(0, 1, 400)
    by_size = concentration(rng.poisson(20 * people), exposure=people)
    assert abs(share_holding(by_size) - share_holding(by_size, "share_even")) < 0.03


def test_no_incident_no_curve() -> None:
    assert concentration([0, 0, 0]).height == 0
    assert np.isnan(share_holding(concentration([0, 0, 0])))
