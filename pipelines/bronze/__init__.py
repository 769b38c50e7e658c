"""Bronze: new records of a source, each once, to the letter."""
