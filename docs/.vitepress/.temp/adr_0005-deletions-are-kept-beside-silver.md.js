import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"5. Deletions are kept beside silver","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0005-deletions-are-kept-beside-silver.md","filePath":"adr/0005-deletions-are-kept-beside-silver.md"}');
const _sfc_main = { name: "adr/0005-deletions-are-kept-beside-silver.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="5-deletions-are-kept-beside-silver" tabindex="-1">5. Deletions are kept beside silver <a class="header-anchor" href="#5-deletions-are-kept-beside-silver" aria-label="Permalink to &quot;5. Deletions are kept beside silver&quot;">​</a></h1><p><strong>Context.</strong> A row that deletes its key takes the key out of silver. An older row of that key may come later; silver alone does not tell that it is dead. Files and batches may come in any order, and the table must not depend on it.</p><p><strong>Decision.</strong> Every deletion is kept in <code>bronze.&lt;topic&gt;_deletes</code>: key and sequence with silver&#39;s types, and its place in the total order. It is written before silver is. The merge of mode upsert takes a row only where no deletion of its key comes after it; mode history draws up the intervals of the keys of a batch from stored versions, deletions and new rows together. A rebuild of silver derives the table again, so that its types follow those of the keys. Topics without <code>deleteWhen</code> have no such table, and their merge is as it was.</p><p><strong>Alternatives.</strong> <em>Deleted rows stay in silver, marked</em>: every reader would have to filter, and one forgets. <em>Look for deletions in bronze</em>: cost would follow history. <em>The key as text</em>: no typed comparison of sequences, and <code>1</code> and <code>1.0</code> would be two keys.</p><p><strong>Consequences.</strong> The table grows with deletions and is read by the batches of its topic; it may hold personal data, and stands in bronze for that. Retention of bronze does not touch it: a key stays deleted.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0005-deletions-are-kept-beside-silver.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0005DeletionsAreKeptBesideSilver = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0005DeletionsAreKeptBesideSilver as default
};
