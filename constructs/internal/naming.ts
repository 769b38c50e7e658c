import type { EnvironmentConfig, Layer, PipelineDocument } from "../../spec";

/** Parts of names. */
export interface NamingProps {
  readonly document: Pick<PipelineDocument, "name">;
  readonly environment: Pick<EnvironmentConfig, "name" | "mode" | "schemas" | "runAs" | "tags" | "workspace">;
  readonly developer?: string;
}

/** Names of one deployment. A developer's copy has the developer in every name, so that copies never meet. */
export class Naming {
  constructor(private readonly props: NamingProps) {}

  /** Jobs, warehouses, policies: one name, as they live in different lists. */
  get resource(): string {
    const { document, environment, developer } = this.props;
    return [...(developer === undefined ? [] : [developer]), document.name, environment.name].join("-");
  }

  schema(layer: Layer): string {
    const { environment, developer } = this.props;
    return developer === undefined ? environment.schemas[layer] : `${developer}_${environment.schemas[layer]}`;
  }

  /** Folder of the code. In /Shared every user of the workspace could change it: a service principal's code lies in its own home. */
  get folder(): string {
    const { document, environment, developer } = this.props;
    const home =
      environment.workspace.root ??
      (environment.runAs === undefined ? "/Shared" : `/Users/${environment.runAs.servicePrincipal}`);
    return [home, "medallion", document.name, environment.name, ...(developer === undefined ? [] : [developer])].join(
      "/",
    );
  }

  /** Tags of everything that can have tags. */
  get tags(): Readonly<Record<string, string>> {
    const { document, environment, developer } = this.props;
    return {
      pipeline: document.name,
      environment: environment.name,
      mode: environment.mode,
      managed_by: "medallion",
      ...(developer === undefined ? {} : { developer }),
      ...environment.tags,
    };
  }
}
