import { Volume as VolumeResource } from "@cdktf/provider-databricks/lib/volume";
import { Construct } from "constructs";
import { isStorage, NAME, NAME_RULE, STORAGE_RULE } from "../../spec";
import { check, type Rule } from "../internal/check";
import { claim, nameReference } from "../internal/ownership";
import type { ISchema } from "./schema";

/** A volume, made here or existing. */
export interface IVolume {
  /** catalog.schema.volume */
  readonly fullName: string;
  /** catalog/schema/volume: where it lies below the volume root. */
  readonly path: string;
  /** The full name and the path, made of references where the volume is made in this stack. */
  readonly fullReference: string;
  readonly pathReference: string;
  readonly resource?: VolumeResource;
}

/** Properties of a `Volume`. */
export interface VolumeProps {
  readonly schema: ISchema;
  readonly name: string;
  /** @default - none */
  readonly comment?: string;
  /** Address of an external volume. @default - a managed volume */
  readonly storageLocation?: string;
  /** Group that owns it; who deploys has to be a member. @default - who deploys */
  readonly owner?: string;
  /** Terraform rejects a plan that destroys it; a destroyed managed volume takes its files along. @default false */
  readonly protect?: boolean;
}

const RULES: readonly Rule<VolumeProps>[] = [
  [(p) => !NAME.test(p.name), (p) => `volume name "${p.name}": ${NAME_RULE}`],
  [
    (p) => p.storageLocation !== undefined && !isStorage(p.storageLocation),
    (p) => `storageLocation "${p.storageLocation}": ${STORAGE_RULE}`,
  ],
];

/**
 * Makes a volume.
 *
 * @example
 * const inbox = new Volume(this, "Inbox", { schema, name: "inbox", protect: true });
 * const landing = Volume.fromName("main.raw.landing");
 */
export class Volume extends Construct implements IVolume {
  /** A volume that exists already, by catalog.schema.volume. */
  static fromName(fullName: string): IVolume {
    const path = fullName.split(".").join("/");
    return { fullName, path, fullReference: fullName, pathReference: path };
  }

  readonly resource: VolumeResource;
  readonly schema: ISchema;
  readonly name: string;

  constructor(scope: Construct, id: string, props: VolumeProps) {
    super(scope, id);
    check(this, props, RULES);
    this.schema = props.schema;
    this.name = props.name;
    claim(
      this,
      "volume",
      this.fullName,
      "remove one of the two, or pass the first one on (MedallionPipeline takes one as landing: first.landing; checkpoints lie in a schema ops of each pipeline's own)",
    );
    this.resource = new VolumeResource(this, "Resource", {
      catalogName: props.schema.catalog.reference,
      schemaName: props.schema.reference,
      name: props.name,
      volumeType: props.storageLocation === undefined ? "MANAGED" : "EXTERNAL",
      storageLocation: props.storageLocation,
      comment: props.comment,
      owner: props.owner,
      lifecycle: props.protect ? { preventDestroy: true } : undefined,
    });
    nameReference(this, this.fullReference, this.fullName);
  }

  get fullName(): string {
    return `${this.schema.fullName}.${this.name}`;
  }

  get path(): string {
    return `${this.schema.catalog.name}/${this.schema.name}/${this.name}`;
  }

  get fullReference(): string {
    return `${this.schema.fullReference}.${this.resource.name}`;
  }

  get pathReference(): string {
    return `${this.schema.catalog.reference}/${this.schema.reference}/${this.resource.name}`;
  }
}
