"""Pure formulas: arrays in, arrays out, no files and no state."""

from siting.physics.money import finance as finance
