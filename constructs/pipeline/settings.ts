import { Token } from "cdktf";
import type { Construct } from "constructs";
import {
  defineEnvironment,
  type EnvironmentConfig,
  type EnvironmentInput,
  isPrivateFolder,
  type PipelineDocument,
  PRIVATE_FOLDER_RULE,
} from "../../spec";
import type { ICompute } from "../compute/compute";
import { ConstructError, check, type Rule } from "../internal/check";
import { MODES, type ModeDefaults } from "../internal/modes";
import { Naming } from "../internal/naming";
import type { MedallionPipelineProps } from "./props";

/** Settings of one pipeline: its props, with every default filled in. */
export interface Settings {
  readonly document: PipelineDocument;
  readonly environment: EnvironmentConfig;
  readonly defaults: ModeDefaults;
  readonly naming: Naming;
  /** Identity that the pipeline runs as: a service principal, whatever its id looks like before it is known. */
  readonly runsAs: readonly string[];
  /** Principals that are granted the privileges of the pipeline itself. */
  readonly services: readonly string[];
  /** Folder of the code. */
  readonly folder: string;
  /** True for a developer's own copy beside the shared one. */
  readonly developer: boolean;
  /** Things to use instead of making them, and where the code comes from. */
  readonly given: Pick<
    MedallionPipelineProps,
    "catalog" | "schemas" | "landing" | "warehouse" | "compute" | "clusterPolicy" | "wheel" | "templates" | "dashboards"
  >;
}

const RULES: readonly Rule<MedallionPipelineProps>[] = [
  [
    (p) => p.developer !== undefined && !/^[a-z][a-z0-9_]{0,19}$/.test(p.developer),
    (p) => `developer "${p.developer}": lower case letters, digits and _, a letter first, at most 20 characters`,
  ],
  [
    (p) => p.developer !== undefined && p.environment.mode === "production",
    (p) =>
      `developer "${p.developer}": ${p.environment.name} is a production environment; names of persons belong to development`,
  ],
  [
    (p) => p.developer !== undefined && Object.keys(p.schemas ?? {}).length > 0,
    (p) => `developer "${p.developer}" has schemas of their own; schemas would be shared: give one or the other`,
  ],
  [
    (p) => Object.values(p.schemas ?? {}).some(({ catalog }) => catalog.name !== catalogOf(p)),
    (p) =>
      `schemas ${Object.values(p.schemas ?? {})
        .map(({ fullName }) => `"${fullName}"`)
        .join(", ")}: all four lie in one catalog, which is "${catalogOf(p)}"`,
  ],
  [
    (p) => saidTwice(p).length > 0,
    (p) =>
      `${saidTwice(p)
        .map((key) => `environment.${key}`)
        .join(", ")}: the prop of the same name is used instead; leave one of the two out`,
  ],
  [
    (p) => p.compute !== undefined && p.clusterPolicy !== undefined,
    () => "clusterPolicy: it is for the cluster that is made here; give it to your compute instead",
  ],
  [
    (p) => importedAndGiven(p).length > 0,
    (p) =>
      `environment.import names ${importedAndGiven(p).join(", ")}, given as a prop: it is imported where it is declared`,
  ],
  [
    (p) => p.environment.mode === "production" && p.folder !== undefined && !isPrivateFolder(p.folder),
    (p) => `folder "${p.folder}": ${PRIVATE_FOLDER_RULE}`,
  ],
];

/** Checks the props of a pipeline and fills in every default. */
export function settingsOf(scope: Construct, props: MedallionPipelineProps): Settings {
  check(scope, props, RULES);
  const environment = withDefaults(scope, props);
  const { document, developer } = props;
  const naming = new Naming({ document, environment, developer });
  const runsAs = environment.runAs === undefined ? [] : [environment.runAs.servicePrincipal];
  if (props.folder === undefined && Token.isUnresolved(naming.folder))
    throw new ConstructError(scope.node.path, [
      "folder: missing; without it code lies in the home of who it runs as, and Terraform knows that name only when it is applied: give a folder such as /Users/<application id>/shop",
    ]);
  return {
    document,
    environment,
    naming,
    defaults: MODES[environment.mode],
    runsAs,
    services: [...environment.roles.service, ...runsAs],
    folder: props.folder ?? naming.folder,
    developer: developer !== undefined,
    given: props,
  };
}

/** The environment with its defaults; whoever composes without config files gets the same faults as who writes them. */
function withDefaults(scope: Construct, props: MedallionPipelineProps): EnvironmentConfig {
  const { value, faults } = defineEnvironment(inWords(props), props.document);
  if (value !== undefined) return value;
  throw new ConstructError(
    scope.node.path,
    faults.map((fault) => `environment.${fault}`),
  );
}

/** The environment as a file would say it: what was given as a thing is an existing one. */
function inWords({ environment, catalog, compute, warehouse }: MedallionPipelineProps): EnvironmentInput {
  return {
    ...environment,
    ...(catalog === undefined ? {} : { catalog: { name: catalog.name } }),
    ...(compute === undefined ? {} : { compute: computeInWords(compute) }),
    ...(warehouse === undefined ? {} : { warehouse: { id: warehouse.id } }),
  } as EnvironmentInput; // its lists are read only; what is missing is told
}

function computeInWords({ kind }: ICompute): EnvironmentInput["compute"] {
  return kind === "existing_cluster" ? { kind, clusterId: "given" } : { kind };
}

function catalogOf({ catalog, environment }: MedallionPipelineProps): string | undefined {
  return catalog?.name ?? environment.catalog?.name;
}

/** Lists the keys of the environment that contradict a prop. */
function saidTwice({ environment, ...given }: MedallionPipelineProps): string[] {
  const { catalog, landing, warehouse = "none", compute } = environment;
  return [
    ...(given.catalog !== undefined && catalog !== undefined && catalog.name !== given.catalog.name ? ["catalog"] : []),
    ...(given.landing !== undefined && landing !== undefined ? ["landing"] : []),
    ...(given.warehouse !== undefined && warehouse !== "none" ? ["warehouse"] : []),
    ...(given.compute !== undefined && compute !== undefined ? ["compute"] : []),
  ];
}

/** Lists the keys of `environment.import` for things that were given and belong to somebody else. */
function importedAndGiven({ environment, catalog, schemas, landing }: MedallionPipelineProps): string[] {
  const wanted = environment.import;
  return [
    ...(wanted?.catalog && catalog !== undefined ? ["the catalog"] : []),
    ...(wanted?.schemas ?? []).filter((layer) => schemas?.[layer] !== undefined).map((layer) => `the schema ${layer}`),
    ...(wanted?.volumes?.includes("landing") && landing !== undefined ? ["the volume landing"] : []),
  ];
}
