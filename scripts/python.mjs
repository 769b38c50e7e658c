#!/usr/bin/env node
/**
 * Runs a Python module in the project's own environment: node scripts/python.mjs bench.pipeline --json
 */
import { spawnSync } from "node:child_process";
import { ROOT, VENV_PYTHON } from "./setup/shell.mjs";

const [module = "", ...args] = process.argv.slice(2);
const { status } = spawnSync(VENV_PYTHON, ["-m", module, ...args], { cwd: ROOT, stdio: "inherit" });
process.exitCode = status ?? 1;
