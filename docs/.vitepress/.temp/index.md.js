import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"medallion","description":"","frontmatter":{},"headers":[],"relativePath":"index.md","filePath":"index.md"}');
const _sfc_main = { name: "index.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="medallion" tabindex="-1">medallion <a class="header-anchor" href="#medallion" aria-label="Permalink to &quot;medallion&quot;">​</a></h1><p>Streaming medallion pipelines on Databricks, declared as code: JSON files or Kafka topics go in, typed tables and business metrics come out. A topic is one YAML file, a metric is one SQL file; the same synthesized graph runs on a laptop and in a workspace on AWS, Azure or GCP.</p><table tabindex="0"><thead><tr><th>you want to</th><th>read</th></tr></thead><tbody><tr><td>see it run</td><td>the README <code>README.md</code></td></tr><tr><td>try it on your own data</td><td><a href="./start.html">Your own data to gold in ten minutes</a></td></tr><tr><td>know what happens to a value, a row, a file</td><td><a href="./guides/schema-evolution.html">schema evolution</a>, <a href="./guides/silver.html">silver</a>, <a href="./guides/files.html">files</a>, <a href="./guides/kafka.html">Kafka</a></td></tr><tr><td>ask the tables by SQL, without Spark</td><td><a href="./guides/query.html">query</a></td></tr><tr><td>compute metrics, and check quality</td><td><a href="./guides/gold.html">gold</a>, <a href="./guides/quality.html">quality</a></td></tr><tr><td>deploy it</td><td><a href="./guides/deploy-aws.html">AWS</a>, <a href="./guides/deploy-azure.html">Azure</a>, <a href="./guides/deploy-gcp.html">GCP</a>, <a href="./guides/ci.html">CI</a>, <a href="./guides/environments.html">environments</a></td></tr><tr><td>use the constructs in an app of your own</td><td><a href="./guides/composing.html">composing</a></td></tr><tr><td>be on call for it</td><td><a href="./guides/operations.html">operations</a>, <a href="./guides/observability.html">observability</a>, <a href="./guides/cost.html">cost</a></td></tr><tr><td>look up a key, an event, a column</td><td><a href="./reference/config.html">config</a>, <a href="./reference/vocabulary.html">vocabulary</a></td></tr></tbody></table><p><code>npm run docs</code> shows these pages as a site with search, on this machine and without a network.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("index.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const index = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  index as default
};
