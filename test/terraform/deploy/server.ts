/**
 * A workspace's REST API, as far as applies of our stacks ask for it: what was written is given back. Folders behave as
 * the real ones do: nothing is imported into one that is not there. Every answer takes 5 to 250 ms.
 *
 *     tsx server.ts <file for one line per call> [<pattern of a call to reject>]
 */
import { appendFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { dirname } from "node:path";

type Body = Record<string, unknown>;
interface Call {
  readonly method: string;
  /** Without /api and the version: `unity-catalog/schemas/main.bronze`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Body;
}

class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
const missing = (what: string) => new ApiError(404, "RESOURCE_DOES_NOT_EXIST", what);

/** Objects by collection and id, as they were written. */
const objects = new Map<string, Body>();
const folders = new Map<string, Body>(
  ["/", "/Shared", "/Users"].map((path, at) => [path, { path, object_type: "DIRECTORY", object_id: at + 1 }]),
);
let next = 100;

function stored(key: string): Body {
  const found = objects.get(key);
  if (found === undefined) throw missing(`${key} does not exist`);
  return found;
}

function store(key: string, body: Body): Body {
  objects.set(key, body);
  return body;
}

function remove(key: string): Body {
  objects.delete(key);
  return {};
}

function makeFolder(path: string): Body {
  if (!folders.has(path)) {
    makeFolder(dirname(path));
    folders.set(path, { path, object_type: "DIRECTORY", object_id: next++ });
  }
  return {};
}

function importFile({ body }: Call): Body {
  const path = String(body["path"]);
  if (!folders.has(dirname(path))) throw missing(`The parent folder (${dirname(path)}) does not exist.`);
  const notebook = body["language"] !== undefined || body["format"] === "SOURCE";
  folders.set(path, {
    path,
    object_type: notebook ? "NOTEBOOK" : "FILE",
    object_id: (folders.get(path)?.["object_id"] as number | undefined) ?? next++,
    ...(notebook ? { language: body["language"] } : {}),
  });
  return {};
}

function deleteFile({ body }: Call): Body {
  const path = String(body["path"]);
  if (!folders.has(path)) throw missing(`Path (${path}) doesn't exist.`);
  const inside = [...folders.keys()].filter((other) => other.startsWith(`${path}/`));
  if (inside.length > 0 && body["recursive"] !== true)
    throw new ApiError(400, "DIRECTORY_NOT_EMPTY", `Folder (${path}) is not empty`);
  for (const gone of [path, ...inside]) folders.delete(gone);
  return {};
}

function statusOf({ query }: Call): Body {
  const path = query.get("path") ?? "";
  const found = folders.get(path);
  if (found === undefined) throw missing(`Path (${path}) doesn't exist.`);
  return found;
}

/** A securable is known by its full name. */
function securable(kind: string, body: Body): Body {
  const parts = [body["catalog_name"], body["schema_name"], body["name"]].filter((part) => part !== undefined);
  const full = parts.join(".");
  return store(`${kind}/${full}`, { owner: "deployer", metastore_id: "m", full_name: full, id: full, ...body });
}

/**
 * A statement can only be one that makes a table; its columns are those that the provider asks for. A warehouse that is not
 * made here is one that has to start its machines first: the statement is cancelled after 50 seconds (here at once), and the
 * table is there all the same, so it cannot be made again.
 */
function statement({ body }: Call): Body {
  const text = String(body["statement"]);
  const name = /^CREATE\s+(?:EXTERNAL\s+)?TABLE\s+(\S+)/.exec(text)?.[1]?.replaceAll("`", "");
  if (name !== undefined) {
    const [catalog_name, schema_name, table] = name.split(".");
    if (objects.has(`unity-catalog/tables/${name}`)) return { statement_id: "s", status: { state: "FAILED" } };
    const columns = [...text.matchAll(/`(\w+)`\s+(\w+)[^,]*?COMMENT '((?:[^'\\]|\\.)*)'/g)].map(
      ([, column, type, comment]) => ({ name: column, type_text: type, type_name: type, comment, nullable: true }),
    );
    const comment = /COMMENT '((?:[^'\\]|\\.)*)';?$/.exec(text)?.[1];
    securable("unity-catalog/tables", {
      ...{
        catalog_name,
        schema_name,
        name: table,
        table_type: "MANAGED",
        data_source_format: "DELTA",
        columns,
        comment,
      },
      properties: {},
    });
  }
  const atOnce = objects.get(`sql/warehouses/${body["warehouse_id"]}`)?.["enable_serverless_compute"] === true;
  return { statement_id: "s", status: { state: atOnce ? "SUCCEEDED" : "CANCELED" } };
}

