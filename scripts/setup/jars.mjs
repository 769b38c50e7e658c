/**
 * Java archives (Delta for each Spark version, Kafka) in `.tools/jars/<set>`, from `requirements/jars.json`, checked by sha256.
 *
 * They are fetched by Ivy, the Maven client that Spark itself carries: nothing more is needed on the machine, and the
 * repository is Ivy's default, the public one. MEDALLION_MAVEN names another (a mirror behind a firewall).
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, remove, run, SetupError, say, seconds, sha256, TOOLS, VENV_PYTHON } from "./shell.mjs";

/** @typedef {{ coordinates: string, sha256: string, size: number }} Jar */
/** @typedef {{ [set: string]: Jar[] }} Jars */

export const JARS_FILE = join(ROOT, "requirements", "jars.json");

/** Jars with which Spark reads from Kafka, and a broker to test that with. */
export const KAFKA_JARS = "spark-4.2-kafka";
export const BROKER_JARS = "kafka-broker";

/** @returns {Jars} */
export function lockedJars() {
  return JSON.parse(readFileSync(JARS_FILE, "utf8"));
}

/** @param {string} coordinates group:artifact:version */
export function jarFile(coordinates) {
  const [, artifact, version] = coordinates.split(":");
  return `${artifact}-${version}.jar`;
}

/** @param {string} set */
const folderOf = (set) => join(TOOLS, "jars", set);

/**
 * Returns whether a set is there, whole. Sizes only: the hashes were checked before the files got their names.
 * @param {string} set
 */
export function jarsReady(set) {
  const folder = folderOf(set);
  const jars = lockedJars()[set] ?? [];
  if (!existsSync(folder) || readdirSync(folder).filter((name) => name.endsWith(".jar")).length !== jars.length)
    return false;
  return jars.every((jar) => {
    const file = join(folder, jarFile(jar.coordinates));
    return existsSync(file) && statSync(file).size === jar.size;
  });
}

/**
 * @param {string} set
 * @param {string} java
 */
export function installJars(set, java) {
  const started = Date.now();
  const jars = lockedJars()[set] ?? [];
  say(`Fetching ${jars.length} jars for ${set} ...`);
  const fresh = join(TOOLS, "jars", `.${set}-${process.pid}`);
  try {
    fetchJars(
      jars.map((jar) => jar.coordinates),
      fresh,
      java,
    );
    for (const jar of jars) {
      const file = join(fresh, jarFile(jar.coordinates));
      const got = existsSync(file) ? sha256(readFileSync(file)) : "nothing";
      if (got !== jar.sha256) {
        throw new SetupError(
          `${jar.coordinates} is not what requirements/jars.json says (sha256 ${jar.sha256}, got ${got}): do not use it; ` +
            "look at the mirror or proxy it came through.",
        );
      }
    }
    remove(join(fresh, ".ivy"));
    remove(folderOf(set));
    renameSync(fresh, folderOf(set));
  } finally {
    remove(fresh);
  }
  say(`  done in ${seconds(started)}`);
}

/**
 * Fetches exactly these artifacts, without what they depend on.
 * @param {string[]} coordinates
 * @param {string} folder
 * @param {string} java
 */
export function fetchJars(coordinates, folder, java) {
  const work = join(folder, ".ivy");
  mkdirSync(work, { recursive: true });
  const dependencies = coordinates.map((text) => {
    const [org, name, rev] = text.split(":");
    return `<dependency org="${org}" name="${name}" rev="${rev}" transitive="false" conf="default->master"/>`;
  });
  const module = join(work, "ivy.xml");
  writeFileSync(
    module,
    `<ivy-module version="2.0"><info organisation="medallion" module="jars"/><configurations><conf name="default"/></configurations>` +
      `<dependencies>${dependencies.join("")}</dependencies></ivy-module>`,
  );
  const what =
    "The jars could not be fetched from the Maven repository; behind a firewall, set MEDALLION_MAVEN to a mirror";
  run(what, java, [
    "-Djava.net.useSystemProxies=true",
    "-cp",
    ivyJar(),
    "org.apache.ivy.Main",
    ...repository(work),
    "-novalidate",
    "-cache",
    join(work, "cache"),
    "-ivy",
    module,
    "-confs",
    "default",
    "-types",
    "jar",
    "bundle", // what a jar for OSGi calls itself
    "-retrieve",
    join(folder, "[artifact]-[revision].[ext]"),
    "-warn",
  ]);
}

/** @param {string} work */
function repository(work) {
  const mirror = process.env["MEDALLION_MAVEN"];
  if (!mirror) return ["-m2compatible"];
  if (!URL.canParse(mirror)) throw new SetupError(`MEDALLION_MAVEN is ${JSON.stringify(mirror)}, not a URL.`);
  const settings = join(work, "settings.xml");
  const root = new URL(mirror).href.replace(/&/g, "&amp;").replace(/"/g, "&quot;");
  writeFileSync(
    settings,
    `<ivysettings><settings defaultResolver="mirror"/><resolvers><ibiblio name="mirror" m2compatible="true" root="${root}"/></resolvers></ivysettings>`,
  );
  return ["-settings", pathToFileURL(settings).href];
}

/** Ivy lies among Spark's own jars. */
function ivyJar() {
  const folder = run("Spark was not found in .tools/python", VENV_PYTHON, [
    "-c",
    "import importlib.util, os; print(os.path.join(os.path.dirname(importlib.util.find_spec('pyspark').origin), 'jars'))",
  ]).trim();
  const name = readdirSync(folder).find((file) => /^ivy-\d.*\.jar$/.test(file));
  if (!name)
    throw new SetupError(
      `No Ivy among Spark's jars in ${folder}: remove .tools/python and run \`npm run setup\` again.`,
    );
  return join(folder, name);
}
