"""The HTTP side: an ASGI application that finds the route of a call, checks what goes in and out, and logs it."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from workspace import (
    alerts,
    catalog,
    files,
    jobs,
    pipelines,
    runs,
    schedules,
    security,
    sql,
    volumes,
    warehouse,
)
from workspace.access import Caller, caller_of, require_admin
from workspace.api import ROUTES, Call, Content, Later, RouteSpec
from workspace.bodies import check_answer, check_request
from workspace.errors import ApiError, not_done
from workspace.faults import Faults
from workspace.pages.site import Pages
from workspace.store import Body
from workspace.workspace import USER, WORKSPACE_ID, Workspace

# Importing them declares their routes.
MODULES = (alerts, catalog, files, jobs, pipelines, runs, security, sql, volumes)


@dataclass(frozen=True)
class Settings:
    """Token, log, latency and faults of a workspace."""

    token: str
    log: Path
    latency_s: float = 0.0
    """Every answer takes up to this long."""
    faults: Faults | None = None
    fill: Callable[[Workspace], None] = lambda workspace: None
    """Puts into an empty workspace what is there before anybody calls."""
    schedules: bool = False
    """Jobs are started and alerts evaluated at the times of their schedules."""


# Status in the log of a call whose connection was cut.
_CUT = 0
# Bodies of calls to these addresses are the content of a file.
_FILES = "/api/2.0/fs/files/"
_ASK_AGAIN_S = 0.05


class _Cut(Response):
    """An answer that ends before it is whole: the server then closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise more than is sent."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


