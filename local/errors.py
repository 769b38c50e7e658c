"""Errors of the local runner."""


class LocalError(Exception):
    """A fault that the user can put right: one clear sentence, and what to do.

    It is printed as it stands, without a traceback, and ends the process with status 2.
    """


class InUseError(LocalError):
    """Another process holds the output folder."""


class Interrupted(Exception):
    """SIGTERM or SIGINT arrived: stop cleanly."""
