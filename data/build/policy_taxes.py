"""Rates of taxes on servers as rows of the table of rates: states of the United States, countries, and what is unknown."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import package as pk
import pandas as pd

COUNTRIES = "countries.csv"
EQUIPMENT_TAXES = Path(__file__).with_name("equipment_taxes.csv")
INCOME_TAXES = Path(__file__).with_name("income_taxes.csv")
PAUSES = Path(__file__).with_name("us_exemption_pauses.csv")
OWN_FILES = frozenset({"US-GA", "US-MN", "US-NY", "US-OH", "US-TX", "US-VA", "US-WA"})
"""States whose rates stand in a pack file, with their other rules."""

SINCE = "2023-01-01"
COMPILED = "2026-07-01"
RATE_NOTE = "rate of 2026, taken to hold since 2023 like the rates on income; earlier rates were not read"
REGION_NOTE = "the middle of the interval is charged, so that a place is not favoured because its law was not read"
LOCAL_HIGH = 2.0
"""Highest local sales tax, in means of the state (assumption)."""

WORLD = "facts/world_tax_2026.csv"
STATES = "facts/us_states_tax_2026.csv"


def us_states(sources: Path) -> pd.DataFrame:
    """Return taxes on servers of each state without a file, and the exemption of data centres where it was or is open.

    A property tax has a row where a state has none: no source has the rate of the others, see `unknown_property`.

    The rate is that of the state with the mean of its local taxes; the ends are the state's part alone, and `LOCAL_HIGH`
    times the mean of local taxes. An exemption waives the local part only where the source says so.
    """
    table, pauses = _text(sources / STATES), pd.read_csv(PAUSES, keep_default_na=False).set_index("iso")
    rows: list[dict[str, object]] = []
    for r in table[~table["iso"].isin(OWN_FILES)].itertuples(index=False):
        iso = str(r.iso)
        pause = pauses.loc[iso] if iso in pauses.index else None
        shared = {"pack_id": iso.lower(), "pack_title": f"United States: {r.state}", "jurisdictions": iso}
        shared |= {"base": "it_capex", "year": 2026, "checked": r.checked_on}
        local = float(r.mean_local_sales_tax)
        status = f"exemption of data centres: {r.status_mid_2026}" if r.status_mid_2026 else ""
        rows.append(
            shared
            | {
                "kind": "sales_tax",
                "entry_id": f"{iso.lower()}-sales-tax",
                "title": f"Sales tax on servers: {float(r.combined_sales_tax):.2%}, of which the state {float(r.state_sales_tax):.2%}",
                "rate_share": float(r.combined_sales_tax) if r.servers_taxable != "no" else 0.0,
                "low_share": float(r.state_sales_tax),
                "high_share": round(float(r.state_sales_tax) + LOCAL_HIGH * local, 6),
                "known": "true",
                "effective_from": SINCE,
                "date_note": RATE_NOTE,
                "conditions_not_modelled": status if r.data_centre_exemption != "yes" else "",
                "source": r.source_sales_tax,
                "quality": r.quality_sales_tax,
            }
        )
        if r.personal_property_taxed == "no":
            none = {
                "title": "Property tax on servers: none",
                "rate_share": 0.0,
                "known": "true",
                "date_note": RATE_NOTE,
            }
            rows.append(
                shared
                | {"kind": "property_tax", "entry_id": f"{iso.lower()}-property-tax", "effective_from": SINCE}
                | none
                | {"source": r.source_property, "quality": r.quality_property}
            )
        if r.data_centre_exemption == "yes" or pause is not None:
            rows.append(shared | _exemption(r, pause))
    return pd.DataFrame(rows)


def _text(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _exemption(r: pd.Series, pause: pd.Series | None) -> dict[str, object]:
    """Return the exemption of one state: what it waives, its thresholds and its dates."""
    state, local = float(r.state_sales_tax), float(r.mean_local_sales_tax)
    waived = state + LOCAL_HIGH * local if r.local_tax_waived == "yes" else state
    conditions = [r.wage_rule and f"wages: {r.wage_rule}", r.renewable_or_efficiency_condition, r.note]
    if local > 0 and r.local_tax_waived != "yes":
        conditions.append("whether local tax is waived too was not read: it stays due here")
    if r.iso == "US-NV":
        waived, conditions = float(r.combined_sales_tax) - 0.02, [*conditions, "2 % stays due"]
    first, note = _first_day(str(r.effective_from), COMPILED if pause is None else SINCE)
    return {
        "kind": "sales_tax_exemption",
        "entry_id": f"{str(r.iso).lower()}-data-centres",
        "title": "Exemption of data centres from sales tax" + (f": {r.exemption_scope}" if r.exemption_scope else ""),
        "rate_share": round(waived, 6),
        "min_capex_usd": r.min_investment_usd,
        "min_jobs": r.min_jobs,
        "min_it_mw": r.min_mw,
        "effective_from": first,
        "effective_to": "" if pause is None else pause["last_day"],
        "date_note": note if pause is None else f"{note}; {pause['note']}",
        "conditions_not_modelled": " | ".join(c.replace(" | ", "; ") for c in conditions if c),
        "source": r.source_exemption if pause is None else f"{r.source_exemption}; {pause['source']}",
        "quality": _worst(r.quality, r.quality_scope, r.quality_local if r.local_tax_waived == "yes" else ""),
    }


def _first_day(text: str, otherwise: str) -> tuple[str, str]:
    """Return the last beginning that a text names, and how it was read; another day where it names none."""
    found = re.findall(r"\b((?:19|20)\d\d)(?:-(\d\d))?(?:-(\d\d))?", text)
    if not found:
        return otherwise, "its first day was not read: taken from this day on"
    year, month, day = max(found)
    return f"{year}-{month or '01'}-{day or '01'}", f"the source gives: {text}"


def _worst(*words: str) -> str:
    return max((w for w in words if w in pk.QUALITY_WORDS), key=pk.QUALITY_WORDS.index, default="unverified")


def world(sources: Path, out: Path, us: pd.DataFrame) -> pd.DataFrame:
    """Return what a buyer of servers pays and does not get back in each country, and parts of Canada.

    A value added tax that is refunded is no cost. A country without a row, or whose duty or refund is unknown, has an
    interval from 0 to the highest rate of its continent; of a continent in which none is known to be charged, to the least
    of the other continents' highest.
    """
    countries = pd.read_csv(out / COUNTRIES, keep_default_na=False).set_index("iso2")
    own = pd.read_csv(EQUIPMENT_TAXES, keep_default_na=False)
    facts = _text(sources / WORLD)
    found = [_stated(r, str(countries.at[str(r.iso)[:2], "name"])) for r in own.itertuples(index=False)]
    done = set(own.loc[own["kind"] == "sales_tax", "iso"])
    for r in facts.itertuples(index=False):
        if "-" not in str(r.iso) and r.iso not in done and _is_known(r):
            found.append(_none_paid(r))
            done.add(str(r.iso))
    sales = pd.concat([pd.DataFrame(found), us])
    highest = _highest(sales[sales["kind"] == "sales_tax"], countries)
    unknown = [iso for iso in countries.index if iso not in done and iso not in ("US", "AQ")]
    found += [_unknown(iso, countries.loc[iso], *highest[str(countries.at[iso, "continent"])]) for iso in unknown]
    return pd.DataFrame(found)


def _is_known(r: pd.Series) -> bool:
    """Return whether a row says that nothing stays with the buyer: no duty on servers, no levy, tax refunded."""
    no_levy = str(r.nonrecoverable_equipment_tax).startswith(("none", "provincial")) or str(
        r.vat_recoverable
    ).startswith("no VAT")
    return no_levy and str(r.import_duty_on_servers) == "0"


def _shared(iso: str, name: str) -> dict[str, object]:
    """Return what all rows of a place share; a state with a file of its own has a second pack for rates."""
    state = iso.startswith("US-") and iso not in OWN_FILES
    title = f"{name}: tax rates" + (f" of {iso}" if "-" in iso else "")
    return {
        "pack_id": iso.lower() if state else f"tax-{iso.lower()}",
        "pack_title": name if state else title,
        "jurisdictions": iso,
        "base": "it_capex",
        "effective_from": SINCE,
        "year": 2026,
    }


def _stated(r: pd.Series, name: str) -> dict[str, object]:
    """Return a tax of the table written by hand."""
    row = _shared(str(r.iso), name) | {
        "kind": r.kind,
        "entry_id": f"{str(r.iso).lower()}-{'servers-tax' if r.kind == 'sales_tax' else 'property-tax'}",
        "title": f"{'Taxes on servers that are not refunded' if r.kind == 'sales_tax' else 'Property tax on servers'}: {float(r.rate):.1%}",
        "rate_share": float(r.rate),
        "date_note": RATE_NOTE,
        "conditions_not_modelled": r.conditions,
        "source": r.source,
        "quality": r.quality,
        "checked": r.checked,
    }
    if r.kind == "property_tax":
        return row | {"assessed_share": MEAN_BOOK_VALUE, "known": "true"}
    return row | {"low_share": float(r.low), "high_share": float(r.high), "known": "true"}


MEAN_BOOK_VALUE = 0.4
"""Mean over five years of the Japanese declining balance: 0.8155, then times 0.631 each year."""


def _none_paid(r: pd.Series) -> dict[str, object]:
    """Return a country in which the buyer of servers gets every tax back."""
    return _shared(str(r.iso), str(r.country)) | {
        "kind": "sales_tax",
        "entry_id": f"{str(r.iso).lower()}-servers-tax",
        "title": "Taxes on servers that are not refunded: none found",
        "rate_share": 0.0,
        "known": "true",
        "date_note": RATE_NOTE,
        "source": "; ".join(dict.fromkeys(s for s in (r.source_vat, r.source_duty) if s)),
        "quality": _worst(r.q_vat, r.q_duty, r.q_nonrecoverable),
        "checked": r.checked_on,
    }


def on_income(out: Path) -> pd.DataFrame:
    """Return least rates on the income of large groups, and how the law writes off servers, written by hand."""
    names = pd.read_csv(out / COUNTRIES, keep_default_na=False).set_index("iso2")["name"]
    rows = []
    for r in _text(INCOME_TAXES).itertuples(index=False):
        least, day = r.kind == "minimum_tax", str(r.effective_from)
        where = {
            "pack_id": f"minimum-tax-{day[:4]}" if least else f"tax-{r.iso.lower()}",
            "pack_title": f"Minimum tax on income since {day[:4]}" if least else f"{names[r.iso]}: tax rates",
            "entry_id": f"minimum-tax-{day[:4]}" if least else f"{r.iso.lower()}-depreciation",
        }
        shared = {"jurisdictions": r.iso, "kind": r.kind, "title": r.title, "year": 2026}
        shared |= {"rate_share": float(r.rate)} if least else {"base": "it_capex", "schedule": r.schedule}
        shared |= {n: getattr(r, n) for n in ("effective_from", "effective_to", "source", "quality", "checked")}
        rows.append(where | shared | {"conditions_not_modelled": r.conditions})
    return pd.DataFrame(rows)


def _highest(charged: pd.DataFrame, countries: pd.DataFrame) -> dict[str, tuple[float, str]]:
    """Return the highest rate of each continent, of rows with `jurisdictions` and `rate_share`, and a name for it."""
    continent = [str(countries.at[str(j)[:2], "continent"]) for j in charged["jurisdictions"]]
    top = charged.assign(continent=continent).groupby("continent")["rate_share"].max()
    top = top[top > 0]
    least = (float(top.min()), "lowest of the highest of all continents, as none is known to be charged in")
    return {str(c): (float(top[c]), "highest of") if c in top.index else least for c in countries["continent"].unique()}


def unknown_property(known: pd.DataFrame, sources: Path, out: Path) -> pd.DataFrame:
    """Return the interval of the property tax on servers of every state and country whose rate no source has.

    The rate is a share of the price a year: from 0 to the highest assessed rate of the continent. A rate of a part of a state
    counts as its highest, and holds there in place of the interval.

    Parameters
    ----------
    known : pandas.DataFrame
        All other rows of the table of rates.
    sources, out : Path
        The folder of raw sources; the ``data`` folder with countries and packs written by hand.
    """
    countries = pd.read_csv(out / COUNTRIES, keep_default_na=False).set_index("iso2")
    rows = known[known["kind"] == "property_tax"]
    charged = [
        {
            "jurisdictions": str(r.jurisdictions),
            "rate_share": r.rate_share * (1.0 if pd.isna(r.assessed_share) else r.assessed_share),
        }
        for r in rows.itertuples()
    ]
    done = set(rows["jurisdictions"])
    for path in sorted((out / "policy").glob("*.toml")):
        pack = tomllib.loads(path.read_text(encoding="utf-8"))
        for e in (e for e in pack.get("property_taxes", []) if e["base"] == "it_capex"):
            charged.append(
                {"jurisdictions": pack["jurisdictions"][0], "rate_share": e["rate"] * e.get("assessed_share", 1.0)}
            )
            done |= set() if "area" in e else set(pack["jurisdictions"])
    highest = _highest(pd.DataFrame(charged), countries)
    states = _text(sources / STATES).set_index("iso")["state"]
    names = {str(iso): f"United States: {state}" for iso, state in states.items()} | {
        str(c): str(n) for c, n in countries["name"].items() if c not in ("US", "AQ")
    }
    found = []
    for iso, name in names.items():
        if iso in done:
            continue
        continent = str(countries.at[iso[:2], "continent"])
        high, why = highest[continent]
        title = f"Property tax on servers: unknown, from 0 to {high:.2%} of the price a year, the {why} {continent}"
        found.append(
            _shared(iso, name)
            | {"kind": "property_tax", "entry_id": f"{iso.lower()}-property-tax-unknown", "title": title}
            | _interval(high)
            | {"assessed_share": 1.0}
        )
    return pd.DataFrame(found)


def _interval(high: float) -> dict[str, object]:
    """Return the rate of a tax whose law was not read: from 0 to the highest of its continent."""
    return {
        "rate_share": round(high / 2, 6),
        "low_share": 0.0,
        "high_share": round(high, 6),
        "known": "false",
        "date_note": REGION_NOTE,
        "source": "no law was read: the interval is that of the other places of this table",
        "quality": "assumption",
        "checked": "2026-11-28",
    }


def _unknown(iso: str, row: pd.Series, high: float, why: str) -> dict[str, object]:
    """Return the interval of a country whose law on purchases was not read."""
    return (
        _shared(iso, str(row["name"]))
        | {
            "kind": "sales_tax",
            "entry_id": f"{iso.lower()}-servers-tax-unknown",
            "title": f"Taxes on servers that are not refunded: unknown, from 0 to {high:.2%}, the {why} {row['continent']}",
        }
        | _interval(high)
    )
