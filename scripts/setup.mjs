#!/usr/bin/env node
/**
 * Everything that a machine with Node, Python and Java needs for `npm start` and `npm test`:
 * Node packages, a Python environment, Delta's jars, the wheel. Skips what is there; installs nothing globally.
 *
 *   npm run setup                  what start and test need
 *   npm run setup -- --runtimes    Spark 4.0 and 4.1 too, for test:runtimes
 *   npm run setup -- --kafka       Spark's Kafka jars, for topics that read from Kafka
 *   npm run setup -- --broker      a Kafka broker, for test:kafka
 *
 * MEDALLION_TOOLS   where tools go (default .tools)      MEDALLION_PYTHON   which Python makes the environment
 * MEDALLION_MAVEN   a Maven mirror, for the jars         npm and pip follow their own configuration
 */
import { nodeFault } from "./setup/node.mjs";

// The rest is loaded only now: an old Node could not even read it, and its own message would help nobody.
const fault = nodeFault(process.versions.node);
if (fault) {
  process.stderr.write(fault + "\n");
  process.exitCode = 1;
} else {
  import("./setup/main.mjs").then((setup) => setup.main(process.argv.slice(2)));
}
