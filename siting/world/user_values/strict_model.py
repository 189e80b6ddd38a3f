"""Base of every value that a planner gives: frozen, strict, and with its faults as errors of the package."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from inspect import Parameter, Signature
from numbers import Integral
from operator import or_
from types import MappingProxyType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Union, get_args, get_origin

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
)
from pydantic_core import ErrorDetails

from siting.errors import ScenarioError, listed, nearest
from siting.world.user_files.guarded_files import LARGEST_INTEGER, shown

FIRST_DAY, LAST_DAY = dt.date(1990, 1, 1), dt.date(2100, 12, 31)
"""Range of every date: the oldest rule of the shipped packs is younger, and no source looks further ahead."""

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _day(value: Any) -> dt.date:
    """Return a date that is given as a date, or as text `YYYY-MM-DD`; refuse numbers and times of day."""
    day = value
    if isinstance(value, str) and _ISO_DAY.fullmatch(value):
        try:
            day = dt.date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"is {value!r}: no such day; give a date like 2026-07-01") from None
    elif isinstance(value, dt.datetime) and value.time() == dt.time.min:
        day = value.date()
    if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
        raise ValueError(f"is {shown(value)}: give a date like 2026-07-01")  # noqa: TRY004  (pydantic collects only these)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"is {day}: give a date between {FIRST_DAY} and {LAST_DAY}")
    return day


Day = Annotated[dt.date, BeforeValidator(_day)]
"""A date between `FIRST_DAY` and `LAST_DAY`; no number is taken for one."""


if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)  # it has no public name

_OF_PYDANTIC = frozenset(dir(create_model("Any"))) - frozenset(dir(object))
"""Names that every pydantic model has: tab completion and `help` show those of the package alone."""


class OwnNames(ModelMetaclass):
    """Type of the values that a planner gives: `dir` lists our names, `inspect.signature` every value with its default."""

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in _OF_PYDANTIC]

    @property
    def __signature__(self: Any) -> Signature:
        fields = {n: f for n, f in self.model_fields.items() if n != getattr(self, "kind_field", None)}
        given = [
            Parameter(
                name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty if f.is_required() else f.get_default(call_default_factory=True),
                annotation=_bare(f.annotation),
            )
            for name, f in fields.items()
        ]
        return Signature([*given, *self._further_values])

    @__signature__.setter
    def __signature__(self, of_pydantic: object) -> None:
        """Drop what pydantic sets: it has the bounds of each type, and no key that a limit takes beside its fields."""


class Frozen(BaseModel, metaclass=OwnNames):
    """A frozen value that refuses unknown keys and converts no value of another type.

    Raises
    ------
    ScenarioError
        Every fault of the values, in one message.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    _further_values: ClassVar[tuple[Parameter, ...]] = ()
    """Values beside the fields, for the signature."""

    def __init__(self, /, *unnamed: Any, **data: Any) -> None:
        require_names(type(self), unnamed)
        try:
            super().__init__(**data)
        except ValidationError as error:
            found = faults_of(error, type(self), data)
            raise ScenarioError.from_faults(f"`{type(self).__name__}` has {len(found)} fault(s):", found) from None

    # pydantic then validates a nested model as one of its own, and collects its faults with those of the others
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def __dir__(self) -> list[str]:
        """List our names, without those that every pydantic model has."""
        return [name for name in super().__dir__() if name not in _OF_PYDANTIC]

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse a change."""
        if not name.startswith("_"):
            raise ScenarioError(
                f"`{type(self).__name__}` is frozen, `{name}` cannot be set: make a changed copy with `siting.change`"
            )
        super().__setattr__(name, value)

    @field_validator("*", mode="before")
    @classmethod
    def _nothing_is_converted(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse text or a truth value for a number, and anything else for a truth value: pydantic would convert them."""
        field = cls.model_fields.get(info.field_name or "")
        faults = list(_converted(field.annotation, value, "")) if field is not None else []
        if faults:
            raise ValueError(faults[0])
        return value


def require_names(model: type[Frozen], unnamed: Sequence[Any]) -> None:
    """Refuse values without their names.

    Raises
    ------
    ScenarioError
        There are some.
    """
    if unnamed:
        called = model.__name__
        first = next(iter(model.__signature__.parameters), "name")
        raise ScenarioError(
            f"`{called}` takes its values by name, and got {shown(unnamed[0])} without one: write "
            f"`{called}({first}=...)`; it has {listed(f'`{name}`' for name in model.__signature__.parameters)}"
        )


