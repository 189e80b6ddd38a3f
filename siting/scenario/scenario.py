"""The scenario: demand, hardware, candidates, objective and limits as one frozen object, in Python and in TOML."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, PrivateAttr, SerializeAsAny, ValidationError, field_validator

from siting.errors import ScenarioError, brief, listed, nearest
from siting.physics.cooling.performance import DESIGNS
from siting.scenario.building import Building, Hardware
from siting.scenario.candidates import Candidates, Latency, Outlook
from siting.scenario.contracts import PowerContract, ResidualMix, contract_faults
from siting.scenario.demand import Demand
from siting.scenario.files import find_file, read_toml, without_none, write_toml
from siting.scenario.limit import Limit
from siting.scenario.objective import Objective
from siting.scenario.policy import Policy
from siting.world.user_values.plausible import is_possible, quantities, unusual
from siting.world.user_values.strict_model import Frozen, faults_of, require_names

MOST_LIMITS = 1000
"""Limits of a scenario (our choice: forty of each kind; more take seconds to check)."""


class Scenario(Frozen):
    """A siting problem: demand, hardware, candidates, objective and limits.

    Attributes
    ----------
    name : str
        Short name, used for folders and titles: letters, digits, spaces, dots, hyphens.
    demand, hardware, candidates, building, latency, policy : Demand, Hardware, Candidates, Building, Latency, Policy
        The parts of the scenario.
    minimise : Objective
        What is minimised, or a list of objectives in the order of their priority; remaining ties are broken by cost.
    limits : tuple of Limit
        Constraints that every plan meets.
    outlook : Outlook
        Year of the grid, and warming of the climate.
    costs : mapping
        Overrides of rows of the `costs` table by id, in the row's unit.
    contracts : tuple of PowerContract
        Electricity bought with its attributes; both location- and market-based emissions are then reported.
    residual_mix : tuple of ResidualMix
        Carbon intensity of electricity that is not bought under a contract, by zone.
    impute : tuple of {"price"}
        Facts that are filled in where none is known: `["price"]` takes World Bank figures, else the median of the world
        region. Plans mark them `modelled` or `assumption`; without it such places are excluded.
    implausible : tuple of str
        Quantities outside their usual range that are meant so, by their path: `["hardware.server_power_w"]`. The plan
        and its report name them.

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
    impute: tuple[Literal["price"], ...] = ()
    implausible: tuple[str, ...] = ()

    _folders: tuple[Path, ...] = PrivateAttr(default=())

    @property
    def cooling_designs(self) -> tuple[str, ...]:
        """Designs of `building.cooling` that can cool the accelerator.

        Raises
        ------
        ScenarioError
            None of them can.
        """
        chip = self.hardware.chip
        able = tuple(d for d in self.building.cooling if chip.cooling != "liquid" or not DESIGNS[d].by_air_alone)
        if not able:
            raise ScenarioError(
                f"`{chip.name}` is cooled by liquid, and `building.cooling` has outside air alone: add `direct_liquid`"
            )
        return able

    @property
    def usable_hall_mw(self) -> float:
        """Largest mean IT draw of a hall [MW]: its draw in training times `utilisation_max`."""
        return self.hall_draw_mw * self.building.utilisation_max

    @property
    def least_hall_mw(self) -> float:
        """Least mean IT draw of a hall, on average over its site [MW]: its draw in training times `utilisation_min`."""
        return self.hall_draw_mw * self.building.utilisation_min

    @property
    def hall_draw_mw(self) -> float:
        """IT draw of a hall while all its accelerators train [MW]: its power times mean draw over nameplate."""
        return self.building.hall_mw * self.hardware.chip.draw_share

    @field_validator("minimise", mode="before")
    @classmethod
    def _in_order(cls, value: Any) -> Any:
        """Read a list of objectives as the first with the others after it."""
        return Objective.in_order(value) if isinstance(value, (list, tuple)) else value

    @field_validator("limits", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        """Refuse one limit where a list of them belongs: pydantic would take it for a list of its fields."""
        if isinstance(value, Limit):
            raise ValueError("give a list of limits, also where there is one: `limits=[SiteCount(max=4)]`")  # noqa: TRY004  (pydantic collects only these)
        return value

    def __init__(self, /, *unnamed: Any, **data: Any) -> None:
        require_names(type(self), unnamed)
        if isinstance(limits := data.get("limits"), (list, tuple)) and len(limits) > MOST_LIMITS:
            raise ScenarioError(f"`limits` has {len(limits):,} entries: at most {MOST_LIMITS:,} are read")
        try:
            BaseModel.__init__(self, **({"minimise": {"objective": "emissions_per_compute"}} | data))
        except ValidationError as error:
            found = [*faults_of(error, type(self), data), *_faults_across(type(self), data)]
            raise ScenarioError.from_faults(
                f"scenario `{str(data.get('name', '?'))[:60]}` has {len(found)} fault(s):", found
            ) from None
        faults = [f"`limits[{i}] ({x.name})`: {f}" for i, x in enumerate(self.limits) for f in x.faults(self)]
        faults += _outlook_faults(self)
        faults += _range_faults(self)
        faults += [f"`minimise` ({x.name}): {f}" for x in self.minimise.stages for f in x.faults(self)]
        faults += contract_faults(
            self.contracts, self.residual_mix, **self.minimise.carbon.model_dump(exclude={"factors"})
        )
        if faults:
            raise ScenarioError.from_faults(f"scenario `{self.name}` has {len(faults)} fault(s):", faults)

    def __repr__(self) -> str:
        return brief(f"Scenario {self.name!r}", *self.in_words.values())

    __str__ = __repr__

    def _repr_html_(self) -> str:
        from siting.show.notebook.cards import scenario_card

        return scenario_card(self)

    @property
    def in_words(self) -> dict[str, str]:
        """The scenario in a few words a part: demand, hubs, candidates, hardware, objective, limits."""
        demand = self.demand
        amount = (
            f"{demand.it_mw:,.6g} MW"
            if demand.it_mw is not None
            else f"{len(demand.runs)} training runs"
            if demand.runs
            else f"{demand.eflop_per_year:,.6g} EFLOP a year"
        )
        return {
            "Demand": f"{amount}, {' and '.join(f'{share:.0%} {name}' for name, share in demand.shares.items())}",
            "Hubs": Path(str(demand.hubs)).name.replace("_", " "),
            "Candidates": Path(str(self.candidates.set)).name,
            "Hardware": self.hardware.accelerator,
            "Minimises": ", then ".join(x.name.replace("_", " ") for x in self.minimise.stages),
            "Limits": listed(x.name.replace("_", " ") for x in self.limits) or "none",
        }

    def __eq__(self, other: object) -> bool:
        """Compare the fields; the folder that a file was read from does not count."""
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
            The frozen scenario.

        Raises
        ------
        ScenarioError
            The file is missing or not TOML, or has unknown keys or bad values: all faults in one message.

        Examples
        --------
        >>> Scenario.read("scenarios/baseline.toml").demand.it_mw
        1000.0
        """
        file = Path(path).expanduser()
        return cls(**read_toml(file)).with_folder(file.parent, files_from)

    def write(self, path: str | Path) -> None:
        """Write the scenario as TOML; `Scenario.read` gives back an equal object.

        Files that it names are looked for beside it: a copy in another folder would not find them, and a scenario
        that is read may not name files elsewhere (see `read`).

        Parameters
        ----------
        path : str or pathlib.Path
            File to write.

        Raises
        ------
        ScenarioError
            A file that the scenario names is missing there, is a different one, or lies outside that folder.
        """
        write_toml(self, Path(path).expanduser())

    @property
    def named_files(self) -> dict[str, str]:
        """Names of files in the scenario, by the field that has them; `candidates.set` may be a shipped set."""
        named = {
            "candidates.set": self.candidates.set,
            "demand.hubs": self.demand.hubs if isinstance(self.demand.hubs, str) else None,
            "latency.measured": self.latency.measured,
            **{f"policy.packs[{i}]": n for i, n in enumerate(self.policy.packs) if n.endswith(".toml")},
            **{f"contracts[{i}].shape": c.file for i, c in enumerate(self.contracts)},
        }
        return {key: name for key, name in named.items() if name}

    @property
    def acting_limits(self) -> tuple[Limit, ...]:
        """Limits of the scenario, and those that act by default and are not in `policy.off`."""
        named = {x.name for x in self.limits} | set(self.policy.off)
        standing = (kind() for name, kind in sorted(Limit.kinds().items()) if kind.by_default and name not in named)
        return tuple(x.bound_to(self) for x in (*self.limits, *standing))

    def as_dict(self) -> dict[str, Any]:
        """Return plain values without the unset ones, as a TOML or JSON file holds them.

        Shares that follow from `demand.runs` are left out, so that a run can be changed.
        """
        plain: dict[str, Any] = without_none(self.model_dump(mode="python"))
        plain["demand"].pop("shares" if self.demand.runs else "runs")
        return plain

    @property
    def unusual(self) -> dict[str, str]:
        """Quantities outside their usual range, by path, with the value and that range; see `implausible`."""
        return unusual(self)

    @property
    def year(self) -> int:
        """Year that the scenario looks at: that of its outlook, else of its policy date."""
        return self.outlook.year or self.policy.date.year

    @property
    def folders(self) -> tuple[Path, ...]:
        """Folders whose files the scenario may name, its own first; none where it was built in Python."""
        return self._folders

    def with_folder(self, folder: Path, files_from: Sequence[str | Path] = ()) -> Self:
        """Return a copy, as text from anywhere, that may name files of these folders only."""
        return self._with_folders((folder.resolve(), *(Path(f).resolve() for f in files_from)))

    def with_folders_of(self, other: Self) -> Self:
        """Return a copy that may name the files of another scenario, from which it was made."""
        return self._with_folders(other.folders)

    def _with_folders(self, folders: tuple[Path, ...]) -> Self:
        copy = self.model_copy()
        copy._folders = folders
        return copy

    def file(self, name: str) -> Path:
        """Return the path of a file that the scenario names.

        A scenario that was read is text from anywhere: it may name files in its own folder, or in one that was
        opened to it (`files_from`), and no others. One that is built in Python may name any file.

        Raises
        ------
        ScenarioError
            A file outside those folders, by an absolute path, by `..` or by a link; or a name that no file can have.
        """
        return find_file(name, self._folders)


def _faults_across(cls: type[Scenario], data: Mapping[str, Any]) -> list[str]:
    """Return the faults of valid limits with the demand's classes, for a scenario with other parts that are not valid."""
    asked, limits = data.get("demand"), data.get("limits", ())
    shares = asked.get("shares") if isinstance(asked, Mapping) else getattr(asked, "shares", None)
    if not isinstance(shares, Mapping) or not isinstance(limits, (list, tuple)):
        return []
    sketch = cls.model_construct(
        name="?", demand=Demand.model_construct(shares=dict(shares)), minimise=Objective.model_construct()
    )
    found = []
    for i, raw in enumerate(limits):
        try:
            limit = Limit.model_validate(raw)
        except ValidationError:  # reported already
            continue
        found += [f"`limits[{i}] ({limit.name})`: {fault}" for fault in limit.faults(sketch)]
    return found


def _range_faults(scenario: Scenario) -> list[str]:
    """Return the quantities outside their usual range that the scenario does not list as meant so."""
    meant, values = set(scenario.implausible), dict(quantities(scenario, ""))
    faults = [
        text if not is_possible(path, values[path]) else f'{text}; correct it, or list it: implausible = ["{path}"]'
        for path, text in scenario.unusual.items()
        if path not in meant or not is_possible(path, values[path])
    ]
    return faults + [
        f"`implausible` names `{path}`, which the scenario does not have{nearest(path, values)}"
        for path in scenario.implausible
        if path not in values and not path.startswith("policy.")
    ]


def _outlook_faults(scenario: Scenario) -> list[str]:
    """Return the parts of the outlook that no source covers."""
    faults = []
    if scenario.outlook.year is not None and scenario.minimise.carbon.signal == "marginal":
        faults.append("`outlook.year`: no source projects marginal intensity: count the average, or leave the year out")
    if scenario.outlook.warming_k != 0 and any(x.name == "climate" for x in scenario.limits):
        faults.append(
            "`outlook.warming_k`: limit `climate` is judged on the degree-days of today's climate: leave one of them out"
        )
    return faults
