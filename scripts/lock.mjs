#!/usr/bin/env node
/**
 * Renews the lock files after an edit of what they come from. Needs the network; nothing else in the project does it.
 *
 *   npm run lock:python [-- --upgrade]   requirements/*.in -> *.lock (for every system and Python >= 3.10, with hashes)
 *   npm run lock:jars                    requirements/jars.json: sizes and hashes for its coordinates
 *   npm install                          package-lock.json
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findJava } from "./setup/find.mjs";
import { fetchJars, JARS_FILE, jarFile, lockedJars } from "./setup/jars.mjs";
import { pip } from "./setup/python.mjs";
import { ROOT, remove, run, SetupError, say, sha256, TOOLS } from "./setup/shell.mjs";

const UV = "0.13.9";

/** @param {string[]} options */
function lockPython(options) {
  const folder = join(TOOLS, "uv");
  pip("pip could not install uv", ["install", "--upgrade", "--target", folder, `uv==${UV}`]);
  const uv = join(folder, "bin", process.platform === "win32" ? "uv.exe" : "uv");
  const requirements = join(ROOT, "requirements");
  // No header and no annotations: they would hold paths and index addresses of this machine.
  const fixed = ["--universal", "--python-version", "3.10", "--generate-hashes", "--no-header", "--no-annotate"];
  for (const file of readdirSync(requirements).filter((name) => name.endsWith(".in"))) {
    const lock = file.replace(/\.in$/, ".lock");
    // The older Sparks bring nothing with them: they sit on the packages of local.lock.
    const alone = file.startsWith("spark-") ? ["--no-deps"] : [];
    const args = ["pip", "compile", "--quiet", ...fixed, ...alone, ...options, file, "--output-file", lock];
    run(`uv could not lock ${file}`, uv, args, { cwd: requirements });
    say(`requirements/${lock}`);
  }
}

async function lockJars() {
  const found = await findJava();
  if ("fault" in found) throw new SetupError(found.fault);
  const sets = lockedJars();
  for (const [set, jars] of Object.entries(sets)) {
    const folder = join(TOOLS, `.lock-${set}`);
    try {
      fetchJars(
        jars.map((jar) => jar.coordinates),
        folder,
        found.java,
      );
      for (const jar of jars) {
        const file = join(folder, jarFile(jar.coordinates));
        jar.sha256 = sha256(readFileSync(file));
        jar.size = statSync(file).size;
      }
    } finally {
      remove(folder);
    }
  }
  writeFileSync(JARS_FILE, `${JSON.stringify(sets, null, 2)}\n`);
  say("requirements/jars.json");
}

const [what, ...options] = process.argv.slice(2);
try {
  if (what === "python") lockPython(options);
  else if (what === "jars") await lockJars();
  else throw new SetupError("Say what to lock: python or jars.");
} catch (error) {
  say(error instanceof SetupError ? error.message : String(error instanceof Error ? error.stack : error));
  process.exitCode = 1;
}
