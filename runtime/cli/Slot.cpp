#include "runtime/cli/Slot.h"
#include "runtime/json/Writer.h"

namespace lfm2rt {

Slot::~Slot() {
  if (context)
    lfm2rt_context_destroy(context);
  system::release(context, contextBytes);
}

bool Slot::open(Session &session, const lfm2rt_context_options &options,
                lfm2rt_error &error) {
  contextBytes = lfm2rt_context_size(&session.model, &options);
  void *memory = system::allocate(contextBytes);
  if (!memory) {
    Failure(&error, LFM2RT_NO_MEMORY, contextBytes)
        << "expected " << contextBytes
        << " bytes of memory for one more conversation, found less; free some, "
           "or use a smaller --context";
    return false;
  }
  if (lfm2rt_context_create(&context, &session.weights, &options, memory,
                            contextBytes, &error) == LFM2RT_OK)
    return true;
  system::release(memory, contextBytes);
  context = nullptr;
  contextBytes = 0;
  return false;
}

void Slot::begin(Session &session, uint64_t lineNumber, uint32_t seed,
                 const char *text, uint64_t bytes, Answer &to) {
  result = &to;
  result->isWhole = false;
  number = lineNumber;
  made = 0;
  request = {};
  converses = false;
  Line why;
  why << "line " << number << ": ";
  if (bytes > UINT32_MAX || !line.grow(bytes)) {
    refuse(why << "expected a line that fits into memory, found one of "
               << bytes << " bytes");
    return;
  }
  memcpy(line.data(), text, size_t(bytes));
  if (!prepare(session, seed, {line.data(), uint32_t(bytes)}, why))
    refuse(why);
  else if (most == 0)
    finish("length", session.options.printTokens);
}

bool Slot::prepare(Session &session, uint32_t seed, Text text, Line &why) {
  if (!readRequest(request, text, values, why))
    return false;
  lfm2rt_reset(context);
  prompt.opening = 0;
  converses = request[RequestMessages] ||
              (session.options.converses && request[RequestPrompt]);
  bool isRead = converses                ? readTalk(why)
                : request[RequestPrompt] ? readText(session, why)
                                         : readIds(session, why);
  if (!isRead)
    return false;
  uint32_t room = lfm2rt_capacity(context);
  if (prompt.count == 0 || prompt.count > room) {
    why << "expected a prompt of 1 ... " << room
        << " tokens, as the context has room for, found " << prompt.count;
    return false;
  }
  const Value *limit = request[RequestMost];
  most = limit                       ? uint64_t(limit->integer)
         : session.options.most >= 0 ? uint64_t(session.options.most)
                                     : UINT64_MAX;
  lfm2rt_sampling sampling = samplingOf(request, session, seed);
  lfm2rt_set_sampling(context, &sampling);
  readStops(stops, request, session);
  lfm2rt_error error;
  if (!takeForm(session, error)) {
    why << error.message;
    return false;
  }
  if (converses && !reply.begin(session, prompt.ids, prompt.count, stops.texts,
                                stops.count, nullptr, nullptr, error)) {
    why << error.message;
    return false;
  }
  stream = StopStream(TextBuffer::takeText, &answer, stops.texts, stops.count);
  answer.clear();
  constraint.begin();
  opening = &prompt;
  tokens = prompt.ids;
  left = prompt.count;
  return true;
}

// That of all is bound until a line has one of its own; where all have one,
// none has.
bool Slot::takeForm(const Session &session, lfm2rt_error &error) {
  const Value *tools = request[RequestTools];
  bool hasOwn = tools && tools->size && !form.isSet();
  if (hasOwn && !ownForm.openTools(session, talk.toolList(), error))
    return false;
  const Form &taken = hasOwn ? ownForm : form;
  if ((hasOwn || !isBound) &&
      !taken.bind(session, vocabulary, *context, constraint, error))
    return false;
  isBound = !hasOwn;
  return true;
}

bool Slot::readTalk(Line &why) {
  talk.clear();
  talk.setTools(request[RequestTools]);
  if (const Value *said = request[RequestPrompt])
    talk.add("user", said->text());
  talk.addAll(request[RequestMessages]);
  lfm2rt_error error;
  if (talk.encode(LFM2RT_CHAT_ANSWER, &prompt.ids, &prompt.count, error))
    return true;
  why << error.message;
  return false;
}

bool Slot::readText(Session &session, Line &why) {
  Text text = request[RequestPrompt]->text();
  uint64_t needed = lfm2rt_text_work_size(&session.weights, text.bytes);
  if (!work.grow(needed)) {
    why << "expected " << needed << " bytes of memory, found less";
    return false;
  }
  lfm2rt_error error;
  if (makePrompt(prompt, *context, text.at, text.bytes,
                 LFM2RT_ADD_BOS | LFM2RT_PARSE_SPECIAL, work.data(),
                 work.size(), &error) == LFM2RT_OK)
    return true;
  why << error.message;
  return false;
}

bool Slot::readIds(Session &session, Line &why) {
  const Value &list = *request[RequestTokens];
  if (!work.grow(list.size * uint64_t(sizeof(int32_t)))) {
    why << "expected memory for " << list.size << " ids, found less";
    return false;
  }
  auto *ids = reinterpret_cast<int32_t *>(work.data());
  uint32_t vocabulary = lfm2rt_model_vocabulary(&session.model);
  for (uint32_t i = 0; i < list.size; ++i) {
    const Value &id = list.values[i];
    if (id.kind != Kind::Integer || id.integer < 0 ||
        id.integer >= int64_t(vocabulary)) {
      why << "expected ids of 0 ... " << vocabulary - 1
          << " in \"tokens\", found ";
      describe(why, id) << " at place " << i + 1;
      return false;
    }
    ids[i] = int32_t(id.integer);
  }
  prompt.ids = ids;
  prompt.count = list.size;
  return true;
}

void Slot::goOn(Session &session, uint32_t read) {
  tokens += read;
  left -= read;
  if (left > 0)
    return;
  chosen = lfm2rt_sample(context);
  if (chosen < 0) {
    lfm2rt_error error;
    notFinite(&error);
    Line why;
    refuse(why << "line " << number << ": " << error.message);
    return;
  }
  ++made;
  bool asIds = session.options.printTokens, stopped = false;
  if (asIds)
    answer.add(Line() << (made > 1 ? ", " : "") << chosen);
  else if (converses)
    stopped = Reply::onToken(chosen, &reply) != 0;
  else
    stopped = feedToken(stream, session.weights, opening, chosen) != 0;
  if (stopped || (!session.options.ignoreStop &&
                  lfm2rt_token_is_stop(&session.weights, chosen)))
    return finish("stop", asIds);
  if (made == most)
    return finish("length", asIds);
  if (lfm2rt_position(context) == lfm2rt_capacity(context))
    return finish("context", asIds);
  tokens = &chosen;
  left = 1;
}

TextBuffer &Slot::start() {
  stream.flush();
  if (converses)
    reply.end();
  TextBuffer &to = result->text;
  to.clear();
  to.add("{\"id\": ");
  JsonStyle style;
  style.ensureAscii = false;
  if (const Value *id = request[RequestId])
    writeJson(*id, style, TextBuffer::sink, &to);
  else
    to.add(Line() << number);
  return to;
}

void Slot::end(TextBuffer &text, bool hasFailed) {
  text.add("}\n");
  result->hasFailed = hasFailed;
  result->isWhole = true;
  result = nullptr;
}

void Slot::finish(const char *reason, bool asIds) {
  TextBuffer &to = start();
  if (asIds) {
    to.add(", \"ids\": [");
    to.add(answer.data(), answer.size());
    to.add("]");
  } else if (converses) {
    to.add(", ");
    reply.writeParts(to, "text");
    if (reply.hasCalls() && equal(reason, "stop"))
      reason = "tool_calls";
  } else {
    to.add(", \"text\": ");
    writeJsonString({answer.data(), uint32_t(answer.size())},
                    /*ensureAscii=*/false, TextBuffer::sink, &to);
  }
  to.add(Line() << ", \"tokens\": " << made << ", \"prompt_tokens\": "
                << prompt.count << ", \"finish\": \"" << reason << "\"");
  end(to, /*hasFailed=*/false);
}

void Slot::refuse(const char *why) {
  TextBuffer &to = start();
  to.add(", \"error\": {\"message\": ");
  writeJsonString({why, uint32_t(length(why))}, /*ensureAscii=*/false,
                  TextBuffer::sink, &to);
  to.add("}");
  end(to, /*hasFailed=*/true);
}

} // namespace lfm2rt
