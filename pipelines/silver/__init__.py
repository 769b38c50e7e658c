"""Silver: one range of bronze becomes typed rows; each row has one outcome."""
