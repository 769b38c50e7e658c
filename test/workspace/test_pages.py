"""Pages: who may open them, what each shows, and that nothing which a client sent is markup there."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import pytest
from databricks.sdk.service.catalog import PermissionsChange, Privilege, SecurableType
from databricks.sdk.service.dashboards import Dashboard

from test.workspace.support import Server, running
from workspace.access import page_key, principal_token
from workspace.store import Store

HOSTILE = "<script>alert('x')</script>\"&{{ 7 * 7 }}"
ESCAPED = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&#34;&amp;{{ 7 * 7 }}"
RUN = 1


class Answer(NamedTuple):
    """What a browser gets."""

    status: int
    headers: dict[str, str]
    text: str


class Browser:
    """Asks for pages as a browser does: with a cookie, and without a token."""

    def __init__(self, server: Server) -> None:
        self.address = urlsplit(server.host).netloc
        self.cookie = ""

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for one page; a redirect is not followed."""
        connection = http.client.HTTPConnection(self.address, timeout=20)
        held = {"Cookie": self.cookie} if self.cookie else {}
        connection.request("GET", path, headers={"Accept": "text/html", **held, **headers})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return Answer(answer.status, {key.lower(): value for key, value in answer.getheaders()}, text)


class Held(NamedTuple):
    """A workspace with something of each kind, and a browser that has opened it."""

    server: Server
    browser: Browser
    job: int
    dashboard: str


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    folder = tmp_path_factory.mktemp("workspace")
    put_run(folder)
    with running(folder, ["--warehouse", "0123456789abcdef"]) as server:
        edges = [{"task_key": "first"}]
        notebook = {"notebook_path": "/nowhere"}
        settings = {
            "name": HOSTILE,
            "description": HOSTILE,
            "parameters": [{"name": "action", "default": HOSTILE}],
            "tasks": [
                {"task_key": "first", "notebook_task": notebook},
                {"task_key": "second", "notebook_task": notebook, "depends_on": edges},
            ],
        }
        job = server.call("POST", "/api/2.2/jobs/create", body=settings)["job_id"]
        client = server.client
        client.schemas.create("shop", "main", comment=HOSTILE)
        columns = f"id BIGINT COMMENT '{HOSTILE.replace(chr(39), '')}'"
        client.statement_execution.execute_statement(
            f"CREATE TABLE main.shop.orders ({columns}) USING DELTA", "0123456789abcdef"
        )
        for type_, name, principal, privilege in (
            ("CATALOG", "main", "everyone", Privilege.USE_CATALOG),
            ("SCHEMA", "main.shop", "analysts", Privilege.SELECT),
            ("TABLE", "main.shop.orders", HOSTILE, Privilege.MODIFY),
        ):
            client.grants.update(
                SecurableType[type_].value,
                name,
                changes=[PermissionsChange(add=[privilege], principal=principal)],
            )
        serialized = {
            "datasets": [{"name": "d1", "displayName": "Days", "queryLines": ["SELECT ", "'<b>' FROM days"]}],
            "pages": [
                {
                    "name": "p1",
                    "layout": [
                        {
                            "widget": {
                                "name": "w1",
                                "queries": [{"query": {"datasetName": "d1"}}],
                                "spec": {"widgetType": "line", "frame": {"title": HOSTILE}},
                            }
                        }
                    ],
                }
            ],
        }
        dashboard = client.lakeview.create(
            Dashboard(display_name="Sales", serialized_dashboard=json.dumps(serialized))
        ).dashboard_id
        browser = Browser(server)
        browser.cookie = opened(browser, server).headers["set-cookie"].partition(";")[0]
        yield Held(server, browser, int(job), str(dashboard))


