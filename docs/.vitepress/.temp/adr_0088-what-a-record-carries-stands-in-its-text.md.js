import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"88. What a record carries of its envelope stands in its text","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0088-what-a-record-carries-stands-in-its-text.md","filePath":"adr/0088-what-a-record-carries-stands-in-its-text.md"}');
const _sfc_main = { name: "adr/0088-what-a-record-carries-stands-in-its-text.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="88-what-a-record-carries-of-its-envelope-stands-in-its-text" tabindex="-1">88. What a record carries of its envelope stands in its text <a class="header-anchor" href="#88-what-a-record-carries-of-its-envelope-stands-in-its-text" aria-label="Permalink to &quot;88. What a record carries of its envelope stands in its text&quot;">​</a></h1><p><strong>Context.</strong> <code>records</code> cuts records out of a document, and <code>carry</code> gives each of them fields of the document around it. Bronze holds the text of a record to the letter, in a table with fixed columns, and everything behind it (silver, replay, repair, <code>forget</code>, <code>check</code>, a declarative pipeline) reads that text and nothing else.</p><p><strong>Decision.</strong> The carried fields are put in front of the record&#39;s own, each to the letter: <code>{&quot;account&quot;:&quot;012&quot;,</code> and then what stood behind the record&#39;s brace. Nothing is parsed and written again, so the record&#39;s text is the end of <code>raw</code>. A record that has a field of a carried name has that key twice, which the strict parser already rejects (<code>duplicate_key</code>): neither value silently wins. A document that cannot be cut is one row with the document&#39;s text, at a position below 0; that sign is how silver knows that it is no record, and a replay cuts it again.</p><p><strong>Alternatives.</strong> <em>A column for what is carried</em>: every reader of bronze and quarantine would have to join it to the text, and tables that exist would need the column. <em>Cutting in silver</em>: a row of bronze would have several outcomes, and the row accounting is of bronze rows. <em>Fields as a default, that the record&#39;s own outrank</em>: which of two values counts would depend on the record.</p><p><strong>Consequences.</strong> Where <code>carry</code> is set, <code>raw</code> is longer than what stood in the document. For Kafka, offset and number of the record are one number, <code>offset * 1000000 + number</code>, in a source of its own (<code>…/records</code>): turning <code>records</code> on or off never gives two rows one id.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0088-what-a-record-carries-stands-in-its-text.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0088WhatARecordCarriesStandsInItsText = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0088WhatARecordCarriesStandsInItsText as default
};
