"""The answer: a frozen value with its proof, its numbers and where they come from."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import geopandas as gpd
import pandas as pd

from siting.errors import DataError
from siting.scenario.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Status = Literal["optimal", "feasible", "infeasible", "unbounded", "no_solution"]

SCENARIO_FILES = "scenario"
"""Folder beside a saved plan in which its scenario may name files."""
_FRAMES = ("assignments", "ledger", "demand", "excluded", "unknowns", "binding", "sources")
_LATER_FRAMES = ("contracts", "policy")
"""Tables that plans of this format did not always have."""
_GEO_FRAMES = ("sites", "hubs")
FORMAT = 2
"""Version of `plan.json`."""


FORMULA_STARTS = re.compile("(^|[;\t\r\n])(?=\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])")
"""Where a spreadsheet takes text for a formula, in a cell or after what some of them part cells at (OWASP, CSV injection)."""


@dataclass(frozen=True)
class Proof:
    """What the solver proved, and how.

    Attributes
    ----------
    status : str
        `optimal` only with a bound within the asked gap; `feasible` with what was found;
        `infeasible`, `unbounded`, or `no_solution` when nothing was found in time.
    objective, bound, gap : float or None
        Value of the plan in the first objective and proven bound, in `unit`; the bound is from above
        where the objective is to be greatest; gap = |objective - bound| / objective, what a `tolerance`
        gave away included. None where there is no plan, or the solver told no bound.
    unit : str
        Unit of objective and bound.
    gap_asked : float
        Gap at which a plan counts as optimal.
    solver, seconds, rows, variables : str, float, int, int
        Who solved it, how long it took, how large it was.
    least_cost_usd_per_year : float or None
        Proven least cost, where a limit needed it.
    tolerance : float
        How far the plan may give way in the first objective for what comes after it.
    stages : tuple of mapping
        Objectives in the order in which they were optimised, least cost last: `objective`, `unit`,
        `status`, `value` (the best, under what came before), `bound`, `gap`, `tolerance`, and `in_plan`,
        the plan's own value after all stages.
    considered : mapping of str to int
        How many options (sites with a design) there were; how many of them another design of their site beats in
        everything, and how many the last model held. The bound holds over all of them: what was left out was
        proven to be no better than the bound. Empty in plans of older versions.
    """

    status: Status
    objective: float | None
    bound: float | None
    gap: float | None
    unit: str
    gap_asked: float
    solver: str
    seconds: float
    rows: int
    variables: int
    least_cost_usd_per_year: float | None = None
    tolerance: float = 0.0
    stages: tuple[Mapping[str, Any], ...] = ()
    considered: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Hold the stages as a tuple, as a file does not."""
        object.__setattr__(self, "stages", tuple(self.stages))


