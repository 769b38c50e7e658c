import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"51. The plan gate refuses what it does not know","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0051-the-gate-refuses-what-it-does-not-know.md","filePath":"adr/0051-the-gate-refuses-what-it-does-not-know.md"}');
const _sfc_main = { name: "adr/0051-the-gate-refuses-what-it-does-not-know.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="51-the-plan-gate-refuses-what-it-does-not-know" tabindex="-1">51. The plan gate refuses what it does not know <a class="header-anchor" href="#51-the-plan-gate-refuses-what-it-does-not-know" aria-label="Permalink to &quot;51. The plan gate refuses what it does not know&quot;">​</a></h1><p><strong>Context.</strong> The gate had a list of types whose destruction loses data. Every type that was not in it passed: encryption keys, resource groups, row filters, Kafka topics, and whatever a provider invents next. The same held for values: what a plan does not know yet was passed over.</p><p><strong>Decision.</strong> The list is of what is known to be harmless (code, compute, alerts, grants); everything else that is destroyed or replaced must be named. Texts about what a type holds only explain. A value that is known only after apply is judged as the worst that it may be. Who is everybody, and what opens, is one function, by which synth judges resources and the gate judges plans.</p><p><strong>Consequences.</strong> A composed app meets refusals for harmless types of its own: <code>--harmless</code>, <code>--guarded</code>, or <code>config/plan-allow/types.txt</code>, reviewed like code. An allowance by address is for all that the plan does to it. A reader is told from an engineer by the grant on the checkpoints, which only who works on the pipeline has.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0051-the-gate-refuses-what-it-does-not-know.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0051TheGateRefusesWhatItDoesNotKnow = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0051TheGateRefusesWhatItDoesNotKnow as default
};
