import type { Cloud as CloudName } from "../../spec";
import { aws } from "./aws";
import { azure } from "./azure";
import type { Cloud } from "./cloud";
import { gcp } from "./gcp";

/** The clouds by name. */
export const CLOUDS: Record<CloudName, Cloud> = { aws, azure, gcp };
