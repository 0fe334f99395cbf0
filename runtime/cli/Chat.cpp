// A conversation in a terminal, or of the lines of standard input.
//
// All that was said is kept as messages, and the model's template makes of them
// what is to be read, anew for each answer: what it prints otherwise than
// before, such as without what the model reasoned, is read again from there on.
#include "runtime/cli/Commands.h"
#include "runtime/cli/Conversation.h"
#include "runtime/cli/Form.h"
#include "runtime/cli/LineEditor.h"
#include "runtime/cli/Median.h"
#include "runtime/cli/Saved.h"
#include "runtime/cli/Speaker.h"

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
      : session(session), options(session.options), output(session.output),
        context(*session.context), terminal(terminal), editor(terminal),
        talk(session), speaker(session.output) {}
  int run();

private:
  int open();
  int load(const char *path);
  int save(const char *path);
  int answer();
  bool makeRoom();
  void noteLeftOut(uint32_t before);
  lfm2rt_status read(uint32_t flags, lfm2rt_error &error);
  lfm2rt_status generate(lfm2rt_error &error);
  void unanswered(const char *why);
  void showSpeed(uint64_t begun);
  int command(Text line);
  int say(const char *line);
  int sayTokens();

  Session &session;
  const Options &options;
  Output &output;
  lfm2rt_context &context;
  const bool terminal;
  bool shifts = true;
  LineEditor editor;
  Conversation talk;
  Reply reply;
  Speaker speaker;
  Form form;
  Vocabulary vocabulary;
  Constraint constraint;
  Buffer loaded, values;
  const int32_t *ids = nullptr;
  uint32_t count = 0;
  uint64_t most = UINT64_MAX; // New tokens that are left of an answer.
  uint64_t number = 0;        // Of the line, from 1.
  int outcome = 0;            // 1 once a line had no whole answer.
};

// Whoever waits at a terminal sees which line is meant, and goes on.
void Chat::unanswered(const char *why) {
  Line line;
  if (!terminal)
    line << "line " << number << " of standard input has no whole answer: ";
  output.note(line << why);
  outcome = !terminal;
}

// What was said so far, with room for an answer behind it.
lfm2rt_status Chat::read(uint32_t flags, lfm2rt_error &error) {
  for (;;) {
    if (!talk.encode(flags, &ids, &count, error))
      return error.status;
    if (count < context.capacity || !makeRoom())
      break;
  }
  return session.readTokens(ids, count, /*areAll=*/true, error);
}

// So much that not every answer needs more. False where all is needed.
bool Chat::makeRoom() {
  uint32_t before = talk.leftOut();
  lfm2rt_error error;
  uint32_t needed = UINT32_MAX;
  while (needed > context.capacity / 2 && shifts && talk.leaveOut())
    if (!talk.encode(LFM2RT_CHAT_ANSWER, &ids, &needed, error))
      break;
  if (needed >= context.capacity) {
    talk.leaveOut(before);
    return false;
  }
  return true;
}

void Chat::noteLeftOut(uint32_t before) {
  if (talk.leftOut() <= before)
    return;
  Line note;
  note << "the context of " << context.capacity
       << " tokens was full: the oldest " << talk.leftOut() - before
       << " messages are left out from now on; keep messages short";
  session.advise(note);
  output.note(note);
}

lfm2rt_status Chat::generate(lfm2rt_error &error) {
  uint32_t limit = uint32_t(min(most, uint64_t(UINT32_MAX)));
  uint64_t before = reply.made;
  constraint.begin();
  lfm2rt_status status = lfm2rt_generate_tokens(&context, nullptr, 0, limit, 0,
                                                Reply::onToken, &reply, &error);
  most -= reply.made - before;
  return status;
}

void Chat::showSpeed(uint64_t begun) {
  if (!terminal || reply.made == 0)
    return;
  double first = double(reply.firstAt - begun) * 1e-9;
  double rest = secondsSince(reply.firstAt);
  char text[128];
  Message line(text, sizeof(text));
  bool isScreen = system::isScreen(1);
  (line << (isScreen ? "\033[2m[" : "[") << reply.made
        << " tokens, first after ")
          .fixed(first, 2)
      << " s";
  if (reply.made > 1)
    (line << ", then ").fixed(double(reply.made - 1) / rest, 1) << " tokens/s";
  line << (isScreen ? "]\033[0m\n" : "]\n");
  output.write(text);
}

