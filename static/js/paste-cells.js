// Spreads a block of cells that was copied from a workbook over the table, from the cell in which it is pasted. Without it
// each cell is typed by itself.
(() => {
  "use strict";
  const table = document.querySelector("table[data-paste]");
  if (!table) return;
  const COLUMNS = ["value", "spent", "text", "problem", "delay", "next_step"];
  const said = document.getElementById("pasted");
  const inputIn = (cell) => cell?.querySelector("input:not([type=hidden]), textarea, select");

  // Tabs between cells, line breaks between rows; a cell with either stands in quotes, which are doubled within.
  const cellsOf = (text) => {
    const rows = [[]];
    for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"(?=[\t\n]|$)|([^\t\n]*))(\t|\n|$)/g)) {
      rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
      if (end === "\n") rows.push([]);
      if (end === "") break;
    }
    return rows;
  };

  const put = (input, text) => {
    if (input.tagName === "SELECT") {
      const option = [...input.options].find((one) => one.text.trim() === text.trim());
      if (!option) return false;
      input.value = option.value;
    } else {
      input.value = input.tagName === "TEXTAREA" ? text : text.trim();
    }
    input.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  };

  table.addEventListener("paste", (event) => {
    const cell = event.target.closest("[data-column]");
    const text = event.clipboardData.getData("text/plain").replaceAll(/\r\n?/g, "\n").replace(/\n$/, "");
    // Several lines without a tab in a text are a text.
    const isBlock = text.includes("\t") || (text.includes("\n") && event.target.tagName !== "TEXTAREA");
    if (!cell || !isBlock) return;
    event.preventDefault();
    const lines = [...table.querySelectorAll("tr[data-line]")];
    const first = lines.indexOf(cell.closest("tr"));
    const column = COLUMNS.indexOf(cell.dataset.column);
    let n = 0;
    const left = [];
    cellsOf(text).forEach((texts, down) => {
      texts.forEach((one, across) => {
        if (!one.trim()) return;
        const input = inputIn(lines[first + down]?.querySelector(`[data-column="${COLUMNS[column + across]}"]`));
        if (input && put(input, one)) n += 1;
        else left.push(one.trim());
      });
    });
    said.textContent = `粘贴了 ${n} 格。` + (left.length ? `有 ${left.length} 格没有地方放：${left.slice(0, 5).join("、")}` : "");
    said.hidden = false;
  });
})();
