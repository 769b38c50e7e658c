import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"2. Doing a range again changes nothing","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0002-idempotence-comes-from-data-and-commits.md","filePath":"adr/0002-idempotence-comes-from-data-and-commits.md"}');
const _sfc_main = { name: "adr/0002-idempotence-comes-from-data-and-commits.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="2-doing-a-range-again-changes-nothing" tabindex="-1">2. Doing a range again changes nothing <a class="header-anchor" href="#2-doing-a-range-again-changes-nothing" aria-label="Permalink to &quot;2. Doing a range again changes nothing&quot;">​</a></h1><p><strong>Context.</strong> A process may die between any two commits. Session settings that would make MERGE idempotent do not exist on serverless, and left set they silently skip later writes.</p><p><strong>Decision.</strong> Bronze takes files by a ledger whose segments are one commit each (record 30), Kafka by a Structured Streaming query straight into its table: Delta&#39;s own exactly-once. Upserts follow a total order (sequence, source, position), so a merge done twice changes nothing. Appends (append mode, quarantine) carry the newest bronze version that they contain in the commit itself (<code>userMetadata</code>), and a retry leaves out what is there. Progress (<code>ops.progress</code>) is written after the work: losing it only means doing a range again.</p><p><strong>Consequences.</strong> Rows of a batch that was applied and then lost its progress count as deduplicated when it is done again; the accounting identity holds all the same. Merge source rows that lose within their batch travel along as losers, so that Delta&#39;s own count of source rows checks ours.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0002-idempotence-comes-from-data-and-commits.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0002IdempotenceComesFromDataAndCommits = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0002IdempotenceComesFromDataAndCommits as default
};
