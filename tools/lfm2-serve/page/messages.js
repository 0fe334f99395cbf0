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
    const article = make("article", { class: node.role, "aria-label": name }, make("h2", { class: "unseen" }, name));
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
  if (node.role === "assistant") article.setAttribute("aria-busy", busy);
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
    arrange(article.body, article.results ??= node.results.map(resultElement));
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

const HINTS = {
  stopped: "Stopped.",
  length: "The answer ended at a limit: max tokens in the settings, or the model's context.",
};

// Why an answer ended otherwise than the model meant it to, or the fields for what
// its calls gave.
function refreshTrouble(talk, at, article, busy) {
  const node = talk.nodes[at];
  const parts = [];
  // What was typed already stays, and first, so that it is not moved.
  const asks = !busy && pathOf(talk).at(-1) === at && callsOf(node).length;
  article.form = asks ? article.form ?? resultsForm(talk, at) : null;
  if (asks) parts.push(article.form);
  if (node.error && !busy) {
    parts.push(make("div", { class: "bad" }, make("p", {}, node.error.what),
      node.error.detail ? make("p", { class: "detail" }, node.error.detail) : null,
      button("Try again", () => retry(talk, at), { disabled: running.has(talk.id) })));
  } else if (!busy && Object.hasOwn(HINTS, node.finish ?? "")) {
    parts.push(make("p", { class: "hint" }, HINTS[node.finish]));
  }
  arrange(article.trouble, parts);
}

// What can be done with a message, and what it cost.
function refreshUnder(talk, at, article, state) {
  const node = talk.nodes[at], siblings = siblingsOf(talk, at), parts = [];
  if (state) {
    const begun = node.text || node.reasoning || node.calls.length;
    const took = seconds(state);
    const text = begun ? "" : took < 2 ? "Reading" : `Reading, ${took} s`;
    article.under.replaceChildren(make("span", { class: "wait" }, text));
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
  if (node.role !== "assistant" || node.text) parts.push(button("Edit", () => edit(talk, at), { disabled: !idle }));
  if (node.role === "assistant" && !node.error)
    parts.push(button("Try again", () => retry(talk, at), { disabled: !idle }));
  const stats = node.role === "assistant" && statsOf(node);
  if (stats) parts.push(make("span", { class: "stats" }, stats));
  renew(article.under, parts);
}
