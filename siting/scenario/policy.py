"""Policy of a scenario: the packs, the date, and the entries that are switched or overridden."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from siting.errors import ScenarioError, listed
from siting.world.policy import DATA_DATE, Pack, Switches, pack_table, selected_packs
from siting.world.policy.pack import contradictions
from siting.world.user_files.guarded_files import shown
from siting.world.user_values.strict_model import Day, Frozen


class Policy(Frozen):
    """Policy packs in force on a date, entries switched off, on or overridden, and a carbon price in place of theirs.

    Attributes
    ----------
    date : datetime.date
        Date on which entries are in force.
    packs : str or tuple of str
        `all`, `none`, or ids of packs and the planner's own files: `["all", "mine.toml"]` adds one to all that ship.
    off : tuple of str
        Entries of these packs that are switched off, by id: programmes, stops, duties, prices, taxes; and
        `export_control`, the limit on places that accelerators may not be exported to.
    on : tuple of str
        Entries in force although their first day is unknown, past or in the future: an assumption, which the plan lists.
    override : mapping of str to mapping
        Replacement values of entries, by id and key: `{ us-tx-qdc = { min_jobs = 40 } }`.
    jobs_thresholds : {"committed", "binding"}
        Whether the jobs that a programme requires are taken as committed, and listed, or must follow from `jobs-per-mw`.
    carbon_price_usd_per_t : float or None
        Carbon price everywhere, in place of the packs' [USD/tCO2], 0 or more.
    """

    date: Day = DATA_DATE
    packs: Literal["all", "none"] | tuple[str, ...] = "all"
    off: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    override: dict[str, dict[str, Annotated[float, Field(strict=True, allow_inf_nan=False)]]] = Field(default={})
    jobs_thresholds: Literal["committed", "binding"] = "committed"
    carbon_price_usd_per_t: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None

    @field_validator("packs", mode="before")
    @classmethod
    def _all_none_or_a_list(cls, value: Any) -> Any:
        """Name the three choices in one fault, not one fault for each."""
        ids = isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value)
        if not ids and not (isinstance(value, str) and value in ("all", "none")):
            raise ValueError(f'is {shown(value)}: give "all", "none" or a list of pack ids')
        return value

    @model_validator(mode="after")
    def _not_on_and_off(self) -> Self:
        both = sorted(set(self.off) & set(self.on)) + sorted(set(self.off) & set(self.override))
        if both:
            raise ValueError(f"`off` names {listed(both)}, which `on` or `override` names too: name each once")
        return self

    @property
    def switches(self) -> Switches:
        """Changes of single entries."""
        return Switches(self.off, self.on, self.override)

    def asked(self, file: Callable[[str], Path]) -> tuple[Pack, ...]:
        """Return the packs of the scenario, with all their entries, switched and overridden.

        Parameters
        ----------
        file : callable
            Returns the path of a file: `Scenario.file`.

        Raises
        ------
        ScenarioError
            A pack or an entry does not exist, or cannot be changed in this way; or one of the planner's own contradicts a
            shipped one.
        """
        packs = self.switches.apply(selected_packs(self.packs, file), self.date)
        own = [p for p in packs if pack_table(p.id) is None]
        if own and (faults := contradictions(own, [p for p in packs if p not in own], self.date)):
            raise ScenarioError.from_faults("`policy.packs`:", faults)
        return packs

    def in_force(self, file: Callable[[str], Path]) -> tuple[Pack, ...]:
        """Return the packs of the scenario, with the entries in force on the date."""
        return tuple(p.on(self.date) for p in self.asked(file))

    def switched(self, file: Callable[[str], Path]) -> list[tuple[str, str, str, str]]:
        """Return pack, entry, switch and what it means, for every entry that is switched or overridden."""
        return self.switches.explanations(selected_packs(self.packs, file), self.date)
