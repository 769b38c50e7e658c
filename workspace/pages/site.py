"""The pages as routes: who may open them, what each shows, and the page of each error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from local.formatting import NOTHING
from local.report.look import environment
from workspace import runs
from workspace.errors import ApiError
from workspace.pages import views
from workspace.pages.access import has_key, is_local, redeem
from workspace.workspace import Workspace

View = Callable[[Workspace, str], Mapping[str, Any]]

_PAGES: Mapping[str, tuple[str, View]] = {
    "/": ("overview", views.overview),
    "/jobs/{id}": ("job", views.job),
    "/runs/{id}": ("run", views.run),
    "/catalogs/{id}": ("catalog", views.catalog_),
    "/tables/{id}": ("table", views.table),
    "/dashboards/{id}": ("dashboard", views.dashboard),
}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Pages:
    """The pages of one workspace. They read, and change nothing."""

    def __init__(self, workspace: Workspace, secret: str) -> None:
        self._workspace = workspace
        self._secret = secret
        self._templates = environment(
            Path(__file__).parent / "templates",
            log=lambda run_id: f"/runs/{quote(str(run_id), safe='')}",
            moment=_moment,
        )

    def routes(self) -> list[Route]:
        """A route for each page."""
        return [Route(path, self._endpoint(*page), methods=["GET"]) for path, page in _PAGES.items()]

    def missing(self, request: Request) -> Response:
        """Answer a browser that asks for a page which is not there."""
        return self._answer(request, self._missing)

    def _endpoint(self, template: str, view: View) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            return self._answer(
                request, lambda: self._page(template, view, request.path_params.get("id", ""))
            )

        return answer

    def _answer(self, request: Request, page: Callable[[], Response]) -> Response:
        if not is_local(request):
            return self._error(
                421,
                "Not this address",
                "The pages of a local workspace are opened under 127.0.0.1 or localhost.",
            )
        if (redeemed := redeem(request, self._secret)) is not None:
            return redeemed
        if not has_key(request, self._secret):
            return self._error(
                401,
                "Not open yet",
                "This browser has not opened the workspace, or comes here by a link of another site. Run the command "
                "below in the folder of the workspace and open the address that it prints, or load this page again.",
                "npx --no-install medallion workspace",
            )
        return page()

    def _page(self, template: str, view: View, id_: str) -> Response:
        store = self._workspace.store
        try:
            with store.transaction():
                runs.take_results(self._workspace)
                shown = view(self._workspace, id_)
        except ApiError as error:
            return self._error(404, "Not here", error.message)
        return self._html(200, template, shown)

    def _missing(self) -> Response:
        return self._error(404, "Not here", "The workspace has no page of this address.")

    def _error(self, status: int, title: str, message: str, command: str = "") -> Response:
        return self._html(status, "error", {"title": title, "message": message, "command": command})

    def _html(self, status: int, template: str, shown: Mapping[str, Any]) -> Response:
        text = self._templates.get_template(f"{template}.html.j2").render(host=self._workspace.host, **shown)
        return HTMLResponse(text, status, _HEADERS)


def _moment(milliseconds: int | None) -> str:
    """A time of the API as people read it, in UTC."""
    if not milliseconds:
        return NOTHING
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
