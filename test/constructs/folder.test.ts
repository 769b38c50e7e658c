import { beforeAll, describe, expect, it } from "vitest";
import { type AppRun, runApp } from "./support/app";
import { makeEnvironment, makePipeline } from "./support/fixtures";
import { type Attributes, synth } from "./support/synth";

const SERVICE = "00000000-0000-0000-0000-000000000001";
const PRODUCTION = {
  mode: "production",
  runAs: { servicePrincipal: SERVICE },
  notifications: { onFailure: ["a@example.com"] },
  roles: { reader: ["analysts"], engineer: ["engineers"], operator: ["operators"], service: ["services"] },
} satisfies Partial<Parameters<typeof makeEnvironment>[0]>;

type Declared = Attributes & { readonly depends_on?: readonly string[]; readonly lifecycle?: Attributes };

/** What of a stack lies in a folder of the workspace: address, path of the folder, attributes. */
function lyingInFolders(stack: Attributes): [string, string, Declared][] {
  const types = stack["resource"] as Readonly<Record<string, Readonly<Record<string, Declared>>>>;
  return Object.entries(types).flatMap(([type, resources]) =>
    type === "databricks_directory"
      ? []
      : Object.entries(resources).flatMap(([name, resource]) => {
          const own = String(resource["path"] ?? "");
          const folder = resource["parent_path"] ?? (own.startsWith("/") ? own.replace(/\/[^/]+$/, "") : undefined);
          return folder === undefined
            ? []
            : [[`${type}.${name}`, String(folder), resource] as [string, string, Declared]];
        }),
  );
}

let app: AppRun;
beforeAll(async () => {
  app = await runApp();
});

describe("every shipped stack", () => {
  it("declares the folder of everything that lies in one, and makes it first", () => {
    const faults: string[] = [];
    let seen = 0;
    for (const [name, stack] of Object.entries(app.stacks)) {
      const types = stack["resource"] as Readonly<Record<string, Readonly<Record<string, Attributes>>>>;
      const folders = new Map(
        Object.entries(types["databricks_directory"] ?? {}).map(([id, { path }]) => [
          path,
          `databricks_directory.${id}`,
        ]),
      );
      for (const [address, folder, { depends_on, lifecycle }] of lyingInFolders(stack)) {
        seen += 1;
        const declared = folders.get(folder);
        if (declared === undefined || !depends_on?.includes(declared)) faults.push(`${name}: ${address} in ${folder}`);
        const moves = address.startsWith("databricks_alert_v2.")
          ? JSON.stringify(lifecycle) === JSON.stringify({ replace_triggered_by: [declared] })
          : address.startsWith("databricks_dashboard.") || lifecycle?.["create_before_destroy"] === true;
        if (!moves) faults.push(`${name}: ${address} would not move with its folder`);
      }
    }
    expect(faults).toEqual([]);
    expect(seen).toBeGreaterThan(80);
  });
});

describe("the folder of the code", () => {
  it("is managed by who the pipeline runs as; others with a role read it, but for readers of data", () => {
    const { resources } = synth(makePipeline({ environment: makeEnvironment(PRODUCTION) }).stack);
    const [access] = Object.values(resources["databricks_permissions"] ?? {}).filter((one) => "directory_path" in one);
    expect(access?.["access_control"]).toEqual([
      { permission_level: "CAN_MANAGE", service_principal_name: SERVICE },
      { group_name: "engineers", permission_level: "CAN_READ" },
      { group_name: "operators", permission_level: "CAN_READ" },
      { group_name: "services", permission_level: "CAN_READ" },
    ]);
    const [job] = Object.values(resources["databricks_job"] ?? {}) as Declared[];
    expect(job?.depends_on?.filter((address) => address.includes("Code_Folder_Access"))).toHaveLength(1);
  });

  it.each(["/Shared", "/Shared/team", "/Users/jane@example.com", "/Repos/team"])(
    "of production is not in %s, where others may write",
    (place) => {
      const environment = makeEnvironment({ ...PRODUCTION, workspace: { root: place } });
      expect(() => makePipeline({ environment })).toThrow(
        /workspace.root: found .* in the home of a service principal/,
      );
      const given = makeEnvironment(PRODUCTION);
      expect(() => makePipeline({ environment: given, folder: place })).toThrow(/folder ".*": production code lies/);
    },
  );

  it("of production may be in the home of another service principal", () => {
    const root = "/Users/00000000-0000-0000-0000-0000000000aa/code";
    const { stack } = makePipeline({ environment: makeEnvironment({ ...PRODUCTION, workspace: { root } }) });
    expect(synth(stack).only("databricks_directory")["path"]).toBe(`${root}/medallion/shop/test`);
  });
});
