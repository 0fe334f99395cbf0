// The messages on the screen.

const articles = new WeakMap();
let shown = null;
let editing = null;
const isShown = (talk) => talk === shown;

// Shows conversation `talk`, and its messages as they are now.
function show(talk) {
  const other = talk !== shown;
  shown = talk;
  if (other) editing = null;
  const path = pathOf(talk);
  arrange($("messages"), path.map((at) => articleOf(talk, at)));
  for (const at of path) refresh(talk, at);
  $("welcome").hidden = path.length > 0;
  $("title").textContent = titleOf(talk);
  document.title = titleOf(talk) + " \u2013 LFM2 chat";
  const busy = running.has(talk.id);
  $("send").classList.toggle("busy", busy);
  $("send").setAttribute("aria-label", busy ? "Stop" : "Send");
  if (other) toLatest();
  else follow();
}

function articleOf(talk, at) {
  const node = talk.nodes[at];
  if (!articles.has(node)) {
    const name = { user: "You", assistant: "Answer", tool: "Results of tools" }[node.role];
    const article = make("article", { class: node.role }, make("h2", { class: "unseen" }, name));
    for (const part of ["thought", "body", "calls", "trouble", "under"])
      article.append((article[part] = make("div", { class: part })));
    articles.set(node, article);
  }
  return articles.get(node);
}

let waiting = null;
function refreshSoon(talk, at) {
  waiting ??= requestAnimationFrame(() => {
    waiting = null;
    if (!isShown(talk) || running.get(talk.id)?.at !== at) return;
    refresh(talk, at);
    follow();
  });
}

// Brings the elements of one message up to date.
function refresh(talk, at) {
  const node = talk.nodes[at], article = articleOf(talk, at), state = running.get(talk.id);
  const busy = state?.at === at;
  article.setAttribute("aria-busy", busy);
  if (editing?.node === node) return;
  if (article.editor) { article.editor.remove(); article.editor = null; }
  article.body.hidden = false;
  if (node.role === "assistant") {
    refreshThought(article, node, busy && state);
    const whole = renderMarkdown(article.body, node.text);
    if (busy) tellBlocks(article, whole);
    arrange(article.calls, node.calls.map((call, number) => callElement(article, call, number)));
  } else if (node.role === "user") {
    article.body.textContent = node.text;
  } else {
    arrange(article.body, node.results.map((one) => article.made?.get(one) ?? resultElement(article, one)));
  }
  refreshTrouble(talk, at, article, busy);
  refreshUnder(talk, at, article, busy && state);
}

const seconds = (state) => Math.round((performance.now() - state.begin) / 1000);

function refreshThought(article, node, state) {
  if (!node.reasoning) return article.thought.replaceChildren();
  if (!article.thought.firstChild)
    article.thought.append(make("details", {}, make("summary"), make("div")));
  const [summary, text] = article.thought.firstChild.children;
  const thinks = state && !node.text && !node.calls.length;
  summary.textContent = thinks ? `Thinking, ${seconds(state)} s` :
    "Thoughts" + (node.stats.thought === undefined ? "" : `, ${node.stats.thought.toFixed(1)} s`);
  renderMarkdown(text, node.reasoning);
}

function callElement(article, call, number) {
  const made = (article.callElements ??= []);
  made[number] ??= make("div", { class: "call" }, make("p"), make("pre", { tabindex: 0, role: "group", "aria-label": "Arguments" }));
  const [title, code] = made[number].children;
  title.replaceChildren("Calls ", make("strong", {}, call.name));
  let json = call.arguments;
  try { json = JSON.stringify(JSON.parse(json), null, 2); } catch { /* Not whole yet. */ }
  if (code.textContent !== json) code.textContent = json;
  return made[number];
}

function resultElement(article, one) {
  const element = make("div", { class: "call" }, make("p", {}, "Result of ", make("strong", {}, one.name)),
    make("pre", { tabindex: 0, role: "group", "aria-label": "Result" }, one.text));
  (article.made ??= new Map()).set(one, element);
  return element;
}

// Why an answer ended otherwise than the model meant it to, or the fields for what
// its calls gave.
function refreshTrouble(talk, at, article, busy) {
  const node = talk.nodes[at];
  const last = pathOf(talk).at(-1) === at;
  const asks = node.role === "assistant" && last && !busy && !node.error && node.calls.length;
  if (asks && article.trouble.firstChild?.className === "results") return;
  article.trouble.replaceChildren();
  if (busy) return;
  if (node.error)
    article.trouble.append(make("div", { class: "bad" }, make("p", {}, node.error.what),
      node.error.detail && make("p", { class: "detail" }, node.error.detail)));
  else if (node.finish === "length")
    article.trouble.append(make("p", { class: "hint" },
      "The answer ended at the limit of tokens. Raise max tokens in the settings, and try again."));
  else if (node.finish === "stopped")
    article.trouble.append(make("p", { class: "hint" }, "Stopped."));
  if (asks) article.trouble.append(resultsForm(talk, at));
}

