"""The planner's question as one frozen sentence: the Python object, the TOML file and the error message."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import tomlkit
from pydantic import Field, PrivateAttr, SerializeAsAny, ValidationError, field_validator, model_validator

from siting.errors import ScenarioError
from siting.physics.compute import FLOP_PER_EFLOP
from siting.physics.cooling.performance import DESIGNS
from siting.scenario.contracts import PowerContract, ResidualMix, contract_faults
from siting.scenario.limit import Limit
from siting.scenario.objective import Objective
from siting.scenario.policy import Policy
from siting.scenario.schema import Frozen, faults_of
from siting.units import HOURS_PER_YEAR
from siting.world.catalogue import workload
from siting.world.outlook import FIRST_YEAR, LARGEST_WARMING_K, LAST_YEAR, UsScenario

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class TrainingRun(Frozen):
    """A published training run, done again so many times a year.

    Attributes
    ----------
    id : str
        A row of the `workloads` table whose compute is known.
    per_year : float
        How many such runs a year, above 0.
    workload : str
        Class of the demand that it belongs to.
    """

    id: str
    per_year: Positive = 1.0
    workload: str = "batch"

    @property
    def eflop_per_year(self) -> float:
        """Useful compute of a year's runs [EFLOP/a]."""
        return self.per_year * workload(self.id).compute_flop / FLOP_PER_EFLOP

    @field_validator("id")
    @classmethod
    def _known_compute(cls, value: str) -> str:
        try:
            run = workload(value)
        except ScenarioError as error:
            raise ValueError(str(error)) from error
        if not run.compute_flop > 0:
            raise ValueError(f"no source tells the compute of training run `{value}`: choose a run that has it")
        return value


class Elastic(Frozen):
    """How much of the demand must be served, where not all of it has to be.

    One of the two minima is needed: without one the least of anything is to build nothing.

    Attributes
    ----------
    min_share : float or None
        Least share of the demand that is served, over all hubs and classes [0-1], above 0.
    min_eflop_per_year : float or None
        Least useful compute [EFLOP/a], above 0.
    unmet_usd_per_mwh : float or None
        What a MWh of IT energy not served costs, such as renting it elsewhere [USD/MWh]; a line of the
        ledger. Nothing is emitted for it here.
    """

    min_share: Annotated[float, Field(gt=0, le=1)] | None = None
    min_eflop_per_year: Positive | None = None
    unmet_usd_per_mwh: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _one_minimum(self) -> Self:
        if (self.min_share is None) == (self.min_eflop_per_year is None):
            raise ValueError(
                "give either `min_share` or `min_eflop_per_year`, one of the two: without a minimum of compute "
                "the least of anything is to build nothing"
            )
        return self


