import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { App, AssetType, TerraformAsset } from "cdktf";
import type { Construct } from "constructs";
import { findSecret, SECRET_RULE } from "../../spec";
import { UserError } from "./check";

/**
 * Text that is made at synth and deployed as a file. It is written below the output folder, where cdktf copies it from;
 * the path in the stack has a hash of the text, so it changes exactly when the text does, on every machine alike.
 *
 * @throws UserError where the text holds a secret: whoever reads the workspace folder would read it
 */
export function textAsset(scope: Construct, id: string, fileName: string, text: string): TerraformAsset {
  const secret = findSecret(text);
  if (secret !== undefined) throw new UserError(`${scope.node.path}: ${fileName} holds ${secret}; ${SECRET_RULE}`);
  const folder = join(resolve(App.of(scope).outdir), "rendered", ...scope.node.path.split("/"), id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, fileName), text);
  const assetHash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  return new TerraformAsset(scope, id, { path: join(folder, fileName), type: AssetType.FILE, assetHash });
}
