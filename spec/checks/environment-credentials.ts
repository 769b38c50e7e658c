import { CLOUD_WORDS, identityFault } from "../clouds";
import type { EnvironmentConfig } from "../model/environment";
import type { TopicConfig } from "../model/topic";
import type { Checked, Known, Report } from "../reading/checked";
import { show } from "../words";

/** Requirements of a Kafka topic in every environment. */
export interface KafkaNeeds {
  readonly topic: string;
  readonly scopes: readonly string[];
  readonly serviceCredential?: string;
}

/** Collects the requirements of Kafka topics on the workspaces that they run in. */
export function kafkaNeeds(topics: readonly Pick<Checked<TopicConfig>, "stem" | "known" | "faults">[]): KafkaNeeds[] {
  return topics.flatMap(({ stem, known, faults }) => {
    const source = known.source;
    // What a faulty topic needs is known when it is right.
    if (faults.length > 0 || source === undefined || !("kafka" in source)) return [];
    const { username, password, caCertificate, clientCertificate, clientKey, serviceCredential } =
      source.kafka?.auth ?? {};
    const scopes = [username, password, caCertificate, clientCertificate, clientKey].flatMap((ref) => ref?.scope ?? []);
    return [{ topic: stem, scopes: [...new Set(scopes)], serviceCredential }];
  });
}

/** Secret scopes and credentials that topics name are known, and every credential is one of this cloud. */
export function checkCredentials(env: Known<EnvironmentConfig>, needs: readonly KafkaNeeds[], report: Report): void {
  for (const { topic, scopes, serviceCredential } of needs) {
    for (const scope of scopes) {
      if (env.secretScopes?.[scope] === undefined)
        report(
          ["secretScopes"],
          `topic ${topic} reads the secret scope ${show(scope)}, which is not set here; add ${scope}: existing if it is in the workspace, or ${scope}: create`,
          "unknown_name",
        );
    }
    if (serviceCredential === undefined) continue;
    if (env.serviceCredentials?.[serviceCredential] === undefined) {
      report(
        ["serviceCredentials"],
        `topic ${topic} signs in with ${show(serviceCredential)}, which is not set here; add ${serviceCredential}: { existing: true }, or say which identity to create it for`,
        "unknown_name",
      );
    }
    const fault = runtimeFault(env);
    if (fault !== undefined)
      report(["compute"], `topic ${topic} signs in with a service credential; ${fault}`, "conflicting_keys");
  }
  const landing = env.landing !== undefined && "external" in env.landing ? env.landing.external : undefined;
  checkIdentity(env, ["landing", "external", "credential"], landing?.credential, report);
  for (const [name, credential] of Object.entries(env.serviceCredentials ?? {}))
    checkIdentity(env, ["serviceCredentials", name], credential, report);
  const words = env.cloud === undefined ? undefined : CLOUD_WORDS[env.cloud];
  if (landing?.url !== undefined && words !== undefined && !words.storage.test(landing.url)) {
    report(
      ["landing", "external", "url"],
      `found ${show(landing.url)}; allowed on ${env.cloud}: ${words.storageExample}`,
    );
  }
}

/** Google Cloud came later to service credentials than the other two. */
function runtimeFault({ cloud, compute }: Known<EnvironmentConfig>): string | undefined {
  if (cloud !== "gcp" || compute === undefined) return undefined;
  if (compute.kind === "serverless") return "on Google Cloud serverless cannot: use kind: job_cluster";
  const version = compute.kind === "job_cluster" ? compute.sparkVersion : undefined;
  const major = Number(/^\d+/.exec(version ?? "")?.[0] ?? Number.NaN);
  return major < 18 ? "on Google Cloud that needs Databricks Runtime 18: sparkVersion: 18.0.x-scala2.13" : undefined;
}

function checkIdentity(
  { cloud }: Known<EnvironmentConfig>,
  path: readonly string[],
  credential: object | undefined,
  report: Report,
): void {
  const [kind] = Object.keys(credential ?? {});
  if (cloud === undefined || kind === undefined || kind === "name" || kind === "existing") return;
  const { identity, label } = CLOUD_WORDS[cloud];
  if (kind !== identity) report([...path, kind], `is no identity of ${label}; allowed on ${cloud}: ${identity}`);
  const wrong = identityFault(credential ?? {});
  if (kind === identity && wrong !== undefined) report([...path, kind], wrong.fault);
}
