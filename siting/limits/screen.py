"""Places that a planner would not build in: fragile grids, failing states, sanctions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, field_serializer, field_validator

from siting.model.limit import Limit

if TYPE_CHECKING:
    from pandas import DataFrame, Series

Index = Annotated[float, Field(ge=-2.5, le=2.5)]
_THRESHOLDS = ("min_political_stability", "min_rule_of_law", "max_outages_per_month", "min_access_to_electricity")


class Screen(Limit):
    """Leave out countries below a floor of governance and electricity reliability, or under sanctions (a filter).

    A screen acts on known values only; where one is unknown the others decide, and the unknown is
    listed. Governance is judged one standard error above its estimate where the error is known.
    None switches a threshold off; a scenario file, which has no word for nothing, says `false`.

    Attributes
    ----------
    min_political_stability, min_rule_of_law : float or None
        World Governance Indicators, -2.5 to 2.5.
    max_outages_per_month : float or None
        Power outages a month that firms report.
    min_access_to_electricity : float or None
        Share of the people with electricity [0-1].
    sanctions : bool
        Whether jurisdictions under comprehensive sanctions are left out (the list is `unverified`).
    """

    kind: Literal["screen"] = "screen"
    min_political_stability: Index | None = -1.0
    min_rule_of_law: Index | None = -1.0
    max_outages_per_month: Annotated[float, Field(ge=0)] | None = 4.0
    min_access_to_electricity: Annotated[float, Field(ge=0, le=1)] | None = 0.9
    sanctions: bool = True

    @field_validator(*_THRESHOLDS, mode="before")
    @classmethod
    def _false_is_off(cls, value: Any) -> Any:
        return None if value is False else value

    @field_serializer(*_THRESHOLDS)
    def _off_is_false(self, value: float | None) -> float | bool:
        return False if value is None else value

    def drop_sites(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return the sites that a known value rules out, each with all its reasons."""
        reasons: dict[str, list[str]] = {}
        for broken, text in self._rules(sites):
            for i in sites.index[broken.fillna(False).astype(bool)]:
                reasons.setdefault(str(sites.at[i, "id"]), []).append(text.format(**sites.loc[i].to_dict()))
        return {site: "; ".join(texts) for site, texts in reasons.items()}

    def unknowns(self, sites: "DataFrame") -> Mapping[str, str]:
        """Return the sites for which a value that the screen asks for is unknown."""
        asked = {
            "wgi_political_stability": self.min_political_stability,
            "wgi_rule_of_law": self.min_rule_of_law,
            "outages_per_month": self.max_outages_per_month,
            "access_to_electricity_share": self.min_access_to_electricity,
        }
        columns = [c for c, threshold in asked.items() if threshold is not None]
        missing = sites.set_index("id")[columns].isna()
        return {str(s): "UNKNOWN " + ", ".join(missing.columns[row]) for s, row in missing.iterrows() if row.any()}

    def _rules(self, sites: "DataFrame") -> list[tuple["Series[Any]", str]]:
        stability = sites["wgi_political_stability"] + sites["wgi_political_stability_stderr"].fillna(0.0)
        law = sites["wgi_rule_of_law"] + sites["wgi_rule_of_law_stderr"].fillna(0.0)
        rules: list[tuple[Series[Any], str]] = []
        if self.min_political_stability is not None:
            text = (
                "political stability {wgi_political_stability:.2f} in {country}, below "
                + f"{self.min_political_stability:g}"
            )
            rules.append((stability < self.min_political_stability, text))
        if self.min_rule_of_law is not None:
            text = "rule of law {wgi_rule_of_law:.2f} in {country}, below " + f"{self.min_rule_of_law:g}"
            rules.append((law < self.min_rule_of_law, text))
        if self.max_outages_per_month is not None:
            text = (
                "{outages_per_month:.1f} power outages a month in {country}, above " + f"{self.max_outages_per_month:g}"
            )
            rules.append((sites["outages_per_month"] > self.max_outages_per_month, text))
        if self.min_access_to_electricity is not None:
            text = (
                "access to electricity {access_to_electricity_share:.2f} in {country}, below "
                + f"{self.min_access_to_electricity:g}"
            )
            rules.append((sites["access_to_electricity_share"] < self.min_access_to_electricity, text))
        if self.sanctions:
            rules.append(
                (sites["sanctions_excluded"] == 1, "sanctions on {country}: {sanctions_measure} (unverified list)")
            )
        return rules
