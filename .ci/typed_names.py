"""A user's script, which a strict type checker reads against the installed wheel; `.ci/wheel` runs it too."""

import siting as st
from siting import locate

scenario: st.Scenario = st.Scenario(
    name="typed", demand={"it_mw": 60}, limits=(st.SiteCount(max=2), st.MaxLatency(batch_ms=600))
)
problem: st.Problem = st.prepare(scenario)
limits: tuple[st.Limit, ...] = scenario.limits
advice: list[str] = [limit.how_to_loosen() for limit in limits]
version: str = st.__version__


def plan_of(numbers: st.Problem) -> st.Plan:
    """Return the proven plan."""
    plan = st.solve(numbers, time_limit_s=60.0, gap=1e-3)
    plan.verify()
    return plan


if __name__ == "__main__":
    best = plan_of(problem)
    share: float = best.kpis["renewable_share"]
    opened = locate.p_median([[0.0, 2.0], [1.0, 0.0]], 1)
    print(version, best.status, best.objective, best.gap, sorted(best.sites["id"]), round(share, 3), opened.status)
