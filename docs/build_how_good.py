"""Return the page on the accuracy of the models, from the files that the checks write; no figure is typed by hand."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from siting import patterson_waterfall, published_runs
from siting.study.training_runs import search_sentence

ROOT = Path(__file__).parents[1]
CHECKS = {
    "climate": "data/build/accuracy_climate.json",
    "latency": "data/build/accuracy_latency.json",
    "places": "data/build/accuracy_places.json",
    "envelope": "docs/accuracy/cooling_envelope.json",
    "operators": "docs/accuracy/cooling_operators.json",
}
"""What `make accuracy` writes."""

CLIMATE_WORDS = {
    "cdd18_k_day": "cooling degree-days, base 18 C [K day]",
    "dry_bulb_le_18c_h": "hours at or below 18 C dry bulb [h]",
    "wet_bulb_le_16c_h": "hours at or below 16 C wet bulb [h]",
}
HEAD = """# How good is it

Generated at every build of these pages from the files that the checks and the benchmarks write: `make accuracy`, the scripts
of `benchmarks/`, and the recomputed published runs. [Accuracy](accuracy.md) describes the methods of the checks and what they do
not measure.
"""


def page() -> str:
    """Return the page."""
    checks = {name: json.loads((ROOT / path).read_text(encoding="utf-8")) for name, path in CHECKS.items()}
    parts = [
        HEAD,
        _climate(checks["climate"]),
        _latency(checks["latency"]),
        _cooling(checks["envelope"], checks["operators"]),
        _places(checks["places"]),
        _runs(),
        _benchmarks(),
    ]
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], words: Sequence[int] = (0,)) -> str:
    """Return a table, columns of words to the left, those of figures to the right."""
    lines = [head, ["---" if i in words else "---:" for i in range(len(head))], *rows]
    return "\n".join("| " + " | ".join(str(c).replace("|", "\\|") for c in row) + " |" for row in lines) + "\n"


def _climate(c: Mapping[str, Any]) -> str:
    own, warm = c["offset_-0.8_k"]["mean_absolute_error"], c["offset_0_k"]["mean_absolute_error"]
    rows = [
        (
            words,
            f"{c['station_mean'][k]:,.0f}",
            f"{own[k]:.0f}",
            f"{c['goal_at_stations_climate'][k]}",
            f"{warm[k]:.0f}",
        )
        for k, words in CLIMATE_WORDS.items()
    ]
    return f"""## The climate of any place

Mean absolute error at {c["n"]} held-out stations in {c["countries"]} countries, in the stations' own decades, and with the
warming since then counted as error. Only {c["stations_north_of_54p6"]} of them lie north of 54.6 N: polar climates are hardly measured.

{_table(("figure", "mean of the stations", "error", "goal", "with the warming as error"), rows)}"""


def _latency(c: Mapping[str, Any]) -> str:
    return f"""## Latency between two places

### On the public internet

{_round_trips(c)}
### On a cloud's backbone

{_round_trips(c["backbone"])}"""


def _round_trips(c: Mapping[str, Any]) -> str:
    rows = [
        (
            f"{ms} ms",
            f"{x['accepted']:,}",
            f"{_share(x['violation_share'], 1)}",
            f"{_share(x['feasible_rejected_share'], 0)}",
        )
        for ms, x in c["limit_ms"].items()
    ]
    pairs = sorted(c["p90_coverage_by_region_pair"].items(), key=lambda kv: kv[1]["coverage"])
    weakest, at = pairs[0]
    covered = [(name.replace("_", " "), f"{x['n']:,}", _share(x["coverage"], 1)) for name, x in pairs]
    return f"""{c["method"].split(". ")[0]}. Of {c["pairs_told"]:,} pairs with a held-out city, {_share(c["p90_coverage"], 1)} are within the modelled p90
round trip; in the weakest region pair ({weakest.replace("_", " ")}, {at["n"]:,} pairs) {_share(at["coverage"], 1)}. The mean absolute
error of the median is {c["mean_absolute_error_ms"]:.1f} ms.

{_table(("limit", "pairs accepted", "slower than the limit", "fast pairs refused"), rows)}
{_table(("world regions", "pairs", "within the p90"), covered)}"""


def _cooling(envelope: Mapping[str, Any], operators: Mapping[str, Any]) -> str:
    rows = [
        (name.replace("_", " "), f"{_share(x['pue'], 0)}", f"{_share(x['wue_l_per_kwh'], 0)}")
        for name, x in envelope["share_of_zones_inside"].items()
    ]
    not_like = envelope["share_inside_at_scales_that_are_not_the_like"]
    other = [
        (name.replace("_", " "), f"{_share(x['pue'], 0)}", f"{_share(x['wue_l_per_kwh'], 0)}")
        for name, x in not_like.items()
    ]
    outside = "\n".join(f"* {why}" for why in envelope["outside_because"])
    r2 = operators["r2_of_published_pue"]
    return f"""## Cooling

