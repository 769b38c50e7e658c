import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"80. A model that does not compile is told first and fails alone","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0080-a-model-that-does-not-compile-fails-alone.md","filePath":"adr/0080-a-model-that-does-not-compile-fails-alone.md"}');
const _sfc_main = { name: "adr/0080-a-model-that-does-not-compile-fails-alone.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="80-a-model-that-does-not-compile-is-told-first-and-fails-alone" tabindex="-1">80. A model that does not compile is told first and fails alone <a class="header-anchor" href="#80-a-model-that-does-not-compile-is-told-first-and-fails-alone" aria-label="Permalink to &quot;80. A model that does not compile is told first and fails alone&quot;">​</a></h1><p><strong>Context.</strong> An error in the SQL of a model was found when the model was refreshed, after bronze and silver, and the task was tried again. What a model reads is declared with types, so its SQL can be analysed before there is a table.</p><p><strong>Decision.</strong> Every model is analysed before bronze, over empty inputs with the columns of <code>needs</code> (<code>compile_model</code>); a model whose table was made by the same SQL is not analysed again. One that does not compile has failed at once, and with it the models that read it. Topics and other models are worked on as ever. Errors of the library say when trying again may succeed (<code>Retry</code>): never, over other data, at any time. A task is tried again for the last alone; a loop ends when everything that failed never can succeed.</p><p><strong>Alternatives.</strong> <em>The whole run fails before it moves data</em>: one typing error in a metric would stop the intake of every topic until somebody corrects it. <em>The loop goes on</em>: it would log the same failure at every iteration, or make the others wait for a back-off that helps nobody; the first iteration has done their work, and a new text needs a new start anyway.</p><p><strong>Consequences.</strong> A workspace does not know such errors: it tries again as often as <code>job.retries</code> says, and each attempt fails within seconds. A model that calls a function of the catalog is analysed against the catalog as it is at the start.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0080-a-model-that-does-not-compile-fails-alone.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0080AModelThatDoesNotCompileFailsAlone = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0080AModelThatDoesNotCompileFailsAlone as default
};
