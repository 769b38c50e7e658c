import { existsSync } from "node:fs";
import { join } from "node:path";
import { reportFaults, synthesize } from "./constructs";
import { loadProject } from "./spec";

/** The project is beside this file; in the npm package this file is compiled, two folders further down. */
const ROOT = existsSync(join(__dirname, "config")) ? __dirname : join(__dirname, "..", "..");

// One stack per file of config/environments.
reportFaults(() => synthesize(loadProject(ROOT), process.env));
