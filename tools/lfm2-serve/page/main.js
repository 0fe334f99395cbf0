// What the user does, and how the page begins.

// After every change of a conversation.
function changed(talk) {
  talk.changed = Date.now();
  if (talks.has(talk.id)) saveTalk(talk);
  if (isShown(talk)) show(talk);
  showSide();
}

function send() {
  const text = $("input").value;
  if (running.has(shown.id)) return;
  if (!text.trim()) return;
  if (openCalls(shown).length) {
    announce("Send the results of the tools first.");
    return $("messages").querySelector(".results textarea")?.focus();
  }
  $("input").value = "";
  fit($("input"));
  isFollowing = true;
  answer(shown, addNode(shown, pathOf(shown).at(-1) ?? -1, { role: "user", text }));
}

function stopShown() {
  stop(shown);
  $("input").focus();
}

async function importFile() {
  const file = $("import-file").files[0];
  $("import-file").value = "";
  if (!file) return;
  try {
    const read = importTalks(await file.text());
    announce(`${read.length} conversations imported`);
    dropNotice("import");
    if (read.length) openTalk(read[0]);
  } catch (error) {
    notice("import", error.message);
  }
}

function listen() {
  const input = $("input");
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    if (running.has(shown.id)) stopShown();
    else send();
  });
  input.addEventListener("keydown", (event) => {
    if (!isSend(event)) return;
    event.preventDefault();
    send();
  });
  input.addEventListener("input", () => fit(input));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
    if (narrow.matches && document.body.classList.contains("side")) toggleSide(false);
    else if (running.has(shown.id)) stopShown();
  });
  $("scroll").addEventListener("scroll", () => {
    isFollowing = isAtEnd();
    $("latest").hidden = isFollowing;
  });
  $("latest").addEventListener("click", () => { toLatest(); input.focus(); });
  $("new").addEventListener("click", openNew);
  $("export-all").addEventListener("click", () => exportTalks(byTime().filter((talk) => talk.nodes.length)));
  $("import").addEventListener("click", () => $("import-file").click());
  $("import-file").addEventListener("change", importFile);
  $("menu").addEventListener("click", () => toggleSide(!document.body.classList.contains("side")));
  $("shade").addEventListener("click", () => toggleSide(false));
  narrow.addEventListener("change", () => toggleSide(!narrow.matches));
  $("model").addEventListener("change", () => {
    shown.settings.model = $("model").value;
    saveTalk(shown);
    prefer({ settings: shown.settings });
  });
  $("theme").addEventListener("click", switchTheme);
  systemDark.addEventListener("change", showTheme);
  $("open-settings").addEventListener("click", openSettings);
  $("settings").addEventListener("submit", saveSettings);
  $("settings-cancel").addEventListener("click", () => $("settings").close());
  $("question-cancel").addEventListener("click", () => $("question").close());
  $("example").addEventListener("click", () => {
    $("tools").value = JSON.stringify(EXAMPLE, null, 2);
    showToolsError("");
    fit($("tools"));
  });
  addEventListener("pagehide", () => { for (const id of running.keys()) if (talks.has(id)) saveTalk(talks.get(id)); });
  // Another tab of this page wrote or deleted a conversation.
  addEventListener("storage", (event) => {
    if (!event.key?.startsWith(PREFIX) ) return;
    const id = event.key.slice(PREFIX.length), isThis = shown.id === id;
    if (running.has(id) || (isThis && editing)) return;
    if (event.newValue) loadTalk(event.key);
    else if (!isThis) talks.delete(id);
    if (isThis && talks.has(id)) show(talks.get(id));
    showSide();
  });
}

showTheme();
loadTalks();
listen();
toggleSide(!narrow.matches);
const last = talks.get(preferences().open) ?? byTime()[0];
if (last) openTalk(last);
else openNew();
loadModels();
