import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse(`{"title":"1. Records are parsed and typed in Spark's Python workers","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0001-types-are-decided-in-python-workers.md","filePath":"adr/0001-types-are-decided-in-python-workers.md"}`);
const _sfc_main = { name: "adr/0001-types-are-decided-in-python-workers.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="1-records-are-parsed-and-typed-in-sparks-python-workers" tabindex="-1">1. Records are parsed and typed in Spark&#39;s Python workers <a class="header-anchor" href="#1-records-are-parsed-and-typed-in-sparks-python-workers" aria-label="Permalink to &quot;1. Records are parsed and typed in Spark&#39;s Python workers&quot;">​</a></h1><p><strong>Context.</strong> Spark&#39;s own functions rewrite what they parse: <code>from_json</code> accepts junk behind a record and loses a second record on the line; variants and <code>get_json_object</code> turn <code>1.10</code> into <code>1.1</code>; <code>try_cast</code> takes <code>&#39;12345&#39;</code> for a timestamp. A silver column must be able to fall back to text that is exactly what stood in the source.</p><p><strong>Decision.</strong> Bronze keeps the text. Two passes over new rows, both <code>mapInArrow</code>, use one strict parser (<code>pipelines.inference</code>): <em>observe</em> answers with one small JSON per partition (the joined types of all fields, nested ones included), <em>coerce</em> gives every value the registered type, or its exact text. One pass does both where a batch brings nothing new. What comes out of it is used several times (counts, rejects, the merge). Nothing may be cached on serverless, so a small batch (100,000 rows, 16 MiB of bronze&#39;s files) comes to the driver and goes on from there; a larger one is typed again where it is written.</p><p><strong>Consequences.</strong> One implementation of every typing rule, testable without Spark. The cost is about 20 µs a record and pass in Python, which is below what a MERGE of the same rows costs. Workers import the library by name, so it must be installed where they run: as task library, environment or <code>%pip</code> in a workspace, by <code>PYTHONPATH</code> locally. Shipping it by value with each query was tried and given up: caches and locks inside functions do not pickle on every Python.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0001-types-are-decided-in-python-workers.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0001TypesAreDecidedInPythonWorkers = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0001TypesAreDecidedInPythonWorkers as default
};
