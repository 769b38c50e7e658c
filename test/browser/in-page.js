// Runs inside each page that is walked, beside axe: questions about the page, answered in plain values.
globalThis.walk = {
  /** Elements that reach over the right edge of a page that scrolls sideways. */
  tooWide() {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const over = [...document.body.querySelectorAll("*")].filter(
      (element) => element.getBoundingClientRect().right > width + 1 && !element.parentElement.closest(".scroll"),
    );
    const names = over.slice(0, 3).map((element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 120));
    return [`scrolls sideways by ${document.documentElement.scrollWidth - width} px: ${names.join(" | ")}`];
  },

  /** Violations that axe finds, each with its first elements. */
  async violations() {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, help, nodes }) => {
      const first = nodes
        .slice(0, 3)
        .map((node) => `${node.target.join(" ")} (${node.failureSummary.split("\n").pop().trim()})`);
      return `axe ${id}: ${help}, ${nodes.length} times: ${first.join(" | ")}`;
    });
  },

  /** Addresses of the links, absolute. */
  links: () => [
    ...new Set(
      [...document.querySelectorAll("a[href]")].map((link) => new URL(link.getAttribute("href"), location.href).href),
    ),
  ],

  ids: () => [...document.querySelectorAll("[id]")].map((element) => element.id),

  unfold() {
    for (const details of document.querySelectorAll("details")) details.open = true;
  },

  /** Texts of the column of the head that has the focus, and how it says it is sorted. */
  focusedColumn() {
    const head = document.activeElement.closest("th");
    if (head === null) return null;
    const rows = [...head.closest("table").tBodies[0].rows];
    return {
      sort: head.getAttribute("aria-sort"),
      texts: rows.map((row) => (row.cells[head.cellIndex].dataset.v ?? row.cells[head.cellIndex].textContent).trim()),
    };
  },

  /** Charts with the number of rows in their tables of values, and drawings of boxes. */
  drawings: () =>
    [...document.querySelectorAll("main svg")].map((svg) => ({
      chart: svg.closest(".chart")?.querySelector("figcaption").textContent ?? null,
      rows: svg.closest(".chart")?.querySelectorAll("tbody tr").length ?? null,
      empty: [...(svg.closest(".chart")?.querySelectorAll("tbody tr") ?? [])].filter(
        (row) => row.textContent.trim() === "",
      ).length,
    })),
};
