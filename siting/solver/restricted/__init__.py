"""The programme over the options that a better plan could use, and the bound over all of them that proves it."""