@dataclass(frozen=True)
class Plan:
    """Where to build, how large, with which cooling, and for whom.

    Attributes
    ----------
    scenario : Scenario
        The question.
    proof : Proof
        What was proven.
    sites : geopandas.GeoDataFrame
        A row a built site. `worst_quality` is the worst quality word among all that the site's numbers
        rest on (its own facts, hardware and cost figures, the round trips it serves at, policy entries
        behind its ledger lines); `worst_fact` names what has it.
    hubs : geopandas.GeoDataFrame
        A row a hub.
    assignments : pandas.DataFrame
        Who serves whom: site, hub, workload, it_mw, rtt_p90_ms, rtt_quality.
    kpis : mapping of str to float
        Totals and means of the plan; empty without one.
    ledger : pandas.DataFrame
        Site, line, usd_per_year, tco2e_per_year; sums to the KPIs.
    demand : pandas.DataFrame
        Hub, workload, it_mw that was asked for.
    excluded, unknowns, sources : pandas.DataFrame
        What was left out; what a screen could not judge; the tables that the plan's numbers rest on (of all
        candidates where there is no plan).
    binding : pandas.DataFrame
        Which limits leave no room: `limit`, `where`, `slack` [`unit`], `price` [`price_unit`] (how much better the
        first objective gets for one unit that the limit gives way; NaN where unknown), `priced_at`, and `because`: it is met, or what is left of it is
        less than one more whole hall or site needs.
    contracts : pandas.DataFrame
        Electricity bought: contract, zone, matching, mwh_per_year, matched_mwh, surplus_mwh, g_per_kwh,
        rest_g_per_kwh and where that comes from. The KPIs then tell emissions by location and by market.
    policy : pandas.DataFrame
        Entries of packs that the scenario switches or overrides: pack, entry, switch, said.
    tables : mapping of str to pandas.DataFrame
        Further tables, of parts that have any.
    """

    scenario: Scenario
    proof: Proof
    sites: gpd.GeoDataFrame
    hubs: gpd.GeoDataFrame
    assignments: pd.DataFrame
    kpis: Mapping[str, float]
    ledger: pd.DataFrame
    demand: pd.DataFrame
    excluded: pd.DataFrame
    unknowns: pd.DataFrame
    binding: pd.DataFrame
    sources: pd.DataFrame
    contracts: pd.DataFrame = field(default_factory=pd.DataFrame)
    policy: pd.DataFrame = field(default_factory=pd.DataFrame)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return self.scenario.name

    @property
    def status(self) -> Status:
        """What the solver proved; see `Proof`."""
        return self.proof.status

    @property
    def objective(self) -> float | None:
        """Value of the plan, in `proof.unit`."""
        return self.proof.objective

    @property
    def bound(self) -> float | None:
        """Proven bound on the objective, in `proof.unit`."""
        return self.proof.bound

    @property
    def gap(self) -> float | None:
        """Proven relative distance between objective and bound."""
        return self.proof.gap

    def verify(self) -> pd.DataFrame:
        """Check every limit and the ledger anew, with code that shares nothing with the model builder.

        Returns
        -------
        pandas.DataFrame
            A row a check: `check`, `where`, `value`, `limit`, `unit`.

        Raises
        ------
        UnprovenError
            Anything that is off, all of it in one message.
        """
        from siting.verify.plan_check import verify

        return verify(self)

    def kpis_interval(self, draws: int = 1000, seed: int = 0, hold: Collection[str] = ("mfu",)) -> pd.DataFrame:
        """Return how far the KPIs may be off: the uncertain inputs drawn, sites, halls and loads held.

        What is drawn, and from which interval, is the table of `siting.uncertain_inputs`. The MFU is held unless
        `hold` is empty: it is the scenario's statement, and scales every place and plan alike.

        Parameters
        ----------
        draws : int
            How many draws, 100 or more.
        seed : int
            0 or more; the same seed gives the same table.
        hold : collection of str
            Names of inputs that do not vary.

        Returns
        -------
        pandas.DataFrame
            Indexed by KPI: `mid` (the plan's own), `p05`, `p50`, `p95`, `unit`. `attrs["lines_not_varied"]` names
            the lines of the ledger that no uncertain input moves.

        Raises
        ------
        DataError
            No sites, or their weather is not at hand or not the one that the plan was made with.
        ScenarioError
            Too few draws, a negative seed, or an unknown name in `hold`.

        Examples
        --------
        >>> import siting as st
        >>> asked = st.Scenario(name="x", demand={"it_mw": 100}, limits=(st.SiteCount(min=2, max=2),))
        >>> row = st.solve(st.prepare(asked)).kpis_interval(draws=100).loc["emissions_g_per_eflop"]
        >>> bool(row["p05"] < row["p50"] < row["p95"])
        True
        """
        from siting.study.uncertainty.interval import kpis_interval

        return kpis_interval(self, draws, seed, hold)

    def kpis_drivers(self, draws: int = 1000, seed: int = 0, hold: Collection[str] = ("mfu",)) -> pd.DataFrame:
        """Return which inputs the uncertainty of emissions per compute comes from, largest first.

        Parameters
        ----------
        draws, seed, hold
            As in `kpis_interval`; the same draws.

        Returns
        -------
        pandas.DataFrame
            Indexed by input: `low`, `mid`, `high`, `unit`, `rank_correlation` with gCO2e/EFLOP, its square
            `variance_share` [0-1] (about the share of the variance, as inputs are independent; by chance about
            1/draws for one without effect), `source`.

        Raises
        ------
        DataError, ScenarioError
            As `kpis_interval` does.
        """
        from siting.study.uncertainty.interval import kpis_drivers

        return kpis_drivers(self, draws, seed, hold)

    def map(self, ax: "Axes | None" = None, view: str = "world") -> "Axes":
        """Draw the plan on a map and return the axes; `view` as in `siting map`."""
        from siting.show.figures.maps import draw_plan

        return draw_plan(self, ax=ax, view=view)

    def report(
        self,
        path: str | Path,
        *,
        explanation: Any = None,
        frontier: Any = None,
        waterfall: pd.DataFrame | None = None,
        today: Any = None,
    ) -> Path:
        """Write the plan as one HTML page that loads nothing from anywhere.

        Parameters
        ----------
        path : str or pathlib.Path
            File to write, ending in `.html`.
        explanation, frontier, waterfall, today : optional
            What `siting.explain`, `siting.frontier`, `siting.waterfall` and `siting.today` return, to be shown too;
            today's pattern is computed where the hubs are today's cloud regions.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        SitingError, DataError
            As `write_report` does.
        """
        from siting.show.report.report import write_report
        from siting.study.story import story_of

        story = story_of(self, explanation=explanation, frontier=frontier, waterfall=waterfall, today=today)
        return write_report(story, path)

    def save(self, folder: str | Path) -> Path:
        """Write the plan: plan.json, sites.geojson, sites.csv, assignments.csv, ledger.csv.

        Parameters
        ----------
        folder : str or pathlib.Path
            Folder to write into; made if it is not there.

        Returns
        -------
        pathlib.Path
            The folder.

        Raises
        ------
        DataError
            The folder cannot be written.
        """
        out = Path(folder)
        try:
            out.mkdir(parents=True, exist_ok=True)
            (out / "plan.json").write_text(json.dumps(self._as_dict(), indent=1, allow_nan=False), encoding="utf-8")
            (out / "sites.geojson").write_text(_geojson(self.sites), encoding="utf-8")
            for name, table in {
                "sites": _flat(self.sites),
                "assignments": self.assignments,
                "ledger": self.ledger,
            }.items():
                _no_formulas(table).to_csv(out / f"{name}.csv", index=False)
        except OSError as error:
            raise DataError(f"cannot write the plan to {out} ({error.strerror}): choose another folder") from error
        return out

    @classmethod
    def load(cls, folder: str | Path, files_from: Sequence[str | Path] = ()) -> Self:
        """Read a plan that `save` wrote.

        Its scenario is text from anywhere: files that it names are looked for in a folder that is opened to it, or in the
        folder `scenario` beside the plan, and nowhere else (the plan's own `sites.csv` is no file of the scenario). To
        check a plan on places of your own again, open the folder of its scenario.

        Parameters
        ----------
        folder : str or pathlib.Path
            What `save` wrote into.
        files_from : sequence of str or pathlib.Path, optional
            Other folders whose files its scenario may name.

        Returns
        -------
        Plan
            As it was saved.

        Raises
        ------
        DataError
            No plan there, or one of another format.
        """
        path = Path(folder) / "plan.json"
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or error
            raise DataError(f"no plan to read at {path} ({why}): give a folder that `siting plan` wrote") from error
        found = raw.get("format") if isinstance(raw, dict) else None
        if found != FORMAT:
            raise DataError(f"{path} has format {found}, this version reads {FORMAT}: solve the scenario again")
        try:
            frames: dict[str, Any] = {n: _frame(raw[n]) for n in _FRAMES}
            frames |= {n: _frame(raw.get(n, {})) for n in _LATER_FRAMES}
            frames |= {"tables": {n: _frame(table) for n, table in raw.get("tables", {}).items()}}
            geo: dict[str, Any] = {n: _geo_frame(raw[n]) for n in _GEO_FRAMES}
            asked = Scenario(**raw["scenario"]).standing_in(*_folders(Path(folder), files_from))
            return cls(scenario=asked, proof=Proof(**raw["proof"]), kpis=raw["kpis"], **frames, **geo)
        except (KeyError, TypeError) as error:
            raise DataError(f"{path} is no whole plan ({error!r}): solve the scenario again") from error

    def _as_dict(self) -> dict[str, Any]:
        geo = {n: _records(_flat(getattr(self, n))) for n in _GEO_FRAMES}
        return {
            "format": FORMAT,
            "scenario": self.scenario.model_dump(mode="json"),
            "proof": vars(self.proof),
            "kpis": dict(self.kpis),
            **{n: _records(getattr(self, n)) for n in (*_FRAMES, *_LATER_FRAMES)},
            "tables": {n: _records(table) for n, table in self.tables.items()},
            **geo,
        }


