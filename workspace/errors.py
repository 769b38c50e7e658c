"""Errors in the words of the Databricks API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class ApiError(Exception):
    """A call that is answered with an error: HTTP status, error code, message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def missing(message: str) -> ApiError:
    """Return the error of a call that names what is not there."""
    return ApiError(404, "RESOURCE_DOES_NOT_EXIST", message)


def exists(message: str) -> ApiError:
    """Return the error of a call that makes what is there already."""
    return ApiError(409, "RESOURCE_ALREADY_EXISTS", message)


def invalid(message: str) -> ApiError:
    """Return the error of a call with a value that is not allowed."""
    return ApiError(400, "INVALID_PARAMETER_VALUE", message)


def not_done(message: str) -> ApiError:
    """Return the error of a call for something that Databricks does, and the local workspace does not."""
    return ApiError(501, "NOT_IMPLEMENTED", message)


def reject_others(what: str, body: Mapping[str, Any], done: Sequence[str]) -> None:
    """`ApiError` 501 when a call has fields that are not done here.

    Args:
        what: name of the call.
        body: of the call.
        done: fields that are done.
    """
    others = sorted(set(body) - set(done))
    if others:
        raise not_done(f"{what} with {', '.join(others)} is not done by the local workspace.")


class WorkspaceError(Exception):
    """The local workspace itself cannot start or stop; the message says why and what to do."""
