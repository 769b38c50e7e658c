import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { execute, ROOT, temporaryFolder } from "./processes";

const PYTHON = join(process.env["MEDALLION_TOOLS"] ?? join(ROOT, ".tools"), "python", "bin", "python");
const NAME = /^medallion_pipelines-0\.1\.0\+[0-9a-f]{12}-py3-none-any\.whl$/;

function inside(wheel: string, code: string): string {
  const { stdout, stderr } = execute(PYTHON, [
    "-c",
    `import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\n${code}`,
    wheel,
  ]);
  expect(stderr).toBe("");
  return stdout.trim();
}

/** A copy of the library, so that the hash can be taken of a changed one. */
function copyOfLibrary(): string {
  const copy = join(temporaryFolder(), "pipelines");
  cpSync(join(ROOT, "pipelines"), copy, { recursive: true });
  return copy;
}

describe("the wheel", () => {
  it("is the same, byte by byte, each time; and is not built again when it is there", async () => {
    const { buildWheel } = await import("../../scripts/wheel/build.mjs");
    const folder = join(temporaryFolder(), "wheel");
    const wheel = buildWheel(folder);
    const first = readFileSync(wheel);
    const built = statSync(wheel).mtimeMs;
    expect(buildWheel(folder)).toBe(wheel);
    expect(statSync(wheel).mtimeMs).toBe(built);
    rmSync(wheel);
    expect(buildWheel(folder)).toBe(wheel);
    expect(readFileSync(wheel).equals(first)).toBe(true);
  });

  it("replaces the one of older content", async () => {
    const { buildWheel } = await import("../../scripts/wheel/build.mjs");
    const folder = join(temporaryFolder(), "wheel");
    mkdirSync(folder);
    writeFileSync(join(folder, "medallion_pipelines-0.1.0+000000000000-py3-none-any.whl"), "");
    buildWheel(folder);
    expect(readdirSync(folder)).toEqual([expect.stringMatching(NAME)]);
  });

  it("holds the library alone, its data too, and depends on nothing", async () => {
    const { buildWheel } = await import("../../scripts/wheel/build.mjs");
    const { libraryFiles } = await import("../../scripts/wheel/hash.mjs");
    const wheel = buildWheel(join(temporaryFolder(), "wheel"));
    const names = inside(wheel, "print('\\n'.join(z.namelist()))").split("\n");
    const library = names.filter((name) => !name.includes(".dist-info/"));
    expect(library.sort()).toEqual(libraryFiles(join(ROOT, "pipelines")).map((name) => `pipelines/${name}`));
    expect(library).toContain("pipelines/registry_columns.json");
    const metadata = inside(wheel, "print(z.read([n for n in z.namelist() if n.endswith('/METADATA')][0]).decode())");
    expect(metadata).not.toMatch(/^Requires-Dist: (?!.*extra == 'local')/m);
    expect(metadata).toContain("Requires-Python: >=3.10");
    expect(
      inside(wheel, "print(z.read([n for n in z.namelist() if n.endswith('/entry_points.txt')][0]).decode())"),
    ).toContain("medallion-run = pipelines.run:main");
  });

  it("has the version that the npm package has", () => {
    const base = /BASE = "(.+)"/.exec(readFileSync(join(ROOT, "scripts/wheel/version.py"), "utf8"))?.[1];
    expect(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version).toBe(base);
  });
});

describe("its hash", () => {
  it("changes with content and with names, and with nothing else", async () => {
    const { wheelHash } = await import("../../scripts/wheel/hash.mjs");
    const library = copyOfLibrary();
    const hash = wheelHash(library);
    expect(hash).toBe(wheelHash(join(ROOT, "pipelines")));
    mkdirSync(join(library, "__pycache__"), { recursive: true });
    writeFileSync(join(library, "__pycache__", "run.cpython-312.pyc"), "compiled");
    writeFileSync(join(library, "NOTES.md"), "words");
    expect(wheelHash(library)).toBe(hash);
    writeFileSync(join(library, "more.json"), "{}");
    const more = wheelHash(library);
    expect(more).not.toBe(hash);
    renameSync(join(library, "more.json"), join(library, "other.json"));
    expect(wheelHash(library)).not.toBe(more);
    rmSync(join(library, "other.json"));
    expect(wheelHash(library)).toBe(hash);
  });
});

describe("a clone", () => {
  it("installs with pip install -e . and brings medallion-run", () => {
    const venv = join(temporaryFolder(), "venv");
    const packages = execute(PYTHON, ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).stdout.trim();
    expect(execute(PYTHON, ["-m", "venv", "--without-pip", venv]).status).toBe(0);
    const python = join(venv, "bin", "python");
    const own = execute(python, ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).stdout.trim();
    // hatchling and PySpark are borrowed, so that the test needs no network.
    writeFileSync(join(own, "borrowed.pth"), packages);
    const args = ["-m", "pip", "--python", python, "install", "--no-build-isolation", "--no-deps", "-e", ROOT];
    const { status, stderr } = execute(PYTHON, args);
    expect(stderr).not.toContain("ERROR");
    expect(status).toBe(0);
    const where =
      "import pipelines, importlib.metadata as m; print(m.version('medallion-pipelines'), pipelines.__file__)";
    expect(execute(python, ["-c", where], { cwd: venv }).stdout.trim()).toBe(
      `0.1.0 ${join(ROOT, "pipelines", "__init__.py")}`,
    );
    expect(execute(join(venv, "bin", "medallion-run"), ["--help"], { cwd: venv }).status).toBe(0);
  });
});
