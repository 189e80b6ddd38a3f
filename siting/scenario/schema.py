"""Base of the parts of a scenario that are found by a name in a file."""

from importlib import import_module
from typing import Any, ClassVar, Self, cast

from pydantic import ModelWrapValidatorHandler, model_validator
from pydantic_core import PydanticCustomError

from siting.errors import listed, nearest
from siting.world.user_values.strict_model import Frozen


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

    @property
    def name(self) -> str:
        """Name in files, tables and messages: its kind."""
        return str(getattr(self, self.kind_field))

    @model_validator(mode="wrap")
    @classmethod
    def _dispatch(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Convert a mapping of a file to the class that it names."""
        if not isinstance(value, dict) or cls.kind_field in cls.model_fields:
            return handler(value)
        if KindModel not in cls.__bases__:
            line = f'{cls.kind_field}: Literal["{cls.__name__.lower()}"] = "{cls.__name__.lower()}"'
            raise ValueError(f"the class has no `{cls.kind_field}`: give it the line `{line}`")
        word, kinds = value.get(cls.kind_field), cls.kinds()
        if not isinstance(word, str) or word not in kinds:
            known = listed(sorted(kinds))
            raise PydanticCustomError(
                "unknown_word",
                "`{field}` is `{word}`{hint} (known are {known})",
                {
                    "field": cls.kind_field,
                    "word": str(word)[:60],
                    "hint": nearest(str(word)[:60], kinds),
                    "known": known,
                },
            )
        return cast("Self", kinds[word].model_validate(value))
