import type { KafkaSource } from "../model/topic";
import type { Known, Report } from "../reading/checked";
import type { Path } from "../reading/yaml-file";
import { show } from "../words";
import { isPort } from "./address";

/** A Kafka source says one way to sign in, completely. */
export function checkKafka(kafka: Known<KafkaSource>, report: Report): void {
  const at = (...steps: string[]): Path => ["source", "kafka", ...steps];
  const { topic, bootstrapServers, startingOffsets, auth } = kafka;
  if (topic !== undefined && !/^[A-Za-z0-9._-]{1,249}$/.test(topic)) {
    report(at("topic"), `found ${show(topic)}; allowed: letters, digits, ., _ and -`);
  }
  if (
    bootstrapServers !== undefined &&
    !bootstrapServers.split(",").every((server) => isPort(/^\s*[^\s:,/]+:(\d+)\s*$/.exec(server)?.[1] ?? ""))
  ) {
    report(at("bootstrapServers"), `found ${show(bootstrapServers)}; allowed: host:port, separated by commas`);
  }
  if (startingOffsets !== undefined && !/^(earliest|latest)$/.test(startingOffsets) && !isJsonObject(startingOffsets)) {
    report(
      at("startingOffsets"),
      `found ${show(startingOffsets)}; allowed: earliest, latest, or offsets as a JSON object`,
    );
  }
  if (auth === undefined) return;
  const { username, password, mechanism, serviceCredential, protocol, caCertificate, clientCertificate, clientKey } =
    auth;
  const sasl = protocol === undefined || protocol.startsWith("SASL");
  if (
    serviceCredential !== undefined &&
    (username !== undefined || password !== undefined || mechanism !== undefined)
  ) {
    report(
      at("auth", "serviceCredential"),
      "found together with username, password or mechanism; use the one or the other",
      "conflicting_keys",
    );
  } else if ((username === undefined) !== (password === undefined)) {
    report(
      at("auth", username === undefined ? "username" : "password"),
      "missing; give both as { scope: …, key: … }",
      "missing_key",
    );
  } else if (sasl && serviceCredential === undefined && username === undefined) {
    report(
      at("auth", "username"),
      `missing; protocol ${protocol ?? "SASL_SSL"} needs serviceCredential, or username and password`,
      "missing_key",
    );
  }
  if ((clientCertificate === undefined) !== (clientKey === undefined)) {
    report(
      at("auth", clientKey === undefined ? "clientKey" : "clientCertificate"),
      "missing; mutual TLS needs both clientCertificate and clientKey",
      "missing_key",
    );
  }
  const tls = caCertificate ?? clientCertificate;
  if (
    tls !== undefined &&
    (serviceCredential !== undefined || protocol === "PLAINTEXT" || protocol === "SASL_PLAINTEXT")
  ) {
    report(
      at("auth", caCertificate === undefined ? "clientCertificate" : "caCertificate"),
      "has no effect here; certificates go with protocol SSL or SASL_SSL, without serviceCredential",
      "conflicting_keys",
    );
  }
  if (!sasl && (username !== undefined || serviceCredential !== undefined)) {
    report(
      at("auth", "protocol"),
      `found ${show(protocol)} with credentials; allowed with them: SASL_SSL, SASL_PLAINTEXT`,
      "conflicting_keys",
    );
  }
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
