"""Quality: rules become flags and results."""
