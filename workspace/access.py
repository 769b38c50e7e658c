"""Access to Unity Catalog: tokens of principals, and privileges that are granted, inherited or come with ownership."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workspace.errors import ApiError
from workspace.store import Body

Get = Callable[[str, str], Body | None]
"""A resource by kind and id, as `Store.get` gives it."""

EVERYBODY = "account users"
"""The group that everybody is in."""
_KINDS = {
    "catalogs": "Catalog",
    "schemas": "Schema",
    "tables": "Table",
    "volumes": "Volume",
    "external-locations": "External Location",
    "storage-credentials": "Storage Credential",
    "credentials": "Credential",
}


@dataclass(frozen=True)
class Caller:
    """Whoever calls: a user, a service principal, or some member of a group."""

    name: str
    groups: tuple[str, ...] = ()
    is_admin: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names that a grant to this caller can have."""
        return (self.name, *self.groups, EVERYBODY)


def principal_token(secret: str, name: str, groups: Sequence[str] = ()) -> str:
    """The token of a principal: its name and groups, signed with the token of the workspace, so that nothing is kept.

    Args:
        secret: token of the workspace.
        name: user, service principal or group.
        groups: groups that it is a member of.
    """
    said = base64.urlsafe_b64encode(json.dumps([name, *groups]).encode()).decode().rstrip("=")
    return f"local-{said}.{_signature(secret, said)}"


def page_key(secret: str) -> str:
    """The key that opens the pages: it reads them and is no token of the API, nor leads to one.

    Args:
        secret: token of the workspace.
    """
    return hmac.new(f"{secret} pages".encode(), b"read", hashlib.sha256).hexdigest()[:32]


def caller_of(secret: str, token: str, admin: str) -> Caller | None:
    """The caller that a token names, or `None`."""
    if hmac.compare_digest(token.encode(), secret.encode()):
        return Caller(admin, is_admin=True)
    said, _, signature = token.removeprefix("local-").partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(secret, said).encode()):
        return None
    name, *groups = json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))
    return Caller(name, tuple(groups))


def _signature(secret: str, said: str) -> str:
    return hmac.new(secret.encode(), said.encode(), hashlib.sha256).hexdigest()[:32]


def holds(get: Get, caller: Caller, privilege: str, kind: str, name: str) -> bool:
    """Tell whether a caller has a privilege on a securable: granted on it or on what it lies in, or as its owner.

    Args:
        get: gives resources and grants.
        caller: whoever asks.
        privilege: as the API writes it, `USE_SCHEMA`.
        kind: collection of the securable, `schemas`.
        name: its full name.
    """
    if caller.is_admin or (get(kind, name) or {}).get("owner") in caller.names:
        return True
    return any(privilege in _granted(get, caller, *one) for one in _path(kind, name))


def _granted(get: Get, caller: Caller, kind: str, name: str) -> set[str]:
    held: Mapping[str, Sequence[str]] = get("grants", f"{kind}/{name}") or {}
    return {privilege for principal in caller.names for privilege in _spelled(held.get(principal, ()))}


def _spelled(privileges: Sequence[str]) -> Iterator[str]:
    for one in privileges:
        yield from _EVERY if one == "ALL_PRIVILEGES" else (one,)


# Privileges in ALL PRIVILEGES: everything but MANAGE.
_EVERY = frozenset(
    {
        *("USE_CATALOG", "USE_SCHEMA", "BROWSE", "SELECT", "MODIFY", "READ_VOLUME", "WRITE_VOLUME"),
        *("CREATE_SCHEMA", "CREATE_TABLE", "CREATE_VOLUME", "CREATE_MATERIALIZED_VIEW", "ACCESS"),
        *("READ_FILES", "WRITE_FILES", "CREATE_EXTERNAL_TABLE", "CREATE_EXTERNAL_VOLUME"),
    }
)


def _path(kind: str, name: str) -> list[tuple[str, str]]:
    """The securable and what it lies in, from the inside out."""
    parts = name.split(".")
    path = [(kind, name)]
    if kind in ("tables", "volumes") and len(parts) > 2:
        path.append(("schemas", ".".join(parts[:2])))
    if kind in ("schemas", "tables", "volumes"):
        path.append(("catalogs", parts[0]))
    return path


