"""Base models of a scenario: frozen, strict, and found by a name in a file; faults as messages."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Self, cast, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from siting.errors import listed, nearest


class Frozen(BaseModel):
    """A frozen value of a scenario that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _numbers_are_numbers(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse true, false and text for a number, which pydantic would convert."""
        wanted = cls.model_fields[info.field_name].annotation if info.field_name in cls.model_fields else None
        if isinstance(value, Mapping) and get_origin(wanted) is dict:
            wanted, values = get_args(wanted)[1], list(value.items())
        else:
            values = [(None, value)]
        for key, one in values:
            if isinstance(one, (bool, str)) and _is_number(wanted):
                named = "" if key is None else f"`{key}` "
                raise ValueError(f"{named}is {one!r}: give a number, without quotes")
        return value


def _is_number(annotation: Any) -> bool:
    """Return whether an annotation is a number, or a number or None."""
    if get_origin(annotation) is Annotated:
        return _is_number(get_args(annotation)[0])
    kinds = [k for k in get_args(annotation) or (annotation,) if k is not type(None)]
    return bool(kinds) and all(k in (int, float) or (get_origin(k) is Annotated and _is_number(k)) for k in kinds)


class KindModel(Frozen):
    """Base of frozen objects of several kinds, each found by a name (`kind = "site_count"`).

    A subclass gives the name as the default of the field `kind_field`, and is registered when it is
    defined: in the package, or in a notebook. `in_files = False` excludes a kind from files.

    Attributes
    ----------
    kind_field : str
        Field that holds the name.
    package : str
        Package whose import defines the kinds that ship.
    """

    kind_field: ClassVar[str]
    package: ClassVar[str]
    in_files: ClassVar[bool] = True
    registry: ClassVar[dict[str, type[Any]]]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Register a concrete subclass under its name."""
        super().__pydantic_init_subclass__(**kwargs)
        field = cls.model_fields.get(cls.kind_field)
        if cls.in_files and field is not None and isinstance(field.default, str):
            cls.registry[field.default] = cls

    @classmethod
    def kinds(cls) -> dict[str, type[Any]]:
        """Return every kind by its name: those that ship, and those defined elsewhere."""
        import_module(cls.package)
        return cls.registry

    @model_validator(mode="wrap")
    @classmethod
    def _dispatch(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Convert a mapping of a file to the class that it names."""
        if not isinstance(value, dict) or cls.kind_field in cls.model_fields:
            return handler(value)
        word, kinds = value.get(cls.kind_field), cls.kinds()
        if not isinstance(word, str) or word not in kinds:
            known = listed(sorted(kinds))
            raise PydanticCustomError(
                "unknown_word",
                "`{field}` is `{word}`{hint} (known are {known})",
                {"field": cls.kind_field, "word": str(word), "hint": nearest(str(word), kinds), "known": known},
            )
        return cast("Self", kinds[word].model_validate(value))


_TABLES = dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), "give a table of keys")
_SHAPES: Mapping[str, str] = MappingProxyType({**_TABLES, "tuple_type": "give a list"})
"""Advice for shapes that pydantic names by their Python types."""


def faults_of(error: ValidationError, root: type[BaseModel], raw: Mapping[str, Any]) -> list[str]:
    """Return each fault of a scenario in one line: where it is, the value, how to fix it.

    Parameters
    ----------
    error : pydantic.ValidationError
        Error of the scenario's fields.
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
        return f"unknown key `{where}`{nearest(str(error['loc'][-1]), known)} (known here: {listed(known)})"
    if error["type"] == "missing":
        return f"`{where}` is missing: give it a value"
    message = _SHAPES.get(error["type"], error["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    if error["type"] in ("value_error", "unknown_word"):
        return f"`{where}`: {message}" if where else message
    return f"`{where}` is {error['input']!r}: {message[:1].lower()}{message[1:]}"


def _walk(loc: tuple[int | str, ...], root: type[BaseModel], raw: Any) -> tuple[str, Any]:
    """Return the path to a fault, and the model that holds its last key."""
    path, model, value = "", root, raw
    for depth, part in enumerate(loc):
        value = _item(value, part)
        if isinstance(part, int):
            word = value.get("kind") if isinstance(value, Mapping) else None
            path += f"[{part}]" + (f" ({word})" if word else "")
        else:
            path += f".{part}" if path else str(part)
            field = getattr(model, "model_fields", {}).get(part)
            if field is not None and depth < len(loc) - 1:
                model = _model_in(field.annotation)
        if isinstance(model, type) and issubclass(model, KindModel) and isinstance(value, Mapping):
            model = model.kinds().get(str(value.get(model.kind_field)), model)
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
