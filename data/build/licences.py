"""The terms under which tables are passed on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Licence:
    """The terms under which a table may be passed on."""

    name: str
    title: str
    path: str = ""

    def descriptor(self) -> dict[str, str]:
        """Return the Frictionless licence.

        Returns
        -------
        dict
            ``name``, ``title``, and ``path`` if known.
        """
        said = {"name": self.name, "title": self.title}
        return {**said, "path": self.path} if self.path else said


CC0 = Licence("CC0-1.0", "Creative Commons CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/")
CC_BY_4 = Licence("CC-BY-4.0", "Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/")
CC_BY_SA_4 = Licence(
    "CC-BY-SA-4.0", "Creative Commons Attribution-ShareAlike 4.0", "https://creativecommons.org/licenses/by-sa/4.0/"
)
ODBL = Licence("ODbL-1.0", "Open Database License 1.0", "https://opendatacommons.org/licenses/odbl/1-0/")
PUBLIC_DOMAIN = Licence("other-pd", "Public domain")
MIT = Licence("MIT", "MIT License", "https://opensource.org/license/mit")
COPERNICUS = Licence(
    "other-at",
    "Copernicus licence: free use with attribution",
    "https://apps.ecmwf.int/datasets/licences/copernicus/",
)
CITED_FACTS = Licence("other-at", "Single published figures, cited row by row")