/** What the API calls the objects of a collection. */
const OBJECT_TYPES: Readonly<Record<string, string>> = {
  "cluster-policies": "cluster-policy",
  dashboards: "dashboard",
  directories: "directory",
  jobs: "job",
  pipelines: "pipelines",
  "sql/warehouses": "warehouses",
};

function permissions(kind: string, { method, body }: Call): Body {
  const key = `permissions ${kind}`;
  const object = { object_id: `/${kind}`, object_type: OBJECT_TYPES[kind.replace(/\/\w+$/, "")] };
  if (method === "GET") return objects.get(key) ?? { ...object, access_control_list: [] };
  const list = (body["access_control_list"] ?? []) as readonly Body[];
  return store(key, {
    ...object,
    access_control_list: list.map(({ permission_level, ...who }) => ({
      ...who,
      all_permissions: [{ permission_level, inherited: false }],
    })),
  });
}

function grants(name: string, { method, body }: Call): Body {
  const key = `grants ${name}`;
  const held = new Map(
    ((objects.get(key)?.["privilege_assignments"] ?? []) as Body[]).map((one) => [
      one["principal"] as string,
      new Set(one["privileges"] as string[]),
    ]),
  );
  if (method === "PATCH") {
    for (const change of (body["changes"] ?? []) as Body[]) {
      const own = held.get(change["principal"] as string) ?? new Set<string>();
      for (const privilege of (change["remove"] ?? []) as string[]) own.delete(privilege);
      for (const privilege of (change["add"] ?? []) as string[]) own.add(privilege);
      held.set(change["principal"] as string, own);
    }
  }
  return store(key, {
    privilege_assignments: [...held].map(([principal, privileges]) => ({ principal, privileges: [...privileges] })),
  });
}

/** An alert keeps the folder that it was made in, whatever an update says. */
function updateAlert(key: string, body: Body): Body {
  const { parent_path } = stored(key);
  return store(key, { ...stored(key), ...body, parent_path });
}

/** A destination never gives back what is secret in it, only that it is set. */
function destination(body: Body): Body {
  const [[kind, config] = []] = Object.entries((body["config"] ?? {}) as Record<string, Body>);
  const shown =
    kind === "email" ? config : Object.fromEntries(Object.keys(config ?? {}).map((key) => [`${key}_set`, true]));
  const destination_type = kind === "generic_webhook" ? "WEBHOOK" : kind?.toUpperCase();
  const id = `n${next++}`;
  return store(`notification-destinations/${id}`, { ...body, id, destination_type, config: { [`${kind}`]: shown } });
}

function job({ body }: Call): Body {
  const job_id = next++;
  store(`jobs/${job_id}`, { job_id, creator_user_name: "deployer", settings: body });
  return { job_id };
}

function dataSources(): Body[] {
  const warehouses = [...objects.keys()].filter((key) => key.startsWith("sql/warehouses/"));
  return warehouses.map((key) => ({ id: `source of ${key}`, warehouse_id: key.split("/").pop() }));
}

