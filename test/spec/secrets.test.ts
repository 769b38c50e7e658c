import { describe, expect, it } from "vitest";
import { ConfigError, dashboardConfig, defineDocument, environmentConfig, findSecret } from "../../spec";
import { checkShape } from "../../spec/reading/checked";
import { parseGoldModel } from "../../spec/reading/gold-model";
import { YamlFile } from "../../spec/reading/yaml-file";
import { hostileValues } from "../constructs/support/hostile";

/** Made up, and put together here, so that no scanner takes this file for a leak. */
const hex = (length: number) => "0123456789abcdef".repeat(5).slice(0, length);
const mixed = (length: number) => "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z".repeat(5).slice(0, length);

const SECRETS: Readonly<Record<string, string>> = {
  "a Databricks token": `dapi${hex(32)}`,
  "a Databricks token of OAuth": `dose${hex(32)}`,
  "an AWS access key": `AKIA${"ABCDEFGH".repeat(2)}`,
  "an AWS secret key": `aws_secret_access_key = "${mixed(40)}"`,
  "an Azure storage key": `AccountKey=${mixed(86)}==`,
  "an Azure storage key of Event Hubs": `Endpoint=sb://x/;SharedAccessKey=${mixed(43)}=`,
  "an Azure signature": `https://prod.logic.azure.com/workflows/a?sp=x&sig=${mixed(43)}`,
  "an Azure client secret": `abc8Q~${mixed(34)}`,
  "a Google key": `AIza${mixed(35)}`,
  "a GitHub token": `ghp_${mixed(36)}`,
  "a GitHub token of the fine kind": `github_pat_${mixed(40)}`,
  "a GitLab token": `glpat-${mixed(20)}`,
  "a Slack token": `xoxb-${mixed(24)}`,
  "a Slack webhook": `https://hooks.slack.com/services/T0123/B4567/${mixed(24)}`,
  "a Discord webhook": `https://discord.com/api/webhooks/123/${mixed(40)}`,
  "a Teams webhook": `https://x.webhook.office.com/webhookb2/${mixed(36)}`,
  "a Stripe key": `sk_live_${mixed(24)}`,
  "an npm token": `npm_${mixed(36)}`,
  "a PyPI token": `pypi-${mixed(60)}`,
  "a key of a language model": `sk-ant-${mixed(40)}`,
  "a SendGrid key": `SG.${mixed(22)}.${mixed(43)}`,
  "a PagerDuty address": `https://events.pagerduty.com/integration/${hex(32)}/enqueue`,
  "a JSON web token": `eyJ${mixed(20)}.eyJ${mixed(20)}.${mixed(20)}`,
  "a private key": "-----BEGIN RSA PRIVATE KEY-----",
  "a private key of PGP": "-----BEGIN PGP PRIVATE KEY BLOCK-----",
  "a password in an address": "https://user:hunter2@hooks.example/x",
  "a password in an address of a database": "jdbc:postgresql://me:pa55@db/x",
  "a password": 'PlainLoginModule required username="me" password="hunter2";',
  "a token": `https://hooks.example/x?access_token=${mixed(24)}`,
  "a token of a header": `Authorization: Bearer ${mixed(30)}`,
};

const HARMLESS = [
  "",
  "dapi",
  "The token of the webhook is kept in the scope hooks, key drift.",
  "password: see the secret scope",
  "SELECT token, password FROM users WHERE code = 'A1' AND key=1",
  "https://hooks.example/x?key=orders&code=eu-west&token=",
  "https://hooks.example:8443/a@b/c:d@e",
  "mailto:me@example.com, s3://bucket/a:b@c",
  "abfss://container@account.dfs.core.windows.net/landing",
  "arn:aws:iam::123456789012:role/landing",
  "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g/providers/x/accessConnectors/c",
  "https://user:{{secrets/scope/key}}@host/, https://user:${PASSWORD}@host/, https://user:<password>@host/",
  'PlainLoginModule required username="me" password="{{secrets/kafka/password}}";',
  "assets/Pipeline_Code_WheelAsset_1A2B3C4D/0123456789ab/medallion_pipelines-0.1.0+0123456789ab-py3-none-any.whl",
  "a".repeat(5000),
  "a.".repeat(5000),
];

describe("secrets", () => {
  it.each(Object.entries(SECRETS))("finds %s", (what, text) => {
    const kind = what.replace(/ (of (OAuth|Event Hubs|the fine kind|PGP|a database|a header))$/, "");
    for (const around of [text, `see ${text}`, JSON.stringify({ a: `\n${text}\n` })])
      expect(findSecret(around), around).toBe(kind);
  });

  it.each(HARMLESS)("leaves %j alone", (text) => expect(findSecret(text)).toBeUndefined());

  it("takes no time on long texts", () => {
    const started = performance.now();
    for (const text of [
      "a:".repeat(100_000),
      "a.b-c".repeat(50_000),
      "jaas LoginModule ".repeat(10_000),
      "/?&key=".repeat(30_000),
    ])
      findSecret(text);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe("a secret in config is rejected at load and not shown", () => {
  const SECRET = `dapi${hex(32)}`;
  const yaml = (value: unknown) => YamlFile.parse("x.yaml", JSON.stringify(value));
  const faultsOf = (kind: string, value: unknown): string => {
    if (kind === "environment" || kind === "dashboard") {
      const { faults } =
        kind === "environment" ? checkShape(environmentConfig, yaml(value)) : checkShape(dashboardConfig, yaml(value));
      return faults.map(({ message }) => message).join("\n");
    }
    const topic = { source: { files: "t" }, silver: { mode: "append" } };
    const [pipeline, topics] = kind === "pipeline" ? [value, { t: topic }] : [{}, { t: value }];
    try {
      defineDocument({ name: "shop", ...(pipeline as object), topics } as Parameters<typeof defineDocument>[0]);
    } catch (error) {
      if (error instanceof ConfigError) return error.message;
      throw error;
    }
    return "";
  };

  it.each(["environment", "topic", "pipeline", "dashboard"])("in every text key of %s", (kind) => {
    const values = [...hostileValues(`${kind}.schema.json`, SECRET)].flatMap(([path, all]) =>
      all.map((value) => [path, value] as const),
    );
    expect(values.length).toBeGreaterThan(4);
    for (const [path, value] of values) {
      const said = faultsOf(kind, value);
      expect(said, path).toContain("holds a Databricks token");
      expect(said, path).not.toContain(hex(32));
    }
  });

  it("in a model, in its header and its body", () => {
    const sql = [
      "-- model: m",
      `-- description: ${SECRET}`,
      "-- grain: a",
      "-- needs: t(a string)",
      `SELECT '${SECRET}' AS a FROM t`,
    ];
    const { faults } = parseGoldModel("m.sql", sql.join("\n"));
    expect(faults.map(({ line, message }) => [line, message.slice(0, 24)])).toEqual([
      [2, "holds a Databricks token"],
      [5, "holds a Databricks token"],
    ]);
  });

  it("where the value is faulty besides", () => {
    const said = faultsOf("pipeline", {
      settings: { driftWebhook: { url: `http://hooks.slack.com/services/T01/B02/${mixed(24)}` } },
    });
    expect(said).toContain("settings.driftWebhook.url: holds a Slack webhook");
    expect(said).not.toContain("T01");
  });
});
