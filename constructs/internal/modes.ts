import type { EnvironmentConfig } from "../../spec";

export type Mode = EnvironmentConfig["mode"];

/** Defaults of resources in a mode, as named values. */
export interface ModeDefaults {
  /** Data-bearing resources cannot be destroyed by Terraform. */
  readonly protect: boolean;
  /** Containers may be destroyed together with what is in them. */
  readonly forceDestroy: boolean;
  /** Triggers are deployed paused. */
  readonly paused: boolean;
  /** The job can be edited in code only. */
  readonly lockUi: boolean;
  /** Engineers may write. */
  readonly engineersWrite: boolean;
}

export const MODES: Record<Mode, ModeDefaults> = {
  development: { protect: false, forceDestroy: true, paused: true, lockUi: false, engineersWrite: true },
  production: { protect: true, forceDestroy: false, paused: false, lockUi: true, engineersWrite: false },
};
