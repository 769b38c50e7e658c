import { z } from "zod";
import type { EnvironmentConfig } from "../generated/config-types";
import { text } from "./names";

/** A secret that Terraform is given when it runs: never in config. */
const secretVariable = z.strictObject({
  variable: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,62}$/, "lower case letters, digits and _, a letter first, at most 63 characters")
    .describe("Name of a Terraform variable, set by TF_VAR_<name> where Terraform runs."),
});

/** A notification destination that the stack makes: exactly one kind. */
export const destinationConfig = z.union([
  z.strictObject({ email: z.array(text).min(1).describe("E-mail addresses.") }),
  z.strictObject({
    slack: z
      .strictObject({ url: secretVariable.describe("Address of the incoming webhook.") })
      .describe("A Slack channel."),
  }),
  z.strictObject({
    pagerDuty: z
      .strictObject({ integrationKey: secretVariable.describe("Integration key of the service.") })
      .describe("A service of PagerDuty."),
  }),
  z.strictObject({
    webhook: z
      .strictObject({
        url: secretVariable.describe("Address that is called, https."),
        username: secretVariable.optional().describe("User name, where the address asks for one."),
        password: secretVariable.optional().describe("Password, where the address asks for one."),
      })
      .describe("Any address."),
  }),
]);
/** Notification destination, as it is read. */
export type DestinationConfig = EnvironmentConfig["notifications"]["destinations"][string];
