// Requests to the server, its stream of events, and its errors in words.

const KEY = "lfm2-chat/key";

// What went wrong, what to do about it, and what the server itself said.
class Trouble extends Error {
  constructor(what, detail = "") {
    super(what);
    this.what = what;
    this.detail = detail;
  }
}

async function ask(path, body, signal) {
  for (;;) {
    const key = storageOf("sessionStorage")?.getItem(KEY), headers = {};
    if (body) headers["Content-Type"] = "application/json";
    if (key) headers.Authorization = "Bearer " + key;
    let response;
    try {
      const method = body ? "POST" : "GET";
      response = await fetch(path, { method, headers, body: body && JSON.stringify(body), signal });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Trouble("The server does not answer. See whether lfm2-serve still runs and the network is there, " +
        "then try again.");
    }
    if (response.ok) return response;
    if (response.status !== 401) throw await troubleOf(response);
    const given = await question({
      title: key ? "The key was not accepted" : "This server asks for a key",
      text: "It is one of the API keys that lfm2-serve was started with. It is kept until this tab is closed.",
      label: "API key", type: "password", ok: "Use this key",
    });
    if (!given) throw new Trouble("The server wants an API key. Try again to enter one.");
    try {
      storageOf("sessionStorage").setItem(KEY, given);
    } catch {
      throw new Trouble("The browser keeps no key: allow this page to store data, then try again.");
    }
  }
}

async function troubleOf(response) {
  const text = await response.text().catch(() => "");
  let error = {};
  try { error = JSON.parse(text).error ?? {}; } catch { /* Of a proxy, maybe. */ }
  const detail = textOf(typeof error === "string" ? error : error.message, 1000) || text.slice(0, 300);
  return new Trouble(adviceFor(response.status, error.code, response.headers.get("Retry-After")), detail);
}

function adviceFor(status, code, wait) {
  const later = /^\d+$/.test(wait ?? "") ? `in ${wait} seconds` : "in a moment";
  if (code === "context_length_exceeded")
    return "The conversation is longer than the model's context. Begin a new one, or edit an earlier message.";
  switch (status) {
    case 400: case 422: return "The server refused the request. See the settings: sampling, tools, system prompt.";
    case 403: return "The server does not allow this. Ask who runs it.";
    case 404: return "The server does not have this model. Choose another one above.";
    case 408: return "The server waited too long. Try again.";
    case 413: return "The conversation is larger than the server takes. Begin a new one, or edit an earlier message.";
    case 429: return `The server has too much to do. Try again ${later}.`;
    case 503: return `The server is starting, stopping or loading a model. Try again ${later}.`;
    default: return `The server failed (status ${status}). Try again; if it fails again, its log says why.`;
  }
}

// The JSON of each event of a chat completion; throws Trouble where the stream
// carries an error or breaks off.
async function* streamChat(request, signal) {
  const response = await ask("v1/chat/completions", request, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    let part;
    try {
      part = await reader.read();
    } catch (error) {
      if (signal.aborted) throw error;
      part = { done: true };
    }
    if (part.done) throw new Trouble("The connection ended before the answer did. What came is kept. Try again.");
    const lines = (rest + part.value).split(/\r?\n/);
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith("data:")) continue;
      const data = line.slice(5).trim();
      if (data === "[DONE]") return;
      let event;
      try {
        event = JSON.parse(data);
      } catch {
        throw new Trouble("The server sent something that is not JSON. Try again.", data.slice(0, 300));
      }
      if (event.error)
        throw new Trouble(adviceFor(event.error.code === "context_length_exceeded" ? 400 : 500, event.error.code),
          textOf(event.error.message, 1000));
      yield event;
    }
  }
}
