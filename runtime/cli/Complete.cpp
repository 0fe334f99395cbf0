// Completion of a text, of ids or of a conversation.
#include "runtime/cli/Commands.h"
#include "runtime/cli/Conversation.h"
#include "runtime/cli/Form.h"
#include "runtime/cli/Request.h"
#include "runtime/cli/Saved.h"
#include "runtime/cli/Speaker.h"

namespace lfm2rt {

// Refused before anything is read, not after half of the answer.
static int checkRoom(Session &session, const Prompt &prompt, uint64_t most) {
  // A conversation is read in place of what was there.
  const lfm2rt_context &context = *session.context;
  uint64_t used =
      session.options.converses ? 0 : context.position + (context.pending >= 0);
  uint64_t room = context.capacity - min(used, uint64_t(context.capacity));
  // The last new token takes no room.
  uint64_t needed = uint64_t(prompt.count) + max(most, uint64_t(1)) - 1;
  if (needed <= room)
    return 0;
  Line line;
  line << "the context has room for " << room << " tokens, found a prompt of "
       << prompt.count;
  if (prompt.count > room)
    line << "; shorten it";
  else
    line << " and -n " << most << "; at most " << room - prompt.count + 1
         << " new tokens fit: lower -n";
  session.advise(line);
  return session.output.fail(line);
}

namespace {

// One prompt and its answer: a text that is completed, or a conversation.
class Completion {
public:
  explicit Completion(Session &session)
      : session(session), options(session.options), talk(session) {}
  int run();

private:
  int load();
  int readConversation();
  int showPrompt();
  lfm2rt_status generate(lfm2rt_error &error);
  int save();

  Session &session;
  const Options &options;
  Conversation talk;
  Reply reply;
  Stops stops;
  Request request = {};
  Form form;
  Vocabulary vocabulary;
  Constraint constraint;
  Buffer file, values, loaded;
  TextBuffer message;
  Prompt prompt = {};
  uint64_t most = UINT64_MAX; // New tokens.
};

// What was saved, before what goes on from there.
int Completion::load() {
  Text messages = {"", 0};
  if (options.load)
    if (int status = loadState(session, options.load, loaded, messages))
      return status;
  if (!options.converses)
    return 0;
  talk.clear();
  talk.setTools(nullptr);
  Line why;
  if (messages.bytes && !options.messages &&
      !talk.addAll(messages, values, why))
    return session.output.fail(why);
  return 0;
}

int Completion::readConversation() {
  Text said;
  uint64_t bytes = 0;
  lfm2rt_error error;
  if (!options.messages) {
    if (int status = session.readText(said))
      return status;
    talk.add("user", said);
  } else {
    const char *path =
        equal(options.messages, "-") ? nullptr : options.messages;
    if (int status = session.readFile(path, file, bytes))
      return status;
    Line why;
    why << "the messages in " << Quoted{path ? path : "standard input"} << ": ";
    if (bytes > UINT32_MAX ||
        !readRequest(request, {file.data(), uint32_t(bytes)}, values, why))
      return session.output.fail(why);
    if (!request[RequestMessages])
      return session.output.fail(why << "expected \"messages\", found none");
    talk.addAll(request[RequestMessages]);
    if (request[RequestTools])
      talk.setTools(request[RequestTools]);
    if (request[RequestMost])
      most = uint64_t(request[RequestMost]->integer);
    lfm2rt_sampling sampling =
        samplingOf(request, session, session.context->sampler.get().seed);
    lfm2rt_set_sampling(session.context, &sampling);
  }
  if (!talk.encode(LFM2RT_CHAT_ANSWER, &prompt.ids, &prompt.count, error))
    return session.output.fail(error);
  return 0;
}

int Completion::showPrompt() {
  if (options.printTokens) {
    Printer printer(session, Printer::What::Ids);
    for (uint32_t i = 0; i < prompt.count; ++i)
      Printer::onToken(prompt.ids[i], &printer);
    session.output.write("\n");
    return session.output.finish();
  }
  Text text;
  lfm2rt_error error;
  if (!talk.render(text, error))
    return session.output.fail(error);
  session.output.write(text.at, text.bytes);
  return session.output.finish();
}

lfm2rt_status Completion::generate(lfm2rt_error &error) {
  auto what = options.printTokens            ? Printer::What::Ids
              : options.logprobs != notGiven ? Printer::What::Logprobs
                                             : Printer::What::Text;
  uint32_t flags = options.ignoreStop ? uint32_t(LFM2RT_IGNORE_STOP) : 0;
  uint32_t limit = uint32_t(min(most, uint64_t(UINT32_MAX)));
  Printer printer(session, what, &prompt);
  Speaker speaker(session.output);
  bool asText = options.converses && what == Printer::What::Text;
  if (asText &&
      !reply.begin(session, prompt.ids, prompt.count, stops.texts, stops.count,
                   options.json ? nullptr : Speaker::show, &speaker, error))
    return error.status;
  constraint.begin();
  lfm2rt_status status = lfm2rt_generate_tokens(
      session.context, nullptr, 0, limit, flags,
      asText ? Reply::onToken : Printer::onToken,
      asText ? static_cast<void *>(&reply) : &printer, &error);
  if (!asText) {
    printer.finish();
    return status;
  }
  reply.end();
  reply.writeMessage(message);
  if (options.json) {
    session.output.write(message.data(), message.size());
    session.output.write("\n");
  } else {
    speaker.finish();
  }
  return status;
}

int Completion::save() {
  if (!options.save)
    return 0;
  Text messages = {"", 0};
  if (options.converses) {
    if (message.size())
      talk.addAnswer(message);
    messages = talk.messages();
  }
  return saveState(session, options.save, messages);
}

int Completion::run() {
  bool writes = options.logits || options.hidden;
  if (writes)
    most = 0;
  if (options.most >= 0)
    most = uint64_t(options.most);
  int status = load();
  if (status == 0)
    status =
        options.converses ? readConversation() : session.readPrompt(prompt);
  if (status == 0)
    status =
        form.open(session, options.converses ? talk.toolList() : Text{"", 0});
  if (status)
    return status;
  if (options.showPrompt)
    return showPrompt();
  bool limited = most != UINT64_MAX;
  status = checkRoom(session, prompt, limited ? most : 1);
  if (options.converses && writes)
    lfm2rt_reset(session.context);
  if (status == 0 && writes)
    status = writeRows(session, prompt);
  if (status)
    return status;
  lfm2rt_error error;
  readStops(stops, request, session);
  if (!form.bind(session, vocabulary, *session.context, constraint, error) ||
      (!writes && session.readTokens(prompt.ids, prompt.count,
                                     options.converses, error) != LFM2RT_OK) ||
      generate(error) != LFM2RT_OK)
    return session.output.fail(error);
  if (int failed = session.output.finish())
    return failed;
  if (int failed = save())
    return failed;
  // Who set no limit waits for the model's end, and this is another one.
  bool cut = !limited && session.isFull() &&
             !lfm2rt_token_is_stop(&session.weights, session.context->pending);
  return cut ? session.noRoom() : 0;
}

} // namespace

int complete(Session &session) { return Completion(session).run(); }

} // namespace lfm2rt
