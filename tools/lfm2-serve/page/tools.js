// Calls of tools: their arguments, and the fields for what the tools gave.

function callElement(article, call, number) {
  const made = (article.callElements ??= []);
  made[number] ??= make("div", { class: "call" }, make("p"),
    make("pre", { tabindex: 0, role: "group", "aria-label": "Arguments" }));
  const [title, code] = made[number].children;
  title.replaceChildren("Calls ", make("strong", {}, call.name));
  let json = call.arguments;
  try { json = JSON.stringify(JSON.parse(json), null, 2); } catch { /* Not whole yet. */ }
  if (code.textContent !== json) code.textContent = json;
  return made[number];
}

const resultElement = (one) =>
  make("div", { class: "call" }, make("p", {}, "Result of ", make("strong", {}, one.name)),
    make("pre", { tabindex: 0, role: "group", "aria-label": "Result" }, one.text));

// Begins with what was given before, if anything was.
function resultsForm(talk, at) {
  const calls = talk.nodes[at].calls, before = talk.nodes.findLast((node) => node.parent === at)?.results;
  const areas = calls.map((_, number) => {
    const area = make("textarea", { rows: 2, spellcheck: "false", oninput: () => fit(area) });
    area.value = before?.[number]?.text ?? "";
    return area;
  });
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