/** Of a secret scope: whoever makes it manages it. */
function secretAcl({ method, body, query }: Call): Body {
  const of = method === "GET" ? Object.fromEntries(query) : body;
  const key = `secrets/acls/${of["scope"]}/${of["principal"]}`;
  return method === "GET" ? stored(key) : store(key, { principal: of["principal"], permission: of["permission"] });
}

function secretScopes(): Body {
  const names = [...objects.keys()].flatMap((key) => /^secrets\/scopes\/(.+)$/.exec(key)?.[1] ?? []);
  return { scopes: names.map((name) => ({ name, backend_type: "DATABRICKS" })) };
}

type Route = readonly [method: string, path: RegExp, answer: (call: Call, ...groups: string[]) => Body | Body[]];

const ROUTES: readonly Route[] = [
  ["GET", /^preview\/scim\/v2\/Me$/, () => ({ id: "1", userName: "deployer", displayName: "deployer" })],
  ["POST", /^workspace\/mkdirs$/, ({ body }) => makeFolder(String(body["path"]))],
  ["POST", /^workspace\/import$/, importFile],
  ["POST", /^workspace\/delete$/, deleteFile],
  ["GET", /^workspace\/get-status$/, statusOf],
  ["*", /^permissions\/(.+)$/, (call, kind) => permissions(kind ?? "", call)],
  ["*", /^unity-catalog\/permissions\/(.+)$/, (call, name) => grants(name ?? "", call)],
  ["POST", /^secrets\/scopes\/create$/, ({ body }) => store(`secrets/scopes/${body["scope"]}`, body)],
  ["GET", /^secrets\/scopes\/list$/, secretScopes],
  ["POST", /^secrets\/scopes\/delete$/, ({ body }) => remove(`secrets/scopes/${body["scope"]}`)],
  ["POST", /^secrets\/acls\/delete$/, ({ body }) => remove(`secrets/acls/${body["scope"]}/${body["principal"]}`)],
  ["*", /^secrets\/acls\/(?:put|get)$/, secretAcl],
  ["POST", /^(unity-catalog\/\w+)$/, ({ body }, kind) => securable(kind ?? "", body)],
  ["GET", /^unity-catalog\/metastore_summary$/, () => ({ metastore_id: "m", name: "m" })],
  ["GET", /^unity-catalog\/current-metastore-assignment$/, () => ({ metastore_id: "m", workspace_id: 1 })],
  ["GET", /^unity-catalog\/bindings\/.+$/, () => ({ bindings: [] })],
  ["PATCH", /^unity-catalog\/bindings\/.+$/, () => ({ bindings: [] })],
  ["POST", /^sql\/statements$/, statement],
  ["GET", /^preview\/sql\/data_sources$/, dataSources],
  ["POST", /^jobs\/create$/, job],
  ["GET", /^jobs\/get$/, ({ query }) => stored(`jobs/${query.get("job_id")}`)],
  [
    "POST",
    /^jobs\/reset$/,
    ({ body }) => Object.assign(stored(`jobs/${body["job_id"]}`), { settings: body["new_settings"] }),
  ],
  ["POST", /^jobs\/delete$/, ({ body }) => remove(`jobs/${body["job_id"]}`)],
  [
    "POST",
    /^policies\/clusters\/create$/,
    ({ body }) => {
      const policy_id = `p${next++}`;
      return store(`policies/${policy_id}`, { policy_id, ...body });
    },
  ],
  ["GET", /^policies\/clusters\/get$/, ({ query }) => stored(`policies/${query.get("policy_id")}`)],
  ["POST", /^policies\/clusters\/edit$/, ({ body }) => store(`policies/${body["policy_id"]}`, body)],
  ["POST", /^policies\/clusters\/delete$/, ({ body }) => remove(`policies/${body["policy_id"]}`)],
  [
    "POST",
    /^sql\/warehouses$/,
    ({ body }) => {
      const id = `w${next++}`;
      return store(`sql/warehouses/${id}`, {
        id,
        state: "RUNNING",
        num_clusters: 1,
        odbc_params: { hostname: "h", path: "p", port: 443, protocol: "https" },
        ...body,
      });
    },
  ],
  [
    "POST",
    /^pipelines$/,
    ({ body }) => {
      const pipeline_id = `l${next++}`;
      store(`pipelines/${pipeline_id}`, {
        pipeline_id,
        state: "IDLE",
        name: body["name"],
        spec: { id: pipeline_id, ...body },
      });
      return { pipeline_id };
    },
  ],
  [
    "POST",
    /^alerts$/,
    ({ body }) => {
      const id = `a${next++}`;
      return store(`alerts/${id}`, { id, lifecycle_state: "ACTIVE", owner_user_name: "deployer", ...body });
    },
  ],
  ["PATCH", /^(alerts\/\w+)$/, ({ body }, key) => updateAlert(key ?? "", body)],
  [
    "POST",
    /^lakeview\/dashboards$/,
    ({ body }) => {
      const dashboard_id = `d${next++}`;
      const path = `${body["parent_path"]}/${body["display_name"]}.lvdash.json`;
      return store(`lakeview/dashboards/${dashboard_id}`, {
        dashboard_id,
        path,
        etag: "1",
        lifecycle_state: "ACTIVE",
        ...body,
      });
    },
  ],
  ["POST", /^notification-destinations$/, ({ body }) => destination(body)],
  ["POST", /^(lakeview\/dashboards\/\w+\/published)$/, ({ body }, key) => store(key ?? "", body)],
  ["POST", /^(sql\/warehouses\/\w+)\/edit$/, ({ body }, key) => store(key ?? "", { ...stored(key ?? ""), ...body })],
  // What was stored under its address.
  ["GET", /^(.+)$/, (_call, key) => stored(key ?? "")],
  ["PATCH", /^(.+)$/, ({ body }, key) => store(key ?? "", { ...stored(key ?? ""), ...body })],
  ["PUT", /^(.+)$/, ({ body }, key) => store(key ?? "", { ...stored(key ?? ""), ...body })],
  ["DELETE", /^(.+)$/, (_call, key) => remove(key ?? "")],
];