def build_app(workspace: Workspace, settings: Settings) -> Starlette:
    """The application of one workspace."""
    server = _Server(workspace, settings)
    routes = [
        Route(f"/api/{spec.version}/{spec.path}", server.endpoint(spec), methods=[spec.method])
        for spec in sorted(ROUTES, key=_generality)
    ]
    local = [
        Route("/.well-known/databricks-config", server.discovery, methods=["GET"]),
        Route("/local/resources", server.resources, methods=["GET"]),
        Route("/local/resources", server.clear, methods=["DELETE"]),
        Route(f"/local/{alerts.EVALUATE.path}", server.endpoint(alerts.EVALUATE), methods=["POST"]),
        Route("/{path:path}", server.unknown, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
    ]
    return Starlette(routes=[*routes, *server.pages.routes(), *local], lifespan=server.lifespan)


def _generality(spec: RouteSpec) -> tuple[int, int]:
    """Exact addresses first, those that take everything below them last."""
    return (spec.path.count(":path"), spec.path.count("{"))


class _Server:
    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        self._workspace = workspace
        self._settings = settings
        self.pages = Pages(workspace, settings.token)

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Follow the schedules, where that is asked for, as long as the server runs."""
        if not self._settings.schedules:
            yield
            return
        following = asyncio.ensure_future(schedules.follow(self._workspace, _wait, self._log))
        try:
            yield
        finally:
            following.cancel()

    def endpoint(self, spec: RouteSpec) -> Callable[[Request], Any]:
        """The ASGI endpoint of a route."""

        async def answer(request: Request) -> Response:
            return await self._answer(request, spec)

        return answer

    async def unknown(self, request: Request) -> Response:
        """Answer 501 with the name of what is not done here; to a browser, that there is no such page."""
        if "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/"):
            return self.pages.missing(request)
        return await self._answer(request, None)

    async def discovery(self, request: Request) -> Response:
        """Answer what clients ask of a host before anything else; it takes no token."""
        host = self._workspace.host
        return JSONResponse(
            {"oidc_endpoint": f"{host}/oidc", "workspace_id": str(WORKSPACE_ID), "cloud": "AWS"}
        )

    async def resources(self, request: Request) -> Response:
        """Kind and id of everything that is held: not of Databricks, for tests and for people."""
        if not isinstance(caller := self._caller(request), Caller):
            return caller
        if not caller.is_admin:
            return _error(403, "PERMISSION_DENIED", "this address is for the token of the workspace")
        return JSONResponse([list(one) for one in self._workspace.store.inventory()])

    async def clear(self, request: Request) -> Response:
        """Make the workspace as it was at its first start."""
        if not isinstance(caller := self._caller(request), Caller):
            return caller
        if not caller.is_admin:
            return _error(403, "PERMISSION_DENIED", "this address is for the token of the workspace")
        with self._workspace.store.transaction():
            runs.stop_all(self._workspace)
            warehouse.stop_all()
            self._workspace.store.clear()
            folder = self._workspace.folder
            for held in (folder.volumes, folder.catalogs, folder.runs):
                shutil.rmtree(held, ignore_errors=True)
            self._settings.fill(self._workspace)
        return JSONResponse({})

    def _caller(self, request: Request) -> Caller | Response:
        """The caller whose token a call has, or the answer to a call without one."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return caller_of(self._settings.token, token, USER) or _error(
            401,
            "UNAUTHENTICATED",
            "the token is not known; use the one that the workspace printed, or that of a principal",
        )

    async def _answer(self, request: Request, spec: RouteSpec | None) -> Response:
        if not isinstance(caller := self._caller(request), Caller):
            return caller
        path = request.url.path
        path = path.split("/", 3)[-1] if path.startswith("/api/") else path.lstrip("/")
        what, response = f"{request.method} {path}", _error(500, "INTERNAL_ERROR", "")
        try:
            body, content = await _read(request)
            name = (body.get("path") or body.get("name") or "") if isinstance(body, dict) else ""
            what = f"{what} {name}".strip()
            if self._settings.latency_s > 0:
                # Not for secrets: only so that answers come in another order than calls.
                await asyncio.sleep(random.uniform(0.005, max(0.005, self._settings.latency_s)))
            response = await self._with_faults(request, spec, what, path, body, content, caller)
        except ApiError as error:
            response = _error(error.status, error.code, error.message)
        self._log(response.status_code, what)
        return response

    async def _with_faults(
        self,
        request: Request,
        spec: RouteSpec | None,
        what: str,
        path: str,
        body: Any,
        content: bytes,
        caller: Caller,
    ) -> Response:
        fault = self._settings.faults.take(what) if self._settings.faults is not None else None
        if fault is None or fault.after:
            answered = self._call(request, spec, path, body, content, caller)
            if isinstance(answered, Later):
                answered = await _wait(answered)
            if fault is None:
                return _success(answered)
        if fault.cut:
            return _Cut(status_code=_CUT)
        headers = {} if fault.retry_after_s is None else {"Retry-After": str(fault.retry_after_s)}
        return _error(fault.status, fault.code, fault.message, headers)

    def _call(
        self,
        request: Request,
        spec: RouteSpec | None,
        path: str,
        body: Any,
        content: bytes,
        caller: Caller,
    ) -> Any:
        if spec is None:
            raise not_done(
                f"{request.method} {request.url.path} is not done by the local workspace",
            )
        if not isinstance(body, dict):
            raise ApiError(400, "MALFORMED_REQUEST", "the body must be a JSON object")
        if request.method != "GET" and not spec.checks:
            require_admin(caller, f"{request.method} {path} is not for the token of a principal")
        if spec.takes is not None:
            check_request(spec.takes, body)
        call = Call(
            request.method, path, request.path_params, dict(request.query_params), body, content, caller
        )
        with self._workspace.store.transaction():
            runs.take_results(self._workspace)
            answered = spec.handler(self._workspace, call)
            if spec.gives is not None and not isinstance(answered, Later):
                check_answer(spec.gives, answered)
        return answered

    def _log(self, status: int, what: str) -> None:
        with self._settings.log.open("a", encoding="utf-8") as log:
            log.write(f"{status} {what}\n")


async def _read(request: Request) -> tuple[Any, bytes]:
    """Body and uploaded file: JSON, or the fields of a form."""
    if request.headers.get("content-type", "").startswith("multipart/"):
        fields: Body = {}
        content = b""
        async with request.form() as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    content = await value.read()
                else:
                    fields[name] = {"true": True, "false": False}.get(value, value)
        return fields, content
    text = await request.body()
    if request.url.path.startswith(_FILES):
        return {}, text
    if not text:
        return {}, b""
    try:
        return json.loads(text), b""
    except ValueError as error:
        raise ApiError(400, "MALFORMED_REQUEST", f"the body is not JSON: {error}") from error


async def _wait(later: Later) -> Body:
    until = time.monotonic() + later.wait_s
    while not later.is_last(answered := later.ask()) and time.monotonic() < until:
        await asyncio.sleep(_ASK_AGAIN_S)
    return answered


def _success(answered: Any) -> Response:
    if isinstance(answered, Content):
        return Response(answered.data, headers=dict(answered.headers))
    return JSONResponse(answered)


def _error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error_code": code, "message": message}, status, headers)
