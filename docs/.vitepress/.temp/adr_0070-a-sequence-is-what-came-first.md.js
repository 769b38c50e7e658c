import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"70. A sequence is a number or a time, whichever is registered","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0070-a-sequence-is-what-came-first.md","filePath":"adr/0070-a-sequence-is-what-came-first.md"}');
const _sfc_main = { name: "adr/0070-a-sequence-is-what-came-first.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="70-a-sequence-is-a-number-or-a-time-whichever-is-registered" tabindex="-1">70. A sequence is a number or a time, whichever is registered <a class="header-anchor" href="#70-a-sequence-is-a-number-or-a-time-whichever-is-registered" aria-label="Permalink to &quot;70. A sequence is a number or a time, whichever is registered&quot;">​</a></h1><p><strong>Context.</strong> Every other column that meets a value which it cannot hold becomes text, derived again from bronze, and nothing is lost. A sequence (<code>silver.sequenceBy</code>) loses its meaning then: 9 comes after 10, and one record <code>2-beta</code> of one key turns the order of all keys around. A sequence must stay a number or a time, so a record that has neither cannot be ordered, and goes to quarantine. What, then, of a field with numbers <em>and</em> times?</p><p><strong>Decision.</strong> What is registered stays; records of the other kind go to quarantine (<code>sequence_conflict</code>). Where one batch has both before anything is registered, times win. <code>sequenceType: number | time</code> says it beforehand; <code>text</code> orders by letters. Within numbers nothing is quarantined for its spelling: where no type of the lattice holds them together, the column is <code>decimal(38,18)</code>.</p><p><strong>Alternatives.</strong> <em>One of the two always wins</em>, whatever came first: the cut of batches could never matter, but a single stray value would send every record of a healthy topic to quarantine. <em>Two columns, numbers before times</em>: an order that nobody meant.</p><p><strong>Consequences.</strong> For a field with numbers and times, and only there, the cut of batches decides which records go to quarantine; the event and the row counts say so, and <code>sequenceType</code> takes the choice away. Texts, booleans and objects in a sequence are conflicts whatever came first, so that the law of batching holds for them.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0070-a-sequence-is-what-came-first.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0070ASequenceIsWhatCameFirst = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0070ASequenceIsWhatCameFirst as default
};
