import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run, tail } from "./command";

/** Downloads and built things that outlive a checkout. */
export function cacheFolder(): string {
  const base = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  return process.env["MEDALLION_CACHE"] ?? join(base, "medallion");
}

/**
 * Builds a Go program into a file of the cache.
 *
 * @param module folder of the module to build in
 * @param args arguments of `go build` after `-o FILE`
 * @returns why it could not be built
 */
export function buildGo(module: string, file: string, args: readonly string[]): string | undefined {
  const scratch = mkdtempSync(join(tmpdir(), "medallion-go-"));
  try {
    const made = join(scratch, "program");
    const { status, stderr } = run("go", ["build", "-mod=readonly", "-o", made, ...args], {
      cwd: module,
      env: { GOWORK: "off" },
    });
    if (status === undefined) return "go is not installed, so it cannot be built either";
    if (status !== 0) return `go build failed: ${tail(stderr, 5)}`;
    mkdirSync(dirname(file), { recursive: true });
    // Copied beside its place, then renamed: a build that was stopped leaves nothing that looks whole.
    const part = `${file}.part-${process.pid}`;
    copyFileSync(made, part);
    renameSync(part, file);
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
