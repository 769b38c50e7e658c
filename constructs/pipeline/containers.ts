import { Annotations } from "cdktf";
import type { Construct } from "constructs";
import { type Layer, METASTORE_STORAGE } from "../../spec";
import { Catalog, type ICatalog } from "../catalog/catalog";
import { ExternalStorage } from "../catalog/external-storage";
import { type ISchema, Schema } from "../catalog/schema";
import { type IVolume, Volume } from "../catalog/volume";
import { claim } from "../internal/ownership";
import type { Settings } from "./settings";

/** Containers of the tables and files of a pipeline. */
export interface Containers {
  readonly catalog: ICatalog;
  readonly schemas: Readonly<Record<Layer, ISchema>>;
  readonly landing: IVolume;
  readonly checkpoints: Volume;
}

const LAYER_COMMENTS: Record<Layer, string> = {
  bronze: "Raw records as they came, and what was quarantined. May hold personal data.",
  silver: "Typed records, one table per topic.",
  gold: "Business metrics.",
  ops: "Schema registry, run log, drift and quality of the pipeline.",
};

/** Makes the catalog, the schemas and the volumes, as far as they are not given or existing. */
export function makeContainers(scope: Construct, settings: Settings): Containers {
  const { environment, defaults } = settings;
  const catalog = makeCatalog(scope, settings);
  const schemas = makeSchemas(scope, settings, catalog);
  claimTables(scope, settings, schemas);
  const landing = makeLanding(scope, settings, catalog, schemas);
  const checkpoints = new Volume(scope, "Checkpoints", {
    schema: schemas.ops,
    name: "checkpoints",
    comment: "Checkpoints of the streams. Deleting them makes the pipeline read everything again.",
    owner: environment.owner,
    protect: defaults.protect,
  });
  return { catalog, schemas, landing, checkpoints };
}

/** A value of each layer. */
export function mapLayers<T>(value: (layer: Layer) => T): Record<Layer, T> {
  return { bronze: value("bronze"), silver: value("silver"), gold: value("gold"), ops: value("ops") };
}

function makeCatalog(scope: Construct, settings: Settings): ICatalog {
  const { environment, document, naming, defaults, given } = settings;
  const { catalog } = environment;
  if (given.catalog !== undefined) return given.catalog;
  // A developer's copy lives in the catalog of the shared one.
  if (!catalog.create || settings.developer) return Catalog.fromName(catalog.name);
  if (catalog.storageRoot === undefined && !environment.import.catalog)
    Annotations.of(scope).addWarning(noStorageRoot(catalog.name));
  return new Catalog(scope, "Catalog", {
    name: catalog.name,
    storageRoot: catalog.storageRoot === METASTORE_STORAGE ? undefined : catalog.storageRoot,
    owner: environment.owner,
    isolation: catalog.isolation === "isolated" ? "ISOLATED" : "OPEN",
    workspaces: catalog.workspaces,
    comment: `Catalog of the ${document.name} pipeline, ${environment.name}.`,
    properties: { ...naming.tags },
    protect: defaults.protect,
    forceDestroy: defaults.forceDestroy,
  });
}

function noStorageRoot(catalog: string): string {
  return (
    `catalog ${catalog} is created without storageRoot: where the metastore has no storage of its own, and in accounts with default storage, the first apply is answered 400 (Metastore storage root URL does not exist). ` +
    `Set catalog.storageRoot to a folder of an external location; or storageRoot: ${METASTORE_STORAGE} where the metastore has storage; or make the catalog in the workspace and leave create out.`
  );
}

function makeSchemas(
  scope: Construct,
  { environment, naming, defaults, given }: Settings,
  catalog: ICatalog,
): Record<Layer, ISchema> {
  return mapLayers(
    (layer) =>
      given.schemas?.[layer] ??
      new Schema(scope, `Schema-${layer}`, {
        catalog,
        name: naming.schema(layer),
        comment: LAYER_COMMENTS[layer],
        owner: environment.owner,
        properties: { ...naming.tags, layer },
        protect: defaults.protect,
        forceDestroy: defaults.forceDestroy,
      }),
  );
}

/** A table has one pipeline that writes it. Tables are no resources, so nobody else would notice. */
function claimTables(
  scope: Construct,
  { document: { topics, gold } }: Settings,
  schemas: Record<Layer, ISchema>,
): void {
  const remedy = "give one of the two pipelines schemas of its own, or its topics and models other names";
  const claimAll = (layer: Layer, names: readonly { readonly name: string }[]) => {
    for (const { name } of names) claim(scope, "table", `${schemas[layer].fullName}.${name}`, remedy);
  };
  claimAll("bronze", topics);
  claimAll("silver", topics);
  claimAll("gold", gold);
}

function makeLanding(
  scope: Construct,
  settings: Settings,
  catalog: ICatalog,
  { bronze }: Record<Layer, ISchema>,
): IVolume {
  const { environment, naming, defaults, given } = settings;
  const { landing, schemas } = environment;
  if (given.landing !== undefined) return given.landing;
  if (landing !== undefined && "volume" in landing) return Volume.fromName(landing.volume);
  // Developers read what lands in the shared copy.
  if (settings.developer) return Volume.fromName(`${catalog.name}.${schemas.bronze}.landing`);
  const comment = "Where files arrive: one folder per topic.";
  const storage =
    landing === undefined
      ? undefined
      : new ExternalStorage(scope, "LandingStorage", {
          ...landing.external,
          name: `${naming.resource}-landing`,
          comment,
        });
  return new Volume(scope, "Landing", {
    schema: bronze,
    name: "landing",
    storageLocation: storage?.resource.url,
    comment,
    owner: environment.owner,
    protect: defaults.protect,
  });
}
