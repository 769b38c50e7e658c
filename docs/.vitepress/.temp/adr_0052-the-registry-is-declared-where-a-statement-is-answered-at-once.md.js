import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"52. The registry table is declared only where a statement is answered at once","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0052-the-registry-is-declared-where-a-statement-is-answered-at-once.md","filePath":"adr/0052-the-registry-is-declared-where-a-statement-is-answered-at-once.md"}');
const _sfc_main = { name: "adr/0052-the-registry-is-declared-where-a-statement-is-answered-at-once.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="52-the-registry-table-is-declared-only-where-a-statement-is-answered-at-once" tabindex="-1">52. The registry table is declared only where a statement is answered at once <a class="header-anchor" href="#52-the-registry-table-is-declared-only-where-a-statement-is-answered-at-once" aria-label="Permalink to &quot;52. The registry table is declared only where a statement is answered at once&quot;">​</a></h1><p><strong>Context.</strong> Terraform&#39;s provider makes the registry table by one SQL statement and has it cancelled after 50 seconds, a constant. A classic or pro warehouse that is stopped starts machines first, which takes minutes: the apply fails, the table is there all the same, and every later apply fails because it is. An existing warehouse does not say what it is until Terraform reads it.</p><p><strong>Decision.</strong> A stack declares the table where it makes a serverless warehouse itself. Elsewhere <code>prepare</code> makes it, from the same columns, as it always did without a warehouse; the stack holds a <code>removed</code> block for the address at which it was declared before. A <code>RegistryTable</code> that is composed by hand over any other warehouse warns at synth and says the import command.</p><p><strong>Consequences.</strong> An existing warehouse is never asked by Terraform for a statement, also where it would have answered. A change of warehouse never drops the registry. Stacks without the table carry the <code>removed</code> block for good; where nothing was declared, Terraform says nothing about it. <code>adopt.registry</code> needs a warehouse of the stack.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0052-the-registry-is-declared-where-a-statement-is-answered-at-once.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0052TheRegistryIsDeclaredWhereAStatementIsAnsweredAtOnce = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0052TheRegistryIsDeclaredWhereAStatementIsAnsweredAtOnce as default
};
