"""Policy packs as resources of the data package: written by hand, sourced entry by entry."""

from __future__ import annotations

import tomllib
from pathlib import Path

import package as pk


def build(sources: Path, out: Path) -> list[pk.Resource]:
    """Return one resource per pack of ``policy/``; nothing is written.

    Parameters
    ----------
    sources : Path
        Not read: packs are written by hand from cited law.
    out : Path
        The ``data`` folder.

    Returns
    -------
    list of Resource
        Packs in alphabetical order.
    """
    del sources
    packs = []
    for path in sorted((out / "policy").glob("*.toml")):
        pack = tomllib.loads(path.read_text(encoding="utf-8"))
        packs.append(
            pk.Resource(
                name=f"policy-{pack['id']}",
                citation="laws and pages cited in the pack",
                path=f"policy/{path.name}",
                title=f"Policy pack: {pack['title']}",
                description=f"Taxes, programmes and stops of {', '.join(pack['jurisdictions'])}, each dated.",
                year="dated entry by entry",
                quality="quality, entry by entry",
                method="Written by hand from the cited law or page.",
                licenses=(pk.CITED_FACTS,),
                sources=(pk.Source("Cited in each entry of the pack"),),
                format="toml",
            )
        )
    return packs
