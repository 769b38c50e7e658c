/** One construct at a time: a schema with a volume and grants, in a catalog that is there already. */
import { DatabricksProvider } from "@cdktf/provider-databricks/lib/provider";
import { App, TerraformStack } from "cdktf";
import { Catalog, Grants, Schema, Volume } from "medallion";

const app = new App();
const stack = new TerraformStack(app, "sandbox");
new DatabricksProvider(stack, "databricks");

const schema = new Schema(stack, "Uploads", {
  catalog: Catalog.fromName("main"),
  name: "uploads",
  comment: "Files that people bring.",
  protect: true,
});
const inbox = new Volume(stack, "Inbox", { schema, name: "inbox", protect: true });
new Grants(stack, "Grants", {
  grants: [
    {
      on: "schema",
      securable: { schema: schema.fullReference },
      principal: "analysts",
      privileges: ["USE_SCHEMA", "SELECT"],
    },
    {
      on: "inbox",
      securable: { volume: inbox.fullReference },
      principal: "analysts",
      privileges: ["READ_VOLUME", "WRITE_VOLUME"],
    },
  ],
});
app.synth();
