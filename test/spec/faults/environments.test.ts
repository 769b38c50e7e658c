import { describe } from "vitest";
import { NAME_RULE } from "../../../spec";
import { type Case, ENVIRONMENT, environment, expectFaults, source } from "./cases";

const CASES: readonly Case[] = [
  [
    "workers that may all go",
    environment([], { compute: "{ kind: job_cluster, workers: { min: 0, max: 4 } }" }),
    "config/environments/dev.yaml:5:40  compute.workers: found min 0 and max 4; allowed: min at least 1 and below max, or one number (0 is a single node)",
  ],
  [
    "no environments",
    { [ENVIRONMENT]: undefined },
    "config/environments  no such folder; at least one file is needed here",
  ],
  [
    "a name that is not the file's",
    environment([], { name: "test" }),
    'config/environments/dev.yaml:1:7  name: found "test" in dev.yaml; an environment is named like its file: rename one of the two',
  ],
  [
    "two environments of one name",
    {
      "config/environments/test.yaml":
        "name: dev\ncloud: gcp\nmode: development\ncatalog: { name: main }\ncompute: { kind: serverless }\n",
    },
    'config/environments/test.yaml:1:7  name: found "dev" in test.yaml; an environment is named like its file: rename one of the two',
    'config/environments/test.yaml:1:7  name: "dev" is already the name of config/environments/dev.yaml; each environment has its own',
  ],
  [
    "an unknown cloud and mode",
    environment([], { cloud: "amazon", mode: "production_" }),
    'config/environments/dev.yaml:2:8  cloud: found "amazon"; allowed: aws, azure, gcp',
    'config/environments/dev.yaml:3:7  mode: found "production_"; did you mean "production"? allowed: development, production',
  ],
  [
    "a catalog that Unity Catalog rejects",
    environment([], { catalog: "{ name: Main-2 }" }),
    `config/environments/dev.yaml:4:18  catalog.name: found "Main-2"; allowed: ${NAME_RULE}`,
  ],
  [
    "a catalog of the platform",
    environment([], { catalog: "{ name: hive_metastore }" }),
    'config/environments/dev.yaml:4:18  catalog.name: found "hive_metastore", a catalog of the platform; choose a catalog of your own',
  ],
  [
    "storage of another cloud",
    environment([], { catalog: "{ name: main, create: true, storageRoot: 'gs://b' }" }),
    'config/environments/dev.yaml:4:51  catalog.storageRoot: found "gs://b"; allowed on aws: s3://bucket/folder, or metastore for the storage of the metastore',
  ],
  [
    "one schema for two layers",
    environment(["schemas: { silver: bronze }"]),
    'config/environments/dev.yaml:6:20  schemas.silver: "bronze" is already the schema of bronze; their tables have the same names',
  ],
  [
    "a workspace of another cloud",
    environment(["workspace: { host: 'https://adb-1.2.azuredatabricks.net' }"]),
    "config/environments/dev.yaml:6:20  workspace.host: found a workspace on Azure, but cloud is aws; allowed: https://….cloud.databricks.com",
  ],
  [
    "a secret in the workspace's address",
    environment(["workspace: { host: 'https://me:secret@x.cloud.databricks.com' }"]),
    "config/environments/dev.yaml:6:20  workspace.host: holds a password in an address; what is declared stands readable in source, plan, state and workspace: keep it in a secret scope and name scope and key",
  ],
  [
    "a landing volume without its schema",
    environment(["landing: { volume: landing }"]),
    'config/environments/dev.yaml:6:20  landing.volume: found "landing"; allowed: catalog.schema.volume',
  ],
  [
    "serverless with settings of a cluster",
    environment([], { compute: "{ kind: serverless, nodeType: m5.large, workers: 2, wrkers: 1 }" }),
    "config/environments/dev.yaml:5:30  compute.nodeType: serverless has no such setting; remove it, or use kind: job_cluster; allowed: kind, performanceTarget, usagePolicy",
    "config/environments/dev.yaml:5:50  compute.workers: serverless has no such setting; remove it, or use kind: job_cluster; allowed: kind, performanceTarget, usagePolicy",
    "config/environments/dev.yaml:5:62  compute.wrkers: unknown key; allowed: kind, performanceTarget, usagePolicy",
  ],
  [
    "an unknown kind of compute",
    environment([], { compute: "{ kind: cluster }" }),
    'config/environments/dev.yaml:5:18  compute.kind: found "cluster"; allowed: job_cluster, serverless, existing_cluster',
  ],
  [
    "compute of no kind",
    environment([], { compute: "{ workers: 1 }" }),
    "config/environments/dev.yaml:5:1  compute.kind: missing; allowed: job_cluster, serverless, existing_cluster",
  ],
  [
    "a machine of another cloud, an old runtime, no range",
    environment([], {
      compute:
        "{ kind: job_cluster, nodeType: Standard_D4ds_v5, sparkVersion: 13.3.x-scala2.12, workers: { min: 4, max: 2 } }",
    }),
    'config/environments/dev.yaml:5:41  compute.nodeType: found "Standard_D4ds_v5", which is no machine type of AWS; allowed: such as m6gd.large',
    'config/environments/dev.yaml:5:73  compute.sparkVersion: found "13.3.x-scala2.12"; allowed: Databricks Runtime 17.3 LTS or later, such as 17.3.x-scala2.13',
    "config/environments/dev.yaml:5:100  compute.workers: found min 4 and max 2; allowed: min at least 1 and below max, or one number (0 is a single node)",
  ],
  [
    "an id that YAML takes for a number",
    environment(["warehouse: { id: 123456 }"]),
    "config/environments/dev.yaml:6:18  warehouse.id: found 123456; allowed: text (put it in quotes)",
  ],
  [
    "a warehouse that is neither",
    environment(["warehouse: { idd: abc }"]),
    'config/environments/dev.yaml:6:14  warehouse.idd: unknown key; did you mean "id"? allowed: id, create, type, size, autoStopMinutes',
  ],
  [
    "a warehouse of machines that stops too soon, of no size, with its registry",
    environment([
      "warehouse: { create: true, type: pro, size: Huge, autoStopMinutes: 5 }",
      "import: { registry: true }",
    ]),
    'config/environments/dev.yaml:6:45  warehouse.size: found "Huge"; allowed: 2X-Small, X-Small, Small, Medium, Large, X-Large, 2X-Large, 3X-Large, 4X-Large',
    "config/environments/dev.yaml:6:68  warehouse.autoStopMinutes: found 5; allowed: at least 10 for type pro",
    "config/environments/dev.yaml:7:21  import.registry: the stack has the registry table only where it makes a serverless warehouse (warehouse: { create: true }); elsewhere the job uses the table that is there: remove the key",
  ],
  [
    "a pool and what it settles",
    environment([], {
      compute: "{ kind: job_cluster, pool: p, nodeType: m5.large, zone: a, diskGb: 100, spot: true }",
    }),
    'config/environments/dev.yaml:5:50  compute.nodeType: found "m5.large"; machines of an instance pool are as the pool says: remove the key, or pool',
    'config/environments/dev.yaml:5:66  compute.zone: found "a"; machines of an instance pool are as the pool says: remove the key, or pool',
    "config/environments/dev.yaml:5:77  compute.diskGb: found 100; machines of an instance pool are as the pool says: remove the key, or pool",
    "config/environments/dev.yaml:5:88  compute.spot: found true; machines of an instance pool are as the pool says: remove the key, or pool",
  ],
  [
    "a pool of the driver alone, scripts that are nowhere, settings that are not free",
    environment([], {
      compute:
        "{ kind: job_cluster, driverPool: p, initScripts: [/Workspace/Shared/a.sh, dbfs:/a.sh], sparkConf: { spark.master: x } }",
    }),
    "config/environments/dev.yaml:5:43  compute.driverPool: the driver alone cannot come from a pool; set pool too, or remove the key",
    'config/environments/dev.yaml:5:60  compute.initScripts[0]: found "/Workspace/Shared/a.sh"; allowed: a file such as /Volumes/<catalog>/<schema>/<volume>/setup.sh, /Users/<application id>/setup.sh (without /Workspace) or s3://bucket/folder/setup.sh',
    'config/environments/dev.yaml:5:84  compute.initScripts[1]: found "dbfs:/a.sh"; allowed: a file such as /Volumes/<catalog>/<schema>/<volume>/setup.sh, /Users/<application id>/setup.sh (without /Workspace) or s3://bucket/folder/setup.sh',
    'config/environments/dev.yaml:5:108  compute.sparkConf: found "spark.master", set by the number of workers: remove what is found',
  ],
  [
    "scripts of production where others may write",
    environment(
      [
        "runAs: { servicePrincipal: 00000000-0000-0000-0000-000000000001 }",
        "notifications: { onFailure: [a@example.com] }",
        "backend: { s3: { bucket: b, region: r } }",
      ],
      { mode: "production", compute: "{ kind: job_cluster, initScripts: [/Volumes/a/b/c/d.sh, /Shared/a.sh] }" },
    ),
    'config/environments/dev.yaml:5:44  compute.initScripts: found "/Shared/a.sh"; what a cluster of production runs lies in a volume, in storage, or in the home of a service principal, because others could change it anywhere else',
  ],
  [
    "two triggers",
    environment(["job:", "  trigger: { manual: true, continuous: true }"]),
    "config/environments/dev.yaml:7:12  job.trigger: found manual and continuous together; allowed: exactly one of manual, schedule, periodic, fileArrival, tableUpdate, continuous",
  ],
  [
    "a cron of Unix",
    environment(["job: { trigger: { schedule: { cron: '0 6 * * *' } } }"]),
    'config/environments/dev.yaml:6:37  job.trigger.schedule.cron: found "0 6 * * *"; it has 5 fields; allowed: seconds minutes hours day-of-month month day-of-week [year]',
  ],
  [
    "a cron out of bounds, an abbreviated zone",
    environment(["job: { trigger: { schedule: { cron: '0 60 6 * * ?', timeZone: CET } } }"]),
    'config/environments/dev.yaml:6:37  job.trigger.schedule.cron: found "0 60 6 * * ?"; minutes is "60"; allowed: 0-59, *, ranges, lists, steps',
    'config/environments/dev.yaml:6:63  job.trigger.schedule.timeZone: found "CET"; allowed: UTC or a zone of the IANA list such as Europe/Berlin',
  ],
  [
    "a cron with both day fields",
    environment(["job: { trigger: { schedule: { cron: '0 0 6 1 * MON' } } }"]),
    'config/environments/dev.yaml:6:37  job.trigger.schedule.cron: found "0 0 6 1 * MON"; exactly one of day of month and day of week is ?',
  ],
  [
    "a staged loop in Python",
    environment(["job:", "  loop: { intervalSeconds: 5 }", "  taskType: python"]),
    "config/environments/dev.yaml:7:9  job.loop: found with layout staged; a loop is one process: use layout: one_task, or a trigger instead of the loop",
    'config/environments/dev.yaml:8:13  job.taskType: found "python" with layout staged; a Python task runs everything in one: use layout: one_task, or taskType: notebook',
  ],
  [
    "a loop that is started again and again",
    environment(["job:", "  layout: one_task", "  topicsPerTask: 5", "  loop: {}", "  trigger: { continuous: true }"]),
    "config/environments/dev.yaml:8:18  job.topicsPerTask: has no effect on layout one_task, where one task does all topics; remove it, or use layout: staged",
    "config/environments/dev.yaml:9:9  job.loop: found with trigger continuous; a loop goes on for ever once started: use trigger: { manual: true }, or remove the loop",
  ],
  [
    "file arrival without files",
    {
      ...source("  kafka: { topic: o, bootstrapServers: 'b:9092' }"),
      ...environment(["job: { trigger: { fileArrival: { minTimeBetweenTriggersSeconds: 5 } } }"]),
    },
    "config/environments/dev.yaml:6:32  job.trigger.fileArrival: no topic reads files, so nothing would ever start the job; use schedule, periodic or continuous",
    "config/environments/dev.yaml:6:65  job.trigger.fileArrival.minTimeBetweenTriggersSeconds: found 5; allowed: a whole number, at least 60",
  ],
  [
    "a table without its schema",
    environment(["job: { trigger: { tableUpdate: { tables: [a.b.c, b] } } }"]),
    'config/environments/dev.yaml:6:50  job.trigger.tableUpdate.tables[1]: found "b"; allowed: catalog.schema.table',
  ],
  [
    "a paused job without a trigger",
    environment(["job: { paused: true, retries: -1 }"]),
    "config/environments/dev.yaml:6:16  job.paused: there is no trigger to pause; remove it, or set a trigger",
    "config/environments/dev.yaml:6:31  job.retries: found -1; allowed: a whole number, at least 0",
  ],
  [
    "production without what it owes",
    environment([], { mode: "production" }),
    "config/environments/dev.yaml:1:1  runAs: missing; production runs as a service principal: runAs: { servicePrincipal: <application id> }",
    "config/environments/dev.yaml:1:1  notifications.onFailure: missing; production tells somebody when it fails: onFailure: [team@example.com]",
    "config/environments/dev.yaml:1:1  backend: production keeps its state where a team reaches it, not on one machine; allowed: s3, azurerm, gcs",
  ],
  [
    "production run by a name",
    environment(
      [
        "runAs: { servicePrincipal: robot }",
        "notifications: { onFailure: [team] }",
        "backend: { s3: { bucket: b, region: r } }",
      ],
      { mode: "production" },
    ),
    'config/environments/dev.yaml:6:28  runAs.servicePrincipal: found "robot"; allowed: the application id of the service principal (a UUID), not its name',
    'config/environments/dev.yaml:7:30  notifications.onFailure[0]: found "team"; allowed: an e-mail address',
  ],
  [
    "an owner that is one person",
    environment(["owner: jane@example.com"]),
    'config/environments/dev.yaml:6:8  owner: found "jane@example.com"; what one user or service principal owns is lost with them: allowed is the name of a group',
  ],
  [
    "notification destinations",
    environment([
      "notifications:",
      "  destinations:",
      "    desk: { email: [desk] }",
      "    Team: { slack: { url: { variable: url } } }",
      "    oncall: { pagerDuty: { integrationKey: 0123456789abcdef0123456789abcdef } }",
      "    both: { email: [a@example.com], slack: { url: { variable: url } } }",
    ]),
    'config/environments/dev.yaml:8:21  notifications.destinations.desk.email[0]: found "desk"; allowed: an e-mail address',
    `config/environments/dev.yaml:9:5  notifications.destinations.Team: found "Team" as a key; allowed: ${NAME_RULE}`,
    "config/environments/dev.yaml:10:44  notifications.destinations.oncall.pagerDuty.integrationKey: found a text, which is not shown; allowed: a mapping with variable",
    "config/environments/dev.yaml:11:11  notifications.destinations.both: found email and slack together; allowed: exactly one of email, slack, pagerDuty, webhook",
  ],
  [
    "two backends",
    environment(["backend: { s3: { bucket: b }, gcs: { bucket: b } }"]),
    "config/environments/dev.yaml:6:10  backend: found s3 and gcs together; allowed: exactly one of local, s3, azurerm, gcs",
  ],
  [
    "a backend without its region",
    environment(["backend:", "  s3: { bucket: b }"]),
    "config/environments/dev.yaml:7:3  backend.s3.region: missing; allowed: text",
  ],
  [
    "roles",
    environment(["roles:", "  reader: []", "  engineer: ['', a, a]", "  admin: [b]"]),
    "config/environments/dev.yaml:7:11  roles.reader: has no principals; name some, or remove the role",
    'config/environments/dev.yaml:8:14  roles.engineer[0]: found ""; allowed: text that is not blank',
    'config/environments/dev.yaml:8:18  roles.engineer[1]: "a" stands here twice; keep one',
    "config/environments/dev.yaml:9:3  roles.admin: unknown key; allowed: reader, engineer, operator, service",
  ],
  [
    "more than Free Edition has",
    environment(
      [
        "preset: free",
        "warehouse: { create: true }",
        "runAs: { servicePrincipal: x }",
        "roles: { reader: [analysts, 'account users'] }",
        "job: { layout: staged }",
      ],
      { catalog: "{ name: mine, create: true }", mode: "production" },
    ),
    "config/environments/dev.yaml:3:7  mode: Free Edition has no service principals, which production runs as; use mode: development",
    "config/environments/dev.yaml:4:32  catalog.create: Free Edition cannot create catalogs; use an existing one, such as name: workspace",
    'config/environments/dev.yaml:5:18  compute.kind: found "job_cluster"; Free Edition has serverless compute only: kind: serverless',
    "config/environments/dev.yaml:7:12  warehouse: Free Edition has one warehouse and creates no other; use it with { id: … }, or use none",
    "config/environments/dev.yaml:8:8  runAs: Free Edition has no service principals; remove the key",
    'config/environments/dev.yaml:9:8  roles: found "analysts"; Free Edition has no groups of your own: allowed are e-mail addresses and "account users"',
    "config/environments/dev.yaml:10:16  job.layout: Free Edition runs at most 5 tasks at once and each pays its own cold start; use layout: one_task",
  ],
  [
    "a secret scope and a service credential that are not set",
    {
      ...source(
        "  kafka:",
        "    topic: o",
        "    bootstrapServers: b:9092",
        "    auth: { username: { scope: s, key: u }, password: { scope: s, key: p } }",
      ),
      "config/topics/payments.yaml":
        "source: { kafka: { topic: p, bootstrapServers: 'b:9092', auth: { serviceCredential: msk } } }\nsilver: { mode: append }\n",
      ...environment(["secretScopes: { other: existing }"]),
    },
    'config/environments/dev.yaml:1:1  serviceCredentials: topic payments signs in with "msk", which is not set here; add msk: { existing: true }, or say which identity to create it for',
    'config/environments/dev.yaml:6:15  secretScopes: topic orders reads the secret scope "s", which is not set here; add s: existing if it is in the workspace, or s: create',
  ],
  [
    "a service credential on Google Cloud with an old runtime",
    {
      "config/topics/payments.yaml":
        "source: { kafka: { topic: p, bootstrapServers: 'b:9092', auth: { serviceCredential: gmk } } }\nsilver: { mode: append }\n",
      ...environment(["serviceCredentials: { gmk: { databricksServiceAccount: true } }"], { cloud: "gcp" }),
    },
    "config/environments/dev.yaml:5:10  compute: topic payments signs in with a service credential; on Google Cloud that needs Databricks Runtime 18: sparkVersion: 18.0.x-scala2.13",
  ],
  [
    "an external landing zone of another cloud",
    environment(["landing:", "  external: { url: 'gs://b/landing', credential: { accessConnectorId: x } }"]),
    'config/environments/dev.yaml:7:20  landing.external.url: found "gs://b/landing"; allowed on aws: s3://bucket/folder',
    "config/environments/dev.yaml:7:71  landing.external.credential.accessConnectorId: is no identity of AWS; allowed on aws: roleArn",
  ],
  [
    "two identities for one landing zone",
    environment(["landing:", "  external: { url: 's3://b', credential: { name: a, roleArn: b } }"]),
    "config/environments/dev.yaml:7:42  landing.external.credential: found name and roleArn together; allowed: exactly one of name, roleArn, accessConnectorId, databricksServiceAccount",
  ],
  [
    "a zone and disks on Azure",
    environment([], { cloud: "azure", compute: "{ kind: job_cluster, zone: '1', diskGb: 200 }" }),
    'config/environments/dev.yaml:5:37  compute.zone: found "1"; on Azure the zone of machines is not chosen: remove the key',
    "config/environments/dev.yaml:5:50  compute.diskGb: found 200; on Azure disks come with the machine type (one with a d, such as Standard_D4ds_v5): remove the key",
  ],
  [
    "bindings of a catalog that is open, isolation of one that exists",
    environment([], { catalog: "{ name: main, isolation: isolated, workspaces: [{ id: 1 }] }" }),
    "config/environments/dev.yaml:4:35  catalog.isolation: who sees an existing catalog is set where it was made; remove the key, or set create: true",
  ],
  [
    "workspaces that see an open catalog",
    environment([], { catalog: "{ name: main, create: true, workspaces: [{ id: 1 }] }" }),
    "config/environments/dev.yaml:4:50  catalog.workspaces: every workspace sees a catalog that is open; set isolation: isolated, or remove the key",
  ],
  [
    "importing what the stack does not declare",
    environment(["landing: { volume: a.b.c }", "import: { catalog: true, volumes: [landing], registry: true }"]),
    "config/environments/dev.yaml:7:20  import.catalog: a catalog that is not created here cannot belong to the stack; set catalog.create: true, or remove the key",
    "config/environments/dev.yaml:7:35  import.volumes: landing.volume is used as it stands and cannot belong to the stack; remove one of the two",
    "config/environments/dev.yaml:7:56  import.registry: the stack has the registry table only where it makes a serverless warehouse (warehouse: { create: true }); elsewhere the job uses the table that is there: remove the key",
  ],
  [
    "the word of before for what exists, in its two meanings",
    environment([
      "adopt: { catalog: true }",
      "secretScopes: { s: adopt }",
      "serviceCredentials: { msk: { adopt: true } }",
    ]),
    'config/environments/dev.yaml:6:1  adopt: unknown key; it is called "import" now; allowed: name, description, cloud, mode, preset, workspace, catalog, schemas, landing, fileSource, warehouse, compute, engine, declarative, job, backend, runAs, secretScopes, serviceCredentials, owner, import, roles, tags, notifications, observability',
    'config/environments/dev.yaml:7:20  secretScopes.s: found "adopt"; it is called "existing" now; allowed: existing, create',
    'config/environments/dev.yaml:8:30  serviceCredentials.msk.adopt: unknown key; it is called "existing" now; allowed: existing, roleArn, accessConnectorId, databricksServiceAccount',
  ],
  [
    "shards of one task, a warning after the end",
    environment(["job: { layout: one_task, shards: 2, timeoutMinutes: 10, warnAfterMinutes: 10 }"]),
    "config/environments/dev.yaml:6:34  job.shards: has no effect on layout one_task, where one task does all topics; remove it, or use layout: staged",
    "config/environments/dev.yaml:6:75  job.warnAfterMinutes: found 10, but a run is stopped after 10 minutes; allowed: less than timeoutMinutes",
  ],
  [
    "code outside of the workspace's folders",
    environment(["workspace: { root: /Workspace/Shared }"]),
    'config/environments/dev.yaml:6:20  workspace.root: found "/Workspace/Shared"; allowed: a folder below /Shared or /Users, without spaces and without /Workspace',
  ],
  [
    "two environments in one schema of one workspace",
    {
      ...environment([
        "workspace: { host: 'https://x.cloud.databricks.com' }",
        "schemas: { silver: s1, gold: g1, ops: o1 }",
      ]),
      "config/environments/test.yaml":
        "name: test\ncloud: aws\nmode: development\nworkspace: { host: 'https://x.cloud.databricks.com/' }\ncatalog: { name: main }\ncompute: { kind: serverless }\n",
    },
    "config/environments/test.yaml:1:1  schemas.bronze: main.bronze is also that of dev in the same workspace; give one of them another catalog or other schemas",
  ],
];

describe("faults of environments", () => expectFaults(CASES));
