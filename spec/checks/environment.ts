import type { EnvironmentConfig } from "../model/environment";
import type { Checked } from "../reading/checked";

export function checkEnvironment(
  _environment: Checked<EnvironmentConfig>,
  _context: { readonly hasFiles: boolean },
): void {}
