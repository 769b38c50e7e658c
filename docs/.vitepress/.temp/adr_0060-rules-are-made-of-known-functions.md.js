import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"60. Rules are made of functions that are known, and models read what they declare","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0060-rules-are-made-of-known-functions.md","filePath":"adr/0060-rules-are-made-of-known-functions.md"}');
const _sfc_main = { name: "adr/0060-rules-are-made-of-known-functions.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="60-rules-are-made-of-functions-that-are-known-and-models-read-what-they-declare" tabindex="-1">60. Rules are made of functions that are known, and models read what they declare <a class="header-anchor" href="#60-rules-are-made-of-functions-that-are-known-and-models-read-what-they-declare" aria-label="Permalink to &quot;60. Rules are made of functions that are known, and models read what they declare&quot;">​</a></h1><p><strong>Context.</strong> A quality rule or a <code>deleteWhen</code> is evaluated again by a replay, a rebuild, a run after a crash. With <code>rand()</code>, <code>uuid()</code> or <code>now()</code> in it a row would have another outcome each time, and row accounting, replay and the laws of batching would not hold. <code>reflect</code> and <code>java_method</code> run any static method of the driver&#39;s classes; a subquery or a path table (<code>json.\`/path\` </code>) reads what nobody granted or declared. All of it was accepted at synth.</p><p><strong>Decision.</strong> A rule is one expression over one row of Spark&#39;s own deterministic functions, and those are a list (<code>spec/checks/sql-functions.ts</code>), which a test compares with the functions that Spark has. What is not in the list is refused at synth with its reason: it gives something else the next time, it looks at many rows, it leaves SQL, or nobody knows it. A gold model may use whatever Spark has but the functions that leave SQL: it is computed in full where it is not deterministic. It reads the inputs that <code>needs</code> declares and the names of its own <code>WITH</code>, nothing else; <code>spec/reading/sql-relations.ts</code> follows FROM, JOIN, TABLE and commas through all subqueries.</p><p><strong>Alternatives.</strong> <em>A list of what is forbidden</em>: every new function, every function of Databricks alone and every function of a catalog would be let in until somebody thinks of it. <em>Asking Spark</em>: synth has none, and needs Node alone.</p><p><strong>Consequences.</strong> A rule cannot say &quot;not in the future&quot; by the clock: compare two columns. Functions of Databricks alone and of a catalog cannot be used in rules; the local run could not evaluate them either. A new Spark brings new names: the test says which list lacks them.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0060-rules-are-made-of-known-functions.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0060RulesAreMadeOfKnownFunctions = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0060RulesAreMadeOfKnownFunctions as default
};
