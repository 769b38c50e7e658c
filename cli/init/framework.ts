import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE } from "../paths";

/** Part of a package.json that makes a project use one framework. */
export interface Framework {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>>;
}

/** Frameworks of a new project, the default first. Each has a command of its own name, and reads `cdktf.json`. */
export const FRAMEWORK_NAMES = ["cdktn", "cdktf"] as const;
export type FrameworkName = (typeof FRAMEWORK_NAMES)[number];

const CDKTN = "0.24.0";

/**
 * cdktn, the continuation of cdktf, under the names of cdktf by package alias: imports are the same with both. Its packages
 * ask for Node 22; on an older one npm only warns, unless it has `engine-strict`, and its command does not start.
 */
const cdktn: Framework = {
  dependencies: {
    "@cdktf/provider-databricks": "npm:@cdktn/provider-databricks@18.7.0",
    cdktf: `npm:cdktn@${CDKTN}`,
    // In the range that cdktn asks for, and the version that its command pins.
    constructs: "~10.6.0",
  },
  devDependencies: { "cdktn-cli": CDKTN },
  // The bindings ask for cdktn by its own name. Only of the very same version is a class of one the class of the other to TypeScript.
  overrides: { cdktn: CDKTN },
};

/** Returns the part of a package.json for a framework: cdktf is of the versions with which this package is developed. */
export function framework(name: FrameworkName): Framework {
  if (name === "cdktn") return cdktn;
  const {
    "@cdktf/provider-databricks": provider = "",
    cdktf = "",
    constructs = "",
    "cdktf-cli": cli = "",
  } = ownVersions();
  return {
    dependencies: { "@cdktf/provider-databricks": provider, cdktf, constructs },
    devDependencies: { "cdktf-cli": cli },
  };
}

/** Versions of every package that this one depends on or is developed with. */
export function ownVersions(): Readonly<Record<string, string>> {
  const own = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));
  return { ...own.dependencies, ...own.devDependencies };
}
