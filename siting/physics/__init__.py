"""Pure formulas: arrays in, arrays out, no files and no state."""