function answer(call: Call): Body | Body[] {
  for (const [method, pattern, respond] of ROUTES) {
    const match = method === "*" || method === call.method ? pattern.exec(call.path) : null;
    if (match !== null) return respond(call, ...match.slice(1));
  }
  throw new ApiError(404, "ENDPOINT_NOT_FOUND", `${call.method} ${call.path} is not known here`);
}

/** JSON, or the fields of a form. */
function parse(text: string, type: string): Body {
  if (text === "") return {};
  if (!type.startsWith("multipart/")) return JSON.parse(text);
  const fields = text.matchAll(/name="(\w+)"(?!; filename)[^\r\n]*\r\n\r\n([^\r\n]*)\r\n/g);
  return Object.fromEntries([...fields].map(([, name, value]) => [name, value]));
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

const [log = "", rejected] = process.argv.slice(2);

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? "/", "http://localhost");
  const path = decodeURIComponent(url.pathname).replace(/^\/api\/\d\.\d\//, "");
  const body = parse(await read(request), request.headers["content-type"] ?? "");
  await new Promise((done) => setTimeout(done, 5 + Math.random() * 245));
  const what = `${request.method} ${path} ${body["path"] ?? body["name"] ?? ""}`.trim();
  let status = 200;
  let said: unknown;
  try {
    if (rejected !== undefined && new RegExp(rejected).test(what)) throw new ApiError(400, "INVALID_STATE", "not now");
    said = answer({ method: request.method ?? "GET", path, query: url.searchParams, body });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    status = error.status;
    said = { error_code: error.code, message: error.message };
  }
  appendFileSync(log, `${status} ${what}\n`);
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(said));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(typeof address === "object" ? address?.port : address);
});
