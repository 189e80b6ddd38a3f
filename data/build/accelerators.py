"""Accelerators: peak rates, mean draw in training, nameplate, embodied carbon, and what export rules look at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import package as pk
import pandas as pd
from earth import read_csv
from embodied import embodied_table

NAMES = {
    "NVIDIA B200 (HGX)": "NVIDIA B200",
    "NVIDIA B300 (HGX)": "NVIDIA B300",
    "NVIDIA GB200 NVL72 (per GPU)": "NVIDIA GB200 NVL72",
    "NVIDIA GB300 NVL72 (per GPU)": "NVIDIA GB300 NVL72",
    "NVIDIA Vera Rubin NVL72 / NVL144 (per GPU package)": "NVIDIA Vera Rubin NVL72",
    "AMD MI455X Helios (per GPU)": "AMD MI455X Helios",
    "AWS Trainium2": "Amazon Trainium2",
    "AWS Trainium3": "Amazon Trainium3",
}
"""Name of the table for a name of the source."""

OLDER_NAMES = {"NVIDIA GB200 (per GPU, NVL2)", "NVIDIA GB300"}
"""Rows of the older source that a row of the newer one replaces under another name."""

Triple = tuple[float, float, float]

DRAW_OF_RATING: Mapping[str, Triple] = {"air": (0.66, 0.76, 0.84), "liquid": (0.68, 0.78, 0.88)}
"""Mean draw of a node or rack in training over its rating: low, middle, high. Air: H100 nodes measured (MLPerf Training
4.0 and 4.1, arXiv:2506.14551, arXiv:2412.08602). Liquid: a rating without fans, taken 10 % higher than B200 nodes
measured against a rating with fans (MLPerf Training 5.0; an assumption)."""

FABRIC_OF_RATING: Triple = (0.009, 0.043, 0.091)
"""Draw of switches and optics over the rating of the node: 11, 55 and 116 W of 1,275 W (MLPerf Training 4.0, 4.1)."""

NAMEPLATE_OF_RATING = 1.07
"""IT power to build over the rating of the nodes: fabric and storage, 1.00 to 1.14 in permits that Epoch AI read."""

BY_RATIO = ("rack_power_ratio", "assumption")
"""Bases of the source that are a ratio of the rating of a node or rack."""

OWN_INTERVAL = {
    "NVIDIA H200 SXM": "as H100: the same die, rating and power limit",
    "NVIDIA Vera Rubin NVL72": "two ratings of the rack, 190 and 230 kW",
    "Huawei Ascend 910C": "the rating holds the optical fabric",
    "Microsoft Maia 100": "ratio of an assumed rating, rounded by the source",
    "Microsoft Maia 200": "ratio of an assumed rating, rounded by the source",
    "Amazon Trainium2": "rating of the fleet per chip, fabric included",
    "Amazon Trainium3": "ratio of an assumed rating, fabric included",
    "Intel Gaudi3": "ratio of an assumed rating, rounded by the source",
    "AMD MI455X Helios": "the rack of Rubin stands for a rack without a published rating",
    "Google TPU v5e": "1.00, 1.15 and 1.40 times thermal design power, after TPU v4 as measured",
    "Google TPU v5p": "1.00, 1.15 and 1.40 times thermal design power, after TPU v4 as measured",
    "Google TPU v6e Trillium": "1.00, 1.15 and 1.40 times thermal design power, after TPU v4 as measured",
    "Google TPU 8t": "1.00, 1.15 and 1.40 times an assumed thermal design power",
}
"""Accelerators whose draw is no plain ratio of the rating of a node, and why."""

SET_OF_CHIPS = "Epoch AI chip data set"
"""Source of the rates and prices of older accelerators."""
V100 = {"nameplate_w": 468.0, "power_mean_low_w": 290.0, "power_mean_w": 330.0, "power_mean_high_w": 370.0}
"""DGX-1V: 3.5 kW for eight (from memory) and fabric; mean of the system as measured by Patterson et al. 2021, with
an eighth to either side (assumption)."""

VENDOR_KG = {"NVIDIA H100 SXM5": 164.0, "NVIDIA B200": 284.0}
"""Product carbon footprints of HGX baseboards over eight (NVIDIA 2025): a check of the component model."""

POWER_BASES = {
    "measured": "measured",
    "published_energy": "published",
    "rack_power_ratio": "rating x ratio",
    "assumption": "assumed rating x ratio",
}
WORDING = {
    r" ?\[(?:read|computed|abstract read|computed from the logs|assumption)(?:; [^\]]*)?\]": "",
    r"\[NVIDIA data sheets, from facts/hardware\.csv and ([^\]]*)": r"(NVIDIA data sheets; \1",
    r"facts/hardware\.csv \(Epoch(?: snapshot)?\)": "Epoch AI chip data set",
    r"facts/hardware\.csv": "Epoch AI chip data set",
    r"prototype_embodied\.py": "component model of data/build/embodied.py",
    r" \(Epoch AI chip data set \[second-hand transcription\]\)": " (second-hand transcription)",
    r"lab_model_params\.csv\]": "lab_model_params.csv)",
    r" \[read second-hand\]": " (second-hand)",
    r"; ratio of H100$": "",
    r"^130 = .*? of it\)\. ": "",
    r"; as H100$": "",
    r"chip TDP \(estimate\) x 1\.742": "nameplate 1.45 times chip TDP (estimate)",
    r"; mean 1\.00 / 1\.15 / 1\.40 x TDP after TPU v4 \(378\.5 W measured, TDP 340\)": "",
    r"\s+": " ",
}
"""Words of the source by what the table says instead."""

FP8_BITS, BF16_BITS, TERA = 8, 16, 1e12


def mean_draw_w(rating_w: float, cooling: str) -> tuple[float, ...]:
    """Return the mean draw of an accelerator in training, with its share of host and fabric.

    Parameters
    ----------
    rating_w : float
        Rating of the node or rack over its accelerators [W].
    cooling : str
        ``air`` or ``liquid``: a rating for air includes fans.

    Returns
    -------
    tuple of float
        Low, middle, high [W], to 10 W.

    Examples
    --------
    A rack of 132 kW for 72:

    >>> mean_draw_w(132e3 / 72, "liquid")
    (1260.0, 1510.0, 1780.0)
    """
    shares = zip(DRAW_OF_RATING[cooling], FABRIC_OF_RATING, strict=True)
    return tuple(round(rating_w * (node + fabric), -1) for node, fabric in shares)


def hardware_table(sources: Path) -> pd.DataFrame:
    """Return accelerators with peak rates, power, embodied carbon and class under export rules.

    Parameters
    ----------
    sources : Path
        The folder of raw sources.

    Returns
    -------
    pandas.DataFrame
        The columns of ``catalogue/hardware.csv``.

    Raises
    ------
    ValueError
        If the source and the model of draw differ without a reason, or a mean draw exceeds the nameplate.
    """
    older = _older(sources)
    newer = _newer(sources)
    table = pd.concat([newer, older[~older.index.isin(newer.index)]])
    embodied = embodied_table(table.tdp_w.to_dict())
    table[embodied.columns] = embodied.reindex(table.index)
    table["embodied_vendor_kg"] = pd.Series(VENDOR_KG)
    above = table.index[table.power_mean_high_w > table.nameplate_w]
    if len(above):
        raise ValueError(f"mean draw above the nameplate: {', '.join(above)}")
    of_parts = table.embodied_kg.notna()
    table["embodied_basis"] = np.where(of_parts, "with_host", "")
    table["quality_embodied"] = np.where(of_parts, "modelled", "")
    table["source_embodied"] = np.where(of_parts, "component model of data/build/embodied.py", "")
    return table.rename_axis("accelerator").reset_index()


def _newer(sources: Path) -> pd.DataFrame:
    """Return the accelerators whose power is known, by name."""
    facts = read_csv(sources / "facts/accelerators_2026.csv")
    facts = facts.assign(accelerator=facts.accelerator.replace(NAMES)).set_index("accelerator")
    ratings = facts.nameplate_node_or_rack_w / facts.accelerators_per_node
    stated = facts[["power_mean_low_w", "power_mean_w", "power_mean_high_w"]]
    for name in facts.index[facts.power_basis.isin(BY_RATIO) & ~facts.index.isin(OWN_INTERVAL)]:
        draw = mean_draw_w(ratings[name], facts.cooling[name])
        if list(draw) != stated.loc[name].to_list():
            raise ValueError(f"{name}: the source says {stated.loc[name].to_list()} W, the model {list(draw)} W")
    words = {c: facts[c].map(_worded) for c in ("source_performance", "source_power", "source_price", "notes")}
    reasons = pd.Series(OWN_INTERVAL).map(lambda why: f"; {why}").reindex(facts.index).fillna("")
    return facts.assign(
        power_basis=facts.power_basis.map(POWER_BASES),
        node_rating_w=facts.nameplate_node_or_rack_w,
        source=words["source_performance"],
        source_power=words["source_power"] + reasons,
        source_price=words["source_price"],
        notes=words["notes"],
    )


def _worded(said: str | float) -> str | float:
    """Return a text of the source in the words of the table; an empty cell stays empty."""
    for pattern, instead in WORDING.items():
        said = re.sub(pattern, instead, said) if isinstance(said, str) else said
    return said


def _older(sources: Path) -> pd.DataFrame:
    """Return the accelerators of Epoch AI's data set, by name: rates, and no power but of one."""
    facts = read_csv(sources / "facts/hardware.csv").set_index("accelerator")
    facts = facts[~facts.index.isin(OLDER_NAMES)]
    tera = facts[["bf16_dense_flops", "fp8_dense_flops", "int8_ops"]] / TERA
    tpp = (tera * [BF16_BITS, FP8_BITS, FP8_BITS]).max(axis=1)
    table = pd.DataFrame(
        {
            "release_date": facts.release_date,
            "bf16_dense_flop_per_s": facts.bf16_dense_flops,
            "fp8_dense_flop_per_s": facts.fp8_dense_flops,
            "memory_gb": facts.mem_bytes / 1e9,
            "tdp_w": facts.tdp_w,
            "tpp": tpp,
            "performance_density": (tpp / facts.die_mm2).round(1),
            "price_usd": facts.price_usd.str.removeprefix("$").astype(float),
            "source": SET_OF_CHIPS,
            "source_price": np.where(facts.price_usd.notna(), SET_OF_CHIPS, ""),
            "quality": np.where(facts.status.str.startswith("verified"), "observed", "unverified"),
            "notes": facts.notes.fillna("").str.replace(r"\((?:un)?verified[^)]*\);?", "", regex=True).str.strip(),
        }
    )
    for column, watts in V100.items():
        table.loc["NVIDIA V100 SXM2", column] = watts
    said = {
        "power_basis": "measured",
        "cooling": "air",
        "source_power": "Patterson et al. 2021, arXiv:2104.10350: 330 W a system average with host; DGX-1V rating from memory",
        "quality_power": "unverified",
    }
    for column, text in said.items():
        table.loc["NVIDIA V100 SXM2", column] = text
    return table