def put_run(folder: Path) -> None:
    """A run that is over, as the server keeps it: real ones take a JVM (`test_runs.py`, `npm run test:browser`)."""
    log = folder / "bronze.log"
    log.write_text("the beginning\n" + "line\n" * 5000 + HOSTILE + "\n")
    end = {
        "life_cycle_state": "TERMINATED",
        "result_state": "FAILED",
        "state_message": HOSTILE,
        "start_time": 1_700_000_002_000,
        "end_time": 1_700_000_062_000,
        "tasks": {
            "bronze": {
                "life_cycle_state": "TERMINATED",
                "result_state": "SUCCESS",
                "start_time": 1_700_000_003_000,
                "end_time": 1_700_000_045_000,
                "attempts": 2,
                "log": str(log),
            },
            "silver": {"life_cycle_state": "TERMINATED", "result_state": "FAILED", "error": HOSTILE},
        },
    }
    tasks: list[dict[str, Any]] = [
        {"task_key": "bronze", "run_id": 2},
        {"task_key": "silver", "run_id": 3, "depends_on": [{"task_key": "bronze"}]},
    ]
    body = {"run_id": RUN, "job_id": 7, "name": HOSTILE, "parameters": {"action": HOSTILE}, "given": []}
    store = Store(folder / "state.sqlite")
    store.put("runs", str(RUN), {**body, "tasks": tasks, "started": 1_700_000_000_000, "end": end})
    store.close()


def opened(browser: Browser, server: Server, path: str = "/") -> Answer:
    key = page_key((server.folder / "token").read_text())
    return browser.get(f"{path}?token={key}")


def words(page: Answer) -> str:
    """The text of a page as it is read, in one line."""
    body = page.text.partition("<main")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


def test_the_printed_address_becomes_a_cookie_and_nothing_else_opens_a_page(held: Held) -> None:
    server, stranger = held.server, Browser(held.server)
    answer = opened(stranger, server, "/catalogs/main")
    assert (answer.status, answer.headers["location"]) == (303, "/catalogs/main")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    secret = (server.folder / "token").read_text()
    assert secret not in cookie
    assert page_key(secret) in answer.headers["set-cookie"]

    name = held.browser.cookie.partition("=")[0]
    for path in (
        "/",
        f"/runs/{RUN}",
        "/catalogs/main",
        "/nothing",
        "/?token=",
        "/?token=ä",
        f"/?token={secret}",
    ):
        for held_cookie in ("", f"{name}=", f"{name}={secret}", f"{name}={principal_token(secret, 'ana')}"):
            stranger.cookie = held_cookie
            answer = stranger.get(quote(path, safe="/?="))
            assert answer.status == 401, (path, held_cookie)
            assert "npx --no-install medallion workspace" in answer.text
            assert HOSTILE not in answer.text
            assert "main.shop" not in answer.text
    # Of the API the cookie opens nothing, nor does the key.
    assert held.browser.get("/api/2.2/jobs/list").status == 401
    bearer = {"Authorization": f"Bearer {page_key(secret)}"}
    assert stranger.get("/api/2.2/jobs/list", **bearer).status == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8484", "", "127.0.0.1@evil.example"]
)
def test_a_website_that_leads_its_name_here_gets_no_page(held: Held, host: str) -> None:
    for path in ("/", "/nothing"):
        answer = held.browser.get(path, Host=host)
        assert answer.status == 421
        assert "127.0.0.1 or localhost" in answer.text
    port = held.browser.address.partition(":")[2]
    assert held.browser.get("/", Host=f"LOCALHOST:{port}").status == 200