def denial(get: Get, caller: Caller, privilege: str | None, kind: str, name: str) -> str | None:
    """The reason why a caller may not use a securable, or `None`: USE CATALOG and USE SCHEMA are needed for what lies in them.

    Args:
        get: gives resources and grants.
        caller: whoever asks.
        privilege: the one that is needed on the securable itself, if any.
        kind: collection of the securable.
        name: its full name.
    """
    needed = [
        (use, *one)
        for one in reversed(_path(kind, name))
        if (use := {"catalogs": "USE_CATALOG", "schemas": "USE_SCHEMA"}.get(one[0])) is not None
    ]
    if privilege is not None and (privilege, kind, name) not in needed:
        needed.append((privilege, kind, name))
    for one, on, called in needed:
        if not holds(get, caller, one, on, called):
            return _sentence(one, on, called)
    return None


def require(get: Get, caller: Caller, privilege: str | None, kind: str, name: str) -> None:
    """`ApiError` 403 with the privilege that is missing and the securable that it is missing on."""
    said = denial(get, caller, privilege, kind, name)
    if said is not None:
        raise ApiError(403, "PERMISSION_DENIED", said)


def require_management(get: Get, caller: Caller, kind: str, name: str) -> None:
    """`ApiError` 403 for whoever neither owns a securable or what it lies in, nor has MANAGE there."""
    if not any(holds(get, caller, "MANAGE", *one) for one in _path(kind, name)):
        raise ApiError(403, "PERMISSION_DENIED", _sentence("MANAGE", kind, name))


def require_admin(caller: Caller, what: str) -> None:
    """`ApiError` 403 for everybody but the administrator."""
    if not caller.is_admin:
        raise ApiError(
            403, "PERMISSION_DENIED", f"{caller.name} is not an administrator of the local workspace: {what}."
        )


class Snapshot:
    """Grants and owners as they were when a run began, and what the run asks for, checked against them.

    Whoever makes a table owns it from then on.
    """

    def __init__(self, body: Mapping[str, Any]) -> None:
        """Take what :func:`snapshot` gave."""
        self.caller = Caller(body["principal"])
        self.asked: set[tuple[str | None, str, str]] = set()
        """Privilege, kind and name of all that was asked for; a table that was made asks its schema."""
        self._grants: Mapping[str, Body] = body["grants"]
        self._owners: dict[str, str] = dict(body["owners"])

    def get(self, kind: str, name: str) -> Body | None:
        """Grants or the owner of a securable."""
        if kind == "grants":
            return self._grants.get(name)
        owner = self._owners.get(f"{kind}/{name}")
        return None if owner is None else {"owner": owner}

    def denial(self, privilege: str | None, kind: str, name: str) -> str | None:
        """The reason why something is denied, or `None`."""
        asked = (privilege, kind, name)
        if privilege in ("CREATE_TABLE", "CREATE_SCHEMA"):
            asked = (privilege, *_path(kind, name)[1])
        self.asked.add(asked)
        if privilege == "MANAGE":
            kept = any(holds(self.get, self.caller, privilege, *one) for one in _path(kind, name))
            said = None if kept else _sentence(privilege, kind, name)
        else:
            said = denial(self.get, self.caller, *asked)
        if said is None and privilege in ("CREATE_TABLE", "CREATE_SCHEMA"):
            self._owners.setdefault(f"{kind}/{name}", self.caller.name)
        return said


def snapshot(every: Callable[[str], Sequence[tuple[str, Body]]], principal: str) -> Body:
    """Grants and owners of a workspace for a :class:`Snapshot`.

    Args:
        every: gives all resources of a kind by their ids, as `Store.every` does.
        principal: user or service principal that the run is one of.
    """
    owners = {
        f"{kind}/{name}": body["owner"]
        for kind in ("catalogs", "schemas", "tables", "volumes")
        for name, body in every(kind)
        if "owner" in body
    }
    return {"principal": principal, "grants": dict(every("grants")), "owners": owners}


def _sentence(privilege: str, kind: str, name: str) -> str:
    return f"User does not have {privilege.replace('_', ' ')} on {_KINDS[kind]} '{name}'."