class Demand(Frozen):
    """How much training compute is wanted, and from where.

    Attributes
    ----------
    it_mw : float or None
        Mean IT draw over the year [MW], above 0. Give this, `eflop_per_year` or `runs`.
    eflop_per_year : float or None
        Useful compute [EFLOP/a], above 0.
    runs : tuple of TrainingRun
        Training runs of the catalogue, whose compute is the demand, and from whose classes `shares` follow.
    hubs : str
        `cloud_regions`, or a CSV file with id, name, lon, lat, weight.
    shares : mapping
        Workload class to its share of the demand [0-1]; the shares sum to 1.
    elastic : Elastic or None
        How much must be served where not all has to be; None where all of it must.
    """

    it_mw: Positive | None = None
    eflop_per_year: Positive | None = None
    runs: tuple[TrainingRun, ...] = ()
    hubs: str = "cloud_regions"
    shares: dict[str, Share] = Field(default={"batch": 1.0})
    elastic: Elastic | None = None

    @model_validator(mode="after")
    def _one_quantity(self) -> Self:
        given = (self.it_mw is not None, self.eflop_per_year is not None, bool(self.runs))
        if sum(given) != 1:
            raise ValueError("give either `it_mw`, `eflop_per_year` or `runs`, one of the three")
        if self.runs:
            self._take_shares_of_runs()
        if abs(sum(self.shares.values()) - 1.0) > 1e-9:
            raise ValueError(f"`shares` sum to {sum(self.shares.values()):g}: let them sum to 1")
        return self

    def mean_it_mw(self, eflop_per_mwh_it: float) -> float:
        """Return the mean IT draw wanted [MW]."""
        if self.it_mw is not None:
            return self.it_mw
        eflop = self.eflop_per_year or sum(run.eflop_per_year for run in self.runs)
        return eflop / eflop_per_mwh_it / HOURS_PER_YEAR

    def _take_shares_of_runs(self) -> None:
        """Let the classes of the runs, by their compute, be the shares; others may not be given."""
        total = sum(run.eflop_per_year for run in self.runs)
        shares: dict[str, float] = {}
        for run in self.runs:
            shares[run.workload] = shares.get(run.workload, 0.0) + run.eflop_per_year / total
        told = self.shares if "shares" in self.model_fields_set else shares
        if told.keys() != shares.keys() or any(abs(told[k] - v) > 1e-9 for k, v in shares.items()):
            raise ValueError("`shares` follow from the `workload` of each of `runs`: leave them out")
        self.__dict__["shares"] = shares

    def least_it_mw(self, mean_it_mw: float, eflop_per_mwh_it: float) -> float:
        """Return the mean IT draw that must be served [MW], of a demand of `mean_it_mw`."""
        if self.elastic is None:
            return mean_it_mw
        if self.elastic.min_share is not None:
            return self.elastic.min_share * mean_it_mw
        assert self.elastic.min_eflop_per_year is not None
        return self.elastic.min_eflop_per_year / eflop_per_mwh_it / HOURS_PER_YEAR


class Hardware(Frozen):
    """Which accelerator trains, how well it is used, and which end of its embodied carbon counts.

    Attributes
    ----------
    accelerator : str
        A row of the `hardware` table.
    precision : {"bf16", "fp8"}
        Precision of the training, and of the peak rate that `mfu` is a share of.
    mfu : float
        Model-FLOP utilisation, the share of the peak that trains the model, above 0 to 1.
    server_power_w : float or None
        Power per accelerator with its share of the host [W], as the planner measured it; the catalogue's, which is
        mostly a maximum, if none is given. Halls are sized by it too.
    embodied : {"low", "mid", "high"}
        Vendor's figure, the middle, or the component LCA.
    """

    accelerator: str = "NVIDIA H100 SXM5"
    precision: Literal["bf16", "fp8"] = "bf16"
    server_power_w: Positive | None = None
    mfu: Annotated[float, Field(gt=0, le=1)] = 0.38
    embodied: Literal["low", "mid", "high"] = "mid"


class Candidates(Frozen):
    """Which places may be chosen.

    Attributes
    ----------
    set : str
        `starter` (about 150 shipped places), `world` (about 3,000), or a CSV or GeoJSON file of lon/lat.
    exclude : tuple of str
        Ids of candidates that may not be chosen.
    off_land : {"refuse", "leave_out"}
        What is done with rows of an own file that lie at sea, where neither country nor grid is known: the file is
        refused with all such rows named, or they are left out and listed with the reason.
    """

    set: str = "starter"
    exclude: tuple[str, ...] = ()
    off_land: Literal["refuse", "leave_out"] = "refuse"


