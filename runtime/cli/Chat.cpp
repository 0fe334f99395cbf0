// A conversation in a terminal. The state stays between turns, so each turn
// reads what is new and nothing twice.
#include "runtime/cli/Commands.h"
#include "runtime/cli/LineEditor.h"

namespace lfm2rt {
namespace {

// What a signal handler can reach.
lfm2rt_context *answering = nullptr;

void interrupt(int) {
  if (lfm2rt_context *context = load(&answering))
    lfm2rt_cancel(context);
}

class Chat {
public:
  Chat(Session &session, bool terminal)
      : session(session), output(session.output), terminal(terminal),
        editor(terminal) {}
  int run();

private:
  int64_t openHistory();
  int answer();
  lfm2rt_status say(lfm2rt_error &error);
  void beginAgain();
  void unanswered(const char *why);

  Session &session;
  Output &output;
  const bool terminal;
  LineEditor editor;
  Buffer work;
  uint64_t number = 0; // Of the line, from 1.
  int outcome = 0;     // 1 once a line had no whole answer.
};

lfm2rt_status Chat::say(lfm2rt_error &error) {
  uint32_t most =
      session.options.most >= 0 ? uint32_t(session.options.most) : UINT32_MAX;
  auto write = [](const char *text, size_t bytes, void *to) {
    return int(!static_cast<Output *>(to)->write(text, bytes));
  };
  Text text = editor.text();
  // A Ctrl-C that came too late for the last answer is not for this one.
  store(&session.context->cancel, 0u);
  store(&answering, session.context);
  lfm2rt_status status = lfm2rt_generate_text(
      session.context, text.at, text.bytes, most, LFM2RT_CHAT, write, &output,
      work.data(), work.size(), &error);
  store(&answering, static_cast<lfm2rt_context *>(nullptr));
  if (!output.atLineStart())
    output.write("\n");
  return status;
}

// A conversation that has filled its context makes room for another.
void Chat::beginAgain() {
  Line note;
  note << "the conversation has filled its context of "
       << lfm2rt_capacity(session.context)
       << " tokens and begins again, without what was said; keep messages "
          "short";
  session.advise(note);
  output.note(note);
  lfm2rt_reset(session.context);
}

// Whoever waits at a terminal sees which line is meant, and goes on.
void Chat::unanswered(const char *why) {
  Line line;
  if (!terminal)
    line << "line " << number << " of standard input has no whole answer: ";
  output.note(line << why);
  outcome = !terminal;
}

// Returns the exit status, 0 where the conversation goes on.
int Chat::answer() {
  uint64_t needed =
      lfm2rt_text_work_size(&session.weights, editor.text().bytes);
  if (!work.grow(needed))
    return session.noMemory(needed);
  lfm2rt_error error;
  lfm2rt_status status = say(error);
  // It may have room in a conversation of its own.
  uint64_t used = lfm2rt_position(session.context);
  if (status == LFM2RT_CONTEXT_FULL && used > 0 &&
      error.needed - used <= lfm2rt_capacity(session.context)) {
    beginAgain();
    status = say(error);
  }
  if (int failed = output.finish())
    return failed;
  if (status == LFM2RT_CONTEXT_FULL) {
    unanswered(error.message); // It is not read.
  } else if (status != LFM2RT_OK && status != LFM2RT_CANCELLED) {
    return output.fail(error);
  } else if (session.isFull() &&
             !lfm2rt_token_is_stop(&session.weights,
                                   session.context->pending)) {
    unanswered("the context is full");
    beginAgain();
  }
  return 0;
}

// Of lines that nobody typed there is none.
int64_t Chat::openHistory() {
  const char *path = session.options.history;
  return path && terminal ? editor.history.open(path) : 0;
}

int Chat::run() {
  if (terminal)
    output.write("Ctrl-C stops an answer, Ctrl-D ends.\n");
  if (int64_t failed = openHistory())
    return session.cannotWrite("history", session.options.history, failed);
  for (;;) {
    int64_t got = editor.read("> ");
    if (got == 0)
      break;
    if (got == system::interrupted)
      continue; // Another prompt, as shells do.
    if (got < 0)
      return session.cannotRead(nullptr, got);
    output.lineEnded();
    ++number;
    if (terminal)
      if (int64_t failed = editor.history.add(editor.text()))
        return session.cannotWrite("history", session.options.history, failed);
    if (editor.text().bytes > 0)
      if (int status = answer())
        return status;
  }
  int failed = output.finish();
  return failed ? failed : outcome;
}

} // namespace

int chat(Session &session) {
  bool terminal = system::isTerminal(0) && system::isTerminal(1);
  // Elsewhere nobody is there to say more: Ctrl-C ends all.
  system::Handler before = terminal ? system::onInterrupt(interrupt) : nullptr;
  int status = Chat(session, terminal).run();
  if (terminal)
    system::onInterrupt(before);
  return status;
}

} // namespace lfm2rt
