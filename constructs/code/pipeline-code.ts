import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Notebook } from "@cdktf/provider-databricks/lib/notebook";
import { WorkspaceFile } from "@cdktf/provider-databricks/lib/workspace-file";
import { AssetType, TerraformAsset } from "cdktf";
import { Construct } from "constructs";
import type { PipelineDocument } from "../../spec";
import { textAsset } from "../internal/asset-file";
import { check, type Rule, UserError } from "../internal/check";
import { packagePath } from "../internal/package-root";
import { headerCell, pipCell } from "./notebook-header";
import { renderNotebook } from "./notebook-template";
import type { Json } from "./python-literal";
import { findWheel, type Wheel } from "./wheel";
import { inFolder, WorkspaceFolder, type WorkspaceFolderProps } from "./workspace-folder";

/** The notebooks that a pipeline has, however many topics it has. The first five are templates; run_pipeline works as cloned. */
export const NOTEBOOKS = ["prepare", "bronze", "silver", "gold", "finish", "run_pipeline"] as const;
/** Name of a notebook of the job. */
export type NotebookName = (typeof NOTEBOOKS)[number];

/** The notebooks of the declarative flavour: two tasks, and the two sources of the pipeline. */
const DECLARATIVE_NOTEBOOKS = ["infer", "finish", "silver", "gold"] as const;
export type DeclarativeNotebook = (typeof DECLARATIVE_NOTEBOOKS)[number];

/** Paths of the code in the workspace, as plain text: notebooks need them at synth. */
export interface CodePaths {
  readonly document: string;
  readonly wheel: string;
  readonly libraryHash: string;
}

/** Properties of a `PipelineCode`. */
export interface PipelineCodeProps {
  readonly document: PipelineDocument;
  /** Folder in the workspace, without /Workspace: `/Shared/medallion/retail/dev-aws`. */
  readonly folder: string;
  /** Permission level by principal on the folder. Who deploys it manages it. @default - as the folder above says */
  readonly permissionLevels?: WorkspaceFolderProps["permissionLevels"];
  /** Principals of `permissionLevels` that are service principals, also where their ids are known only at apply. @default - by their form */
  readonly servicePrincipals?: readonly string[];
  /** Parameters by name with their defaults: what a notebook uses when it is opened by hand. */
  readonly defaults: (paths: CodePaths) => Readonly<Record<string, string>>;
  /** Engine that the notebooks are for: the job alone, or a declarative pipeline and the job around it. @default job */
  readonly engine?: "job" | "declarative";
  /** Notebooks install the library themselves, as on serverless. @default false */
  readonly pip?: boolean;
  /** File of the wheel. @default - the one that `npm run build` made */
  readonly wheel?: string;
  /** Folder of the notebook templates. @default - the ones of this package */
  readonly templates?: string;
}

const RULES: readonly Rule<PipelineCodeProps>[] = [
  [(p) => p.document.topics.length === 0, () => "the pipeline document has no topic; a pipeline needs at least one"],
];

/**
 * The code of a pipeline as workspace files: the wheel, the pipeline document, the notebooks.
 *
 * @example
 * const code = new PipelineCode(this, "Code", {
 *   document,
 *   folder: "/Shared/medallion/shop/dev",
 *   defaults: (paths) => ({ pipeline_document: paths.document, library_hash: paths.libraryHash }),
 * });
 */
export class PipelineCode extends Construct {
  readonly folder: WorkspaceFolder;
  readonly wheel: WorkspaceFile;
  readonly document: WorkspaceFile;
  /** Of the job; none with engine declarative. */
  readonly notebooks: Readonly<Record<NotebookName, Notebook>>;
  /** Of the declarative flavour; none with engine job. */
  readonly declarative: Readonly<Record<DeclarativeNotebook, Notebook>>;
  readonly libraryHash: string;