class Building(Frozen):
    """The module a site is built of, and the cooling designs on offer.

    Attributes
    ----------
    hall_mw : float
        IT power of a hall [MW], above 0.
    min_halls : int
        Fewest halls of a site.
    utilisation_max : float
        Mean draw over capacity at most [0-1].
    cooling : tuple of str
        Designs to choose from; `seawater` is offered where a sea lies within reach.
    cooling_preset : {"default", "best_practice"}
        Plant of every design: the midpoint of every published range, or its better end.
    sea_reach_km : float
        How far the sea may be from a site that cools with it [km] (the default is an assumption).
    """

    hall_mw: Positive = 20.0
    min_halls: Annotated[int, Field(ge=1)] = 2
    utilisation_max: Annotated[float, Field(gt=0, le=1)] = 0.9
    cooling: tuple[str, ...] = ("airside_economizer_adiabatic", "waterside_economizer")
    cooling_preset: Literal["default", "best_practice"] = "default"
    sea_reach_km: Annotated[float, Field(ge=0, le=50)] = 5.0

    @model_validator(mode="after")
    def _known_designs(self) -> Self:
        unknown = [d for d in self.cooling if d not in DESIGNS]
        if unknown or not self.cooling or len(set(self.cooling)) < len(self.cooling):
            raise ValueError(f"`cooling` is {list(self.cooling)}: name one or more of {', '.join(DESIGNS)}, each once")
        return self


class Latency(Frozen):
    """Round trips of the planner's own.

    Attributes
    ----------
    measured : str or None
        A CSV file with `site`, `hub`, `rtt_ms` and, where it is not 0.5, `quantile`: measured pairs
        that replace the estimate. It may be partial.
    """

    measured: str | None = None


class Outlook(Frozen):
    """Which year's grid, and how much warmer a climate; today's where nothing is said.

    Attributes
    ----------
    year : int or None
        Year whose carbon intensity counts, 2026 to 2050: projections in the USA, the trend of five years elsewhere.
        Prices, shares of renewables and shapes of the hours stay today's.
    us_scenario : str
        Scenario of the projections for the USA, one of the table `us_projection`.
    warming_k : float
        How much warmer than its typical year every hour of a place is [K], -5 to 5; relative humidity stays.
    """

    year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)] | None = None
    us_scenario: UsScenario = "MidCase"
    warming_k: Annotated[float, Field(ge=-LARGEST_WARMING_K, le=LARGEST_WARMING_K)] = 0.0


