"""Published training runs: what they computed, drew and emitted, with intervals where sources disagree."""

from __future__ import annotations

from pathlib import Path

import package as pk
import pandas as pd
from earth import read_csv

KWH_PER_MWH, G_PER_KG = 1000.0, 1000.0
OTHER_ENERGY_MWH = (
    ("notes", r"= ([\d.]+) MWh"),
    ("notes", r"GPU-only raw ([\d.]+) MWh"),
    ("status", r"MWh reproduced: ([\d.]+)"),
)
"""Where a row tells a second figure of its energy [MWh]."""

OTHER_ENERGY_KWH = ("energy_kind", r"paper kWh.PUE = ([\d.]+)")
"""The same in kWh, PUE included, as the paper prints it."""

BASES = (
    ("no published", "none"),
    ("tdp", "rated power x hours"),
    ("power and pue measured", "measured power x hours"),
    ("assumed", "estimate"),
    ("estimate", "estimate"),
    ("category", "estimate"),
    ("derived from measured", "measured power x hours"),
    ("derived = power", "measured power x hours"),
    ("measured", "measured"),
    ("reported", "estimate"),
)
"""How the published energy came about, by the first words that fit; the rest are `none`."""

EMISSION_BASES = (("net", "net"), ("market/", "market"), ("location", "location"), ("us-average", "location"))
"""How emissions were counted, by the first word of `accounting` that fits; an offset is no market basis."""

CIRCULAR = r"derived = t/MWh|grid factor derived|\(derived, so effective\)"
"""Words of a row whose grid factor is its own tonnes over its own energy, so that it proves nothing."""

MODEL_FLOP_UTILISATION = r"MFU (?:405B )?([\d.]+)(?:-([\d.]+))?"
"""Where a row tells the share of the peak rate that it reached; `405B` names the one model of a family it is of."""

KINDS = (
    ("assumed", "modelled"),
    ("estimate", "modelled"),
    ("measured", "observed"),
    ("reported", "observed"),
    ("derived", "derived"),
)
"""How an energy was found, by the first word that fits; the rest are `modelled`."""

TORN = " verified in "
"""Words after which one note of the source is torn."""

