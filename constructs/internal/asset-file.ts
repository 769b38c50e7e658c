import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { App, AssetType, TerraformAsset } from "cdktf";
import type { Construct } from "constructs";

/**
 * Text that is made at synth and deployed as a file. It is written below the output folder under its own hash,
 * so the path in the stack changes exactly when the text does, on every machine alike.
 */
export function textAsset(scope: Construct, id: string, fileName: string, text: string): TerraformAsset {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const folder = join(resolve(App.of(scope).outdir), "rendered", hash);
  const file = join(folder, fileName);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, text);
  }
  return new TerraformAsset(scope, id, { path: file, type: AssetType.FILE, assetHash: hash });
}
