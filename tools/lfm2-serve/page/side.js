// The list of conversations, beside the messages or, on a narrow screen, above them.

const narrow = matchMedia("(max-width: 760px)");

function showSide() {
  const items = byTime().filter((talk) => talk.nodes.length || talk === shown).map((talk) => {
    const isThis = talk === shown;
    const open = button(titleOf(talk), () => openTalk(talk),
      { "aria-current": isThis && "true", class: "talk", "data-id": talk.id });
    if (!isThis || !talk.nodes.length) return make("li", {}, open);
    return make("li", { class: "this" }, open, make("div", { class: "actions" },
      button("Rename", () => rename(talk)), button("Export", () => exportTalks([talk])),
      button("Delete", () => discard(talk))));
  });
  renew($("talks"), items);
}

function openTalk(talk) {
  if (shown && !shown.nodes.length && shown !== talk) talks.delete(shown.id);
  show(talk);
  showModel();
  showSide();
  prefer({ open: talk.id, settings: talk.settings });
  if (narrow.matches) toggleSide(false);
  $("input").focus();
}

// An empty conversation is as good as a new one.
function openNew() {
  const empty = [...talks.values()].find((talk) => !talk.nodes.length);
  const talk = empty ?? newTalk(shown?.settings ?? preferences().settings);
  talks.set(talk.id, talk);
  openTalk(talk);
}

async function rename(talk) {
  const title = await question({ title: "Rename the conversation", label: "Name", value: titleOf(talk), ok: "Rename" });
  if (title !== null) {
    talk.title = title.slice(0, 200);
    changed(talk);
  }
  focusThis("Rename");
}

async function discard(talk) {
  const text = `"${titleOf(talk)}" cannot be brought back.`;
  const sure = await question({ title: "Delete the conversation?", text, ok: "Delete" });
  if (!sure) return focusThis("Delete");
  stop(talk);
  removeTalk(talk);
  announce("Deleted");
  const next = byTime()[0];
  if (next) openTalk(next);
  else openNew();
}

const focusThis = (label) => buttonLike($("talks"), { dataset: {}, textContent: label })?.focus();

// On a narrow screen the rest of the page waits behind the open list.
function toggleSide(open) {
  document.body.classList.toggle("side", open);
  $("menu").setAttribute("aria-expanded", open);
  $("shade").hidden = !(open && narrow.matches);
  $("column").inert = open && narrow.matches;
  $("side").inert = !open;
  if (narrow.matches) (open ? $("new") : $("menu")).focus();
}
