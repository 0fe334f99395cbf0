// A conversation: a tree of messages, so that an edit or another try loses nothing.
//
// `nodes` is a list; a node's `parent` stands before it (-1: none), and `next` names
// the child that is shown (-1: none). What is read from storage or a file is built
// anew field by field, so that a damaged or foreign one becomes a valid one or null.

const SAMPLING = ["temperature", "top_p", "max_tokens", "seed"];

const newId = () => Date.now().toString(36) + Math.random().toString(36).slice(2, 10);

function newTalk(settings) {
  return { id: newId(), title: "", changed: Date.now(), settings: readSettings(settings), first: -1, nodes: [] };
}

const textOf = (value, most = Infinity) => (typeof value === "string" ? value.slice(0, most) : "");
const numberOf = (value) => (typeof value === "number" && Number.isFinite(value) ? value : undefined);
const listOf = (value) => (Array.isArray(value) ? value : []);

function readSettings(from) {
  const settings = { model: textOf(from?.model), system: textOf(from?.system), tools: textOf(from?.tools) };
  for (const name of SAMPLING) settings[name] = numberOf(from?.[name]);
  return settings;
}

function readNode(from, at) {
  if (!["user", "assistant", "tool"].includes(from?.role)) return null;
  const parent = Number.isInteger(from.parent) && from.parent >= -1 && from.parent < at ? from.parent : -1;
  const node = { role: from.role, parent, next: -1, text: textOf(from.text) };
  if (node.role === "tool")
    node.results = listOf(from.results).map((one) =>
      ({ id: textOf(one?.id), name: textOf(one?.name), text: textOf(one?.text) }));
  if (node.role !== "assistant") return node;
  node.reasoning = textOf(from.reasoning);
  node.model = textOf(from.model);
  node.finish = textOf(from.finish);
  node.calls = listOf(from.calls).map((one) =>
    ({ id: textOf(one?.id), name: textOf(one?.name), arguments: textOf(one?.arguments) }));
  node.stats = {};
  for (const name of ["made", "prompt", "cached", "first", "thought", "rate"])
    node.stats[name] = numberOf(from.stats?.[name]);
  if (from.error) node.error = { what: textOf(from.error.what), detail: textOf(from.error.detail) };
  return node;
}

function readTalk(from) {
  if (!from || typeof from !== "object") return null;
  const talk = newTalk(from.settings);
  talk.id = /^[\w-]{1,64}$/.test(from.id) ? from.id : talk.id;
  talk.title = textOf(from.title, 200);
  talk.changed = numberOf(from.changed) ?? talk.changed;
  for (const [at, one] of listOf(from.nodes).entries()) {
    const node = readNode(one, at);
    if (!node) return null;
    talk.nodes.push(node);
  }
  const isChild = (child, parent) => Number.isInteger(child) && talk.nodes[child]?.parent === parent;
  talk.nodes.forEach((node, at) => {
    const next = from.nodes[at].next;
    node.next = isChild(next, at) ? next : talk.nodes.findIndex((child) => child.parent === at);
  });
  talk.first = isChild(from.first, -1) ? from.first : talk.nodes.findIndex((node) => node.parent === -1);
  return talk;
}

// Behind `parent`; it is what is shown there from now on.
function addNode(talk, parent, fields) {
  const at = talk.nodes.push({ parent, next: -1, text: "", ...fields }) - 1;
  choose(talk, at);
  return at;
}

function choose(talk, at) {
  const parent = talk.nodes[at].parent;
  if (parent < 0) talk.first = at;
  else talk.nodes[parent].next = at;
}

// Numbers of the messages that are shown, from the first.
function pathOf(talk) {
  const path = [];
  for (let at = talk.first; at >= 0; at = talk.nodes[at].next) path.push(at);
  return path;
}

const siblingsOf = (talk, at) =>
  talk.nodes.map((_, other) => other).filter((other) => talk.nodes[other].parent === talk.nodes[at].parent);

function titleOf(talk) {
  if (talk.title) return talk.title;
  const words = talk.nodes[talk.first]?.text.trim().replace(/\s+/g, " ") ?? "";
  return words.length > 48 ? words.slice(0, 47) + "\u2026" : words || "New conversation";
}

// Those that are whole: an answer that broke off may have a part of one.
const callsOf = (node) => (node?.role === "assistant" && !node.error && node.finish !== "stopped" ? node.calls : []);

// The calls that still wait for results: those of the last message.
const openCalls = (talk) => callsOf(talk.nodes[pathOf(talk).at(-1)]);

// What the server is asked: all messages down to number `end`.
function requestOf(talk, end) {
  const settings = talk.settings, messages = [], path = [];
  for (let at = end; at >= 0; at = talk.nodes[at].parent) path.unshift(talk.nodes[at]);
  if (settings.system.trim()) messages.push({ role: "system", content: settings.system });
  for (const node of path) {
    const { role, text, reasoning } = node, calls = callsOf(node);
    if (role === "tool") {
      for (const { id, text } of node.results) messages.push({ role, tool_call_id: id, content: text });
      continue;
    }
    if (!text && !calls.length) continue;
    const message = { role, content: text };
    // Whether the model reads its earlier thoughts is for its template to say.
    if (reasoning) message.reasoning_content = reasoning;
    if (calls.length)
      message.tool_calls = calls.map(({ id, name, arguments: json }) =>
        ({ id, type: "function", function: { name, arguments: json } }));
    messages.push(message);
  }
  const request = { model: settings.model, messages, stream: true, stream_options: { include_usage: true } };
  for (const name of SAMPLING) if (settings[name] !== undefined) request[name] = settings[name];
  if (settings.tools.trim()) request.tools = readTools(settings.tools);
  return request;
}

// Declarations of tools out of a text; throws an Error that says what is wrong.
function readTools(text) {
  let list;
  try { list = JSON.parse(text); } catch (error) { throw new Error("This is not JSON: " + error.message); }
  if (!Array.isArray(list)) list = [list];
  return list.map((one, at) => {
    const tool = one?.type === "function" && one.function ? one : { type: "function", function: one };
    if (!tool.function || typeof tool.function.name !== "string" || !tool.function.name)
      throw new Error(`Expected a function with a "name", found none in number ${at + 1} of the list.`);
    return tool;
  });
}
