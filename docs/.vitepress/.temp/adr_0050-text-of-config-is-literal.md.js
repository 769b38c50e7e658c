import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"50. Text of config is literal to Terraform","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0050-text-of-config-is-literal.md","filePath":"adr/0050-text-of-config-is-literal.md"}');
const _sfc_main = { name: "adr/0050-text-of-config-is-literal.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="50-text-of-config-is-literal-to-terraform" tabindex="-1">50. Text of config is literal to Terraform <a class="header-anchor" href="#50-text-of-config-is-literal-to-terraform" aria-label="Permalink to &quot;50. Text of config is literal to Terraform&quot;">​</a></h1><p><strong>Context.</strong> Strings in <code>cdk.tf.json</code> are Terraform templates, and so are the keys of maps: <code>\${file(&quot;/etc/passwd&quot;)}</code> in a tag is read at plan, and a plan becomes a comment on a pull request. cdktf escapes nothing, because whoever writes TypeScript may mean an expression. Text from a YAML file never does.</p><p><strong>Decision.</strong> Escaping happens once, where an element is synthesized: <code>literalTexts(scope)</code> makes every attribute of every resource, provider and backend below a construct literal (<code>$\${</code>, <code>%%{</code>), and leaves cdktf&#39;s references as they are. <code>MedallionPipeline</code>, the stack&#39;s provider and backend, and the constructs that take config and may stand alone call it. Escaping where config enters would escape the document, which is a file and no template; escaping per resource would be forgotten in the next one.</p><p><strong>Consequences.</strong></p><ul><li>A raw expression in a property of our resources is text. <code>addOverride</code> is the way for an expression, and references (<code>catalog.resource.name</code>) work everywhere.</li><li>Resources of others in a <code>MedallionStack</code> are untouched.</li><li>Terraform cannot write a <code>$</code> directly before a reference; synth refuses it.</li><li>A text that holds cdktf&#39;s own marker of a reference (<code>\${TfToken[</code>) cannot be escaped, so config refuses it.</li></ul></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0050-text-of-config-is-literal.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0050TextOfConfigIsLiteral = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0050TextOfConfigIsLiteral as default
};
