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
  if (heading) return make("h3", { class: "level" + heading[1].length }, ...inline(heading[2]));
  if (RULE.test(first)) return make("hr");
  if (ITEM.test(first)) return listElement(lines, depth);
  if (first.trimStart().startsWith(">"))
    return make("blockquote", {}, ...elementsOf(lines.map((line) => line.replace(/^\s*> ?/, "")), depth));
  if (isTable(lines, 0)) return tableElement(lines);
  return make("p", {}, ...inline(lines.map((line) => line.trim()).join("\n")));
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
      children.splice(0, 1, ...children[0].childNodes);
    if (item.length) list.append(make("li", {}, ...children));
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
    return make("tr", {}, ...sides.map((side, at) => make(tag, { class: side }, ...inline(cells[at] ?? ""))));
  };
  return make("div", { class: "table", tabindex: 0, role: "group", "aria-label": "Table" },
    make("table", {}, make("thead", {}, row(lines[0], "th")),
      make("tbody", {}, ...lines.slice(2).map((line) => row(line, "td")))));
}

const MARKS = [["***", "em", "strong"], ["**", "strong"], ["__", "strong"], ["~~", "s"], ["*", "em"], ["_", "em"]];
const WORD = /[\p{L}\p{N}]/u;

// The nodes of a text without line structure.
function inline(text, depth = 0) {
  const nodes = [], hopeless = new Set();
  let plain = "";
  const flush = () => { if (plain) nodes.push(plain); plain = ""; };
  const put = (node) => { flush(); nodes.push(node); };
  for (let at = 0; at < text.length;) {
    const here = text[at];
    let taken = 0;
    if (here === "\\" && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? "")) {
      plain += text[at + 1];
      taken = 2;
    } else if (here === "\n") {
      put(make("br"));
      taken = 1;
    } else if (here === "`") {
      taken = codeSpan(text, at, hopeless, put);
    } else if (here === "[" || (here === "!" && text[at + 1] === "[")) {
      taken = depth < DEPTH ? linkSpan(text, at, depth, put) : 0;
    } else if (here === "h" && text.startsWith("http", at) && !WORD.test(text[at - 1] ?? "")) {
      taken = bareLink(text, at, put);
    } else if ("*_~".includes(here) && depth < DEPTH) {
      taken = emphasis(text, at, depth, hopeless, put);
    }
    if (!taken) {
      // A run of one mark that opens nothing opens nothing in its middle, either.
      do { plain += text[at++]; } while (text[at] === here && "*_~`".includes(here));
    }
    at += taken;
  }
  flush();
  return nodes;
}

function codeSpan(text, at, hopeless, put) {
  const run = /`+/y;
  run.lastIndex = at;
  const mark = run.exec(text)[0];
  if (hopeless.has(mark)) return 0;
  for (let end = text.indexOf(mark, at + mark.length); end >= 0; end = text.indexOf(mark, end)) {
    run.lastIndex = end;
    const found = run.exec(text)[0];
    if (found.length === mark.length) {
      const code = text.slice(at + mark.length, end).replaceAll("\n", " ");
      put(make("code", {}, /^ .*\S.* $/.test(code) ? code.slice(1, -1) : code));
      return end + mark.length - at;
    }
    end += found.length;
  }
  hopeless.add(mark);
  return 0;
}

function emphasis(text, at, depth, hopeless, put) {
  for (const [mark, tag, inner] of MARKS) {
    if (!text.startsWith(mark, at) || hopeless.has(mark) || /^\s?$/.test(text[at + mark.length] ?? "")) continue;
    if (mark[0] === "_" && WORD.test(text[at - 1] ?? "")) continue;
    const end = closing(text, mark, at + mark.length);
    if (end < 0) { hopeless.add(mark); continue; }
    let content = inline(text.slice(at + mark.length, end), depth + 1);
    if (inner) content = [make(inner, {}, ...content)];
    put(make(tag, {}, ...content));
    return end + mark.length - at;
  }
  return 0;
}

// Whether a mark closes does not depend on where it was opened, so a search that
// found nothing need not be made again further on.
function closing(text, mark, from) {
  for (let end = text.indexOf(mark, from); end >= 0; end = text.indexOf(mark, end + 1)) {
    const before = text[end - 1], behind = text[end + mark.length] ?? "";
    if (end === from || /[\s\\]/.test(before)) continue;
    if (mark.length === 1 && (before === mark || behind === mark)) continue;
    if (mark[0] === "_" && WORD.test(behind)) continue;
    return behind === mark[0] && mark.length === 2 ? end + 1 : end;
  }
  return -1;
}

// [text](address), of at most 2,000 characters. Pictures become links, too: this
// page loads nothing.
function linkSpan(text, at, depth, put) {
  const begin = at + (text[at] === "!" ? 2 : 1);
  const part = text.slice(begin, begin + 2000), middle = part.indexOf("](");
  if (middle < 0 || part.slice(0, middle).includes("[")) return 0;
  const address = /^\(\s*<?((?:[^\s()<>]|\([^\s()<>]*\))*)>?(?:\s+"[^"]*")?\s*\)/.exec(part.slice(middle + 1));
  const link = address && linkElement(address[1]);
  if (!link) return 0;
  link.append(...inline(part.slice(0, middle), DEPTH));
  if (!link.textContent) link.textContent = address[1];
  put(link);
  return begin - at + middle + 1 + address[0].length;
}

function bareLink(text, at, put) {
  const pattern = /https?:\/\/[^\s<>"`*]{1,2000}/y;
  pattern.lastIndex = at;
  let address = (pattern.exec(text) ?? [""])[0].replace(/[.,;:!?'_~]+$/, "");
  if (address.endsWith(")") && !address.includes("(")) address = address.slice(0, -1);
  const link = address && linkElement(address);
  if (!link) return 0;
  link.textContent = address;
  put(link);
  return address.length;
}

// null for anything that may do more than open a page.
function linkElement(address) {
  let url;
  try { url = new URL(address); } catch { return null; }
  if (!["http:", "https:", "mailto:"].includes(url.protocol)) return null;
  return make("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow" });
}
