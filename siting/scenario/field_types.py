"""Field types of a scenario: shares, positive numbers, codes of places."""

from typing import Annotated

from pydantic import AfterValidator, Field

from siting.world.policy.jurisdictions import known_code

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
PositiveShare = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]

ClassName = Annotated[str, Field(pattern=r"^\w[\w .-]*$", max_length=60)]
"""A workload class: letters, digits, spaces, dots, hyphens."""

Code = Annotated[str, AfterValidator(known_code)]
"""A country (`DE`), a state or province (`US-TX`), or a union (`EU`, `EEA`)."""
