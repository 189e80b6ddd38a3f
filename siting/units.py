"""Array types and the hours of a year: the few words that every package shares."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""An array of floating-point numbers, of any shape."""

Ints = NDArray[np.signedinteger[Any]]
"""An array of positions, of any shape."""

Bools = NDArray[np.bool_]
"""An array of true and false, of any shape."""

HOURS_PER_YEAR = 8760
"""Hours of a year without a leap day [h]; 29 February is dropped wherever hours are read."""
