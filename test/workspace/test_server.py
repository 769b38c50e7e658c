"""The process: state that survives, faults, tokens, two of them on one folder."""

import json
import os
import signal
import urllib.error
import urllib.request
from http.client import HTTPException

import pytest
from databricks.sdk import errors

from test.workspace.support import running
from workspace.__main__ import main
from workspace.bodies import check_answer
from workspace.errors import ApiError, WorkspaceError
from workspace.faults import read_faults

_FAULTS = [
    {"calls": "POST unity-catalog/schemas throttled", "status": 429, "retryAfter": 1, "times": 2},
    {"calls": "POST unity-catalog/schemas before", "status": 500, "times": 1},
    {"calls": "POST unity-catalog/schemas after", "status": 500, "after": True, "times": 1},
    {"calls": "POST unity-catalog/schemas cut", "cut": True, "after": True, "times": 1},
    {"calls": "POST jobs/reset", "status": 400},
]


def test_keeps_its_state_when_it_is_killed_and_has_the_faults_that_it_is_asked_for(tmp_path):
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps(_FAULTS))
    with running(tmp_path / "w", ["--faults", str(faults)]) as server:
        schemas = server.client.schemas
        # The SDK tries again by itself after 429.
        assert schemas.create("throttled", "main").name == "throttled"
        assert [call for call in server.calls if "throttled" in call] == [
            *["429 POST unity-catalog/schemas throttled"] * 2,
            "200 POST unity-catalog/schemas throttled",
        ]
        there = {}
        for name in ("before", "after", "cut"):
            body = {"name": name, "catalog_name": "main"}
            request = urllib.request.Request(
                f"{server.host}/api/2.1/unity-catalog/schemas",
                data=json.dumps(body).encode(),
                headers={"Authorization": f"Bearer {(tmp_path / 'w' / 'token').read_text()}"},
            )
            with pytest.raises((OSError, HTTPException)):
                urllib.request.urlopen(request, timeout=20).read()
            there[name] = any(one.name == name for one in schemas.list("main"))
        assert there == {"before": False, "after": True, "cut": True}
        with pytest.raises(errors.BadRequest):
            server.client.jobs.reset(1, new_settings=None)
        held = server.call("GET", "/local/resources")
    with running(tmp_path / "w") as server:
        assert server.call("GET", "/local/resources") == held
        assert server.client.schemas.get("main.after").name == "after"
        server.call("DELETE", "/local/resources")
        with pytest.raises(errors.NotFound):
            server.client.schemas.get("main.after")


def test_answers_to_its_token_alone_and_one_server_holds_a_folder(tmp_path, capsys):
    with running(tmp_path) as server:
        for path in ("/api/2.0/preview/scim/v2/Me", "/local/resources", "/api/2.1/clusters/list"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"{server.host}{path}", timeout=20)
            assert refused.value.code == 401
        assert (tmp_path / "token").stat().st_mode & 0o077 == 0 or os.name == "nt"
        assert main(["serve", "--port", "0", "--out", str(tmp_path)]) == 2
        assert "stop that one first" in capsys.readouterr().err
        port = server.host.rpartition(":")[2]
        assert main(["serve", "--port", port, "--out", str(tmp_path / "other")]) == 2
        assert "give another one with --port" in capsys.readouterr().err
        assert main(["start", "--out", str(tmp_path)]) == 0
        assert f"export DATABRICKS_HOST={server.host}" in capsys.readouterr().out
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0
        assert not (tmp_path / "server.json").exists()
    assert main(["stop", "--out", str(tmp_path)]) == 0
    assert "No local workspace runs" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text", ["{", "{}", '[{"status": 1}]', '[{"calls": "(", "status": 1}]', '[{"calls": "a", "tims": 1}]']
)
def test_a_file_of_faults_that_is_wrong_is_named(tmp_path, text):
    (tmp_path / "f.json").write_text(text)
    with pytest.raises(WorkspaceError, match=r"f\.json cannot be read as faults"):
        read_faults(tmp_path / "f.json")


def test_an_answer_that_the_api_does_not_have_is_a_fault_of_the_workspace():
    from databricks.sdk.service.iam import User

    check_answer(User, {"userName": "x"})
    with pytest.raises(ApiError) as wrong:
        check_answer(User, {"user_name": "x"})
    assert (wrong.value.status, "userName" in wrong.value.message) == (500, True)
