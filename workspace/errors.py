"""Errors in the words of the Databricks API."""

from __future__ import annotations


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


class WorkspaceError(Exception):
    """The local workspace itself cannot start or stop; the message says why and what to do."""