def _bare(annotation: Any) -> Any:
    """Return a type without the bounds that pydantic checks: `int | None` of a field from 1 upwards."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return reduce(or_, map(_bare, get_args(annotation)))
    if get_origin(annotation) in (dict, tuple):
        return get_origin(annotation)[tuple(map(_bare, get_args(annotation)))]
    return annotation


def _converted(annotation: Any, value: Any, where: str) -> Iterator[str]:
    """Yield a fault for each value that pydantic would convert to the type of the field, in lists and tables too."""
    kinds = _kinds(annotation)
    if isinstance(value, Mapping):
        for kind in kinds:
            if get_origin(kind) is dict:
                for key, one in value.items():
                    yield from _converted(get_args(kind)[1], one, f"{where}.{key}" if where else str(key)[:60])
    elif isinstance(value, (list, tuple)):
        for kind in kinds:
            if get_origin(kind) is tuple:
                for i, one in enumerate(value):
                    yield from _converted(get_args(kind)[0], one, f"{where}[{i}]")
    what = f"`{where}` is" if where else "is"
    if kinds <= {int, float} and kinds:
        if isinstance(value, (bool, np.bool_, str, bytes)):
            yield f"{what} {shown(value)}: give a number, without quotes"
        elif isinstance(value, Integral) and abs(int(value)) > LARGEST_INTEGER:
            yield f"{what} {shown(int(value))}: give at most {LARGEST_INTEGER}"
    elif kinds == {bool} and not (value is None or isinstance(value, bool)):
        yield f"{what} {shown(value)}: give true or false, without quotes"


def _kinds(annotation: Any) -> set[Any]:
    """Return the types that an annotation allows, without None and without their bounds."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return {kind for one in get_args(annotation) for kind in _kinds(one)}
    return {annotation} - {type(None)}


_TABLES = dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), "give a table of keys")
_NAME = "give letters, digits, spaces, dots or hyphens, and no blank first"
_SHAPES: Mapping[str, str] = MappingProxyType(
    {**_TABLES, "tuple_type": "give a list", "string_pattern_mismatch": _NAME}
)
"""Advice for shapes that pydantic names by their Python types."""


def faults_of(error: ValidationError, root: type[BaseModel], raw: Mapping[str, Any]) -> list[str]:
    """Return each fault of a model in one line: where it is, the value, how to fix it.

    Parameters
    ----------
    error : pydantic.ValidationError
        Error of the model's fields.
    root : type
        The model that was read.
    raw : mapping
        Input, to name the kind of a limit and the nearest known key.

    Returns
    -------
    list of str
        One line per fault.
    """
    return [_fault(e, root, raw) for e in error.errors(include_url=False)]


def _fault(error: ErrorDetails, root: type[BaseModel], raw: Mapping[str, Any]) -> str:
    where, model = _walk(error["loc"], root, raw)
    if error["type"] == "extra_forbidden":
        known = sorted(getattr(model, "model_fields", {}))
        return f"unknown key `{where}`{nearest(str(error['loc'][-1])[:60], known)} (known here: {listed(known)})"
    if error["type"] == "missing":
        return f"`{where}` is missing: give it a value"
    message = _SHAPES.get(error["type"], error["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    if error["type"] in ("value_error", "unknown_word"):
        return f"`{where}`: {message}" if where else message
    return f"`{where}` is {shown(error['input'])}: {message[:1].lower()}{message[1:]}"


def _walk(loc: tuple[int | str, ...], root: type[BaseModel], raw: Any) -> tuple[str, Any]:
    """Return the path to a fault, and the model that holds its last key."""
    path, model, value = "", root, raw
    for depth, part in enumerate(loc):
        if part == "[key]":  # of a mapping: pydantic names the key, then this
            break
        value = _item(value, part)
        if isinstance(part, int):
            word = value.get("kind") if isinstance(value, Mapping) else None
            path += f"[{part}]" + (f" ({word[:60]})" if isinstance(word, str) and word else "")
        else:
            path += f".{part[:60]}" if path else str(part)[:60]
            field = getattr(model, "model_fields", {}).get(part)
            if field is not None and depth < len(loc) - 1:
                model = _model_in(field.annotation)
        kinds = getattr(model, "kinds", None)
        if kinds is not None and isinstance(value, Mapping):
            model = kinds().get(str(value.get(getattr(model, "kind_field", ""))), model)
    return path, model


def _item(value: Any, part: int | str) -> Any:
    if isinstance(value, Mapping):
        return value.get(part)
    if isinstance(value, Sequence) and isinstance(part, int) and part < len(value):
        return value[part]
    return None


def _model_in(annotation: Any) -> Any:
    """Return the model class inside an annotation like `tuple[Limit, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if found is not None:
            return found
    return None