def test_every_page_says_what_the_workspace_holds(held: Held) -> None:
    get = held.browser.get
    overview = get("/")
    assert overview.status == 200
    for link in (f"/jobs/{held.job}", f"/runs/{RUN}", "/catalogs/main", f"/dashboards/{held.dashboard}"):
        assert f'href="{link}"' in overview.text
        assert get(link).status == 200
    assert "existing 0123456789abcdef" in words(overview)

    job = get(f"/jobs/{held.job}")
    assert 'data-from="first" data-to="second"' in job.text
    assert "No run yet." in words(job)

    run = get(f"/runs/{RUN}")
    assert 'data-from="bronze" data-to="silver"' in run.text
    assert "2023-11-14 22:13:20" in run.text
    assert "<dd>62 s</dd>" in run.text
    assert "bronze succeeded 2023-11-14 22:13:23" in words(run)
    assert "the beginning" not in run.text
    assert run.text.count("line\n") > 1000

    table = words(get("/tables/main.shop.orders"))
    assert "id bigint" in table.lower()
    assert "analysts SELECT schema main.shop inherited" in table
    assert "everyone USE CATALOG catalog main inherited" in table
    assert "MODIFY table main.shop.orders" in table
    assert "MODIFY table main.shop.orders inherited" not in table

    catalog = get("/catalogs/main")
    assert 'href="/tables/main.shop.orders"' in catalog.text
    assert "shop 1 tables, 0 volumes" in words(catalog)
    assert "SELECT &#39;&lt;b&gt;&#39; FROM days" in get(f"/dashboards/{held.dashboard}").text


def test_texts_of_clients_are_escaped_and_no_page_loads_or_runs_anything(held: Held) -> None:
    paths = [
        *("/", f"/jobs/{held.job}", f"/runs/{RUN}", "/catalogs/main", "/tables/main.shop.orders"),
        *(f"/dashboards/{held.dashboard}", "/nothing"),
    ]
    for path in paths:
        page = held.browser.get(path)
        assert "<script" not in page.text, path
        assert not re.search(r'(?:src|href)="(?!/|#|data:,)', page.text), path
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        if path != "/nothing":
            assert ESCAPED in page.text or ESCAPED.replace("&#39;", "") in page.text, path


def test_what_is_not_there_is_a_page_of_its_own_and_the_api_still_answers_in_json(held: Held) -> None:
    for path, said in (
        ("/jobs/1", "Job &#39;1&#39; does not exist."),
        ("/runs/9", "Run 9 does not exist."),
        ("/catalogs/none", "Catalog &#39;none&#39; does not exist."),
        ("/tables/main.shop.none", "Table &#39;main.shop.none&#39; does not exist."),
        ("/dashboards/none", "Dashboard &#39;none&#39; does not exist."),
        ("/nothing/here", "no page of this address"),
        ("//evil.example/", "no page of this address"),
        ("/tables/%3Cb%3E", "Table &#39;&lt;b&gt;&#39; does not exist."),
    ):
        page = held.browser.get(path)
        assert page.status == 404, path
        assert said in page.text
    assert held.browser.get("/nothing", Accept="*/*").status == 401
    assert opened(held.browser, held.server, "//evil.example/").headers["location"] == "/evil.example/"


def test_the_address_of_a_run_in_the_api_leads_to_its_page(held: Held) -> None:
    url = held.server.call("GET", "/api/2.2/jobs/runs/get", query={"run_id": RUN})["run_page_url"]
    assert url == f"{held.server.host}/runs/{RUN}"
    assert held.browser.get(urlsplit(url).path).status == 200


def test_a_job_in_a_circle_and_a_dashboard_of_another_form_have_pages_too(held: Held) -> None:
    notebook = {"notebook_path": "/nowhere"}
    tasks = [
        {"task_key": one, "notebook_task": notebook, "depends_on": [{"task_key": other}]}
        for one, other in (("a", "b"), ("b", "a"))
    ]
    job = held.server.call("POST", "/api/2.2/jobs/create", body={"name": "circle", "tasks": tasks})["job_id"]
    page = held.browser.get(f"/jobs/{job}")
    assert (page.status, "<svg" in page.text) == (200, False)
    assert "a notebook b" in words(page)
    odd = held.server.client.lakeview.create(
        Dashboard(display_name="Odd", serialized_dashboard='{"pages": [1]}')
    )
    page = held.browser.get(f"/dashboards/{odd.dashboard_id}")
    assert (page.status, "{&#34;pages&#34;:" in page.text) == (200, True)
