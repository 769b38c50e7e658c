import { NotificationDestination } from "@cdktf/provider-databricks/lib/notification-destination";
import { TerraformStack, TerraformVariable } from "cdktf";
import { Construct } from "constructs";
import type { DestinationConfig } from "../../spec";
import { check, type Rule } from "../internal/check";
import { literalTexts } from "../internal/literal";
import { claim } from "../internal/ownership";

/** Properties of `NotificationDestinations`. */
export interface NotificationDestinationsProps {
  /** Of the pipeline and its environment; begins the name of every destination. */
  readonly name: string;
  /** By name: as in `notifications.destinations` of an environment. */
  readonly destinations: Readonly<Record<string, DestinationConfig>>;
}

const RULES: readonly Rule<NotificationDestinationsProps>[] = [
  [(p) => p.name.trim() === "", () => "notification destinations need a name to begin with"],
];

/**
 * Makes notification destinations of the workspace: e-mail, Slack, PagerDuty, a webhook. What is secret in one comes by a
 * Terraform variable, which is sensitive: it is in no source and in no plan that is shown, but the provider keeps it in the state.
 *
 * @example
 * new NotificationDestinations(this, "Destinations", {
 *   name: "shop-prod",
 *   destinations: { team: { slack: { url: { variable: "team_url" } } } },
 * });
 */
export class NotificationDestinations extends Construct {
  readonly resources: readonly NotificationDestination[];

  constructor(scope: Construct, id: string, props: NotificationDestinationsProps) {
    super(scope, id);
    check(this, props, RULES);
    literalTexts(this);
    this.resources = Object.entries(props.destinations)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, destination]) => {
        const displayName = `${props.name}-${name}`;
        claim(this, "notification destination", displayName);
        return new NotificationDestination(this, name, {
          displayName,
          config: this.configOf(destination),
          // One of another kind is another one: jobs and alerts are switched to it before the old one goes.
          lifecycle: { createBeforeDestroy: true },
        });
      });
  }

  /** Ids, in the order of names. */
  get ids(): string[] {
    return this.resources.map(({ id }) => id);
  }

  private configOf(destination: DestinationConfig): NotificationDestination["configInput"] {
    if ("email" in destination) return { email: { addresses: [...destination.email].sort() } };
    if ("slack" in destination) return { slack: { url: this.secret(destination.slack.url) } };
    if ("pagerDuty" in destination)
      return { pagerduty: { integrationKey: this.secret(destination.pagerDuty.integrationKey) } };
    const { url, username, password } = destination.webhook;
    return {
      genericWebhook: {
        url: this.secret(url),
        username: username && this.secret(username),
        password: password && this.secret(password),
      },
    };
  }

  /** The value of a Terraform variable of this name; there is one in a stack, whoever asks for it. */
  private secret({ variable }: { readonly variable: string }): string {
    const stack = TerraformStack.of(this);
    const id = `Variable-${variable}`;
    const found = stack.node.tryFindChild(id) as TerraformVariable | undefined;
    if (found !== undefined) return found.stringValue;
    const made = new TerraformVariable(stack, id, {
      type: "string",
      sensitive: true,
      nullable: false,
      description: `Secret of a notification destination; set by TF_VAR_${variable}.`,
    });
    made.overrideLogicalId(variable);
    return made.stringValue;
  }
}
