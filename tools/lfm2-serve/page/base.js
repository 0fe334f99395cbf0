// Elements, words for a screen reader, and questions to the user.
//
// Nothing on this page is made of a string of HTML: all text becomes text nodes.

const $ = (id) => document.getElementById(id);

// An element with attributes (those named on... are listeners; false and undefined
// ones are left out) and children, or lists of them (null and false ones are left out).
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) if (child !== null && child !== false) element.append(child);
  return element;
}

const button = (label, onclick, attributes = {}) => make("button", { type: "button", onclick, ...attributes }, label);

// Makes the children of `parent` those of `wanted`, touching none that stay.
function arrange(parent, wanted) {
  wanted.forEach((child, at) => {
    if (parent.children[at] !== child) parent.insertBefore(child, parent.children[at] ?? null);
  });
  while (parent.children.length > wanted.length) parent.lastElementChild.remove();
}

const buttonLike = (parent, { dataset, textContent }) => [...parent.querySelectorAll("button")].find((one) =>
  (dataset.id ? one.dataset.id === dataset.id : one.textContent === textContent));

// Gives `parent` new children; a button among them that is like the one that had the
// focus has it again.
function renew(parent, children) {
  const focus = parent.contains(document.activeElement) ? document.activeElement : null;
  parent.replaceChildren(...children);
  if (focus) buttonLike(parent, focus)?.focus();
}

// Said by a screen reader when it has said everything else; gone before anyone reads
// the end of the page and finds it there again.
function announce(text) {
  if (!text.trim()) return;
  const said = make("p", {}, text);
  $("live").append(said);
  setTimeout(() => said.remove(), 20000);
}

// Above the messages, until it is closed; one of each name, said once.
function notice(name, text, ...actions) {
  const old = [...$("notices").children].find((one) => one.dataset.name === name);
  if (old?.firstChild.textContent === text) return;
  old?.remove();
  const close = button("Close", () => dropNotice(name), { class: "quiet" });
  $("notices").append(make("div", { role: "alert", "data-name": name }, make("span", {}, text), ...actions, close));
}

function dropNotice(name) {
  for (const one of [...$("notices").children]) if (one.dataset.name === name) one.remove();
}

// Asks in a dialog. The answer: what was typed where there is a label, else true;
// null where the user would rather not.
function question({ title, text = "", label = "", value = "", type = "text", ok }) {
  const dialog = $("question"), input = $("question-input");
  if (dialog.open) return Promise.resolve(null);
  $("question-title").textContent = title;
  $("question-text").textContent = text;
  $("question-label").textContent = label;
  $("question-ok").textContent = ok;
  $("question-field").hidden = !label;
  input.type = type;
  input.value = value;
  dialog.returnValue = "";
  dialog.showModal();
  (label ? input : $("question-ok")).focus();
  if (label) input.select();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const agreed = dialog.returnValue === "yes";
      resolve(agreed ? (label ? input.value.trim() : true) : null);
      input.value = "";
    }, { once: true });
  });
}

async function copy(text, from) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without HTTPS a browser has no clipboard but the old one.
    const area = make("textarea", { class: "unseen", "aria-label": "Copied text" });
    area.value = text;
    from.after(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    from.focus();
  }
  const before = from.textContent;
  from.textContent = "Copied";
  announce("Copied");
  setTimeout(() => (from.textContent = before), 1500);
}

// A text area is as high as its text.
function fit(area) {
  area.style.height = "auto";
  area.style.height = area.scrollHeight + 2 + "px";
}

// Enter, but not for a new line, nor to choose a character (229 is how Safari says that).
const isSend = (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
