// What stands within a line: code, links, emphasis.
//
// A text is cut into items: {node} (text or an element) and runs of marks, {mark,
// size, count, opens, closes}, where `count` of `size` marks are not used yet. Runs
// are paired as CommonMark has it: one that may close takes the nearest that may open.

const WORD = /[\p{L}\p{N}]/u;
const SIGN = /[\p{P}\p{S}]/u;
const isSpace = (character) => character === undefined || /\s/.test(character);

// The nodes of a text without line structure.
function inline(text, depth = 0) {
  const items = [], hopeless = new Set();
  let plain = "";
  const put = (item) => {
    if (plain) items.push({ node: plain });
    plain = "";
    items.push(item);
  };
  for (let at = 0; at < text.length;) {
    const here = text[at];
    let taken = 0;
    if (here === "\\" && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? "")) {
      plain += text[at + 1];
      taken = 2;
    } else if (here === "\n") {
      put({ node: make("br") });
      taken = 1;
    } else if (here === "`") {
      taken = codeSpan(text, at, hopeless, put);
    } else if (here === "[" || (here === "!" && text[at + 1] === "[")) {
      taken = depth < DEPTH ? linkSpan(text, at, put) : 0;
    } else if (here === "h" && text.startsWith("http", at) && !WORD.test(text[at - 1] ?? "")) {
      taken = bareLink(text, at, put);
    } else if ("*_~".includes(here)) {
      taken = markRun(text, at, put);
    }
    // A run of backquotes that opens nothing opens nothing in its middle, either.
    if (!taken) do plain += text[at++]; while (here === "`" && text[at] === here);
    at += taken;
  }
  if (plain) items.push({ node: plain });
  return pairRuns(items);
}

function markRun(text, at, put) {
  const mark = text[at];
  let size = 1;
  while (text[at + size] === mark) size++;
  const before = text[at - 1], behind = text[at + size];
  const begins = !isSpace(behind) && (!SIGN.test(behind) || isSpace(before) || SIGN.test(before));
  const ends = !isSpace(before) && (!SIGN.test(before) || isSpace(behind) || SIGN.test(behind));
  const opens = begins && (mark !== "_" || !ends || SIGN.test(before));
  const closes = ends && (mark !== "_" || !begins || SIGN.test(behind));
  const isRun = (opens || closes) && (mark !== "~" || size === 2);
  put(isRun ? { mark, size, count: size, opens, closes, depth: 0 } : { node: mark.repeat(size) });
  return size;
}

const nodeOf = (item) => item.node ?? item.mark.repeat(item.count);

function canPair(opener, closer) {
  if (opener.mark !== closer.mark || !opener.opens || !opener.count) return false;
  const isEither = opener.closes || closer.opens, thirds = (opener.size + closer.size) % 3;
  return !isEither || thirds !== 0 || opener.size % 3 === 0;
}

// The items as nodes. `floor` says for a kind of closer down to which item it was
// sought in vain, so that nothing is looked at again and again.
function pairRuns(items) {
  items.forEach((item, at) => Object.assign(item, { at, before: items[at - 1], behind: items[at + 1] }));
  const floor = {};
  for (let closer = items[0]; closer;) {
    const key = closer.mark + closer.opens + (closer.size % 3);
    let opener = closer.closes && closer.count ? closer.before : null;
    while (opener && opener.at > (floor[key] ?? -1) && !canPair(opener, closer)) opener = opener.before;
    if (opener && opener.at > (floor[key] ?? -1) && wrapBetween(opener, closer)) continue;
    if (closer.closes && closer.count) floor[key] = closer.at - 1;
    closer = closer.behind;
  }
  const nodes = [];
  for (let item = items[0]; item; item = item.behind) nodes.push(nodeOf(item));
  return nodes;
}

// Makes one item of those between two runs, unless it would be nested too deep.
function wrapBetween(opener, closer) {
  const inside = [];
  let depth = 0;
  for (let item = opener.behind; item !== closer; item = item.behind) {
    inside.push(nodeOf(item));
    depth = Math.max(depth, item.depth ?? 0);
  }
  if (depth >= DEPTH) return false;
  const used = Math.min(opener.count, closer.count, 2);
  const node = make(closer.mark === "~" ? "s" : used === 2 ? "strong" : "em", {}, inside);
  const item = { node, depth: depth + 1, at: opener.at, before: opener, behind: closer };
  opener.behind = closer.before = item;
  opener.count -= used;
  closer.count -= used;
  return true;
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
      put({ node: make("code", {}, /^ .*\S.* $/.test(code) ? code.slice(1, -1) : code) });
      return end + mark.length - at;
    }
    end += found.length;
  }
  hopeless.add(mark);
  return 0;
}

// [text](address), of at most 2,000 characters. Pictures become links, too: this
// page loads nothing.
function linkSpan(text, at, put) {
  const begin = at + (text[at] === "!" ? 2 : 1);
  const part = text.slice(begin, begin + 2000), middle = part.indexOf("](");
  if (middle < 0 || part.slice(0, middle).includes("[")) return 0;
  const address = /^\(\s*<?((?:[^\s()<>]|\([^\s()<>]*\))*)>?(?:\s+"[^"]*")?\s*\)/.exec(part.slice(middle + 1));
  const link = address && linkElement(address[1]);
  if (!link) return 0;
  for (const node of inline(part.slice(0, middle), DEPTH)) link.append(node);
  if (!link.textContent) link.textContent = address[1];
  put({ node: link });
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
  put({ node: link });
  return address.length;
}

// null for anything that may do more than open a page.
function linkElement(address) {
  let url;
  try { url = new URL(address); } catch { return null; }
  if (!["http:", "https:", "mailto:"].includes(url.protocol)) return null;
  return make("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow" });
}
