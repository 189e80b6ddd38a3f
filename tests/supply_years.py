"""Random short years of supply, for tests of `siting.dispatch`."""

from dataclasses import replace

import numpy as np

from siting.dispatch.supply_year import Battery, Source, SupplyYear, Technology

QUANTITIES = ("t", "dirty_mwh", "sold_mwh")


def random_year(seed: int, longest: int = 400) -> SupplyYear:
    """Return a year of sun, wind and battery, with or without grid, sales, firm plants and servers that may pause."""
    rng = np.random.default_rng(seed)
    hours = int(rng.integers(48, longest))
    t, f = np.arange(hours), hours / 8760
    sun = np.clip(np.sin(2 * np.pi * (t % 24 - 6) / 24), 0, 1) * rng.uniform(0.3, 1, hours)
    smooth = np.convolve(rng.normal(0.3, 0.6, hours), np.ones(9) / 9, "same")
    wind = np.clip(smooth + rng.normal(0, 0.05, hours), 0, 1)
    price = 60 + 40 * np.sin(2 * np.pi * (t % 24 - 12) / 24) + rng.normal(0, 25, hours)
    price = np.maximum(price, 0).round(rng.integers(0, 4))
    ci = np.clip(0.4 + 0.2 * rng.normal(size=hours), 0.02, 0.9)
    load = 1.15 + 0.1 * rng.random(hours) if rng.random() < 0.7 else np.ones(hours)
    technologies = [
        Technology("pv", 97e3 * f * rng.uniform(0.3, 2), sun, {"t": 80 * f}),
        Technology("wind", 147e3 * f * rng.uniform(0.3, 2), wind, {"t": 30 * f}),
        Technology("grid", 50e3 * f * rng.integers(0, 2), max_mw=float(rng.choice([0.0, 0.6, 1.5, 3.0]))),
    ]
    sources = [Source("import", "grid", price + 5, {"t": ci, "dirty_mwh": ci / 0.9})]
    if rng.random() < 0.5:
        sources.append(Source("export", "grid", 0.7 * price, {"sold_mwh": 1.0}, is_sale=True))
    if rng.random() < 0.7:
        technologies.append(Technology("gas", 96e3 * f, max_mw=3.0))
        fuel = 40 + 10 * rng.random(hours) if rng.random() < 0.5 else 40.0
        sources.append(Source("gas", "gas", fuel, {"t": 0.49, "dirty_mwh": 1.0}))
    if rng.random() < 0.6:
        technologies.append(Technology("firm", 700e3 * f * rng.uniform(0.4, 1.2), max_mw=3.0))
        derated = 1.0 - 0.2 * rng.random(hours) if rng.random() < 0.5 else 1.0
        sources.append(Source("firm", "firm", float(rng.choice([0.0, 10.0])), {"t": 0.02}, availability=derated))
    if rng.random() < 0.4:  # the servers draw the load, a pause gives it back
        technologies.append(Technology("servers", 3e6 * f, -load, min_mw=1.0, max_mw=2.0))
        sources.append(Source("pause", "servers", rng.uniform(300, 900) / load, per_capacity=0.8, availability=load))
        load = np.zeros(hours)
    battery = Battery(
        27e3 * f * rng.uniform(0.1, 2), 27e3 * f * rng.uniform(0.05, 2), 0.95, 0.91, {"t": 1.0 * f}, {"t": 4.0 * f}
    )
    return SupplyYear(load, tuple(technologies), tuple(sources), battery, QUANTITIES)


def random_weights(seed: int) -> np.ndarray:
    """Return prices on the annual quantities."""
    rng = np.random.default_rng([seed, 1])
    return np.array([rng.choice([0.0, 30.0, 200.0]), rng.choice([0.0, 80.0]), rng.choice([0.0, 10.0, 60.0])])


def rolled(year: SupplyYear, hours: int) -> SupplyYear:
    """Return the year that begins some hours later."""

    def roll(values: np.ndarray | float) -> np.ndarray | float:
        return np.roll(values, -hours) if np.ndim(values) else values

    return replace(
        year,
        load_mw=np.roll(year.load_mw, -hours),
        technologies=tuple(
            t if t.capacity_factor is None else replace(t, capacity_factor=np.roll(t.capacity_factor, -hours))
            for t in year.technologies
        ),
        sources=tuple(
            replace(
                s,
                usd_per_mwh=roll(s.usd_per_mwh),
                availability=roll(s.availability),
                per_mwh={q: roll(v) for q, v in s.per_mwh.items()},
            )
            for s in year.sources
        ),
    )
