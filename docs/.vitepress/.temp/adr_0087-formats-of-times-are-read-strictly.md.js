import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse(`{"title":"87. Formats of times have Spark's letters and read one grammar each","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0087-formats-of-times-are-read-strictly.md","filePath":"adr/0087-formats-of-times-are-read-strictly.md"}`);
const _sfc_main = { name: "adr/0087-formats-of-times-are-read-strictly.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="87-formats-of-times-have-sparks-letters-and-read-one-grammar-each" tabindex="-1">87. Formats of times have Spark&#39;s letters and read one grammar each <a class="header-anchor" href="#87-formats-of-times-have-sparks-letters-and-read-one-grammar-each" aria-label="Permalink to &quot;87. Formats of times have Spark&#39;s letters and read one grammar each&quot;">​</a></h1><p><strong>Context.</strong> Without a hint only ISO 8601 is a time, since <code>04/05/2024</code> is two days. Sources write a dozen other forms, and until now a hint <code>timestamp</code> made nulls of them.</p><p><strong>Decision.</strong> A hint may name the format: <code>timestamp(dd/MM/yyyy HH:mm)</code>, <code>date(MM/dd/yyyy)</code>, <code>timestamp(rfc2822)</code>. The letters are Spark&#39;s, because the same people write <code>to_timestamp</code> in their models; the list is closed and stands in <code>spec/times.ts</code>, from which both the checks at synth and the reader in Python come. Each run of letters is a regular expression of its own, so a text has one reading or none: no guessing of the year, no rolling over of 31 February, a wrong day of the week is a misfit. A format has year, month and day; without an offset it is in UTC. <code>timestamp</code> without a format takes every spelling of ISO 8601, also those that inference leaves as text.</p><p><strong>Alternatives.</strong> <em><code>strptime</code></em>: depends on the locale, and accepts what it can make sense of. <em>Casting in Spark</em>: the typing of values is one pass in Python, with the same result on every runtime and in <code>medallion check</code>; and Spark&#39;s parser takes short and long forms alike. <em>A list of formats per column</em>: two of them may read one text differently.</p><p><strong>Consequences.</strong> A change of a format derives the column again from bronze. What a format does not read is null and counted, or what <code>onTypeConflict</code> says.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0087-formats-of-times-are-read-strictly.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0087FormatsOfTimesAreReadStrictly = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0087FormatsOfTimesAreReadStrictly as default
};
