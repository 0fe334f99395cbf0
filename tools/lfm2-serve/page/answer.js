// Answers in the making: at most one of each conversation, also of those that are
// not on the screen.

const running = new Map();

// Asks for what follows message `parent`, and shows it as it comes: in the place of
// answer `failed`, where that has nothing to be kept.
async function answer(talk, parent, failed = -1) {
  if (running.has(talk.id)) return;
  const abort = new AbortController();
  const old = talk.nodes[failed], isEmpty = old && !old.text && !old.reasoning && !old.calls.length;
  const fields = { role: "assistant", model: talk.settings.model, reasoning: "", calls: [], stats: {}, finish: "" };
  const at = isEmpty ? failed : addNode(talk, parent, fields);
  const node = Object.assign(talk.nodes[at], fields, { error: undefined });
  if (isShown(talk)) isFollowing = true;
  const begin = performance.now();
  const state = { abort, at, begin, first: 0, last: 0, events: 0, saved: begin };
  running.set(talk.id, state);
  changed(talk);
  // Every so often the time that it takes is shown, and what there is is kept.
  const clock = setInterval(() => {
    if (!isShown(talk)) return;
    refresh(talk, at);
    if (!state.first && seconds(state) === 3) announce("The model reads.");
  }, 1000);
  try {
    for await (const event of streamChat(requestOf(talk, parent), abort.signal)) {
      take(node, event, state);
      if (performance.now() - state.saved > 3000) {
        state.saved = performance.now();
        saveTalk(talk);
      }
      refreshSoon(talk, at);
    }
  } catch (error) {
    if (abort.signal.aborted) node.finish = "stopped";
    else node.error = error instanceof Trouble ? { what: error.what, detail: error.detail }
      : { what: "The request could not be made.", detail: error.message };
  }
  clearInterval(clock);
  finishStats(node, state);
  running.delete(talk.id);
  changed(talk);
  if (isShown(talk)) tellEnd(node);
}

const stop = (talk) => running.get(talk.id)?.abort.abort();

// Adds one event to an answer.
function take(node, event, state) {
  const choice = listOf(event.choices)[0], delta = choice?.delta ?? {}, now = performance.now();
  const reasoning = textOf(delta.reasoning_content), text = textOf(delta.content), calls = listOf(delta.tool_calls);
  if (reasoning || text || calls.length) {
    state.first ||= now;
    state.last = now;
    state.events++;
  }
  node.reasoning += reasoning;
  if ((text || calls.length) && node.reasoning && node.stats.thought === undefined)
    node.stats.thought = (now - state.begin) / 1000;
  node.text += text;
  for (const part of calls) {
    const at = Number.isInteger(part.index) && part.index >= 0 && part.index < 128 ? part.index : 0;
    while (node.calls.length <= at) node.calls.push({ id: "", name: "", arguments: "" });
    const call = node.calls[at];
    call.id ||= textOf(part.id);
    call.name ||= textOf(part.function?.name);
    call.arguments += textOf(part.function?.arguments);
  }
  if (choice?.finish_reason) node.finish = textOf(choice.finish_reason);
  if (event.usage) {
    node.stats.made = numberOf(event.usage.completion_tokens);
    node.stats.prompt = numberOf(event.usage.prompt_tokens);
    node.stats.cached = numberOf(event.usage.prompt_tokens_details?.cached_tokens);
  }
}

// Seconds until the first token, and tokens a second behind it. A stopped answer
// has no usage, so its events are counted: about one for each token.
function finishStats(node, state) {
  if (!state.first) return;
  node.stats.first = (state.first - state.begin) / 1000;
  const behind = (node.stats.made ?? state.events) - 1, seconds = (state.last - state.first) / 1000;
  if (behind > 2 && seconds > 0.02) node.stats.rate = behind / seconds;
}

function statsOf(node) {
  const stats = node.stats, parts = [], about = stats.made === undefined ? "about " : "";
  const say = (number) => (number < 10 ? number.toFixed(1) : Math.round(number).toLocaleString("en"));
  if (stats.made !== undefined) parts.push(`${say0(stats.made)} tokens`);
  if (stats.rate !== undefined) parts.push(`${about}${say(stats.rate)} tokens/s`);
  if (stats.first !== undefined) parts.push(`first after ${stats.first.toFixed(2)} s`);
  if (stats.prompt !== undefined)
    parts.push(`prompt ${say0(stats.prompt)}` + (stats.cached ? `, ${say0(stats.cached)} of them cached` : ""));
  return parts.join(" \u00b7 ");
}

const say0 = (number) => Math.round(number).toLocaleString("en");