// Returns the exit status, 0 where the conversation goes on.
int Chat::answer() {
  uint64_t begun = system::nanoseconds();
  lfm2rt_error error;
  // A Ctrl-C that came too late for the last answer is not for this one.
  store(&context.cancel, 0u);
  store(&answering, &context);
  most = options.most >= 0 ? uint64_t(options.most) : UINT64_MAX;
  TextBuffer message;
  bool hasBegun = false, isCut = false;
  uint32_t leftOut = talk.leftOut();
  lfm2rt_status status;
  for (;;) {
    status = read(isCut ? LFM2RT_CHAT_CONTINUE : LFM2RT_CHAT_ANSWER, error);
    if (isCut)
      talk.pop(); // A part of it.
    isCut = false;
    if (status == LFM2RT_OK && !hasBegun) {
      hasBegun =
          reply.begin(session, ids, count, session.stops, options.stop.count,
                      Speaker::show, &speaker, error);
      status = hasBegun ? LFM2RT_OK : error.status;
    }
    if (status == LFM2RT_OK)
      status = generate(error);
    isCut = status == LFM2RT_OK && most > 0 && session.isFull() &&
            !lfm2rt_token_is_stop(&session.weights, context.pending);
    // It goes on where it was cut.
    if (!isCut || !reply.isText())
      break;
    reply.writeMessage(message);
    talk.addAnswer(message);
    if (makeRoom())
      continue;
    talk.pop();
    break;
  }
  if (hasBegun) {
    reply.end();
    speaker.finish();
    reply.writeMessage(message);
    talk.addAnswer(message);
  }
  store(&answering, static_cast<lfm2rt_context *>(nullptr));
  if (int failed = output.finish())
    return failed;
  noteLeftOut(leftOut);
  if (!hasBegun)
    talk.undo(); // It may be said again, shorter.
  if (isCut)
    unanswered("the context is full");
  else if (status == LFM2RT_CONTEXT_FULL || status == LFM2RT_INVALID_ARGUMENT)
    unanswered(error.message);
  else if (status != LFM2RT_OK && status != LFM2RT_CANCELLED)
    return output.fail(error);
  if (hasBegun)
    showSpeed(begun);
  return 0;
}

int Chat::say(const char *line) {
  output.write(line);
  output.write("\n");
  return output.finish();
}

int Chat::sayTokens() {
  return say(Line() << talk.size() << " messages, " << context.position
                    << " of " << context.capacity << " tokens");
}

int Chat::save(const char *path) {
  return saveState(session, path, talk.messages());
}

int Chat::load(const char *path) {
  Text messages;
  if (int status = loadState(session, path, loaded, messages))
    return status;
  talk.clear();
  Line why;
  if (messages.bytes && !talk.addAll(messages, values, why))
    return output.fail(why);
  return 0;
}

constexpr char help[] =
    "/system TEXT   what the model is told before all; without TEXT nothing\n"
    "/reset         begin again, with the system text\n"
    "/undo          take back what you said last, and its answer\n"
    "/save FILE     keep the conversation; /load FILE goes on with it\n"
    "/tokens        how much of the context is used\n"
    "A line goes on behind a backslash at its end, with Alt-Enter, or between "
    "two \"\"\".\n"
    "Ctrl-C stops an answer, Ctrl-D ends.";

// What is wrong is said, and the conversation goes on.
int Chat::command(Text line) {
  const struct {
    const char *name;
    char key;
  } commands[] = {{"/system", 's'}, {"/reset", 'r'}, {"/undo", 'u'},
                  {"/save", 'w'},   {"/load", 'l'},  {"/tokens", 't'},
                  {"/help", 'h'}};
  Line word;
  uint32_t n = 0;
  while (n < line.bytes && line.at[n] != ' ')
    ++n;
  word.add(line.at, n);
  const char *name = word;
  while (n < line.bytes && line.at[n] == ' ')
    ++n;
  Text argument = {line.at + n, line.bytes - n};
  TextBuffer rest;
  rest.add(argument.at, argument.bytes);
  rest.add("", 1);
  char key = 0;
  for (const auto &one : commands)
    if (equal(one.name, name))
      key = one.key;
  if ((key == 'w' || key == 'l') && argument.bytes == 0) {
    output.note(Line() << "expected a file after " << name << ", found none");
    return 0;
  }
  switch (key) {
  case 's':
    talk.setSystem(argument);
    return 0;
  case 'r':
    talk.reset();
    return 0;
  case 'u':
    if (!talk.undo())
      output.note("expected something that was said, found nothing to undo");
    return 0;
  case 'w':
    save(rest.data());
    return 0;
  case 'l':
    return load(rest.data()) ? 0 : sayTokens();
  case 't':
    return sayTokens();
  case 'h':
    return say(help);
  }
  output.note(Line() << "unknown command " << Quoted{name} << "; see /help");
  return 0;
}

// Of lines that nobody typed there is no history.
int Chat::open() {
  const char *path = options.history;
  if (!lfm2rt_chat_has_template(&session.weights))
    return output.fail("expected a model with a chat template, found one "
                       "without; complete a text instead, with --prompt TEXT",
                       2);
  const char *full = options.whenFull;
  if (full && !equal(full, "shift") && !equal(full, "stop"))
    return output.fail(Line() << "expected shift or stop after --context-full, "
                                 "found "
                              << Quoted{full},
                       2);
  if (int64_t failed = path && terminal ? editor.history.open(path) : 0)
    return session.cannotWrite("history", path, failed);
  shifts = !full || equal(full, "shift");
  lfm2rt_error error;
  talk.clear();
  talk.setTools(nullptr);
  int status = form.open(session, session.tools);
  if (status == 0 &&
      !form.bind(session, vocabulary, context, constraint, error))
    status = output.fail(error);
  if (status == 0 && options.load)
    status = load(options.load);
  return status;
}

int Chat::run() {
  if (int status = open())
    return status;
  if (terminal)
    output.write("Ctrl-C stops an answer, Ctrl-D ends; see /help.\n");
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
    Text line = editor.text();
    if (line.bytes == 0)
      continue;
    if (int64_t failed = terminal ? editor.history.add(line) : 0)
      return session.cannotWrite("history", options.history, failed);
    bool isCommand = terminal && !editor.isBlock() && line.at[0] == '/';
    if (!isCommand)
      talk.add("user", line);
    if (int status = isCommand ? command(line) : answer())
      return status;
  }
  int failed = output.finish();
  if (failed == 0 && options.save)
    failed = save(options.save);
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