WORKLOADS = pk.Resource(
    name="workloads",
    citation="43 published training runs, cited row by row",
    path="catalogue/workloads.csv",
    title="Published training runs: compute, energy, emissions",
    description=(
        "What others computed and emitted, to compare a plan with. Accounting differs from row to row (location, market, "
        "dynamic power only): read `accounting` before ranking two of them."
    ),
    year="2018-2025, row by row",
    quality="quality, row by row, is the worst of the row's figures",
    method=(
        "Units only: kg into g per kWh. energy_low_mwh and energy_high_mwh span the row's own figure and every other one "
        "that its notes tell (the paper's against power times hours, accelerators alone against with PUE). A row is "
        "unverified when any of its figures is, or was read second-hand; else observed when the energy was measured or "
        "reported, derived from measured power, or modelled (rated power times hours)."
    ),
    licenses=(pk.CITED_FACTS,),
    sources=(
        pk.Source("Papers, model cards and reports, cited in the source column"),
        pk.Source("Epoch AI, notable models (CC BY): compute of some", "https://epoch.ai"),
    ),
    fields=(
        pk.Field("id", "string", "Slug", required=True, unique=True, pattern="[a-z0-9]+(-[a-z0-9]+)*"),
        pk.Field("model", "string", "Model or run", required=True),
        pk.Field("organisation", "string", "Who trained it"),
        pk.Field("year", "integer", "Year of the report", "year", True, 2010, 2030),
        pk.Field("accelerator", "string", "Accelerators, as the source names them"),
        pk.Field("accelerators", "integer", "Number of accelerators", "1", False, 1, 1e6),
        pk.Field("parameters", "number", "Parameters of the model", "1", False, 1e6, 1e14),
        pk.Field("compute_flop", "number", "Compute of the training", "FLOP", False, 1e15, 1e28),
        pk.Field("accelerator_hours", "number", "Accelerator-hours", "h", False, 0, 1e9),
        pk.Field("wall_days", "number", "Days from start to end", "day", False, 0, 20000, decimals=2),
        pk.Field("power_w_per_accelerator", "number", "Power of one accelerator", "W", False, 50, 5000, decimals=1),
        pk.Field("system_power_w", "number", "Power of the whole system", "W", False, 50, 1e9, decimals=2),
        pk.Field("mfu_low", "number", "Share of the peak rate reached, low end", "1", False, 0, 1, decimals=3),
        pk.Field("mfu_high", "number", "Share of the peak rate reached, high end", "1", False, 0, 1, decimals=3),
        pk.Field("pue", "number", "Power usage effectiveness", "1", False, 1, 3, decimals=3),
        pk.Field("energy_low_mwh", "number", "Energy, lowest figure told", "MWh", False, 0, 1e7, decimals=4),
        pk.Field("energy_mwh", "number", "Energy", "MWh", False, 0, 1e7, decimals=4),
        pk.Field("energy_high_mwh", "number", "Energy, highest figure told", "MWh", False, 0, 1e7, decimals=4),
        pk.Field("ci_g_per_kwh", "number", "Carbon intensity used", "gCO2e/kWh", False, 0, 1500, decimals=2),
        pk.Field("ci_lb_per_kwh", "number", "The same, where told in pounds", "lbCO2e/kWh", False, 0, 4, decimals=4),
        pk.Field(
            "ci_implied_g_per_kwh", "number", "What tonnes over energy imply", "gCO2e/kWh", False, 0, 1500, decimals=2
        ),
        pk.Field(
            "ci_circular", "boolean", "Whether the intensity is the row's own tonnes over its energy", required=True
        ),
        pk.Field("emissions_t", "number", "Emissions", "tCO2e", False, 0, 1e6, decimals=4),
        pk.Field("emissions_lb", "number", "The same, as printed in pounds", "lbCO2e", False, 0, 1e9, decimals=1),
        pk.Field(
            "emissions_market_t", "number", "Emissions by contracts, where told", "tCO2e", False, 0, 1e6, decimals=4
        ),
        pk.Field(
            "emissions_basis",
            "string",
            "Location, market, or net (hourly, after the operator's clean energy)",
            enum=("location", "market", "net"),
        ),
        pk.Field("published_energy_mwh", "number", "Energy as the source prints it", "MWh", False, 0, 1e7, decimals=4),
        pk.Field("it_energy_mwh", "number", "Energy before PUE, where told", "MWh", False, 0, 1e7, decimals=4),
        pk.Field(
            "energy_boundary",
            "string",
            "What the published energy covers",
            required=True,
            enum=("facility", "it"),
        ),
        pk.Field(
            "energy_basis",
            "string",
            "How the published energy came about",
            required=True,
            enum=("measured", "measured power x hours", "rated power x hours", "estimate", "none"),
        ),
        pk.Field("accounting", "string", "How emissions were counted"),
        pk.Field("place", "string", "Where it ran"),
        pk.Field("energy_kind", "string", "How the energy was found"),
        pk.Field("status", "string", "What of the row was checked, and how"),
        pk.Field("source", "string", "Citation", required=True),
        pk.Field(
            "quality",
            "string",
            "Worst quality in the row",
            required=True,
            enum=("observed", "derived", "modelled", "unverified"),
        ),
        pk.Field("notes", "string", "What else is known"),
    ),
    primary_key=("id",),
)


MFU_RUNS = pk.Resource(
    name="mfu_runs",
    citation="Epoch AI, notable models (CC BY)",
    path="catalogue/mfu_runs.csv",
    title="Model-FLOP utilisation of published training runs",
    description="What share of the peak rate published runs reached; their quartiles are the interval of a plan's MFU.",
    year="2018-2025: see published",
    quality="derived where Epoch AI is confident of the row, else unverified",
    method="Every row of the source with a utilisation; the first organisation of several.",
    licenses=(pk.CC_BY_4,),
    sources=(pk.Source("Epoch AI, notable models, June 2025 (CC BY)", "https://epoch.ai"),),
    fields=(
        pk.Field("model", "string", "Model", required=True),
        pk.Field("organisation", "string", "Who trained it, the first of several", required=True),
        pk.Field("published", "string", "Date of publication", required=True, pattern="[0-9]{4}-[0-9]{2}-[0-9]{2}"),
        pk.Field("accelerator", "string", "Accelerators, as the source names them"),
        pk.Field(
            "mfu", "number", "Share of the dense 16-bit peak rate that trained the model", "1", True, 0, 1, decimals=4
        ),
        pk.Field("quality", "string", "Quality", required=True, enum=("derived", "unverified")),
    ),
    primary_key=("model",),
)


def mfu_table(sources: Path) -> pd.DataFrame:
    """Return one row a published run with a known utilisation: the columns of ``catalogue/mfu_runs.csv``."""
    runs = read_csv(sources / "facts/epoch_models_2025_06.csv").dropna(subset=["mfu"])
    return runs.assign(
        organisation=runs.organization.str.split(",").str[0].str.strip(),
        published=runs.publication_date,
        accelerator=runs.hardware,
        quality=runs.confidence.eq("Confident").map({True: "derived", False: "unverified"}),
    )


