"""One training run in two settings, and the share of model, hardware, PUE and grid in the ratio of their emissions.

"10 to 100 times" has several causes. Each setting is a workload, a hardware, a PUE and a grid; emissions are the
product of four figures, so that their ratio is a product of four factors (`physics.carbon.ratio_waterfall`).
"""

from dataclasses import dataclass

import pandas as pd

from siting.errors import DataError, ScenarioError, listed
from siting.physics.carbon.footprint import emissions_t
from siting.physics.carbon.ratio_waterfall import cumulative, log_shares, steps
from siting.physics.compute import FLOP_PER_EFLOP, eflop_per_mwh_it
from siting.physics.cooling.performance import DESIGNS
from siting.problem.options import cooling_options
from siting.scenario.building import Hardware
from siting.study.training_runs import recompute
from siting.world import catalogue, grid, places

OF_PUBLISHED_RUNS = "NVIDIA H100 SXM5"
"""Accelerator of most published runs of the last years: the default of a setting."""

CAUSES = ("model", "hardware", "PUE", "grid")
"""The causes in the order of Patterson et al. 2021."""

PATTERSON = {"model": 1.3, "hardware": 7.4, "PUE": 10.5, "grid": 56.5}
"""Ratio reached after each cause, as published: Patterson et al. 2021, arXiv:2104.10350, section 4 and table 1."""

PATTERSON_FROM, PATTERSON_TO = "patterson-transformer-big-usavg", "patterson-et-medium-iowa"
"""Rows of the catalogue whose PUE and grid are those of its two ends."""


