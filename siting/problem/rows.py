"""Families of variables, and linear rows and functions over them, as arrays: written by parts and limits, solved by `solver`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from scipy import sparse

from siting.errors import ScenarioError, SitingError, nearest
from siting.units import Floats, Ints

Sense = Literal["<=", ">=", "=="]

Owner = Literal["site", "option", "zone", "stage", "none"]
"""What one variable of a family belongs to; `none` where it belongs to the plan."""


@dataclass(frozen=True)
class Family:
    """One family of decision variables.

    Parameters
    ----------
    name : str
        Name with unit, as in MODEL: `open`, `halls`, `load_mw`, `claim`, `benefit_usd`.
    labels : sequence of str
        One label a variable, unique and safe in every solver's file format.
    lower, upper : numpy.ndarray
        Bounds; `inf` where there is none.
    integer : bool
        Whether the variables are integer.
    solver_unit : float
        Size of one unit of the variable inside the solver, in the family's unit; it keeps the
        coefficients of one order of magnitude (dollars next to megawatts).
    owner : {"site", "option", "zone", "stage", "none"}
        What each variable belongs to. Decomposition, warm start, shadow prices and plan tables
        derive from it what they need to know of a family.
    owner_index : numpy.ndarray or None
        Position of the owner of each variable, (n,); None exactly where the owner is `none`.

    Raises
    ------
    SitingError
        Owners that do not agree in number with the variables, are missing, or are below 0.
    """

    name: str
    labels: Sequence[str]
    lower: Floats
    upper: Floats
    integer: bool
    solver_unit: float = 1.0
    owner: Owner = "none"
    owner_index: Ints | None = None

    def __post_init__(self) -> None:
        if self.lower.shape != (len(self),) or self.upper.shape != (len(self),):
            raise SitingError(f"family `{self.name}`: `lower` and `upper` need {len(self)} bounds each")
        if self.owner not in get_args(Owner):
            raise SitingError(
                f"family `{self.name}`: owner `{self.owner}` does not exist; use one of {', '.join(get_args(Owner))}"
            )
        if (self.owner == "none") != (self.owner_index is None):
            needs = "has no `owner_index`" if self.owner == "none" else "needs an `owner_index`, one for each variable"
            raise SitingError(f"family `{self.name}`: owner `{self.owner}` {needs}")
        if self.integer and self.solver_unit != 1.0:
            raise SitingError(f"family `{self.name}`: integer variables need `solver_unit` 1, not {self.solver_unit:g}")
        if self.owner_index is None:
            return
        if (
            self.owner_index.dtype.kind not in "iu"
            or self.owner_index.shape != (len(self),)
            or (len(self) and self.owner_index.min() < 0)
        ):
            raise SitingError(f"family `{self.name}`: `owner_index` needs {len(self)} positions of 0 or more")

    def __len__(self) -> int:
        return len(self.labels)

    def only(self, kept: Ints) -> "Family":
        """Return the family with some of its variables."""
        index = None if self.owner_index is None else self.owner_index[kept]
        labels = [self.labels[i] for i in kept]
        return replace(self, labels=labels, lower=self.lower[kept], upper=self.upper[kept], owner_index=index)


ROUNDING = 1e-9
"""Relative difference of two coefficients that is rounding."""


@dataclass(frozen=True)
class Rows:
    """A block of linear rows: ``sum over families of terms[family] @ x[family]  (sense)  rhs``.

    Parameters
    ----------
    limit : str
        The `kind` of the limit that wrote them, or a name of their part.
    where : sequence of str
        One name a row, for the planner: a site, a zone, `portfolio`.
    terms : mapping of str to sparse matrix
        Family name to an (m, n) matrix; see `one_row` for the single row.
    sense : {"<=", ">=", "=="}
        Relation.
    rhs : numpy.ndarray
        Right-hand side, (m,).
    unit : str
        Unit of both sides.

    Raises
    ------
    SitingError
        Shapes that do not agree, or a coefficient that is not finite.
    """

    limit: str
    where: Sequence[str]
    terms: Mapping[str, sparse.csr_array]
    sense: Sense
    rhs: Floats
    unit: str

    def __post_init__(self) -> None:
        m = len(self.where)
        if self.rhs.shape != (m,) or any(t.shape[0] != m for t in self.terms.values()):
            raise SitingError(f"limit `{self.limit}`: its rows, names ({m}) and right-hand sides differ in number")
        if not np.all(np.isfinite(self.rhs)) or not all(np.all(np.isfinite(t.data)) for t in self.terms.values()):
            raise SitingError(f"limit `{self.limit}`: a coefficient or right-hand side is not a finite number")

    def __len__(self) -> int:
        return len(self.where)

    def same_as(self, other: "Rows") -> bool:
        """Return whether both are the same rows, coefficient by coefficient to `ROUNDING`."""
        if (self.limit, self.sense, list(self.where)) != (other.limit, other.sense, list(other.where)):
            return False
        if self.terms.keys() != other.terms.keys() or not np.allclose(
            self.rhs, other.rhs, rtol=ROUNDING, atol=ROUNDING
        ):
            return False
        pairs = [(t, other.terms[family]) for family, t in self.terms.items()]
        return all(abs(a - b).max() <= ROUNDING * max(1.0, abs(a).max()) for a, b in pairs)

    def left(self, values: Mapping[str, Floats]) -> Floats:
        """Return the left-hand side for given values of the variables."""
        return np.sum([t @ values[f] for f, t in self.terms.items()], axis=0)

    def slack(self, values: Mapping[str, Floats]) -> Floats:
        """Return how far each row is from binding; negative where it is violated."""
        gap = self.rhs - self.left(values)
        return gap if self.sense == "<=" else -gap if self.sense == ">=" else -np.abs(gap)


@dataclass(frozen=True)
class Linear:
    """A linear function of the variables: coefficients by family, its unit, and its value where all variables are 0."""

    terms: Mapping[str, Floats]
    unit: str
    constant: float = 0.0

    def value(self, values: Mapping[str, Floats]) -> float:
        """Return the function's value."""
        return self.constant + float(sum(c @ values[f] for f, c in self.terms.items()))

    def at_most(self, limit: str, bound: float) -> Rows:
        """Return the row that keeps this function at or below a bound."""
        return one_row(limit, "portfolio", self.terms, "<=", bound - self.constant, self.unit)

    def scaled(self, factor: float) -> "Linear":
        """Return the function times a number.

        Examples
        --------
        >>> Linear({"open": np.ones(2)}, "sites", constant=1.0).scaled(-2.0).value({"open": np.ones(2)})
        -6.0
        """
        return Linear({f: factor * c for f, c in self.terms.items()}, self.unit, factor * self.constant)

    def plus(self, other: "Linear") -> "Linear":
        """Return the sum of two functions, in this one's unit.

        Examples
        --------
        >>> one = Linear({"open": np.ones(2)}, "sites")
        >>> one.plus(Linear({"halls": np.ones(2)}, "sites")).value({"open": np.ones(2), "halls": np.ones(2)})
        4.0
        """
        terms = dict(self.terms)
        for family, c in other.terms.items():
            terms[family] = terms[family] + c if family in terms else c
        return Linear(terms, self.unit, self.constant + other.constant)


