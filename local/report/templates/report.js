(() => {
  const main = document.querySelector("main");

  // Sorting: the heads of lists become buttons.
  const keyOf = (row, at) => {
    const cell = row.cells[at];
    const text = cell.dataset.v ?? cell.textContent.trim();
    const number = Number(text.replace(/,/g, "").replace(/ ?%$/, ""));
    return text === "" || text === "–" ? null : Number.isNaN(number) ? text : number;
  };
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number"
      ? a - b
      : String(a).localeCompare(String(b), "en", { numeric: true });
  const sort = (head) => {
    const table = head.closest("table");
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = [...table.tBodies[0].rows].map((row) => ({ row, key: keyOf(row, head.cellIndex) }));
    // Where there is nothing, it comes last in both directions.
    rows.sort((a, b) => {
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
      return up ? compare(a.key, b.key) : compare(b.key, a.key);
    });
    table.tBodies[0].append(...rows.map(({ row }) => row));
  };
  for (const head of document.querySelectorAll("table.list > thead th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head));
    head.append(button);
  }

  // Search: rows of lists and folded entries that do not have all words are hidden, and chapters without any.
  const field = document.getElementById("search");
  const found = field.parentElement.querySelector("output");
  const items = [...main.querySelectorAll("table.list > tbody > tr, details.item")].map((element) => ({
    element,
    text: element.textContent.toLowerCase(),
  }));
  const search = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { element, text } of items) {
      const hit = words.every((word) => text.includes(word));
      element.hidden = !hit;
      if (hit) count += 1;
    }
    for (const section of main.querySelectorAll("section")) {
      const inside = [...section.querySelectorAll("table.list > tbody > tr, details.item")];
      section.hidden = words.length > 0 && !inside.some((element) => !element.hidden);
    }
    found.textContent = words.length === 0 ? "" : `${count} found`;
  };
  field.parentElement.hidden = false;
  field.addEventListener("input", search);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(input|textarea)$/i.test(event.target.tagName)) {
      event.preventDefault();
      field.focus();
    } else if (event.key === "Escape" && event.target === field) {
      field.value = "";
      search();
    }
  });

  // A link to a folded entry opens it.
  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!(target instanceof HTMLDetailsElement)) return;
    target.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", open);
  open();

  // What is larger than its frame can be scrolled by keyboard.
  const reach = (element) => {
    if (element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  };
  const watcher = new ResizeObserver((entries) => {
    for (const { target } of entries) reach(target);
  });
  for (const element of document.querySelectorAll(".scroll")) watcher.observe(element);

  // Lineage: a table under the pointer or the focus, with all that it is made from and all that is made from it.
  for (const graph of document.querySelectorAll(".lineage svg")) {
    const edges = [...graph.querySelectorAll(".edge")];
    const boxes = [...graph.querySelectorAll(".box")];
    const reached = (start, from, to) => {
      const keys = new Set([start]);
      for (const key of keys) for (const edge of edges) if (edge.dataset[from] === key) keys.add(edge.dataset[to]);
      return keys;
    };
    const show = (box) => {
      const key = box?.dataset.key;
      const after = reached(key, "from", "to");
      const before = reached(key, "to", "from");
      graph.classList.toggle("chosen", key !== undefined);
      for (const other of boxes)
        other.classList.toggle("on", after.has(other.dataset.key) || before.has(other.dataset.key));
      for (const { dataset, classList } of edges) {
        classList.toggle(
          "on",
          (after.has(dataset.from) && after.has(dataset.to)) || (before.has(dataset.from) && before.has(dataset.to)),
        );
      }
    };
    for (const [begin, end] of [
      ["mouseover", "mouseout"],
      ["focusin", "focusout"],
    ]) {
      graph.addEventListener(begin, (event) =>
        show(event.target.closest("a")?.querySelector(".box") ?? event.target.closest(".box")),
      );
      graph.addEventListener(end, () => show(null));
    }
  }
})();
