import { Group } from "@cdktf/provider-databricks/lib/group";
import { describe, expect, it } from "vitest";
import { type MedallionPipelineProps, SecretScope } from "../../constructs";
import { runApp } from "./support/app";
import { makeEnvironment, makePipeline } from "./support/fixtures";
import { type Attributes, newStack, synth } from "./support/synth";

type Environment = MedallionPipelineProps["environment"];

/** An environment that grants wherever something can be granted, to these principals in this order. */
const grantingTo = (principals: readonly string[]): Environment => {
  const all = [...principals];
  return makeEnvironment({
    catalog: { name: "main", create: true, storageRoot: "metastore" },
    warehouse: { create: true },
    landing: {
      external: { url: "s3://bucket/landing", credential: { roleArn: "arn:aws:iam::123456789012:role/landing" } },
    },
    roles: { reader: all, engineer: all, operator: all, service: all },
    secretScopes: { kafka: "create" },
    serviceCredentials: { msk: { roleArn: "arn:aws:iam::123456789012:role/msk" } },
    observability: { alerts: true },
    notifications: { onFailure: all.map((_, at) => `p${at}@example.com`) },
  });
};

/** The principal of everything that is granted to one, by address. */
function principals(stack: ReturnType<typeof makePipeline>["stack"]): Record<string, unknown> {
  const { resources } = synth(stack);
  return Object.fromEntries(
    Object.entries(resources).flatMap(([type, all]) =>
      Object.entries(all).map(([name, { principal }]) => [`${type}.${name}`, principal] as const),
    ),
  );
}

const addresses = (stack: Attributes): string[] =>
  Object.values((stack["resource"] ?? {}) as Record<string, Attributes>).flatMap((all) =>
    Object.keys(all).map((name) => name.replace(/_[0-9A-F]{8}$/, "")),
  );

describe("addresses", () => {
  it("never end in the place of something in a list", async () => {
    const { stacks } = await runApp();
    const numbered = /[-_]\d{1,3}$/;
    for (const stack of [
      ...Object.values(stacks),
      synth(makePipeline({ environment: grantingTo(["a", "b"]) }).stack).json,
    ])
      expect(addresses(stack).filter((name) => numbered.test(name))).toEqual([]);
  });

  it("stay when principals stand in another order, or one comes or goes", () => {
    const of = (...names: string[]) => principals(makePipeline({ environment: grantingTo(names) }).stack);
    const two = of("m", "n o");
    expect(Object.keys(two).filter((address) => /acl|grant/.test(address)).length).toBeGreaterThan(15);
    expect(of("n o", "m")).toEqual(two);
    // "a" comes before both in every order.
    expect(of("a", "m", "n o")).toMatchObject(two);
    for (const [address, principal] of Object.entries(of("n o"))) expect(two[address], address).toBe(principal);
  });

  it("are of what a principal refers to, whatever is declared before", () => {
    const addressesAfter = (others: number) => {
      const stack = newStack();
      const groups = Array.from(
        { length: others + 1 },
        (_, at) => new Group(stack, `Group-${others - at}`, { displayName: `g${at}` }).displayName,
      );
      new SecretScope(stack, "Scope", { name: "kafka", readers: [groups.at(-1) ?? ""] });
      return Object.keys(synth(stack).resources["databricks_secret_acl"] ?? {});
    };
    expect(addressesAfter(3)).toEqual(addressesAfter(0));
  });

  it("of an earlier version are moved", () => {
    const { json } = synth(makePipeline({ environment: grantingTo(["m", "n o"]) }).stack);
    const moved = (json["moved"] as { from: string; to: string }[]).map(({ from, to }) =>
      [from, to].map((address) => address.replace(/_[0-9A-F]{8}$/, "")),
    );
    expect(moved.sort()).toEqual([
      ["databricks_grant.Pipeline_Credential-msk_Grant-1", "databricks_grant.Pipeline_Credential-msk_Grant-m"],
      ["databricks_grant.Pipeline_Credential-msk_Grant-2", expect.stringMatching(/_Grant-n-o-[0-9a-f]{6}$/)],
      [
        "databricks_secret_acl.Pipeline_SecretScope-kafka_Reader-1",
        "databricks_secret_acl.Pipeline_SecretScope-kafka_Reader-m",
      ],
      ["databricks_secret_acl.Pipeline_SecretScope-kafka_Reader-2", expect.stringMatching(/_Reader-n-o-[0-9a-f]{6}$/)],
    ]);
  });
});
