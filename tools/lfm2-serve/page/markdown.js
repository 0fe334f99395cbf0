// Answers as elements: the part of Markdown that models write.
//
// A text is cut into blocks; only blocks whose source changed are made again, so a
// stream costs its last block, and what the user selected stays selected. Every
// search is bounded or done once, so no text takes more than linear time for each
// of the few levels of nesting.

const DEPTH = 6;
const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^`]*)$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])(\s+|$)(.*)$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)(?:\s+#+)?\s*$/;
const RULE = /^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$/;
const COLUMNS = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const indentOf = (line) => line.length - line.trimStart().length;

// Shows `text` in `parent`. Returns how many blocks are whole: all but the last.
function renderMarkdown(parent, text) {
  const sources = blocksOf(text.split("\n"));
  sources.forEach((lines, at) => {
    const source = lines.join("\n"), old = parent.children[at];
    if (old && old.source === source) return;
    const element = blockElement(lines, 0);
    element.source = source;
    if (old) old.replaceWith(element);
    else parent.append(element);
  });
  while (parent.children.length > sources.length) parent.lastElementChild.remove();
  return Math.max(0, sources.length - 1);
}

// Lists of lines, one for each block.
function blocksOf(lines) {
  const blocks = [];
  for (let at = 0; at < lines.length;) {
    if (!lines[at].trim()) { at++; continue; }
    const end = blockEnd(lines, at);
    blocks.push(lines.slice(at, end));
    at = end;
  }
  return blocks;
}

const isTable = (lines, at) => lines[at].includes("|") && (lines[at + 1] ?? "").includes("-") &&
  COLUMNS.test(lines[at + 1]) && lines[at + 1].includes("|");

function blockEnd(lines, begin) {
  const first = lines[begin], fence = FENCE.exec(first);
  let end = begin + 1;
  if (fence) {
    while (end < lines.length && !isFenceEnd(lines[end], fence[1])) end++;
    return Math.min(end + 1, lines.length);
  }
  if (HEADING.test(first) || RULE.test(first)) return end;
  if (ITEM.test(first)) return listEnd(lines, begin);
  if (first.trimStart().startsWith(">")) {
    while (end < lines.length && lines[end].trim()) end++;
    return end;
  }
  if (isTable(lines, begin)) {
    while (end < lines.length && lines[end].includes("|")) end++;
    return end;
  }
  while (end < lines.length && lines[end].trim() && !FENCE.test(lines[end]) && !HEADING.test(lines[end]) &&
         !ITEM.test(lines[end]) && !RULE.test(lines[end]) && !lines[end].startsWith(">") && !isTable(lines, end))
    end++;
  return end;
}

const isFenceEnd = (line, opening) =>
  indentOf(line) < 4 && line.trim().length >= opening.length && line.trim() === opening[0].repeat(line.trim().length);

// Items of one kind, and what is indented below them, across single blank lines.
function listEnd(lines, begin) {
  const indent = indentOf(lines[begin]), kind = kindOf(lines[begin]);
  let end = begin + 1;
  for (let at = begin + 1; at < lines.length; at++) {
    if (!lines[at].trim()) continue;
    const deeper = indentOf(lines[at]) > indent, item = ITEM.test(lines[at]) && !RULE.test(lines[at]);
    const lazy = at === end && !item && !FENCE.test(lines[at]) && !HEADING.test(lines[at]) && !RULE.test(lines[at]);
    if (!(deeper || (item && kindOf(lines[at]) === kind) || lazy)) break;
    end = at + 1;
  }
  return end;
}

const kindOf = (line) => (/\d/.test(ITEM.exec(line)[2]) ? "ol" : "ul");

function blockElement(lines, depth) {
  const first = lines[0], heading = HEADING.exec(first), fence = FENCE.exec(first);
  if (depth > DEPTH) return make("p", {}, lines.join("\n"));
  if (fence) return codeElement(lines, fence);
  // One level for all: a message is a section of its own below an h2.
  if (heading) return make("h3", { class: "level" + heading[1].length }, inline(heading[2]));
  if (RULE.test(first)) return make("hr");
  if (ITEM.test(first)) return listElement(lines, depth);
  if (first.trimStart().startsWith(">"))
    return make("blockquote", {}, elementsOf(lines.map((line) => line.replace(/^\s*> ?/, "")), depth));
  if (isTable(lines, 0)) return tableElement(lines);
  return make("p", {}, inline(lines.map((line) => line.trim()).join("\n")));
}

const elementsOf = (lines, depth) => blocksOf(lines).map((block) => blockElement(block, depth + 1));

function codeElement(lines, fence) {
  const closed = lines.length > 1 && isFenceEnd(lines[lines.length - 1], fence[1]);
  const code = lines.slice(1, closed ? -1 : undefined).join("\n");
  const language = fence[2].trim().split(/\s/)[0].slice(0, 30);
  return make("div", { class: "code" },
    make("div", { class: "bar" }, make("span", {}, language || "text"),
      button("Copy", (event) => copy(code, event.target), { class: "quiet", "aria-label": "Copy code" })),
    make("pre", { tabindex: 0, role: "group", "aria-label": "Code" + (language && ", " + language) },
      make("code", {}, code)));
}

function listElement(lines, depth) {
  const indent = indentOf(lines[0]), kind = kindOf(lines[0]);
  const start = kind === "ol" ? parseInt(ITEM.exec(lines[0])[2]) : 1;
  const list = make(kind, { start: start !== 1 && start });
  let item = [];
  const close = () => {
    const children = elementsOf(item, depth);
    // A paragraph alone, or before a list, is the text of its item.
    if (children.length && children[0].tagName === "P" && children.slice(1).every((one) => /^[OU]L$/.test(one.tagName)))
      children[0] = [...children[0].childNodes];
    if (item.length) list.append(make("li", {}, children.flat()));
  };
  let inner = 0;
  for (const line of lines) {
    const match = ITEM.exec(line);
    if (match && indentOf(line) <= indent) {
      close();
      inner = match[1].length + match[2].length + 1;
      item = [match[4].replace(/^\[( |[xX])\] /, (_, mark) => (mark === " " ? "\u2610 " : "\u2611 "))];
    } else {
      item.push(line.slice(Math.min(indentOf(line), inner)));
    }
  }
  close();
  return list;
}

const cellsOf = (line) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim());

function tableElement(lines) {
  const sides = cellsOf(lines[1]).map((cell) => (/^:?-+:$/.test(cell) ? "end" : undefined));
  const row = (line, tag) => {
    const cells = cellsOf(line).slice(0, sides.length);
    return make("tr", {}, sides.map((side, at) => make(tag, { class: side }, inline(cells[at] ?? ""))));
  };
  return make("div", { class: "table", tabindex: 0, role: "group", "aria-label": "Table" },
    make("table", {}, make("thead", {}, row(lines[0], "th")),
      make("tbody", {}, lines.slice(2).map((line) => row(line, "td")))));
}
