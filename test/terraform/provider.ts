import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { arch, platform, tmpdir } from "node:os";
import { join } from "node:path";
import { PROVIDER_VERSION } from "../../constructs";
import { buildGo, cacheFolder } from "./cache";
import { run, tail } from "./command";

const PACKAGE = "github.com/databricks/terraform-provider-databricks";
/** Address of the provider as Terraform writes it, in two parts; folders of a mirror are named like this. */
const REGISTRY = "registry.terraform.io";
const NAME = ["databricks", "databricks"];

/** The provider in a folder that Terraform can install it from; or why there is none. */
export type Provider = { readonly mirror: string } | { readonly missing: string };

/** The provider from the cache; else from the Terraform registry; else built through the Go module proxy. */
export function ensureProvider(say: (text: string) => void): Provider {
  const mirror = join(cacheFolder(), "terraform-provider", "mirror");
  const folder = join(mirror, REGISTRY, ...NAME);
  if (hasProvider(folder)) return { mirror };
  say(`provider ${PROVIDER_VERSION}: asking the Terraform registry`);
  const registry = fromRegistry(mirror);
  if (registry === undefined && hasProvider(folder)) return { mirror };
  say(
    `provider ${PROVIDER_VERSION}: not from the registry (${registry}); building it through the Go module proxy, some minutes the first time`,
  );
  const built = build(folder);
  return built === undefined ? { mirror } : { missing: `not from the registry (${registry}); ${built}` };
}

/** A mirror in `scratch` with the same provider under the address that another registry gives it. */
export function mirrorOf(registry: string, mirror: string, scratch: string): string {
  const made = join(scratch, "mirror");
  cpSync(join(mirror, REGISTRY, ...NAME), join(made, registry, ...NAME), { recursive: true });
  return made;
}

/** Unpacked as `go build` leaves it here, or packed as `terraform providers mirror` does. */
function hasProvider(folder: string): boolean {
  return (
    existsSync(join(folder, PROVIDER_VERSION, target(), binary())) ||
    existsSync(join(folder, `terraform-provider-databricks_${PROVIDER_VERSION}_${target()}.zip`))
  );
}

function fromRegistry(mirror: string): string | undefined {
  const scratch = mkdtempSync(join(tmpdir(), "medallion-provider-"));
  try {
    const config = {
      terraform: { required_providers: { databricks: { source: "databricks/databricks", version: PROVIDER_VERSION } } },
    };
    writeFileSync(join(scratch, "main.tf.json"), JSON.stringify(config));
    mkdirSync(mirror, { recursive: true });
    const { status, stderr } = run("terraform", ["providers", "mirror", "-no-color", mirror], {
      cwd: scratch,
      env: { TF_REGISTRY_CLIENT_TIMEOUT: "15", TF_REGISTRY_DISCOVERY_RETRY: "0" },
    });
    if (status === 0) return undefined;
    return /could not connect|Could not retrieve|Failed to query|timeout|dial|lookup/i.test(stderr)
      ? "it cannot be reached"
      : tail(stderr, 3);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function build(folder: string): string | undefined {
  const module = join(__dirname, "provider-module");
  if (!readFileSync(join(module, "go.mod"), "utf8").includes(`${PACKAGE} v${PROVIDER_VERSION}`)) {
    return `test/terraform/provider-module/go.mod does not require version ${PROVIDER_VERSION}`;
  }
  return buildGo(module, join(folder, PROVIDER_VERSION, target(), binary()), ["-trimpath", PACKAGE]);
}

function binary(): string {
  return `terraform-provider-databricks_v${PROVIDER_VERSION}${platform() === "win32" ? ".exe" : ""}`;
}

/** Operating system and processor in Terraform's words. */
function target(): string {
  const system = platform() === "win32" ? "windows" : platform();
  return `${system}_${arch() === "x64" ? "amd64" : arch()}`;
}
