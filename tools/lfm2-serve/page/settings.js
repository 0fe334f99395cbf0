// The model, the settings of a conversation, and light or dark.

const EXAMPLE = [{
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather in a city, now",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
}];

let models = null;

async function loadModels() {
  const say = (text) => notice("models", text, button("Try again", loadModels));
  try {
    const response = await ask("v1/models");
    models = listOf((await response.json()).data).map((one) => textOf(one?.id)).filter(Boolean);
    dropNotice("models");
    if (!models.length) say("The server has no model. Start lfm2-serve with one.");
  } catch (error) {
    say(error instanceof Trouble ? error.what : "The server's list of models is not JSON. Is this lfm2-serve?");
  }
  showModel();
}

// That of the conversation, or the server's first where it has none or another.
function showModel() {
  const select = $("model"), settings = shown.settings;
  select.disabled = !models?.length;
  if (!models?.length) return;
  if (!models.includes(settings.model)) settings.model = models[0];
  select.replaceChildren(...models.map((id) => make("option", { value: id }, id)));
  select.value = settings.model;
}

function openSettings() {
  const settings = shown.settings;
  for (const name of ["system", "tools", ...SAMPLING]) $(name).value = settings[name] ?? "";
  showToolsError("");
  $("settings").showModal();
  for (const area of [$("system"), $("tools")]) fit(area);
}

function showToolsError(text) {
  $("tools-error").textContent = text;
  $("tools").setAttribute("aria-invalid", text !== "");
}

// The browser has looked at the numbers already.
function saveSettings(event) {
  event.preventDefault();
  try {
    if ($("tools").value.trim()) readTools($("tools").value);
  } catch (error) {
    showToolsError(error.message);
    return $("tools").focus();
  }
  const settings = shown.settings;
  settings.system = $("system").value;
  settings.tools = $("tools").value;
  for (const name of SAMPLING) settings[name] = $(name).value === "" ? undefined : $(name).valueAsNumber;
  saveTalk(shown);
  prefer({ settings });
  $("settings").close();
}

// What the system says, unless the user said otherwise.
const systemDark = matchMedia("(prefers-color-scheme: dark)");

function showTheme() {
  const chosen = preferences().theme, dark = chosen ? chosen === "dark" : systemDark.matches;
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
  $("theme").setAttribute("aria-pressed", dark);
}

function switchTheme() {
  const dark = $("theme").getAttribute("aria-pressed") !== "true";
  prefer({ theme: dark === systemDark.matches ? undefined : dark ? "dark" : "light" });
  showTheme();
}
