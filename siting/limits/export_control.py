"""US export control of accelerators: places that a licence would be refused for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import PrivateAttr

from siting.errors import SitingError
from siting.scenario.limit import Limit
from siting.world.policy.export_control import BARRED, TABLES, UNKNOWN, Verdict, chip_of, verdict

if TYPE_CHECKING:
    from pandas import DataFrame

    from siting.scenario.scenario import Scenario


class ExportControl(Limit):
    """Exclude places where US export control presumes denial of a licence, or prohibits the accelerator (a filter).

    ``open[o] = 0`` at every site whose country, with the accelerator, the seat and name of the owner (`[hardware]`) and the
    date (`[policy]`), falls under presumption of denial or a prohibition, by the dated rules of the table `export_rules`.

    On by default: a scenario need not name it, and switches it off with `[policy] off = ["export_control"]`. Where a licence
    is decided case by case, or the part is used at risk, a site stays and the plan marks it; where a figure of the
    accelerator is unknown, the site stays and is listed as unknown. Not legal advice.
    """

    loosened_by: ClassVar[str] = 'choose another accelerator, or switch it off with `[policy] off = ["export_control"]`'
    by_default: ClassVar[bool] = True

    kind: Literal["export_control"] = "export_control"

    _scenario: "Scenario | None" = PrivateAttr(default=None)

    @property
    def tables(self) -> tuple[str, ...]:
        """Country groups and rules."""
        return TABLES

    def bound_to(self, scenario: "Scenario") -> "ExportControl":
        """Return the limit with the scenario whose accelerator, owner and date it judges."""
        bound = self.model_copy()
        bound._scenario = scenario
        return bound

    def faults(self, scenario: "Scenario") -> list[str]:
        """Return that the policy of the scenario switches the limit off that its limits name."""
        return (
            ["`policy.off` switches it off: take it out of one of the two"] if self.name in scenario.policy.off else []
        )

    def verdicts(self, sites: "DataFrame") -> dict[str, Verdict]:
        """Return what export control means for each country of the sites."""
        if self._scenario is None:
            raise SitingError("limit `export_control` judges a scenario: take it from `Scenario.acting_limits`")
        hardware, day = self._scenario.hardware, self._scenario.policy.date
        chip, seat, owner = chip_of(hardware.accelerator), hardware.owner_country, hardware.owner
        countries = sites["country_iso2"].dropna().astype(str).unique()
        return {c: verdict(chip, c, day, owner_country=seat, owner=owner) for c in countries}

    def drop_sites(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return the sites under presumption of denial or a prohibition, each with the rule."""
        found = {c: v for c, v in self.verdicts(sites).items() if v.policy in BARRED}
        return {
            str(s): f"{found[c].words}: {found[c].text}"
            for s, c in zip(sites["id"], sites["country_iso2"], strict=True)
            if c in found
        }

    def unknowns(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return the sites for which the rule that decides needs a figure that is unknown, or where none is that old."""
        found = {c: v.text for c, v in self.verdicts(sites).items() if v.policy == UNKNOWN}
        pairs = zip(sites["id"], sites["country_iso2"], strict=True)
        return {str(s): f"UNKNOWN whether a licence is needed: {found[c]}" for s, c in pairs if c in found}
