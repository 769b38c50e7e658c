import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { UserError } from "../internal/check";
import { packagePath } from "../internal/package-root";

const WHEEL = /^medallion_pipelines-[0-9][^+-]*\+([0-9a-f]{12})-py3-none-any\.whl$/;

/** The built Python library. */
export interface Wheel {
  readonly file: string;
  readonly fileName: string;
  /** Hash of its content, part of its version: a job that runs old code is visible by it. */
  readonly hash: string;
}

/** Finds the wheel that `npm run build` made, or the one given. */
export function findWheel(file?: string): Wheel {
  const path = file ?? builtWheel();
  const fileName = basename(path);
  const hash = WHEEL.exec(fileName)?.[1];
  if (hash === undefined)
    throw new UserError(
      `${fileName} is not a wheel of this library: its name is medallion_pipelines-<version>+<hash>-py3-none-any.whl`,
    );
  if (!existsSync(path)) throw new UserError(`the wheel ${fileName} is not there; build it with: npm run build`);
  return { file: path, fileName, hash };
}

function builtWheel(): string {
  const folder = packagePath("dist", "wheel");
  const wheels = existsSync(folder) ? readdirSync(folder).filter((name) => WHEEL.test(name)) : [];
  const [wheel] = wheels;
  if (wheel === undefined)
    throw new UserError("the Python library is not built yet (no wheel in dist/wheel); build it with: npm run build");
  if (wheels.length > 1)
    throw new UserError(
      `dist/wheel holds ${wheels.length} wheels (${wheels.join(", ")}); build afresh with: npm run build`,
    );
  return join(folder, wheel);
}
