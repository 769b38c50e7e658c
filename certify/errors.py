"""How a check ends that does not pass."""


class CheckFailedError(Exception):
    """The workspace is not as it should be: how it differs, in a sentence or two."""


class CheckSkippedError(Exception):
    """The check cannot be made here: why, and what it needs."""


class CertifyError(Exception):
    """The suite cannot start; the message says why and what to do."""
