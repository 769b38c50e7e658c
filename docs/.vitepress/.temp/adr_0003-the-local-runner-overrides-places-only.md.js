import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"3. The local runner overrides places, nothing else","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0003-the-local-runner-overrides-places-only.md","filePath":"adr/0003-the-local-runner-overrides-places-only.md"}');
const _sfc_main = { name: "adr/0003-the-local-runner-overrides-places-only.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="3-the-local-runner-overrides-places-nothing-else" tabindex="-1">3. The local runner overrides places, nothing else <a class="header-anchor" href="#3-the-local-runner-overrides-places-nothing-else" aria-label="Permalink to &quot;3. The local runner overrides places, nothing else&quot;">​</a></h1><p><strong>Context.</strong> What was tested should be what is deployed.</p><p><strong>Decision.</strong> <code>local/</code> reads the synthesized <code>cdk.tf.json</code> of a stack, makes folders from its volumes, schemas from its schemas and the registry table from its columns, and executes the job&#39;s own task graph with the rendered notebooks. Only job parameters that name places are overridden: <code>catalog</code> (<code>spark_catalog</code>), <code>volume_root</code> and <code>pipeline_document</code>.</p><p><strong>Consequences.</strong> The library never asks whether it runs locally. References are resolved by a table of computed attributes, and every other Terraform expression is refused by name: a test resolves every shipped stack. Delta resolves a table written by a stream through the thread&#39;s active session, which a worker thread of the embedded Spark does not have; <code>bronze.py</code> sets it with a call that starts no job and does nothing elsewhere.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0003-the-local-runner-overrides-places-only.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0003TheLocalRunnerOverridesPlacesOnly = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0003TheLocalRunnerOverridesPlacesOnly as default
};
