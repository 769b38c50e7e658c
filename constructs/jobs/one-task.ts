import type { JobTask } from "@cdktf/provider-databricks/lib/job";
import { RUN_ID } from "./graph";
import type { PipelineJobProps } from "./props";

/** The one task layout: the run_pipeline notebook, or the same entry of the library as a Python task. */
export function oneTask({ taskType = "notebook", code, parameters, loop }: PipelineJobProps): JobTask {
  const taskKey = "run_pipeline";
  if (taskType === "notebook") {
    const baseParameters = {
      run_id: RUN_ID,
      loop: String(loop !== undefined),
      interval_sec: String(loop?.intervalSeconds ?? 10),
    };
    return {
      taskKey,
      notebookTask: { notebookPath: code.notebooks.run_pipeline.path, source: "WORKSPACE", baseParameters },
    };
  }
  const names = Object.keys(parameters);
  const options = [
    ["run_id", RUN_ID],
    // A Python task does not see the parameters of the job, so each is handed on by reference.
    ...names.map((name) => [name, `{{job.parameters.${name}}}`]),
  ];
  const loopOptions = loop === undefined ? [] : ["--loop", "--interval", String(loop.intervalSeconds)];
  return {
    taskKey,
    pythonWheelTask: {
      packageName: "medallion_pipelines",
      entryPoint: "medallion-run",
      parameters: [
        ...options.flatMap(([name = "", value = ""]) => [`--${name.replaceAll("_", "-")}`, value]),
        ...loopOptions,
      ],
    },
  };
}