def workload_table(sources: Path) -> pd.DataFrame:
    """Return one row a published run.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        The columns of ``catalogue/workloads.csv``.
    """
    facts = read_csv(sources / "facts/workloads.csv")
    names = {
        "org": "organisation",
        "hardware": "accelerator",
        "n_accel": "accelerators",
        "params": "parameters",
        "accel_hours": "accelerator_hours",
        "power_per_accel_w": "power_w_per_accelerator",
        "co2e_t": "emissions_t",
        "co2e_lb": "emissions_lb",
        "dc_location": "place",
    }
    energies = energies_mwh(facts)
    reached = facts.notes.fillna("").str.extract(MODEL_FLOP_UTILISATION).astype(float)
    reached[~(facts.id.str.contains("405B") | ~facts.notes.fillna("").str.contains("MFU 405B"))] = float("nan")
    table: pd.DataFrame = facts.rename(columns=names).assign(
        id=facts.id.str.lower(),
        ci_g_per_kwh=facts.grid_kgco2_per_kwh * G_PER_KG,
        energy_low_mwh=energies.min(axis=1),
        energy_high_mwh=energies.max(axis=1),
        mfu_low=reached[0],
        mfu_high=reached[1].fillna(reached[0]),
        quality=qualities(facts),
        **_as_published(facts),
        notes=facts.notes.str.split(TORN).str[0],
    )
    return table


def _as_published(facts: pd.DataFrame) -> dict[str, pd.Series]:
    """Return what the texts of each row say of its energy and intensity, so that it can be computed again."""
    told = facts.fillna({"energy_kind": "", "accounting": "", "notes": ""})
    column, pattern = OTHER_ENERGY_KWH
    printed = told[column].str.extract(pattern)[0].astype(float) / KWH_PER_MWH
    basis = told.energy_kind.str.lower().map(lambda text: _first(text, BASES, "none"))
    implied = told.notes.str.extract(r"implied ([\d.]+) kg/kWh")[0].astype(float) * G_PER_KG
    return {
        "published_energy_mwh": printed.fillna(facts.energy_mwh).where(basis != "none"),
        "it_energy_mwh": told.notes.str.extract(r"GPU-only raw ([\d.]+) MWh")[0].astype(float),
        "energy_boundary": told.accounting.str.contains("dynamic power only").map({True: "it", False: "facility"}),
        "energy_basis": basis,
        "ci_lb_per_kwh": told.accounting.str.extract(r"([\d.]+) lb/kWh")[0].astype(float),
        "ci_implied_g_per_kwh": implied,
        "ci_circular": (told.notes.str.contains(CIRCULAR) | (facts.grid_kgco2_per_kwh.isna() & implied.notna())).map(
            {True: "true", False: "false"}
        ),
        "emissions_basis": told.accounting.str.lower().map(lambda text: _first(text, EMISSION_BASES, None)),
        "emissions_market_t": told.accounting.str.extract(r"market-based = ([\d.]+) t")[0].astype(float),
    }


def _first(text: str, words: tuple[tuple[str, str], ...], otherwise: str | None) -> str | None:
    """Return what the first of the words found in a text stands for."""
    return next((meaning for word, meaning in words if word in text), otherwise)


def energies_mwh(facts: pd.DataFrame) -> pd.DataFrame:
    """Return every figure of energy that each row tells [MWh].

    Parameters
    ----------
    facts : pandas.DataFrame
        The source table.

    Returns
    -------
    pandas.DataFrame
        One column a place where a figure may stand; NaN where there is none.
    """
    told = [facts[column].str.extract(pattern)[0].astype(float) for column, pattern in OTHER_ENERGY_MWH]
    column, pattern = OTHER_ENERGY_KWH
    told.append(facts[column].str.extract(pattern)[0].astype(float) / KWH_PER_MWH)
    return pd.concat([facts.energy_mwh, *told], axis=1).where(facts.energy_mwh.notna())


def qualities(facts: pd.DataFrame) -> list[str]:
    """Return the worst quality among each row's figures.

    Parameters
    ----------
    facts : pandas.DataFrame
        The source table.

    Returns
    -------
    list of str
        Quality words.
    """
    words = []
    for row in facts.fillna({"status": "", "energy_kind": "", "notes": ""}).itertuples(index=False):
        doubt = f"{row.status} {row.energy_kind} {row.notes}"
        kind = next((quality for word, quality in KINDS if word in str(row.energy_kind).lower()), "modelled")
        words.append("unverified" if "unverified" in doubt or "second-hand" in doubt else kind)
    return words
