import { reportFaults, synthesize } from "medallion";
import { loadProject } from "medallion/spec";

// One stack per file of config/environments. MEDALLION_STACKS=a,b: only these. MEDALLION_DEVELOPER=jane: her own copies
// of the development stacks. MEDALLION_LOCAL_STATE=1: state on this machine, for a trial. What is missing in a stack is
// added by a third argument, (stack, pipeline) => { … }.
reportFaults(() => synthesize(loadProject(__dirname), process.env));
