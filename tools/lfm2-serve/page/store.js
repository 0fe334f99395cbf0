// Conversations in the browser's storage, each under a key of its own.

const PREFIX = "lfm2-chat/talk/";
const PREFERENCES = "lfm2-chat/preferences";
const talks = new Map();

function storageOf(kind) {
  // Reading the property throws where the browser's settings forbid storage.
  try { return window[kind]; } catch { return null; }
}

function loadTalks() {
  const storage = storageOf("localStorage");
  for (let at = 0; at < (storage?.length ?? 0); at++) {
    if (storage.key(at).startsWith(PREFIX)) loadTalk(storage.key(at));
  }
}

function loadTalk(key) {
  let talk = null;
  try { talk = readTalk(JSON.parse(storageOf("localStorage").getItem(key))); } catch { /* Of no use to anyone. */ }
  if (talk && talk.id === key.slice(PREFIX.length)) talks.set(talk.id, talk);
  return talk;
}

function write(key, value) {
  try {
    storageOf("localStorage").setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

// Empty conversations are not kept.
function saveTalk(talk) {
  talks.set(talk.id, talk);
  if (!talk.nodes.length) return;
  if (write(PREFIX + talk.id, talk)) return dropNotice("storage");
  notice("storage", "The browser has no room left for this conversation: it is gone when this page is closed. " +
    "Export it, or delete conversations that you no longer need.", button("Export", () => exportTalks([talk])));
}

function removeTalk(talk) {
  talks.delete(talk.id);
  storageOf("localStorage")?.removeItem(PREFIX + talk.id);
  dropNotice("storage");
}

function preferences() {
  try { return JSON.parse(storageOf("localStorage").getItem(PREFERENCES)) ?? {}; } catch { return {}; }
}

const prefer = (changes) => write(PREFERENCES, { ...preferences(), ...changes });

const byTime = () => [...talks.values()].sort((one, other) => other.changed - one.changed);

function exportTalks(list) {
  const text = JSON.stringify({ format: "lfm2-chat", version: 1, conversations: list }, null, 1);
  const name = list.length === 1 ? titleOf(list[0]).replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 40) : "conversations";
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  make("a", { href: url, download: name + ".json" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

// Those of a file that exportTalks() wrote, each under an id of its own. Throws an
// Error that says what is wrong.
function importTalks(text) {
  let file;
  try { file = JSON.parse(text); } catch { /* Said below. */ }
  if (file?.format !== "lfm2-chat" || !Array.isArray(file.conversations))
    throw new Error("The file has no conversations. Choose one that this page exported.");
  const read = file.conversations.map(readTalk);
  if (read.includes(null)) throw new Error("A conversation in the file is damaged; nothing was imported.");
  for (const talk of read) {
    if (talks.has(talk.id)) talk.id = newId();
    saveTalk(talk);
  }
  return read;
}
