"""Published training runs, recomputed from their stated inputs and compared with their published results."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pandas as pd

from siting.physics.carbon.footprint import G_PER_LB, emissions_t
from siting.physics.carbon.market_based import Contract, Intensity, market_based
from siting.physics.compute import training_energy_mwh
from siting.world import catalogue
from siting.world.catalogue import Workload

MEASURED = ("measured", "measured power x hours")
"""Bases of energy that are metered; all others are rated power times hours, or estimates."""

SEARCH_ESTIMATE, SEARCH_ACTUAL = "strubell-nas", "patterson-et-nas"
"""The architecture search as estimated by outsiders, and as measured by those who ran it."""


@dataclass(frozen=True)
class Recomputed:
    """One run of the catalogue: its published results, and ours from its inputs.

    Attributes
    ----------
    id, model : str
        As in the `workloads` table.
    published_mwh, our_mwh, error_mwh : float or None
        Energy [MWh] as published, ours from power, hours and PUE, and ours over theirs less 1.
    published_tco2e, our_tco2e, error_tco2e : float or None
        Emissions [tCO2e] on `basis`, likewise.
    basis : str
        `location`, `market`, or `net` (hourly, after the operator's clean energy); empty if the source does not state it.
    published_market_tco2e, our_market_tco2e : float or None
        Market-based emissions [tCO2e], if the source states them too.
    published_lb, our_lb : float or None
        Emissions in pounds, if the source has pounds.
    energy_measured : bool
        Whether the published energy itself was measured.
    energy_basis : str
        Basis of the published energy: `measured`, `measured power x hours`, `rated power x hours` (agrees by
        construction), `estimate`, `none` (nothing published).
    grid_factor : str
        `stated`; or `circular`, if only the row's own tonnes over its energy are known, so that agreement of the tonnes
        is by construction; empty if unknown.
    note : str
        Remark on the errors.
    why_not : str
        Missing inputs, if a result could not be computed.
    source, quality : str
        Of the row.
    """

    id: str
    model: str
    published_mwh: float | None
    our_mwh: float | None
    error_mwh: float | None
    published_tco2e: float | None
    our_tco2e: float | None
    error_tco2e: float | None
    basis: str
    published_market_tco2e: float | None
    our_market_tco2e: float | None
    published_lb: float | None
    our_lb: float | None
    energy_measured: bool
    energy_basis: str
    grid_factor: str
    note: str
    why_not: str
    source: str
    quality: str


def published_runs() -> pd.DataFrame:
    """Return every training run of the catalogue with its energy and emissions recomputed.

    Returns
    -------
    pandas.DataFrame
        A row for each run, columns as in `Recomputed`; runs on measured energy first, then those that agree by construction,
        estimates, and last those that lack inputs, each in the order of `id`.

    Examples
    --------
    >>> runs = published_runs().set_index("id")
    >>> int(runs.at["strubell-nas", "our_lb"].round()), int(runs.at["strubell-nas", "published_lb"])
    (626155, 626155)
    """
    rows = [asdict(recompute(catalogue.workload(i))) for i in catalogue.workloads()["id"]]
    table = pd.DataFrame(rows)
    order = {basis: n for n, basis in enumerate((*MEASURED, "rated power x hours", "estimate", "none"))}
    rank = table["energy_basis"].map(order) + len(order) * table["our_mwh"].isna()
    return table.assign(_rank=rank).sort_values(["_rank", "id"], ignore_index=True).drop(columns="_rank")


def recompute(run: Workload) -> Recomputed:
    """Return one run, recomputed: ``E = P h PUE``, ``C = E CI``.

    Parameters
    ----------
    run : Workload
        A row of the catalogue.

    Returns
    -------
    Recomputed
        Published and ours.

    Examples
    --------
    >>> round(recompute(catalogue.workload("patterson-gpt3")).our_mwh, 1)
    1289.4
    """
    energy, note, why_not = _energy_mwh(run)
    ci, grid_factor = _intensity(run)
    tonnes = None if energy is None or ci is None else float(emissions_t(energy, ci))
    published_t, in_lb = _known(run.emissions_t), _known(run.emissions_lb)
    market = _known(run.emissions_market_t)
    matched = None if energy is None or market != 0 else _all_matched_t(energy)
    if energy is not None and tonnes is None:
        why_not = "tonnes: carbon intensity not stated"
    return Recomputed(
        id=run.id,
        model=run.model,
        published_mwh=_known(run.published_energy_mwh),
        our_mwh=energy,
        error_mwh=_error(energy, run.published_energy_mwh),
        published_tco2e=published_t,
        our_tco2e=tonnes,
        error_tco2e=_error(tonnes, run.emissions_t),
        basis=run.emissions_basis,
        published_market_tco2e=market,
        our_market_tco2e=matched,
        published_lb=in_lb,
        our_lb=None if tonnes is None or in_lb is None else tonnes * 1e6 / G_PER_LB,
        energy_measured=run.energy_basis == "measured",
        energy_basis=run.energy_basis,
        grid_factor=grid_factor,
        note=note,
        why_not=why_not,
        source=run.source,
        quality=run.quality,
    )


def search_sentence(runs: pd.DataFrame) -> str:
    """Return a sentence that compares the most quoted estimate with the measurement.

    Parameters
    ----------
    runs : pandas.DataFrame
        As `published_runs` returns them.

    Returns
    -------
    str
        Pounds and tonnes of the estimate, tonnes of the run itself, and their ratio.

    Examples
    --------
    >>> search_sentence(published_runs())[:44]
    'The 626,155 lb (284.0 tCO2e) of strubell-nas'
    """
    at: Mapping[str, pd.Series] = {str(i): row for i, row in runs.set_index("id").iterrows()}
    far, near = at[SEARCH_ESTIMATE], at[SEARCH_ACTUAL]
    times = far["our_tco2e"] / near["our_tco2e"]
    return (
        f"The {far['our_lb']:,.0f} lb ({far['our_tco2e']:.1f} tCO2e) of {SEARCH_ESTIMATE} were an outside estimate "
        f"for other hardware; the search itself ({SEARCH_ACTUAL}) emitted {near['our_tco2e']:.1f} tCO2e, "
        f"{times:.0f} times less. Quote both figures together."
    )


def _energy_mwh(run: Workload) -> tuple[float | None, str, str]:
    """Return a run's energy, a note on it, and what is missing if there is none."""
    pue, note = (1.0, "without PUE, as published") if run.energy_boundary == "it" else (run.pue, "")
    if math.isnan(pue):
        pue, note = 1.0, "PUE not stated: none applied"
    if not math.isnan(run.it_energy_mwh):
        return run.it_energy_mwh * pue, "measured accelerators times PUE: hosts are not in it", ""
    power, hours = _power_and_hours(run)
    missing = [word for word, value in (("power", power), ("hours", hours)) if math.isnan(value)]
    if missing:
        return None, "", f"{' and '.join(missing)} not stated"
    energy = float(training_energy_mwh(power, hours, pue))
    alone = float(training_energy_mwh(power, hours))
    if pue > 1 and abs(alone / run.published_energy_mwh - 1) < abs(energy / run.published_energy_mwh - 1):
        note = f"the published energy is nearer to that before PUE, {alone:,.1f} MWh"
    return energy, note, ""


def _power_and_hours(run: Workload) -> tuple[float, float]:
    """Return the power of the system and its hours, or of one accelerator and accelerator-hours."""
    system_hours = run.accelerator_hours / run.accelerators
    if not math.isnan(run.system_power_w):
        return run.system_power_w, run.wall_days * 24 if math.isnan(system_hours) else system_hours
    all_hours = run.accelerators * run.wall_days * 24
    return run.power_w_per_accelerator, all_hours if math.isnan(run.accelerator_hours) else run.accelerator_hours


def _intensity(run: Workload) -> tuple[float | None, str]:
    """Return the intensity of a run, most precise first, and whether it is its own tonnes over its energy."""
    in_grams = (run.ci_lb_per_kwh * G_PER_LB, run.ci_g_per_kwh, run.ci_implied_g_per_kwh)
    ci = next((x for x in in_grams if not math.isnan(x)), None)
    return ci, "" if ci is None else "circular" if run.ci_circular else "stated"


def _all_matched_t(energy_mwh: float) -> float:
    """Return the market-based emissions of a run whose source states contracts of 0 gCO2e/kWh for all electricity."""
    stated = Contract("all electricity, as the source states", energy_mwh, Intensity(0.0, "direct"))
    return market_based(energy_mwh, [stated]).tonnes


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _error(ours: float | None, published: float) -> float | None:
    return None if ours is None or math.isnan(published) or published == 0 else ours / published - 1.0
