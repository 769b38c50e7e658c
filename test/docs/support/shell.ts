import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../../spec/project";

/** A command as bash would start it: its words, without redirections and variables set before it. */
export type Command = readonly string[];

/** Records the words of a command instead of starting it, by one write, since the commands of a pipe are recorded side by side. */
const RECORD = `record() { printf '%s\\0' "$@" $'\\036' >> "$RECORDED"; }`;
const END = "\u001e\0";

/** Programs of this repository that are called by their path. */
function programs(): string[] {
  const scripts = readdirSync(join(ROOT, "scripts/ci")).filter((name) => name.endsWith(".sh"));
  return [".ci/run", ".tools/python/bin/python", ...scripts.map((name) => `scripts/ci/${name}`)];
}

/**
 * Lets bash run a text in an empty folder in which no program is found: each is recorded, and succeeds. So quotes, pipes,
 * comments and substitutions are bash's own.
 *
 * @returns the commands in the order in which they were started, and what bash complained about
 */
export async function commandsOf(text: string): Promise<{ commands: Command[]; fault: string }> {
  const folder = mkdtempSync(join(tmpdir(), "medallion-shell-"));
  try {
    const recorded = join(folder, "recorded");
    writeFileSync(recorded, "");
    for (const [file, content] of [
      ...programs().map((path) => [path, `#!/bin/bash\n${RECORD}\nrecord '${path}' "$@"\n`] as const),
      [".venv/bin/activate", ""] as const,
    ]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), content);
      chmodSync(join(folder, file), 0o755);
    }
    // `<owner>` is for the reader to fill in.
    const filled = text.replaceAll(/<[a-zA-Z][^<>()\n]*>/g, "filled-in");
    const script = `${RECORD}\ncommand_not_found_handle() { record "$@"; }\ncd() { record cd "$@"; }\n${filled}`;
    const { stderr } = await promisify(execFile)("/bin/bash", ["--norc", "--noprofile", "-c", script], {
      cwd: folder,
      env: { PATH: "/nowhere", RECORDED: recorded },
    }).catch((error: { stderr?: string }) => ({ stderr: error.stderr || String(error) }));
    const commands = readFileSync(recorded, "utf8").split(END).slice(0, -1);
    return { commands: commands.map((words) => words.split("\0").slice(0, -1)), fault: stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
