import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"86. Silver decides, then commits; the data plane lives in rooms","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0086-silver-decides-then-commits.md","filePath":"adr/0086-silver-decides-then-commits.md"}');
const _sfc_main = { name: "adr/0086-silver-decides-then-commits.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="86-silver-decides-then-commits-the-data-plane-lives-in-rooms" tabindex="-1">86. Silver decides, then commits; the data plane lives in rooms <a class="header-anchor" href="#86-silver-decides-then-commits-the-data-plane-lives-in-rooms" aria-label="Permalink to &quot;86. Silver decides, then commits; the data plane lives in rooms&quot;">​</a></h1><p><strong>Context.</strong> <code>pipelines/</code> was a flat folder of a hundred modules on sixteen floors of imports. A record&#39;s way through silver was spread over functions that read, decided and wrote in turns; new batches, a full refresh, a replay and the declarative flavour each took another path through them, told apart by booleans.</p><p><strong>Decision.</strong> A source of silver is new rows, all rows or records in quarantine. <code>decide(topic, origin, rows, state)</code> says what becomes of it: the plan and the schema version, the outcome of the rows, the results of the rules, and how the table takes them (nothing, append, upsert, scd2, rebuild, or elsewhere), with the reason. It writes nothing; Spark is asked through the Protocol <code>Rows</code>, which a list answers in unit tests, and the table is a value: its columns. <code>commit</code> carries a decision out in one order. The declarative flavour is the same two calls, with the write done elsewhere. The modules lie in rooms that import downwards only; of bronze, silver, gold and maintenance none imports another. <code>import-linter</code> keeps that (<code>pyproject.toml</code>), <code>npm run structure</code> measures it.</p><p><strong>Alternatives.</strong> <em>A Protocol for Delta with an in-memory twin</em>: silver asks of the table only what columns it has, before it decides; a value says that more simply. <em>A second write in a replay that has to rebuild</em>: the rebuild takes the repaired text of the records that are being replayed instead.</p><p><strong>Consequences.</strong> What is decided is known without Spark in a second. What a stage remembers between the iterations of a loop is a class of its own, kept by the context for the process (<code>Context.cached</code>).</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0086-silver-decides-then-commits.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0086SilverDecidesThenCommits = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0086SilverDecidesThenCommits as default
};
