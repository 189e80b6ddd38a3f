"""A plan's emissions by the other set of life-cycle factors, its decisions held."""

from typing import TYPE_CHECKING

import numpy as np

from siting.kpis import G_PER_T, per_compute
from siting.world import grid
from siting.world.user_files.own_columns import AS_GIVEN

if TYPE_CHECKING:
    from siting.plan.plan import Plan


def by_other_factors(plan: "Plan") -> tuple[str, float] | None:
    """Return the other set of life-cycle factors, and the plan's emissions per compute by it [gCO2e/EFLOP].

    Parameters
    ----------
    plan : Plan
        A plan with sites.

    Returns
    -------
    tuple of str and float, or None
        None where no life-cycle factor is in the emissions, or contracts decide them.

    Examples
    --------
    >>> import siting as st
    >>> one = st.Scenario(name="x", demand={"it_mw": 100}, limits=(st.SiteCount(min=1, max=1),))
    >>> by_other_factors(st.solve(st.prepare(one)))[0]
    'IPCC 2014'
    """
    carbon = plan.scenario.minimise.carbon
    if carbon.scope != "lifecycle" or carbon.basis != "location" or plan.sites.empty:
        return None
    energy = plan.ledger[plan.ledger["line"] == "energy"].set_index("site")["tco2e_per_year"]
    ratio = grid.other_factors(plan.sites["zone_id"].tolist(), carbon.factors)
    ratio = np.where(plan.sites["ci_quality"] == AS_GIVEN, 1.0, ratio)
    more_t = float(np.nansum(energy.reindex(plan.sites["id"]).to_numpy(float) * (ratio - 1.0)))
    other = next(cited for name, cited in grid.FACTORS.items() if name != carbon.factors)
    change = float(per_compute(G_PER_T * more_t, plan.kpis["eflop_per_year"]))
    return other, plan.kpis["emissions_g_per_eflop"] + change