function resultsForm(talk, at) {
  const calls = talk.nodes[at].calls;
  const areas = calls.map(() => make("textarea", { rows: 2, spellcheck: "false", oninput: (event) => fit(event.target) }));
  const fields = calls.map((call, number) =>
    make("label", {}, `Result of ${call.name}` + (calls.length > 1 ? `, call ${number + 1}` : ""), areas[number]));
  const form = make("form", { class: "results" }, ...fields,
    make("div", { class: "buttons" }, make("span", { class: "hint" }, "Text or JSON, as the tool gives it."),
      make("span", { class: "gap" }), make("button", { class: "strong" }, "Send results")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const results = calls.map((call, number) => ({ id: call.id, name: call.name, text: areas[number].value }));
    answer(talk, addNode(talk, at, { role: "tool", results }));
    $("input").focus();
  });
  form.addEventListener("keydown", (event) => {
    if (isSend(event) && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  return form;
}

// What can be done with a message, and what it cost.
function refreshUnder(talk, at, article, state) {
  const node = talk.nodes[at], siblings = siblingsOf(talk, at), parts = [];
  if (state) {
    const begun = node.text || node.reasoning || node.calls.length;
    const took = seconds(state);
    article.under.replaceChildren(make("span", { class: "wait" }, begun ? "" : took < 2 ? "Reading" : `Reading, ${took} s`));
    return;
  }
  const idle = !running.has(talk.id);
  if (siblings.length > 1) {
    const place = siblings.indexOf(at);
    const turn = (label, text, to) => button(text, () => turnTo(talk, siblings[to], label),
      { "aria-label": label, disabled: !idle || to < 0 || to >= siblings.length });
    parts.push(make("span", { class: "turn" }, turn("Version before", "\u2039", place - 1),
      make("span", {}, `${place + 1}/${siblings.length}`), turn("Version after", "\u203a", place + 1)));
  }
  if (node.text) parts.push(button("Copy", (event) => copy(node.text, event.target)));
  if (node.role !== "tool" && (node.role === "user" || node.text)) parts.push(button("Edit", () => edit(talk, at), { disabled: !idle }));
  if (node.role === "assistant")
    parts.push(button("Try again", () => { answer(talk, node.parent); $("input").focus(); }, { disabled: !idle }));
  const stats = node.role === "assistant" && statsOf(node);
  if (stats) parts.push(make("span", { class: "stats" }, stats));
  // A button that has the focus is left alone: it is the same one.
  const signature = parts.map((part) => part.textContent + part.disabled).join("|");
  if (article.signature === signature && article.under.contains(document.activeElement)) return;
  article.signature = signature;
  article.under.replaceChildren(...parts);
}

function turnTo(talk, at, label) {
  choose(talk, at);
  changed(talk);
  const turns = [...articleOf(talk, at).under.querySelectorAll(".turn button")];
  (turns.find((one) => one.getAttribute("aria-label") === label && !one.disabled) ?? turns.find((one) => !one.disabled)).focus();
  announce("Version " + articleOf(talk, at).under.querySelector(".turn span").textContent.replace("/", " of "));
}

// Another version of a message; what followed the first one stays with it.
function edit(talk, at) {
  const node = talk.nodes[at], article = articleOf(talk, at), isUser = node.role === "user";
  if (editing) { const old = editing; editing = null; refresh(talk, old.at); }
  editing = { node, at };
  const area = make("textarea", { rows: 2, "aria-label": isUser ? "Edit your message" : "Edit the answer" });
  const close = () => {
    editing = null;
    refresh(talk, at);
  };
  const cancel = () => {
    close();
    [...article.under.children].find((one) => one.textContent === "Edit")?.focus();
  };
  const save = () => {
    if (!area.value.trim() || running.has(talk.id)) return;
    close();
    if (area.value === node.text && !isUser) return;
    const { model, calls } = node;
    const made = isUser ? addNode(talk, node.parent, { role: "user", text: area.value })
      : addNode(talk, node.parent, { role: "assistant", text: area.value, model, calls, reasoning: "", stats: {}, finish: "" });
    if (isUser) answer(talk, made);
    else changed(talk);
    $("input").focus();
  };
  area.value = node.text;
  article.editor = make("div", { class: "editor" }, area, make("div", { class: "buttons" }, make("span", { class: "gap" }),
    button("Cancel", cancel), button(isUser ? "Send" : "Save", save, { class: "strong" })));
  article.body.hidden = true;
  article.under.replaceChildren();
  article.signature = "";
  article.trouble.before(article.editor);
  area.addEventListener("input", () => fit(area));
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); cancel(); }
    if (isSend(event)) { event.preventDefault(); save(); }
  });
  fit(area);
  area.focus();
}

// Blocks of an answer are said when they are whole.
function tellBlocks(article, whole) {
  for (let at = article.told ?? 0; at < whole; at++) announce(article.body.children[at].innerText);
  article.told = Math.max(article.told ?? 0, whole);
}

function tellEnd(node) {
  const article = articles.get(node);
  tellBlocks(article, article.body.children.length);
  if (node.error) announce("No whole answer. " + node.error.what);
  else if (node.calls.length) announce(`The model calls ${node.calls.map((call) => call.name).join(", ")}. Type the result.`);
  else announce(node.finish === "stopped" ? "Stopped." : "End of the answer.");
}

// The last message stays in view as long as the user does not scroll away from it.
let isFollowing = true;
const isAtEnd = () => $("scroll").scrollHeight - $("scroll").scrollTop - $("scroll").clientHeight < 60;
function follow() {
  if (isFollowing) $("scroll").scrollTop = $("scroll").scrollHeight;
  $("latest").hidden = isFollowing || isAtEnd();
}
function toLatest() {
  isFollowing = true;
  follow();
}
