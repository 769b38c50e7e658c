"""The data plane of a medallion pipeline: inference, registry, bronze, silver, gold and their run log."""

__version__ = "0.1.0"
