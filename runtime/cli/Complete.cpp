// Completion of a text or of ids, logits and hidden states of a prompt, and the
// tokenizer alone.
#include "runtime/cli/Commands.h"
#include "runtime/cli/Conversation.h"
#include "runtime/cli/File.h"
#include "runtime/cli/Form.h"
#include "runtime/cli/Request.h"
#include "runtime/cli/Saved.h"
#include "runtime/cli/Speaker.h"

namespace lfm2rt {

int Printer::write(const char *text, size_t bytes, void *user) {
  auto &printer = *static_cast<Printer *>(user);
  return printer.what == What::Text &&
         !printer.session.output.write(text, bytes);
}

void Printer::writeId(int32_t token) {
  Line line;
  session.output.write(line << (any ? "," : "") << token);
  any = true;
}

int Printer::onToken(int32_t token, void *user) {
  auto &printer = *static_cast<Printer *>(user);
  if (printer.what == What::Ids)
    printer.writeId(token);
  if (printer.what == What::Logprobs)
    printer.writeLogprobs(token);
  int ended =
      feedToken(printer.stream, printer.session.weights, printer.prompt, token);
  return ended || printer.session.output.hasFailed();
}

void Printer::finish() {
  stream.flush();
  if (!session.output.atLineStart())
    session.output.write("\n");
}

namespace {

// Rows of float32, one a position, in a file that is there when it is whole; or
// nothing, where `path` is nullptr.
class Rows {
public:
  Rows(Session &session, const char *path, const char *what, uint64_t channels)
      : session(session), path(path), what(what), channels(channels) {}

  // Each returns the exit status.
  int open(const char *option, uint64_t most) {
    if (!path)
      return 0;
    uint64_t bytes = most * channels * sizeof(float);
    if (!file.name(path))
      return session.longPath(option);
    if (!memory.grow(bytes))
      return session.noMemory(bytes);
    return check(file.create());
  }
  int write(uint64_t count) {
    if (!path)
      return 0;
    finite &= areFinite(data(), count * channels);
    return check(file.write(data(), count * channels * sizeof(float)));
  }
  int finish() {
    int status = path ? check(file.finish()) : 0;
    if (status || finite)
      return status;
    lfm2rt_error error; // They are written all the same, to be looked at.
    notFinite(&error, what);
    return session.output.fail(error);
  }
  // nullptr where nothing is wanted.
  float *data() { return reinterpret_cast<float *>(memory.data()); }

private:
  int check(int64_t failed) {
    return failed ? session.cannotWrite(what, path, failed) : 0;
  }

  Session &session;
  const char *path, *what;
  uint64_t channels;
  Buffer memory;
  File file;
  bool finite = true;
};

// Reads the prompt in pieces as long as the program's largest step, so that the
// numbers are those of an ordinary prompt, or as a whole, where the model does;
// and writes what is wanted of each piece.
int writeRows(Session &session, const Prompt &prompt) {
  const Options &options = session.options;
  Rows logits(session, options.logits, "logits",
              lfm2rt_model_vocabulary(&session.model));
  Rows hidden(session, options.hidden, "hidden states",
              lfm2rt_model_hidden(&session.model));
  uint32_t chunk = session.readsTexts()
                       ? prompt.count
                       : min(lfm2rt_model_chunk(&session.model), prompt.count);
  int status = logits.open("--logits", chunk);
  if (status == 0)
    status = hidden.open("--hidden", chunk);
  lfm2rt_error error;
  if (status == 0 && lfm2rt_keep_hidden(session.context, hidden.data(), chunk,
                                        &error) != LFM2RT_OK)
    return session.output.fail(error);
  for (uint32_t at = 0; status == 0 && at < prompt.count; at += chunk) {
    uint32_t piece = min(chunk, prompt.count - at);
    if (lfm2rt_eval(session.context, prompt.ids + at, piece, logits.data(),
                    &error) != LFM2RT_OK)
      return session.output.fail(error);
    status = logits.write(piece);
    if (status == 0)
      status = hidden.write(piece);
  }
  lfm2rt_keep_hidden(session.context, nullptr, 0, nullptr);
  if (status == 0)
    status = logits.finish();
  return status ? status : hidden.finish();
}

} // namespace

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
  if (session.readsTexts()) // Of which nothing else is asked.
    return writeRows(session, prompt);
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

int tokenize(Session &session) {
  const char *text = session.options.tokenize;
  uint64_t bytes = length(text), count = 0;
  uint64_t workBytes = lfm2rt_text_work_size(&session.weights, size_t(bytes));
  const lfm2_tokenizer *tokenizer = tokenizerOf(session.weights);
  uint64_t most = tokenizer ? lfm2_tokenizer_most_ids(tokenizer, bytes) : 1;
  Buffer ids, work;
  if (!ids.grow(most * sizeof(int32_t)) || !work.grow(workBytes))
    return session.noMemory(workBytes);
  lfm2rt_error error;
  if (lfm2rt_tokenize(&session.weights, text, size_t(bytes),
                      LFM2RT_ADD_BOS | LFM2RT_PARSE_SPECIAL,
                      reinterpret_cast<int32_t *>(ids.data()), most, &count,
                      work.data(), work.size(), &error) != LFM2RT_OK)
    return session.output.fail(error);
  Printer printer(session, Printer::What::Ids);
  for (uint64_t i = 0; i < count; ++i)
    Printer::onToken(reinterpret_cast<int32_t *>(ids.data())[i], &printer);
  session.output.write("\n");
  return session.output.finish();
}

int detokenize(Session &session) {
  const char *text = session.options.detokenize;
  const lfm2_tokenizer *tokenizer = tokenizerOf(session.weights);
  if (!tokenizer)
    return session.output.fail(
        "expected a model with a tokenizer, found one compiled "
        "without; ids have no text here");
  Buffer memory;
  if (!memory.grow((length(text) / 2 + 1) * sizeof(int32_t)))
    return session.noMemory(length(text) * 2);
  auto *ids = reinterpret_cast<int32_t *>(memory.data());
  uint32_t count = 0;
  if (!parseIds(text, ids, &count, session.output))
    return 2;
  uint32_t vocabulary = lfm2rt_model_vocabulary(&session.model);
  for (uint32_t i = 0; i < count; ++i)
    if (uint32_t(ids[i]) >= vocabulary)
      return session.output.fail(Line()
                                 << "token " << ids[i] << " at place " << i + 1
                                 << " is out of range: expected ids of 0 ... "
                                 << vocabulary - 1);
  // What --tokenize puts around a text is no part of it.
  bool added = lfm2_tokenizer_flags(tokenizer) & LFM2_TOKENIZER_ADD_BOS;
  uint32_t first = added && ids[0] == lfm2_tokenizer_bos(tokenizer);
  if (count > first && ids[count - 1] == lfm2_tokenizer_end(tokenizer))
    --count;
  for (uint32_t i = first; i < count; ++i) {
    size_t bytes = 0;
    const char *piece = lfm2rt_token_text(&session.weights, ids[i], &bytes);
    session.output.write(piece, bytes);
  }
  if (system::isTerminal(1))
    session.output.write("\n");
  return session.output.finish();
}

} // namespace lfm2rt
