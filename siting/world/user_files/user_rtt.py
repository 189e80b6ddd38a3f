"""User files of measured round trips: read, checked, and used in place of the estimates."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from siting.errors import ScenarioError, nearest
from siting.physics.geodesy import great_circle_km
from siting.units import Floats
from siting.world.latency.rtt_model import FIBRE_KM_PER_MS
from siting.world.user_files.cell_values import NotANumberError
from siting.world.user_files.table_reader import read_table
from siting.world.user_files.user_tables import NOTES
from siting.world.user_values.plausible import RANGES

COLUMNS = {"site": "text", "hub": "text", "rtt_ms": "number", "quantile": "number"}
NEEDED = ("site", "hub", "rtt_ms")
YOURS = "measured (yours)"
"""Quality of a round trip that the user measured."""

DAY_MAXIMUM_OVER_MEAN_P90 = 1.19
"""90th percentile over pairs of a day's largest round trip over its mean (project design; the
two-day means fitted here give 1.11, so this is the conservative value)."""

MOST_RTT_MS = RANGES["rtt_ms"].high
"""Longest round trip that is taken for a measurement [ms] (our choice: 20 times around the Earth in fibre)."""

_QUANTILES = (0.5, 0.9)

Row = tuple[int, str, str, float, float]
"""Number in the file, site, hub, round trip [ms], quantile."""


def read_measured(path: Path, sites: pd.DataFrame, hubs: pd.DataFrame) -> pd.DataFrame:
    r"""Read measured round trips, one row per pair; other pairs keep their estimate.

    Parameters
    ----------
    path : pathlib.Path
        Table of text, as `siting.world.user_files.table_reader.read_table` reads it: `site`, `hub` (ids of candidates
        and hubs), `rtt_ms`, and `quantile`: 0.5 (a median or mean; also where blank) or 0.9 (over time).
    sites, hubs : pandas.DataFrame
        Every candidate and hub: `id`, `lon`, `lat` [degree].

    Returns
    -------
    pandas.DataFrame
        `site`, `hub`, `rtt_p90_ms` [ms]: the 0.9 quantile where given, else 1.19 times the median. `attrs["notes"]`
        holds what was assumed to read the file.

    Raises
    ------
    ScenarioError
        Unknown columns or ids, cells that are not numbers, a time of 0 or less, above 10 s, or
        below that of light in fibre over the great circle, a pair twice with different values, a
        median above its 0.9 quantile: all faults in one message.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> places = pd.DataFrame({"id": ["a", "b"], "lon": [0.0, 5.0], "lat": [50.0, 50.0]})
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "own.csv")
    ...     _ = file.write_text("site,hub,rtt_ms\na,b,10\n")
    ...     read_measured(file, places, places)["rtt_p90_ms"].round(1).tolist()
    [11.9]
    """
    rows, faults, notes = _rows(path)
    faults += _unknown_id_faults(rows, sites, hubs)
    if not faults:
        faults = [*_floor_faults(rows, sites, hubs), *_twice_faults(rows)]
    if faults:
        raise ScenarioError.from_faults(f"{path.name} has {len(faults)} fault(s):", faults)
    pairs: dict[tuple[str, str], dict[float, float]] = {}
    for _, site, hub, rtt_ms, quantile in rows:
        pairs.setdefault((site, hub), {})[quantile] = rtt_ms
    p90 = [at.get(0.9, DAY_MAXIMUM_OVER_MEAN_P90 * at.get(0.5, np.nan)) for at in pairs.values()]
    ends = pd.DataFrame(list(pairs), columns=["site", "hub"])
    measured = ends.assign(rtt_p90_ms=p90)
    measured.attrs[NOTES] = notes
    return measured


def with_measured(rtt_p90_ms: Floats, sites: pd.DataFrame, hubs: pd.DataFrame, measured: pd.DataFrame) -> Floats:
    """Return a matrix of round trips with the measured values inserted.

    Parameters
    ----------
    rtt_p90_ms : numpy.ndarray
        (n_sites, n_hubs) estimates [ms].
    sites, hubs : pandas.DataFrame
        Rows and columns of the matrix; column `id`.
    measured : pandas.DataFrame
        As `read_measured` returns them; sites that are not in `sites` are ignored.

    Returns
    -------
    numpy.ndarray
        A new matrix [ms].
    """
    row = {site: i for i, site in enumerate(sites["id"])}
    column = {hub: i for i, hub in enumerate(hubs["id"])}
    mixed = rtt_p90_ms.copy()
    for site, hub, rtt_ms in measured[["site", "hub", "rtt_p90_ms"]].itertuples(index=False):
        if site in row and hub in column:
            mixed[row[site], column[hub]] = rtt_ms
    return mixed


def _rows(path: Path) -> tuple[list[Row], list[str], tuple[str, ...]]:
    """Return the rows whose cells can be read, the faults of the others, and what was assumed."""
    table = read_table(path, COLUMNS, needed=NEEDED)
    faults = list(table.faults)
    if not table.header or not table.rows:
        raise ScenarioError.from_faults(
            f"{path.name} cannot be used:", faults or ["no rows: give at least one measured pair"]
        )
    if not set(NEEDED) <= set(table.header):
        raise ScenarioError.from_faults(f"{path.name} cannot be used:", faults)
    rows: list[Row] = []
    for n, row in table.rows.items():
        given = {c: row.get(c, "") for c in ("rtt_ms", "quantile")}
        try:
            column = "rtt_ms"
            rtt_ms = table.value(column, given[column])
            column = "quantile"
            quantile = table.value(column, given[column]) if given[column] else 0.5
        except NotANumberError as error:
            faults.append(f"row {n}, `{column}` is `{given[column][:60]}`: {error}")
            continue
        if not 0 < rtt_ms <= MOST_RTT_MS:
            faults.append(
                f"row {n}, `rtt_ms` is `{given['rtt_ms'][:60]}`: write a time above 0 and up to {MOST_RTT_MS:,.0f} ms, "
                "with a decimal point"
            )
        elif quantile not in _QUANTILES:
            faults.append(f"row {n}, `quantile` is `{given['quantile'][:60]}`: use 0.5, 0.9, or leave it blank for 0.5")
        else:
            rows.append((n, row["site"], row["hub"], rtt_ms, quantile))
    return rows, faults, table.notes


def _unknown_id_faults(rows: Iterable[Row], sites: pd.DataFrame, hubs: pd.DataFrame) -> list[str]:
    """Name the ids that are neither a candidate nor a hub."""
    known = {"candidate": set(sites["id"]), "hub": set(hubs["id"])}
    return [
        f"row {number}: no {kind} has the id `{name}`{nearest(name, known[kind])}"
        for number, site, hub, _, _ in rows
        for kind, name in (("candidate", site), ("hub", hub))
        if name not in known[kind]
    ]


def _floor_faults(rows: Iterable[Row], sites: pd.DataFrame, hubs: pd.DataFrame) -> list[str]:
    """Name the times that are shorter than light in fibre needs."""
    site, hub = (table.set_index("id")[["lon", "lat"]].to_dict("index") for table in (sites, hubs))
    faults = []
    for number, a, b, rtt_ms, _ in rows:
        km = float(great_circle_km(site[a]["lon"], site[a]["lat"], hub[b]["lon"], hub[b]["lat"]))
        if rtt_ms < km / FIBRE_KM_PER_MS:
            faults.append(
                f"row {number}: {a} to {b} in {rtt_ms:g} ms is faster than light in fibre, which needs "
                f"{km / FIBRE_KM_PER_MS:.1f} ms for {km:.0f} km: give the round trip, in milliseconds"
            )
    return faults


def _twice_faults(rows: Iterable[Row]) -> list[str]:
    """Name repeated pairs with different values, and medians above their 0.9 quantile."""
    seen: dict[tuple[str, str, float], tuple[int, float]] = {}
    faults = []
    for number, site, hub, rtt_ms, quantile in rows:
        first, value = seen.setdefault((site, hub, quantile), (number, rtt_ms))
        if value != rtt_ms:
            faults.append(
                f"rows {first} and {number}: {site} to {hub} is {value:g} and {rtt_ms:g} ms: keep one of the two"
            )
    for (site, hub, quantile), (number, rtt_ms) in seen.items():
        high = seen.get((site, hub, 0.9))
        if quantile == 0.5 and high is not None and rtt_ms > high[1]:
            faults.append(
                f"rows {number} and {high[0]}: {site} to {hub} has a median of {rtt_ms:g} ms above its 0.9 quantile "
                f"of {high[1]:g} ms: correct one of the two"
            )
    return faults
