import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"89. Questions are answered by DuckDB over tables that deltalake reads","description":"","frontmatter":{},"headers":[],"relativePath":"adr/0089-questions-are-answered-by-duckdb-over-arrow.md","filePath":"adr/0089-questions-are-answered-by-duckdb-over-arrow.md"}');
const _sfc_main = { name: "adr/0089-questions-are-answered-by-duckdb-over-arrow.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="89-questions-are-answered-by-duckdb-over-tables-that-deltalake-reads" tabindex="-1">89. Questions are answered by DuckDB over tables that deltalake reads <a class="header-anchor" href="#89-questions-are-answered-by-duckdb-over-tables-that-deltalake-reads" aria-label="Permalink to &quot;89. Questions are answered by DuckDB over tables that deltalake reads&quot;">​</a></h1><p><strong>Context.</strong> <code>medallion query</code> answers SQL over the tables of a local run in a second, without Spark, Java or a network, and may neither write nor read anything else.</p><p><strong>Decision.</strong> <code>deltalake</code> reads the tables that the statement names, each as a whole into Arrow, and DuckDB runs one SELECT over them in a connection of its own, with external access off and its configuration locked. The names come from DuckDB&#39;s syntax tree, so nothing that the statement does not name is opened. DuckDB has no <code>VERSION AS OF</code>: the version moves into the schema&#39;s name (<code>&quot;silver@3&quot;.orders</code>), which keeps the table&#39;s own name for its columns and the positions of errors. The statement runs in another thread, since DuckDB looks for signals between parts of its work alone, and those can be minutes apart.</p><p><strong>Alternatives.</strong> <em>DuckDB&#39;s Delta extension</em> is downloaded when it is first used. <em>Parquet files read by DuckDB</em> would need access to files, and give wrong rows for deletion vectors and mapped columns. <em>Arrow datasets</em>, which read only the columns and files that are needed, reject tables with deletion vectors.</p><p><strong>Consequences.</strong> A table has to fit into memory. The SQL is DuckDB&#39;s, not Spark&#39;s. Variants and widened types are errors that name the feature.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("adr/0089-questions-are-answered-by-duckdb-over-arrow.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const _0089QuestionsAreAnsweredByDuckdbOverArrow = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  _0089QuestionsAreAnsweredByDuckdbOverArrow as default
};
