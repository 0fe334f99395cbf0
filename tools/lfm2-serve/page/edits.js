// Other versions of messages: another try, another text, one that was there before.

function retry(talk, at) {
  answer(talk, talk.nodes[at].parent, talk.nodes[at].error ? at : -1);
  $("input").focus();
}

function turnTo(talk, at, label) {
  choose(talk, at);
  changed(talk);
  const turns = [...articleOf(talk, at).under.querySelectorAll(".turn button:enabled")];
  (turns.find((one) => one.getAttribute("aria-label") === label) ?? turns[0]).focus();
  announce("Version " + articleOf(talk, at).under.querySelector(".turn span").textContent.replace("/", " of "));
}

// Another version of a message; what followed the first one stays with it.
function edit(talk, at) {
  if (talk.nodes[at].role === "tool") {
    // The fields for the results are those of the calls before it.
    const { parent } = talk.nodes[at];
    talk.nodes[parent].next = -1;
    changed(talk);
    return articleOf(talk, parent).form.querySelector("textarea").focus();
  }
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
    const { parent, role, model, calls } = node, text = area.value;
    if (isUser) {
      answer(talk, addNode(talk, parent, { role, text }));
    } else {
      addNode(talk, parent, { role, text, model, calls, reasoning: "", stats: {}, finish: "" });
      changed(talk);
    }
    $("input").focus();
  };
  area.value = node.text;
  article.editor = make("div", { class: "editor" }, area,
    make("div", { class: "buttons" }, make("span", { class: "gap" }), button("Cancel", cancel),
      button(isUser ? "Send" : "Save", save, { class: "strong" })));
  article.body.hidden = true;
  article.under.replaceChildren();
  article.trouble.before(article.editor);
  area.addEventListener("input", () => fit(area));
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); cancel(); }
    if (isSend(event)) { event.preventDefault(); save(); }
  });
  fit(area);
  area.focus();
}
