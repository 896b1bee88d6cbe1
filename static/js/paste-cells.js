// Spreads a block of cells that was copied from a workbook over the table, from the cell in which it is pasted. A block
// with its heads goes by them, and by the names of its rows where it has those. Without it each cell is typed by itself.
(() => {
  "use strict";
  const table = document.querySelector("table[data-paste]");
  if (!table) return;
  const COLUMNS = ["value", "spent", "text", "problem", "delay", "next_step", "same"];
  const HEADS = {
    title: "项目、任务、指标 项目 项目名称 名称 事项 任务 指标",
    value: "这一天累计 累计 累计数 累计完成 到哪一步",
    spent: "完成投资 累计完成投资 累计投资",
    text: "进展 进展情况 工作进展 说明",
    problem: "存在问题 存在的问题 问题",
    delay: "原因 滞后原因 为什么慢了",
    next_step: "下一步 下一步打算 下一步工作 下步打算 下步工作",
    same: "无变化",
    passed: "目标 序时 上次 序号",
  };
  const NAMED = Object.fromEntries(
    Object.entries(HEADS).flatMap(([column, heads]) => heads.split(" ").map((head) => [head, column])),
  );
  const YES = ["√", "✓", "✔", "☑", "是", "1", "无变化"];
  const MOST_NAMED = 5;
  const MOST_HEADS = 3; // rows
  const said = document.getElementById("pasted");
  const bare = (text) => text.replaceAll(/\s/g, "");
  const inputIn = (line, column) =>
    line?.querySelector(`[data-column="${column}"]`)?.querySelector("input:not([type=hidden]), textarea, select");

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

  // Takes the heads away from the rows: a column for each cell, and the unit of the money. Merged heads take several rows.
  const headsOf = (rows) => {
    const columnOf = (text) => NAMED[bare(text).replace(/[（(].*[)）]$/, "")];
    const isHead = (row) => row.filter(columnOf).length > 1;
    const n = rows.slice(0, MOST_HEADS).map(isHead).lastIndexOf(true) + 1;
    const columns = [];
    let unit = "";
    for (const row of rows.splice(0, n)) {
      row.forEach((text, at) => {
        columns[at] = columnOf(text) ?? columns[at] ?? "";
        if (columnOf(text) === "spent") unit = text.match(/[（(](亿元|元)/)?.[1] ?? "";
      });
    }
    return { columns, unit };
  };

  const put = (input, text) => {
    if (input.type === "checkbox") {
      if (!YES.includes(text.trim())) return false;
      input.checked = true;
    } else if (input.tagName === "SELECT") {
      const option = [...input.options].find((one) => one.text.trim() === text.trim());
      if (!option) return false;
      input.value = option.value;
    } else {
      input.value = input.tagName === "TEXTAREA" ? text : text.trim();
    }
    input.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  };

  // The line of the table for each row. Where cells go into columns that a project has once, a row is a project, unless
  // rows are empty, as below merged cells.
  const linesFor = (rows, columns, start) => {
    const lines = [...table.querySelectorAll("tr[data-line]")];
    const titles = columns.indexOf("title");
    if (titles >= 0) {
      let line;
      return rows.map((row) => {
        const title = bare(row[titles] ?? "");
        if (!title) line = line?.nextElementSibling;
        else line = lines.find((one) => bare(one.querySelector(".plan-title")?.textContent ?? "") === title);
        return line;
      });
    }
    const isOnce = !columns.includes("value") && rows.every((row) => row.some((text) => text.trim()));
    const chosen = isOnce ? lines.filter((line) => line.id) : lines;
    const first = chosen.indexOf(isOnce ? start.parentElement.firstElementChild : start);
    return rows.map((_row, down) => chosen[first + down]);
  };

  const named = (texts) => texts.slice(0, MOST_NAMED).join("、") + (texts.length > MOST_NAMED ? "等" : "");

  const spread = (text, cell) => {
    const rows = cellsOf(text);
    const { columns, unit } = headsOf(rows);
    const isNamed = columns.length > 0;
    if (!isNamed) columns.push(...COLUMNS.slice(COLUMNS.indexOf(cell.dataset.column)));
    const lines = linesFor(rows, isNamed ? columns : columns.slice(0, Math.max(...rows.map((row) => row.length))), cell.closest("tr"));
    let n = 0;
    const left = [];
    const unknown = [];
    rows.forEach((texts, down) => {
      if (columns.includes("title") && !lines[down] && texts[columns.indexOf("title")].trim()) {
        unknown.push(texts[columns.indexOf("title")].trim());
        return;
      }
      texts.forEach((one, across) => {
        if (!one.trim() || columns[across] === "title" || columns[across] === "passed") return;
        const isBare = columns[across] === "spent" && /^[\d.,，\s]+$/.test(one);
        const input = columns[across] && inputIn(lines[down], columns[across]);
        if (input && put(input, isBare ? one.trim() + unit : one)) n += 1;
        else left.push(one.trim());
      });
    });
    return (
      `粘贴了 ${n} 格${isNamed ? "，按列名对上的" : ""}。` +
      (unknown.length ? `表里没有这 ${unknown.length} 行：${named(unknown)}。` : "") +
      (left.length ? `有 ${left.length} 格没有地方放：${named(left)}。` : "")
    );
  };

  table.addEventListener("paste", (event) => {
    const cell = event.target.closest("[data-column]");
    const text = event.clipboardData.getData("text/plain").replaceAll(/\r\n?/g, "\n").replace(/\n$/, "");
    // Several lines in a text are a text, unless a workbook says that they were cells.
    const isCells = /<t[dr]\b/i.test(event.clipboardData.getData("text/html"));
    const isBlock = isCells || text.includes("\t") || (text.includes("\n") && event.target.tagName !== "TEXTAREA");
    if (!cell || !isBlock) return;
    event.preventDefault();
    said.textContent = spread(text, cell);
    said.hidden = false;
  });
})();