Share of climate zones whose median lies within the published 5th to 95th percentile ({envelope["published"]}). The model was
frozen before the comparison.

{_table(("design", "PUE inside", "WUE inside"), rows)}
Against plants of another scale, which these designs do not represent:

{_table(("published plant", "PUE inside", "WUE inside"), other)}
Zones outside the range, and reasons:

{outside}

Against {operators["sites"]} sites of operators: {_share(operators["share_of_sites_between_least_and_most_modelled"], 0)} of the published PUE lie between
the smallest and the largest of the modelled plants at their place. Degree-days alone explain {_share(r2["degree_days_base_21"], 0)} of the published
spread, the operator alone {_share(r2["operator"], 0)}.
"""


def _places(c: Mapping[str, Any]) -> str:
    cities, plants, height = c["cities"], c["plants_mw_150km"], c["elevation_m"]
    return f"""## User places

* Grid zone: right for {_share(cities["same_zone_share_where_several"], 2)} of {cities["towns_where_several"]:,} towns in countries with several zones.
* Country: right for {_share(cities["same_country_share"], 2)} of {cities["towns"]:,} towns.
* Power plants within 150 km: mean absolute error {plants["mean_absolute_error_mw"]:.1f} MW (mean {plants["mean_mw"]:,.0f} MW), by
  {plants["worst_error_mw"]:,.0f} MW at most, over {plants["towns"]:,} towns.
* Height: mean absolute error {height["mean_absolute_error_m"]:.0f} m, at most {height["worst_error_m"]:,.0f} m, over {height["towns"]:,} towns.
"""


def _runs() -> str:
    runs = published_runs()
    ours = runs[runs["our_mwh"].notna() & runs["published_mwh"].notna()]
    by_basis = ours.assign(off=ours["error_mwh"].abs()).groupby("energy_basis")["off"].agg(["count", "max"])
    bases = [(basis, f"{row['count']:.0f}", f"{_share(row['max'], 1)}") for basis, row in by_basis.iterrows()]
    rows = [
        (
            r.model,
            r.energy_basis,
            _number(r.published_mwh),
            _number(r.our_mwh),
            _number(r.published_tco2e),
            _number(r.our_tco2e),
            r.basis or "not stated",
        )
        for r in ours.sort_values("published_mwh", ascending=False).itertuples()
    ]
    head = ("run", "energy is", "published MWh", "ours", "published tCO2e", "ours", "basis")
    reached = ", ".join(f"{x:.1f}" for x in patterson_waterfall()["cumulative"])
    return f"""## Published training runs, recomputed

`siting runs` prints all {len(runs)}; {len(ours)} of them have a published energy. Rows of power times hours agree by
construction; only measured ones are a test.

{_table(("energy of the source is", "runs", "largest difference"), bases)}
{search_sentence(runs)}

As a cumulative product (model, hardware, PUE, grid), the ratio of Patterson et al. 2021 is {reached}.

{_table(head, rows, words=(0, 1, 6))}"""


def _share(x: float, digits: int) -> str:
    """Return a share in percent, as the pages write it."""
    return f"{100 * x:.{digits}f} %"


def _number(x: float | None) -> str:
    """Return a number as a table shows it, empty if it is unknown."""
    if x is None or math.isnan(x):
        return ""
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}"


def _benchmarks() -> str:
    """Return every figure of every benchmark, one table each; a new file in `benchmarks/` is included."""
    parts = [
        "## Benchmarks\n\nFigures of the machine that ran them; ratios to a baseline of the same process transfer better.\n"
    ]
    for path in sorted((ROOT / "benchmarks").glob("*.json")):
        rows = list(_leaves(json.loads(path.read_text(encoding="utf-8"))))
        parts.append(f"### {path.stem}\n\n{_table(('figure', 'value'), rows)}")
    return "\n".join(parts)


def _leaves(value: Any, name: str = "") -> Iterable[tuple[str, str]]:
    """Yield the figures of a file by the path that leads to them."""
    named = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else None
    if named is None:
        yield f"`{name}`", f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else f"{value}"
        return
    for key, part in named:
        yield from _leaves(part, f"{name}.{key}" if name else f"{key}")
