"""Columns of shipped tables: what they are called, and which values they may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Field:
    """One column: its name, type, unit and what its values may be.

    Parameters
    ----------
    name : str
        Column name; carries the unit where there is one.
    type : str
        Frictionless type: ``string``, ``number``, ``integer``, ``boolean`` or ``geojson``.
    description : str
        Meaning in planner's words.
    unit : str
        Unit, empty where the column has none; shares are ``"1"``.
    required : bool
        Whether an empty cell is a fault. Elsewhere empty means unknown.
    minimum, maximum : float, optional
        Closed range of the values [unit].
    enum : tuple of str
        The only values allowed, if any are listed.
    pattern : str
        Regular expression that a value matches as a whole, if given.
    unique : bool
        Whether a value may occur only once.
    decimals : int, optional
        Digits kept after the point when the table is written; ``None`` keeps all.
    """

    name: str
    type: str
    description: str
    unit: str = ""
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    enum: tuple[str, ...] = ()
    pattern: str = ""
    unique: bool = False
    decimals: int | None = None

    def descriptor(self) -> dict[str, Any]:
        """Return the Frictionless field descriptor.

        Returns
        -------
        dict
            Name, type, unit, description and the constraints that were given.
        """
        constraints: dict[str, Any] = {}
        if self.required:
            constraints["required"] = True
        if self.unique:
            constraints["unique"] = True
        if self.minimum is not None:
            constraints["minimum"] = self.minimum
        if self.maximum is not None:
            constraints["maximum"] = self.maximum
        if self.enum:
            constraints["enum"] = list(self.enum)
        if self.pattern:
            constraints["pattern"] = self.pattern
        said: dict[str, Any] = {"name": self.name, "type": self.type}
        if self.unit:
            said["unit"] = self.unit
        said["description"] = self.description
        if constraints:
            said["constraints"] = constraints
        return said


def settled(values: pd.Series[Any], column: Field) -> pd.Series[Any]:
    """Return values of one column in the type and digits in which they are written.

    Parameters
    ----------
    values : pandas.Series
        The column.
    column : Field
        Its rules.

    Returns
    -------
    pandas.Series
        Numbers rounded, empty texts as None.
    """
    if column.type == "integer":
        return pd.to_numeric(values).round().astype("Int64")
    if column.type == "number":
        numbers = pd.to_numeric(values).astype("float64")
        rounded = numbers if column.decimals is None else numbers.round(column.decimals)
        settled: pd.Series[Any] = rounded + 0.0
        return settled
    return values.astype("object").where(values.notna() & (values != ""), None)


def faults_of(values: pd.Series[Any], column: Field) -> list[str]:
    """Return one sentence per rule of a column that a value breaks.

    Parameters
    ----------
    values : pandas.Series
        The column as `settled` returns it.
    column : Field
        Its rules.

    Returns
    -------
    list of str
        Empty when all is well.
    """
    known = values.dropna()
    faults = []
    if column.required and len(known) < len(values):
        faults.append(f"{column.name} is empty in {len(values) - len(known)} rows")
    if column.unique and known.duplicated().any():
        faults.append(f"{column.name} repeats: {known[known.duplicated()].iloc[0]}")
    if column.minimum is not None and (known < column.minimum).any():
        faults.append(f"{column.name} is below {column.minimum}: {known.min()}")
    if column.maximum is not None and (known > column.maximum).any():
        faults.append(f"{column.name} is above {column.maximum}: {known.max()}")
    stray = known[~known.astype(str).isin(column.enum)] if column.enum else known[:0]
    if len(stray):
        faults.append(f"{column.name} is none of its words: {stray.iloc[0]}")
    if column.pattern and not known.astype(str).str.fullmatch(column.pattern).all():
        wrong = known[~known.astype(str).str.fullmatch(column.pattern)].iloc[0]
        faults.append(f"{column.name} does not match {column.pattern}: {wrong}")
    return faults
