"""Tasks get their parameters as the platform would give them."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from local.errors import LocalError
from local.job import (
    ConditionTask,
    Job,
    NotebookTask,
    PipelineTask,
    PythonFileTask,
    RunJobTask,
    Task,
    WheelTask,
)
from local.notebook import NotebookError
from local.output import captured_threads
from local.runs import run_job
from local.tasks import TaskRunner, last_json_line, substitute, use_library
from local.workspace import Workspace, prepare_workspace
from test.local.support import FakeSpark, make_stack


def start_no_job(task: str, job_id: str, parameters: Mapping[str, str]) -> None:
    raise AssertionError(f"task {task} starts job {job_id}")


def runner(folder: Path, notebooks: dict[str, str]) -> tuple[TaskRunner, tuple[Task, ...]]:
    stack = make_stack(folder / "stack", notebooks)
    workspace = prepare_workspace(stack, folder / "out")
    return TaskRunner(
        cast(Any, FakeSpark()), workspace, "4711", folder / "logs", start_no_job
    ), stack.job.tasks


def test_widgets_of_a_notebook(tmp_path: Path) -> None:
    code = "import json\ndbutils.notebook.exit(json.dumps(dbutils.widgets.getAll()))"
    run, (task,) = runner(tmp_path, {"prepare": code})
    widgets = json.loads(run(task) or "")
    assert widgets["run_id"] == "4711"
    # A parameter of the job outranks one of the task.
    assert widgets["catalog"] == "spark_catalog"
    assert widgets["volume_root"] == str(tmp_path / "out" / "volumes")


def test_a_task_never_loops_by_itself(tmp_path: Path) -> None:
    run, _ = runner(tmp_path, {"run_pipeline": "dbutils.notebook.exit(dbutils.widgets.get('loop'))"})
    task = Task("run_pipeline", NotebookTask("/Shared/x/run_pipeline", {"loop": "true"}))
    assert run(task) == "false"


def test_tasks_leave_values_for_later_ones(tmp_path: Path) -> None:
    first = "dbutils.jobs.taskValues.set('rows', 3)"
    second = "dbutils.notebook.exit(str(dbutils.jobs.taskValues.get('a', 'rows')))"
    run, tasks = runner(tmp_path, {"a": first, "b": second})
    assert [run(task) for task in tasks] == [None, "3"]


def test_what_a_task_prints_goes_to_its_log(tmp_path: Path) -> None:
    run, (task,) = runner(tmp_path, {"prepare": "import sys\nprint('out')\nprint('err', file=sys.stderr)"})
    with captured_threads(tmp_path / "python.log"):
        run(task)
    assert (tmp_path / "logs" / "prepare.log").read_text() == "out\nerr\n"


def test_a_task_starts_another_job_with_parameters_and_takes_its_result(tmp_path: Path) -> None:
    code = "import json\ndbutils.notebook.exit(json.dumps(dbutils.widgets.getAll()))"
    stack = make_stack(tmp_path / "stack", {"show": code, "fail": "raise ValueError('no')"})
    show, fail = stack.job.tasks
    defaults = {"run_id": "{{job.run_id}}", "colour": "red", "catalog": "main"}
    given = {"run_id": "{{job.run_id}}", "catalog": "{{job.parameters.catalog}}"}
    jobs = {
        "7": Job("shard", defaults, (show,)),
        "8": Job("broken", {}, (fail,)),
        "9": Job("outer", defaults, (Task("inner", RunJobTask("7")),)),
    }
    tasks = [
        Task("good", RunJobTask("7", given)),
        Task("bad", RunJobTask("8"), ("good",)),
        Task("finish", NotebookTask("/Shared/x/fail"), ("bad",), run_if="ALL_DONE"),
        Task("nested", RunJobTask("9")),
        Task("wrong", RunJobTask("7", {"size": "1"})),
        Task("lost", RunJobTask("10")),
    ]
    told: list[tuple[str, str]] = []
    with captured_threads(tmp_path / "python.log"):
        run = run_job(
            cast(Any, FakeSpark()),
            prepare_workspace(stack, tmp_path / "out"),
            tasks,
            label="x",
            workers=2,
            on_change=lambda result: told.append((result.key, result.status.value)),
            stop=threading.Event(),
            on_stop=lambda: None,
            jobs=jobs,
            run_id="1",
            run_ids={"nested/inner": "2"},
        )
    assert json.loads(run.results["good/show"].output or "") == {
        "run_id": "1",
        "colour": "red",
        "catalog": "spark_catalog",
        "volume_root": str(tmp_path / "out" / "volumes"),
    }
    assert json.loads(run.results["nested/inner/show"].output or "")["run_id"] == "2"
    assert run.status == "failed"
    wrong = "gives job shard the parameter size, which it does not have; it has catalog, colour, run_id"
    errors = {failure.task: failure.message for failure in run.failures}
    assert set(errors) == {"bad/fail", "wrong", "lost"}
    assert wrong in errors["wrong"]
    assert "starts job 10, which is not there" in errors["lost"]
    assert "Job broken failed" in str(run.results["bad"].error)
    assert "ValueError: no" in (tmp_path / "out" / "logs" / "1" / "bad" / "fail.log").read_text()
    assert told.index(("good/show", "succeeded")) < told.index(("good", "succeeded"))


FILE = """
import json, sys
print("working")
print(json.dumps({"topics": {}, "argv": sys.argv[1:]}))
"""


def python_runner(folder: Path) -> TaskRunner:
    (folder / "main.py").write_text(FILE)
    workspace = Workspace(folder, {"/Shared/main": folder / "main.py"}, {"catalog": "spark_catalog"}, None)
    return TaskRunner(cast(Any, FakeSpark()), workspace, "4711", folder / "logs", start_no_job)


def test_python_files_get_arguments_and_answer_by_their_last_line(tmp_path: Path) -> None:
    arguments = (
        "--run-id",
        "{{job.run_id}}",
        "--catalog",
        "{{job.parameters.catalog}}",
        "--loop",
        "--interval",
        "5",
    )
    before = list(sys.argv)
    with captured_threads(tmp_path / "python.log"):
        answer = python_runner(tmp_path)(Task("p", PythonFileTask("/Workspace/Shared/main", arguments)))
    assert json.loads(answer or "")["argv"] == [
        "--run-id", "4711", "--catalog", "spark_catalog", "--interval", "5",
    ]  # fmt: skip
    assert sys.argv == before


def test_an_exit_status_is_a_failure(tmp_path: Path) -> None:
    run = python_runner(tmp_path)
    (tmp_path / "main.py").write_text("import sys; sys.exit(3)")
    with pytest.raises(RuntimeError, match="ended with status 3"):
        run(Task("p", PythonFileTask("/Shared/main")))
    (tmp_path / "main.py").write_text("import sys; sys.exit(0)")
    assert run(Task("p", PythonFileTask("/Shared/main"))) is None


def test_entry_points_of_the_deployed_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "lib"
    with zipfile.ZipFile(tmp_path / "lib.whl", "w") as wheel:
        wheel.writestr(
            "tiny_local_library.py",
            "import sys, json\ndef main():\n    print(json.dumps({'got': sys.argv[1:]}))\n",
        )
        wheel.writestr("tiny_lib-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-lib\nVersion: 1\n")
        wheel.writestr(
            "tiny_lib-1.dist-info/entry_points.txt", "[console_scripts]\ntiny-run = tiny_local_library:main\n"
        )
    zipfile.ZipFile(tmp_path / "lib.whl").extractall(library)
    monkeypatch.setattr(sys, "path", list(sys.path))
    use_library(library)
    use_library(library)
    assert sys.path.count(str(library)) == 1
    run = TaskRunner(
        cast(Any, FakeSpark()), Workspace(tmp_path, {}, {}, library), "1", tmp_path / "logs", start_no_job
    )
    with captured_threads(tmp_path / "python.log"):
        assert run(Task("w", WheelTask("tiny_lib", "tiny-run", ("--x", "1")))) == '{"got": ["--x", "1"]}'
    with pytest.raises(LocalError, match="no entry point other in package tiny_lib"):
        run(Task("w", WheelTask("tiny_lib", "other")))


def test_the_deployed_library_takes_the_place_of_the_one_beside_the_runner(tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "__init__.py").write_text("WHERE = 'deployed'\n")
    code = (
        "import sys; from pathlib import Path; import local.app; from local.session import _library\n"
        "assert 'pipelines' in sys.modules\n"
        "local.app.use_library(Path(sys.argv[1])); import pipelines\n"
        "print(pipelines.WHERE, _library())"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["deployed", str(tmp_path.resolve())], done.stderr


def test_unknown_references_are_rejected_by_name() -> None:
    assert substitute("{{ job.run_id }}-x", {"job.run_id": "7"}) == "7-x"
    with pytest.raises(
        LocalError, match=r"\{\{tasks.a.values.b\}\} is not known to the local runner; it knows job.run_id"
    ):
        substitute("{{tasks.a.values.b}}", {"job.run_id": "7"})


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", None),
        ("x", None),
        ("[1]", None),
        ('noise\n{"a": 1}\n', '{"a": 1}'),
        ('{"a": "\u2028"}', '{"a": "\u2028"}'),
        ('{"a": 1}\nnoise', None),
    ],
)
def test_the_last_line_counts(text: str, answer: str | None) -> None:
    assert last_json_line(text) == answer


def test_conditions_and_states_of_other_tasks(tmp_path: Path) -> None:
    code = "dbutils.jobs.taskValues.set('full_refresh', 'true')"
    show = "dbutils.notebook.exit(dbutils.widgets.get('state') + dbutils.widgets.get('other'))"
    run, (infer, _) = runner(tmp_path, {"infer": code, "show": show})
    run(infer)
    condition = ConditionTask("{{tasks.infer.values.full_refresh}}", "true")
    assert run(Task("retyped", condition)) == "true"
    assert run(Task("retyped", replace(condition, right="false"))) == "false"
    states = {"state": "{{tasks.infer.result_state}}/", "other": "{{tasks.update.result_state}}"}
    assert run(Task("show", NotebookTask("/Shared/x/show", states))) == "success/excluded"


def test_a_task_that_raised_has_failed_for_later_ones(tmp_path: Path) -> None:
    show = "dbutils.notebook.exit(dbutils.widgets.get('state'))"
    run, (bad, _) = runner(tmp_path, {"bad": "raise ValueError('x')", "show": show})
    with pytest.raises(NotebookError):
        run(bad)
    work = NotebookTask("/Shared/x/show", {"state": "{{tasks.bad.result_state}}"})
    assert run(Task("show", work)) == "failed"


def test_a_pipeline_that_the_stack_has_not(tmp_path: Path) -> None:
    run, _ = runner(tmp_path, {"infer": "1"})
    with pytest.raises(LocalError, match="no pipeline lost"):
        run(Task("update", PipelineTask("lost", full_refresh=False)))