  constructor(scope: Construct, id: string, props: PipelineCodeProps) {
    super(scope, id);
    check(this, props, RULES);
    this.folder = new WorkspaceFolder(this, "Folder", {
      path: props.folder,
      permissionLevels: props.permissionLevels,
      servicePrincipals: props.servicePrincipals,
    });
    const wheel = findWheel(props.wheel);
    const paths = codePaths(props.folder, wheel);
    this.libraryHash = wheel.hash;
    const wheelAsset = new TerraformAsset(this, "WheelAsset", {
      path: wheel.file,
      type: AssetType.FILE,
      assetHash: wheel.hash,
    });
    this.wheel = new WorkspaceFile(this, "Wheel", {
      path: `${props.folder}/${wheel.fileName}`,
      source: wheelAsset.path,
      ...inFolder(this.folder),
    });
    const text = `${JSON.stringify(props.document, null, 2)}\n`;
    this.document = new WorkspaceFile(this, "Document", {
      path: `${props.folder}/pipeline.json`,
      source: textAsset(this, "DocumentAsset", "pipeline.json", text).path,
      ...inFolder(this.folder),
    });
    const declarative = props.engine === "declarative";
    this.notebooks = this.makeNotebooks(declarative ? [] : NOTEBOOKS, props, paths);
    this.declarative = this.makeDeclarative(declarative ? DECLARATIVE_NOTEBOOKS : [], props, paths);
  }

  /** Path of the wheel as a library of tasks. */
  get wheelPath(): string {
    return `/Workspace${this.wheel.path}`;
  }

  /** Path of the pipeline document as code opens it. */
  get documentPath(): string {
    return `/Workspace${this.document.path}`;
  }

  private makeNotebooks(
    names: readonly NotebookName[],
    props: PipelineCodeProps,
    paths: CodePaths,
  ): Record<NotebookName, Notebook> {
    const cells = [headerCell(props.document, paths.libraryHash), ...(props.pip ? [pipCell(paths.wheel)] : [])];
    const defaults = props.defaults(paths);
    const entries = names.map((name) => {
      const values: Record<string, Json> = name === "run_pipeline" ? {} : { defaults };
      return [name, this.makeNotebook(props, name, `${name}.py`, values, cells)] as const;
    });
    return Object.fromEntries(entries) as Record<NotebookName, Notebook>;
  }

  private makeDeclarative(
    names: readonly DeclarativeNotebook[],
    props: PipelineCodeProps,
    paths: CodePaths,
  ): Record<DeclarativeNotebook, Notebook> {
    const header = headerCell(props.document, paths.libraryHash);
    const entries = names.map((name) => {
      const source = name === "silver" || name === "gold";
      // No task library reaches the sources of a pipeline: they always install it themselves.
      const cells = source || props.pip ? [header, pipCell(paths.wheel)] : [header];
      const values: Record<string, Json> = source ? {} : { defaults: props.defaults(paths) };
      return [name, this.makeNotebook(props, name, `declarative/${name}.py`, values, cells)] as const;
    });
    return Object.fromEntries(entries) as Record<DeclarativeNotebook, Notebook>;
  }

  private makeNotebook(
    props: PipelineCodeProps,
    name: string,
    file: string,
    values: Readonly<Record<string, Json>>,
    cells: readonly string[],
  ): Notebook {
    const text = readTemplate(join(props.templates ?? packagePath("notebooks"), file));
    const rendered = renderNotebook({ name: file, text, values, cells });
    const source = textAsset(this, `Asset-${name}`, `${name}.py`, rendered).path;
    return new Notebook(this, name, { path: `${props.folder}/${name}`, source, ...inFolder(this.folder) });
  }
}

function readTemplate(file: string): string {
  if (!existsSync(file))
    throw new UserError(`the notebook template ${file} is not there; the six are ${NOTEBOOKS.join(", ")}`);
  return readFileSync(file, "utf8");
}

function codePaths(folder: string, wheel: Wheel): CodePaths {
  return {
    document: `/Workspace${folder}/pipeline.json`,
    wheel: `/Workspace${folder}/${wheel.fileName}`,
    libraryHash: wheel.hash,
  };
}