QUALITY = ("observed", "derived", "modelled", "assumption", "unverified")


def _watts(name: str, description: str) -> pk.Field:
    return pk.Field(name, "number", description, "W", False, 50, 10000, decimals=1)


def _kg(name: str, description: str) -> pk.Field:
    return pk.Field(name, "number", description, "kg", False, 0, 10000, decimals=1)


HARDWARE = pk.Resource(
    name="hardware",
    citation="Epoch AI chips (CC BY), MLPerf logs, own model",
    path="catalogue/hardware.csv",
    title="Accelerators: rates, power, embodied carbon",
    description=(
        "Peak dense rates as published by the makers. Mean draw in training and nameplate are separate, both with the "
        "share of host and fabric: the first sets energy, the second peak power and the size of halls. Embodied carbon "
        "is modelled from components for all alike, with host, storage and network; its interval is wide because factors "
        "for memory and storage differ tenfold between sources."
    ),
    year="2016-2026",
    quality="quality is of the rates, quality_power of draw and nameplate, quality_embodied of embodied carbon",
    method=(
        "power_basis: measured (node power in MLPerf Training logs or papers, plus fabric), published (a system's energy or "
        "rating), rating x ratio (rating of a node or rack over its accelerators times 0.66, 0.76, 0.84 in air or 0.68, 0.78, "
        "0.88 in liquid, plus 0.009, 0.043, 0.091 for fabric), assumed rating x ratio. Nameplate is the rating times 1.07. "
        "Embodied carbon by data/build/embodied.py: logic, memory, package, board, host, network; percentile 5, sum of the middles, "
        "percentile 95; within 5 % of two product footprints of NVIDIA that set two of its factors, -31 to +25 % "
        "of seven published figures that did not. Boavizta's 2024 figures (575 kg for H100) are left out: their memory factor was since "
        "corrected fivefold by its authors. tpp is the largest over formats of dense TFLOP/s times bits (15 CFR 774, 3A090)."
    ),
    licenses=(pk.CC_BY_4, pk.MIT, pk.CITED_FACTS),
    sources=(
        pk.Source("Epoch AI chip data set (epoch-research/training-cost-trends), CC BY", "https://epoch.ai"),
        pk.Source("Epoch AI, AI chip counts (MIT)", "https://github.com/epoch-research/ai-chip-counts"),
        pk.Source("MLCommons, MLPerf Training results 4.0, 4.1 and 5.0, power logs", "https://github.com/mlcommons"),
        pk.Source(
            "Newkirk et al. 2025, Empirically-calibrated H100 node power models", "https://arxiv.org/abs/2506.14551"
        ),
        pk.Source("Latif et al. 2025, Single-node power demand during AI training", "https://arxiv.org/abs/2412.08602"),
        pk.Source(
            "NVIDIA product carbon footprints of HGX H100 and HGX B200", "https://developer.nvidia.com/blog/?p=106112"
        ),
        pk.Source("ADEME 2026, inventories of accelerators", "https://github.com/hubblo-org/gpu-calculator"),
        pk.Source("Meta, ACT: carbon of processed wafers (MIT)", "https://github.com/facebookresearch/ACT"),
        pk.Source(
            "Patterson et al. 2021, Carbon emissions and large neural network training",
            "https://arxiv.org/abs/2104.10350",
        ),
    ),
    fields=(
        pk.Field("accelerator", "string", "Name", required=True, unique=True),
        pk.Field("release_date", "string", "Day of release", pattern=r"\d{4}-\d{2}-\d{2}"),
        pk.Field("bf16_dense_flop_per_s", "number", "Peak dense rate, 16 bit", "FLOP/s", False, 1e12, 1e17),
        pk.Field(
            "fp8_dense_flop_per_s", "number", "Peak dense rate, 8 bit floating point", "FLOP/s", False, 1e12, 1e17
        ),
        pk.Field("memory_gb", "number", "Memory", "GB", False, 1, 10000, decimals=1),
        pk.Field("memory_bw_gb_s", "number", "Bandwidth of the memory", "GB/s", False, 100, 1e5, decimals=1),
        _watts("tdp_w", "Thermal design power of the accelerator"),
        pk.Field(
            "accelerators_per_node", "integer", "Accelerators of the node or rack that is rated", "1", False, 1, 1000
        ),
        pk.Field("node_rating_w", "number", "Rating of the node or rack", "W", False, 500, 1e6, decimals=1),
        _watts("nameplate_w", "IT power to build per accelerator: rating with its share of host and fabric"),
        _watts("power_mean_low_w", "Mean draw in training with its share of host and fabric, low end"),
        _watts("power_mean_w", "Mean draw in training with its share of host and fabric"),
        _watts("power_mean_high_w", "Mean draw in training with its share of host and fabric, high end"),
        pk.Field("power_basis", "string", "What the mean draw rests on", enum=tuple(POWER_BASES.values())),
        pk.Field("cooling", "string", "How the node is cooled", enum=("air", "liquid")),
        _kg("embodied_low_kg", "Embodied carbon within the boundary of embodied_basis, low end"),
        _kg("embodied_kg", "Embodied carbon within the boundary of embodied_basis"),
        _kg("embodied_high_kg", "Embodied carbon within the boundary of embodied_basis, high end"),
        pk.Field(
            "embodied_basis",
            "string",
            "Boundary: with_host is the board with its share of host, storage and network",
            enum=("with_host", "board"),
        ),
        _kg("embodied_board_low_kg", "Embodied carbon of the board alone, low end"),
        _kg(
            "embodied_board_kg",
            "Embodied carbon of the board alone: chip, memory, carrier, cooler, share of switch chips",
        ),
        _kg("embodied_board_high_kg", "Embodied carbon of the board alone, high end"),
        _kg("embodied_host_share_kg", "Embodied carbon of the share of host, storage and network"),
        _kg("embodied_vendor_kg", "Embodied carbon of the board by the maker's product footprint: a check"),
        pk.Field(
            "tpp",
            "number",
            "Total processing performance: dense TFLOP/s times bits, largest format",
            "1",
            False,
            0,
            1e6,
            decimals=1,
        ),
        pk.Field("performance_density", "number", "tpp over die area", "1/mm2", False, 0, 1e4, decimals=1),
        pk.Field("price_usd", "number", "Price seen or modelled", "USD", False, 0, 1e6, decimals=2),
        pk.Field("source", "string", "Where the rates come from", required=True),
        pk.Field("quality", "string", "Quality of the rates", required=True, enum=QUALITY),
        pk.Field("source_power", "string", "Where draw and nameplate come from"),
        pk.Field("quality_power", "string", "Quality of draw and nameplate", enum=QUALITY),
        pk.Field("source_embodied", "string", "Where embodied carbon comes from"),
        pk.Field("quality_embodied", "string", "Quality of embodied carbon", enum=QUALITY),
        pk.Field("source_price", "string", "Where the price comes from"),
        pk.Field("notes", "string", "What else is known"),
    ),
    primary_key=("accelerator",),
)
