import { describe, expect, it } from "vitest";
import { type MedallionStackProps, PROVIDER_RANGE } from "../../constructs";
import { newStack, synth } from "./support/synth";

const terraformOf = (props: MedallionStackProps = {}) => synth(newStack(props)).json["terraform"];

describe("MedallionStack", () => {
  it("makes no resource and asks for nothing but a provider that works", () => {
    const { json, counts } = synth(newStack());
    expect(counts).toEqual({});
    expect(json).toEqual({
      provider: { databricks: [{}] },
      terraform: {
        required_version: ">= 1.10.0",
        required_providers: { databricks: { source: "databricks/databricks", version: PROVIDER_RANGE } },
        backend: { local: { path: "../../../terraform.tfstate.d/test.tfstate" } },
      },
    });
  });

  it.each([
    [{ host: "https://x.cloud.databricks.com" }, { host: "https://x.cloud.databricks.com" }],
    [{ profile: "DEV" }, { profile: "DEV" }],
  ])("names a workspace by %j, never credentials", (workspace, provider) => {
    expect(synth(newStack({ workspace })).json["provider"]).toEqual({ databricks: [provider] });
  });

  it.each([
    [{ local: { path: "/state/x.tfstate" } }, { local: { path: "/state/x.tfstate" } }],
    [
      { s3: { bucket: "b", region: "r" } },
      { s3: { bucket: "b", region: "r", key: "medallion/shop/dev.tfstate", encrypt: true, use_lockfile: true } },
    ],
    [
      { s3: { bucket: "b", region: "r", key: "k" } },
      { s3: { bucket: "b", region: "r", key: "k", encrypt: true, use_lockfile: true } },
    ],
    [
      { azurerm: { resourceGroupName: "g", storageAccountName: "a", containerName: "c" } },
      {
        azurerm: {
          resource_group_name: "g",
          storage_account_name: "a",
          container_name: "c",
          key: "medallion/shop/dev.tfstate",
        },
      },
    ],
    [{ gcs: { bucket: "b" } }, { gcs: { bucket: "b", prefix: "medallion/shop/dev" } }],
  ] as [MedallionStackProps["backend"], unknown][])("keeps its state in %j", (backend, expected) => {
    expect(terraformOf({ backend, stateKey: "shop/dev" })).toMatchObject({ backend: expected });
  });

  it("takes a version of the provider", () => {
    expect(terraformOf({ providerVersion: "1.113.0" })).toMatchObject({
      required_providers: { databricks: { version: "1.113.0" } },
    });
  });
});