def require_fitting_rows(what: str, blocks: Iterable[Rows], families: Mapping[str, Family]) -> None:
    """Refuse rows that do not fit the variables; `what` wrote them.

    Raises
    ------
    ScenarioError
        Every unknown family and every matrix of another width, in one message.
    """
    faults = [
        f"unknown family `{name}`{nearest(name, families)} (known are {', '.join(families)})"
        if name not in families
        else f"`{name}` has {len(families[name])} variables, the matrix {matrix.shape[1]} columns: one column a variable"
        for block in blocks
        for name, matrix in block.terms.items()
        if name not in families or matrix.shape[1] != len(families[name])
    ]
    if faults:
        raise ScenarioError.from_faults(f"{what} writes rows that do not fit:", dict.fromkeys(faults))


def one_row(limit: str, where: str, terms: Mapping[str, Floats], sense: Sense, rhs: float, unit: str) -> Rows:
    """Return a block of one row from plain coefficient arrays.

    Raises
    ------
    ScenarioError
        A right-hand side beyond the range of floating-point numbers.

    Examples
    --------
    >>> row = one_row("site_count", "portfolio", {"open": np.ones(3)}, "<=", 2.0, "sites")
    >>> row.slack({"open": np.array([1.0, 0.0, 0.0])})
    array([1.])
    """
    try:
        right = float(rhs)
    except OverflowError as error:
        raise ScenarioError(f"limit `{limit}`: a number beyond 1.8e308 {unit} is none: give a smaller one") from error
    matrices = {f: sparse.csr_array(np.atleast_2d(np.asarray(c, dtype=float))) for f, c in terms.items()}
    return Rows(limit, [where], matrices, sense, np.array([right]), unit)


def group_sum(groups: Ints, values: Floats, n_groups: int) -> sparse.csr_array:
    """Return the (n_groups, n) matrix that adds up `values[j] * x[j]` within each group.

    Parameters
    ----------
    groups : numpy.ndarray
        Group index of each variable, (n,).
    values : numpy.ndarray
        Coefficient of each variable, (n,).
    n_groups : int
        Number of rows.

    Examples
    --------
    >>> group_sum(np.array([0, 1, 0]), np.ones(3), 2).toarray()
    array([[1., 0., 1.],
           [0., 1., 0.]])
    """
    n = len(groups)
    at = (groups.astype(np.int32), np.arange(n, dtype=np.int32))  # scipy keeps the index type through every stack
    return sparse.csr_array((np.asarray(values, dtype=float), at), shape=(n_groups, n))


def member_sum(members: Sequence[Sequence[int] | Ints], n: int) -> sparse.csr_array:
    """Return the (m, n) matrix that adds up the variables of each set; a variable may be in several.

    Examples
    --------
    >>> member_sum([[0, 2], [2, 1]], 3).toarray()
    array([[1., 0., 1.],
           [0., 1., 1.]])
    """
    row = np.repeat(np.arange(len(members)), [len(m) for m in members])
    return sparse.csr_array((np.ones(len(row)), (row, np.concatenate(members))), shape=(len(members), n))