class Scenario(Frozen):
    """A siting question: demand, hardware, candidates, what to minimise, and within which limits.

    Attributes
    ----------
    name : str
        Short name, used for folders and titles: letters, digits, spaces, dots, hyphens.
    demand, hardware, candidates, building, latency, policy : Demand, Hardware, Candidates, Building, Latency, Policy
        The parts of the question.
    minimise : Objective
        What is made least, or a list in the order in which they matter; least cost comes last, whatever
        comes first.
    limits : tuple of Limit
        What must hold.
    outlook : Outlook
        The year of the grid, and a warmer climate.
    costs : mapping
        Overrides of rows of the `costs` table by id, in the row's unit.
    contracts : tuple of PowerContract
        Electricity bought with its attributes; location- and market-based emissions are then told side by side.
    residual_mix : tuple of ResidualMix
        What electricity emits that nobody has bought, by zone.

    Examples
    --------
    >>> from siting import Scenario, MaxLatency, SiteCount
    >>> s = Scenario(name="near", demand={"it_mw": 200}, limits=(MaxLatency(batch_ms=100), SiteCount(max=4)))
    >>> s.limits[1].max
    4
    """

    name: Annotated[str, Field(pattern=r"^\w[\w .-]*$")]
    demand: Demand = Demand(it_mw=1000.0)
    hardware: Hardware = Hardware()
    candidates: Candidates = Candidates()
    building: Building = Building()
    minimise: SerializeAsAny[Objective]
    limits: tuple[SerializeAsAny[Limit], ...] = ()
    latency: Latency = Latency()
    policy: Policy = Policy()
    outlook: Outlook = Outlook()
    costs: dict[str, float] = Field(default={})
    contracts: tuple[PowerContract, ...] = ()
    residual_mix: tuple[ResidualMix, ...] = ()

    _folder: Path | None = PrivateAttr(default=None)
    _more_folders: tuple[Path, ...] = PrivateAttr(default=())

    @field_validator("minimise", mode="before")
    @classmethod
    def _in_order(cls, value: Any) -> Any:
        """Read a list of objectives as the first, then the others."""
        return Objective.in_order(value) if isinstance(value, (list, tuple)) else value

    def __init__(self, **data: Any) -> None:
        try:
            super().__init__(**({"minimise": {"objective": "emissions_per_compute"}} | data))
        except ValidationError as error:
            found = [*faults_of(error, type(self), data), *_faults_across(type(self), data)]
            raise ScenarioError.from_faults(
                f"scenario `{data.get('name', '?')}` has {len(found)} fault(s):", found
            ) from None
        faults = [f"`limits[{i}] ({x.name})`: {f}" for i, x in enumerate(self.limits) for f in x.faults(self)]
        faults += _outlook_faults(self)
        faults += [f"`minimise` ({x.word}): {f}" for x in self.minimise.stages for f in x.faults(self)]
        faults += contract_faults(self.contracts, self.residual_mix, **self.minimise.carbon.model_dump())
        if faults:
            raise ScenarioError.from_faults(f"scenario `{self.name}` has {len(faults)} fault(s):", faults)

    def __eq__(self, other: object) -> bool:
        """Compare what is asked; the folder that a file was read from is no part of it."""
        return isinstance(other, Scenario) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # its mappings have none

    @classmethod
    def read(cls, path: str | Path, *, files_from: Sequence[str | Path] = ()) -> Self:
        """Read a scenario file.

        Parameters
        ----------
        path : str or pathlib.Path
            A TOML file; files it names are looked for beside it, and may lie in its folder or below.
        files_from : sequence of str or pathlib.Path, optional
            Other folders whose files it may name.

        Returns
        -------
        Scenario
            The frozen question.

        Raises
        ------
        ScenarioError
            No such file, no TOML, unknown keys or bad values: all faults in one message.

        Examples
        --------
        >>> Scenario.read("scenarios/baseline.toml").demand.it_mw
        1000.0
        """
        file = Path(path)
        try:
            raw = tomllib.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise ScenarioError(
                f"cannot read scenario {file} ({error.strerror}): give the path of a TOML file"
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ScenarioError(f"{file} is no valid TOML: {error}: mend that line") from error
        return cls(**({"name": file.stem} | raw)).standing_in(file.parent, files_from)

    def write(self, path: str | Path) -> None:
        """Write the scenario as TOML; `Scenario.read` gives back an equal object.

        Files that it names are looked for beside it: a copy in another folder would lose them, and one that is
        read may not name files elsewhere (see `read`).

        Parameters
        ----------
        path : str or pathlib.Path
            File to write.

        Raises
        ------
        ScenarioError
            A file that the scenario names would be lost from there, be another one, or lie outside that folder.
        """
        folder = Path(path).resolve().parent
        lost = [f"`{key}` is `{name}`: copy it to {folder}, and name it from there" for key, name in self._lost(folder)]
        if lost:
            raise ScenarioError.from_faults(f"scenario `{self.name}` cannot be written to {path}:", lost)
        Path(path).write_text(tomlkit.dumps(self.as_dict()), encoding="utf-8")

    @property
    def named_files(self) -> dict[str, str]:
        """Names of files in the scenario, by the field that has them; `candidates.set` may be a shipped set."""
        named = {
            "candidates.set": self.candidates.set,
            "demand.hubs": self.demand.hubs,
            "latency.measured": self.latency.measured,
            **{f"policy.packs[{i}]": n for i, n in enumerate(self.policy.packs) if n.endswith(".toml")},
            **{f"contracts[{i}].shape": c.file for i, c in enumerate(self.contracts)},
        }
        return {key: name for key, name in named.items() if name}

    def _lost(self, folder: Path) -> list[tuple[str, str]]:
        """Return the files that exist for this scenario, and would not be found, or be others, from a folder."""
        lost = []
        for key, name in self.named_files.items():
            here = self.file(name)
            if here.is_file():
                there = (folder / name).resolve()
                inside = there.is_relative_to(folder) and there.is_file()
                if not inside or here.read_bytes() != there.read_bytes():
                    lost.append((key, name))
        return lost

    def as_dict(self) -> dict[str, Any]:
        """Return plain values without the unset ones, as a TOML or JSON file holds them.

        Shares that follow from `demand.runs` are left out: written, they would contradict a run that is changed.
        """
        plain: dict[str, Any] = _without_none(self.model_dump(mode="python"))
        plain["demand"].pop("shares" if self.demand.runs else "runs")
        return plain

    @property
    def folders(self) -> tuple[Path, ...]:
        """Folders whose files the scenario may name; none where it was built in Python."""
        return () if self._folder is None else (self._folder, *self._more_folders)

    def standing_in(self, folder: Path, files_from: Sequence[str | Path] = ()) -> Self:
        """Return itself, as text from anywhere that may name files of these folders only."""
        self._folder, self._more_folders = folder.resolve(), tuple(Path(f).resolve() for f in files_from)
        return self

    def standing_where(self, other: Self) -> Self:
        """Return itself, naming files in the folders of another scenario that it was made from."""
        self._folder, self._more_folders = other._folder, other._more_folders
        return self

    def file(self, name: str) -> Path:
        """Return the path of a file that the scenario names.

        A scenario that was read is text from anywhere: it may name files in its own folder, or in one that was
        opened to it (`files_from`), and no others. One that is built in Python names what the planner names.

        Raises
        ------
        ScenarioError
            A file outside those folders, by a whole path, by `..` or by a link.
        """
        if self._folder is None:
            return Path(name)
        folders = self.folders
        within = [path for f in folders if _lies_in(path := (f / name).resolve(), folders)]
        if not within:
            raise ScenarioError(
                f"`{name}` lies outside the folder of the scenario ({self._folder}): copy it there, or open its folder "
                "to the scenario with `--files-from FOLDER` (in Python `Scenario.read(path, files_from=[folder])`)"
            )
        return next((path for path in within if path.exists()), within[0])


def _lies_in(path: Path, folders: Sequence[Path]) -> bool:
    return any(path.is_relative_to(f) for f in folders)


def _faults_across(cls: type[Scenario], data: Mapping[str, Any]) -> list[str]:
    """Return what well-formed limits find amiss with the demand's classes, when other parts are not well-formed."""
    asked, limits = data.get("demand"), data.get("limits", ())
    shares = asked.get("shares") if isinstance(asked, Mapping) else getattr(asked, "shares", None)
    if not isinstance(shares, Mapping) or not isinstance(limits, (list, tuple)):
        return []
    sketch = cls.model_construct(
        name="?", demand=Demand.model_construct(shares=dict(shares)), minimise=Objective.model_construct()
    )
    found = ((i, _valid(Limit, raw)) for i, raw in enumerate(limits))
    return [f"`limits[{i}] ({x.name})`: {fault}" for i, x in found if x is not None for fault in x.faults(sketch)]


def _valid[Part: Frozen](part: type[Part], raw: Any) -> Part | None:
    try:
        return part.model_validate(raw)
    except ValidationError:
        return None


def _outlook_faults(scenario: Scenario) -> list[str]:
    """Say what of tomorrow no source tells."""
    faults = []
    if scenario.outlook.year is not None and scenario.minimise.carbon.signal == "marginal":
        faults.append("`outlook.year`: no source projects marginal intensity: count the average, or leave the year out")
    if scenario.outlook.warming_k != 0 and any(x.name == "climate" for x in scenario.limits):
        faults.append(
            "`outlook.warming_k`: limit `climate` is judged on the degree-days of today's climate: leave one of them out"
        )
    return faults


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_none(v) for k, v in value.items() if v is not None}
    if isinstance(value, tuple):
        return [_without_none(v) for v in value]
    return value
