import { existsSync } from "node:fs";
import { platform } from "node:os";
import { join } from "node:path";
import { buildGo, cacheFolder } from "../cache";
import { run, tail } from "../command";

/** The version that is built where none is installed. */
const VERSION = "1.10.6";
const MODULE = "github.com/opentofu/opentofu";
/** Hash of the source of that version, as `go.sum` writes it; the source's own `go.sum` has those of everything else. */
const SUM = "h1:J57O7HrW7gakftSLFQr+/p7fniZjZ3FQLFyzv4XsSmQ=";

/** OpenTofu as it can be run; or why there is none. */
export type Tofu = { readonly program: string } | { readonly missing: string };

/**
 * OpenTofu from PATH; else from the cache; else built through the Go module proxy.
 *
 * @param build false: it is not built, which takes minutes
 */
export function ensureTofu(say: (text: string) => void, build: boolean): Tofu {
  if (run("tofu", ["version"]).status === 0) return { program: "tofu" };
  const program = join(cacheFolder(), "opentofu", VERSION, platform() === "win32" ? "tofu.exe" : "tofu");
  if (existsSync(program)) return { program };
  if (!build) return { missing: "tofu is neither on PATH nor in the cache; npm run test:tofu builds it" };
  say(`OpenTofu ${VERSION}: building it through the Go module proxy, ten minutes of processor time the first time`);
  const fault = buildTofu(program);
  return fault === undefined ? { program } : { missing: fault };
}

function buildTofu(program: string): string | undefined {
  // `go install` rejects a module that replaces others; in its own folder it builds.
  const { status, stdout, stderr } = run("go", ["mod", "download", "-json", `${MODULE}@v${VERSION}`]);
  if (status === undefined) return "tofu is not on PATH, and go is not installed, so it cannot be built either";
  if (status !== 0) return `its source cannot be downloaded: ${tail(stderr || stdout, 5)}`;
  const { Dir, Sum } = JSON.parse(stdout) as { readonly Dir: string; readonly Sum: string };
  if (Sum !== SUM) return `the source of OpenTofu ${VERSION} has the hash ${Sum}, not ${SUM}`;
  return buildGo(Dir, program, ["-ldflags", `-s -w -X ${MODULE}/version.dev=no`, "./cmd/tofu"]);
}