@dataclass(frozen=True)
class Setting:
    """A training run somewhere, on something.

    Attributes
    ----------
    name : str
        Name for charts.
    compute_eflop : float
        Useful compute of the training [EFLOP], above 0.
    it_mwh_per_eflop : float
        IT energy of a unit of it [MWh/EFLOP], above 0.
    pue : float
        Power usage effectiveness [-], 1 or more.
    ci_g_per_kwh : float
        Carbon intensity of the electricity [gCO2e/kWh], above 0: a ratio to 0 is undefined.
    source : str
        Where the four figures come from.

    Examples
    --------
    >>> Setting("a", 1e6, 0.001, 1.2, 50.0).tonnes
    60.0
    """

    name: str
    compute_eflop: float
    it_mwh_per_eflop: float
    pue: float
    ci_g_per_kwh: float
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse figures that have no ratio."""
        names = ("compute_eflop", "it_mwh_per_eflop", "pue", "ci_g_per_kwh")
        faults = [f"`{n}` is {getattr(self, n):g}: give a number above 0" for n in names if not getattr(self, n) > 0]
        if not faults and self.pue < 1:
            faults = [f"`pue` is {self.pue:g}: a facility draws at least what its IT draws"]
        if faults:
            raise DataError.from_faults(f"setting `{self.name}`:", faults)

    @property
    def energy_mwh(self) -> float:
        """Energy of the facility [MWh]."""
        return self.compute_eflop * self.it_mwh_per_eflop * self.pue

    @property
    def tonnes(self) -> float:
        """Operational emissions [tCO2e]."""
        return float(emissions_t(self.energy_mwh, self.ci_g_per_kwh))


def setting(
    workload: str,
    place: str,
    *,
    hardware: Hardware | None = None,
    year: int | None = None,
    cooling: str = "airside_economizer_adiabatic",
) -> Setting:
    """Return a training run of the catalogue at a shipped place, on a hardware, in a year.

    Parameters
    ----------
    workload : str
        Row of the `workloads` table whose compute is known.
    place : str
        Id of a shipped site: its climate gives the PUE, its grid zone the life-cycle intensity.
    hardware : Hardware, optional
        Accelerator, precision, MFU and power; an H100 at BF16 by default.
    year : int, optional
        Of the intensity [a]; the newest known by default.
    cooling : str, optional
        Cooling design.

    Returns
    -------
    Setting
        Four figures and where they come from.

    Raises
    ------
    ScenarioError
        A workload, place, year or design that is not known, or a design that needs a sea where none is in reach.

    Examples
    --------
    >>> north = setting("llama31-405b", "lulea")
    >>> north.pue < 1.2, north.ci_g_per_kwh < 50
    (True, True)
    """
    run, site = catalogue.workload(workload), _site(place)
    if not run.compute_flop > 0:
        raise ScenarioError(f"the compute of training run `{workload}` is unknown: choose another run")
    own = hardware or Hardware(accelerator=OF_PUBLISHED_RUNS)
    chip = own.chip
    yield_eflop = float(eflop_per_mwh_it(chip.peak_flop_per_s, own.mfu, chip.server_power_w))
    zone = str(site["zone_id"].iloc[0])
    years = grid.history(zone)["ci_lifecycle_g_per_kwh"].dropna()
    when = max(years.index, default=0) if year is None else year
    if when not in years.index:
        known = listed(map(str, years.index)) or "none"
        raise ScenarioError(f"the intensity of zone {zone} in {when or 'any year'} is not known (known are {known})")
    return Setting(
        name=f"{run.model}, {chip.name}, {site['name'].iloc[0]} {when}",
        compute_eflop=run.compute_flop / FLOP_PER_EFLOP,
        it_mwh_per_eflop=1.0 / yield_eflop,
        pue=_pue(site, cooling),
        ci_g_per_kwh=float(years[when]),
        source=f"{run.source}; {chip.source}; typical year under {cooling}; zone {zone}, life cycle, {when}",
    )


def published_setting(run_id: str) -> Setting:
    """Return a training run as published: its compute, energy, PUE and intensity.

    Parameters
    ----------
    run_id : str
        Row of the `workloads` table.

    Returns
    -------
    Setting
        Four figures of that row.

    Raises
    ------
    ScenarioError
        No such row, or one whose compute, energy or intensity is not known; what is missing is named.

    Examples
    --------
    >>> round(published_setting("patterson-gpt3").tonnes)
    553
    """
    run = catalogue.workload(run_id)
    again = recompute(run)
    energy, tonnes, stated = again.our_mwh, again.our_tco2e, run.compute_flop > 0
    missing = [w for w, known in (("compute", stated), ("energy", energy), ("intensity", tonnes)) if not known]
    if missing or energy is None or tonnes is None:
        raise ScenarioError(f"training run `{run_id}`: no {', no '.join(missing)} known: choose another run")
    pue = run.pue if run.pue >= 1 and run.energy_boundary == "facility" else 1.0
    eflop = run.compute_flop / FLOP_PER_EFLOP
    return Setting(run.model, eflop, energy / pue / eflop, pue, tonnes * 1000.0 / energy, run.source)


def waterfall(before: Setting, after: Setting) -> pd.DataFrame:
    """Return the share of each cause in the ratio of two settings' emissions.

    ``before / after = model * hardware * PUE * grid``; the share of a cause is its logarithm over that of the ratio,
    independent of the order.

    Parameters
    ----------
    before, after : Setting
        The settings compared; a factor above 1 favours `after`.

    Returns
    -------
    pandas.DataFrame
        Indexed by cause in the order of `CAUSES`: `before`, `after`, `unit`, `factor`, `share` (sums to 1; NaN if
        the ratio is 1), `cumulative` (the last is the ratio).

    Examples
    --------
    >>> here, there = Setting("here", 2e6, 0.002, 1.5, 400.0), Setting("there", 1e6, 0.001, 1.2, 40.0)
    >>> waterfall(here, there)["cumulative"].round(2).tolist()
    [2.0, 4.0, 5.0, 50.0]
    """
    fields = ("compute_eflop", "it_mwh_per_eflop", "pue", "ci_g_per_kwh")
    units = ("EFLOP", "MWh/EFLOP", "-", "gCO2e/kWh")
    pairs = [(float(getattr(before, f)), float(getattr(after, f))) for f in fields]
    table = _table({cause: a / b for cause, (a, b) in zip(CAUSES, pairs, strict=True)})
    return table.assign(before=[a for a, _ in pairs], after=[b for _, b in pairs], unit=units)[
        ["before", "after", "unit", "factor", "share", "cumulative"]
    ]


def patterson_waterfall() -> pd.DataFrame:
    """Return the chain of Patterson et al. 2021, model and hardware as cited, PUE and grid recomputed.

    Returns
    -------
    pandas.DataFrame
        Indexed by cause: `factor`, `share`, `cumulative`, `published` (their cumulative ratio), `error`, `basis`
        (`cited` or `recomputed`).

    Notes
    -----
    The grid of the last step is net of the operator's clean energy by the hour (80 gCO2e/kWh); that of the first is the
    gross US average (429 gCO2e/kWh). Iowa's own gross 478 gCO2e/kWh would make the grid factor 0.90 and the ratio 9.5.

    References
    ----------
    Patterson et al. 2021, arXiv:2104.10350, section 4 and table 1.

    Examples
    --------
    >>> patterson_waterfall()["cumulative"].round(1).tolist()
    [1.3, 7.4, 10.6, 56.8]
    """
    model, hardware, *_ = steps(list(PATTERSON.values()))
    before, after = catalogue.workload(PATTERSON_FROM), catalogue.workload(PATTERSON_TO)
    recomputed = before.pue / after.pue, before.ci_g_per_kwh / after.ci_g_per_kwh
    table = _table(dict(zip(CAUSES, (model, hardware, *recomputed), strict=True))).assign(
        published=list(PATTERSON.values())
    )
    basis = ["cited", "cited", "recomputed", "recomputed"]
    return table.assign(error=table["cumulative"] / table["published"] - 1.0, basis=basis)


def _table(factors: dict[str, float]) -> pd.DataFrame:
    reached = cumulative(factors)
    even = abs(reached[CAUSES[-1]] - 1.0) < 1e-12
    shares = dict.fromkeys(factors, float("nan")) if even else log_shares(factors)
    rows = {c: {"factor": factors[c], "share": shares[c], "cumulative": reached[c]} for c in factors}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("cause")


def _pue(site: pd.DataFrame, cooling: str) -> float:
    """Return the PUE of a design over a site's typical year."""
    if cooling not in DESIGNS:
        raise ScenarioError(f"no cooling design `{cooling}`: choose one of {', '.join(DESIGNS)}")
    offered = cooling_options(site, (cooling,))
    if not len(offered):
        raise ScenarioError(f"`{cooling}` needs a sea within reach of `{site['id'].iloc[0]}`: choose another design")
    return float(offered["pue"].iloc[0])


def _site(place: str) -> pd.DataFrame:
    """Return the row of a shipped site."""
    for shipped in places.SETS.values():
        table = shipped()
        found = table[table["id"] == place].reset_index(drop=True)
        if len(found):
            return found
    raise ScenarioError(f"no shipped site has the id `{place}`: see `siting data show sites`")