def _folders(plan: Path, files_from: Sequence[str | Path]) -> tuple[Path, list[Path]]:
    """Return where a saved plan's scenario finds its files: where it is told to look first, then beside the plan."""
    first, *more = [*map(Path, files_from), plan / SCENARIO_FILES]
    return first, more


def _flat(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(frame.drop(columns="geometry")).assign(lon=frame.geometry.x, lat=frame.geometry.y)


def _no_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose text no spreadsheet takes for a formula: an apostrophe before = + - @, tab, return, newline."""

    def guarded(cell: Any) -> Any:
        return FORMULA_STARTS.sub(r"\1'", cell) if isinstance(cell, str) else cell

    return table.assign(**{str(c): table[c].map(guarded) for c in table.columns if table[c].dtype.kind not in "biuf"})


def _geojson(frame: gpd.GeoDataFrame) -> str:
    """Write a layer as GeoJSON; an empty one too."""
    return (
        str(frame.to_json(drop_id=True, allow_nan=False))
        if len(frame)
        else '{"type": "FeatureCollection", "features": []}'
    )


def _records(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Return columns as plain lists, with None for what is unknown."""
    return {str(c): [None if pd.isna(v) else v for v in frame[c].tolist()] for c in frame.columns}


def _frame(columns: dict[str, list[Any]]) -> pd.DataFrame:
    """Read plain lists back as columns; one of nothing but None was a number that nobody knows."""
    return pd.DataFrame({c: pd.Series(v, dtype=_dtype(v)) for c, v in columns.items()})


def _dtype(values: list[Any]) -> type | None:
    return object if not values else float if all(v is None for v in values) else None


def _geo_frame(columns: dict[str, list[Any]]) -> gpd.GeoDataFrame:
    frame = _frame(columns)
    points = gpd.points_from_xy(frame["lon"].astype(float), frame["lat"].astype(float))
    return gpd.GeoDataFrame(frame.drop(columns=["lon", "lat"]), geometry=points, crs="EPSG:4326")
