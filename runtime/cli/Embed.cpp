// Vectors of texts: JSON, a line a text, or float32 in a file.
#include "runtime/cli/Commands.h"
#include "runtime/cli/ModelCommands.h"

namespace lfm2rt {
namespace {

// Whether there is something of this name to read from.
bool isFile(const char *path) {
  int64_t file = platform::openForReading(path);
  if (file < 0)
    return false;
  int64_t bytes = platform::fileBytes(file); // None of a folder.
  platform::closeFile(file);
  return bytes >= 0;
}

class Embedder {
public:
  explicit Embedder(Session &session)
      : session(session), options(session.options),
        limit(lfm2rt_embed_limit(session.context)),
        perToken(lfm2rt_model_gives(&session.model) &
                 LFM2RT_GIVES_TOKEN_VECTORS) {}
  int run();

private:
  int embedLines(const char *text, uint64_t bytes);
  int add(const char *text, uint64_t bytes);
  int checkCount(uint64_t count);
  int flush();
  int64_t write(const lfm2rt_ids &text, const float *rows);
  void writeJson(const float *rows, uint32_t count);
  bool isQuery() const {
    return options.promptName && equal(options.promptName, "query");
  }

  Session &session;
  const Options &options;
  uint32_t limit;
  bool perToken, lines = false;
  // Texts that wait to be read together: their ids, one's behind the other's.
  Buffer text, ids, list, work, vectors, line;
  uint32_t waiting = 0;
  uint64_t tokens = 0, number = 0; // Of those that wait; of all so far.
  File file;
};

int Embedder::checkCount(uint64_t count) {
  if (count > 0 && (count <= limit || options.truncate))
    return 0;
  Line message;
  if (lines)
    message << "line " << number + 1;
  else
    message << "the text";
  message << " has " << count << " tokens, ";
  if (count == 0)
    message << "expected one or more; leave it out";
  else
    message << "of which at most " << limit
            << " are read as one; shorten it, or cut it with --truncate";
  return session.output.fail(message);
}

// Takes one text; reads those that wait when there are some steps' worth.
int Embedder::add(const char *from, uint64_t bytes) {
  uint64_t most = lfm2rt_embed_most_tokens(&session.weights, size_t(bytes));
  uint64_t needed = lfm2rt_embed_work_size(&session.weights, size_t(bytes));
  if (!ids.grow((tokens + most) * sizeof(int32_t)) || !work.grow(needed) ||
      !list.grow((waiting + 1) * sizeof(lfm2rt_ids)))
    return session.noMemory(needed);
  uint64_t count = 0;
  lfm2rt_error error;
  if (lfm2rt_embed_tokens(
          &session.weights, options.promptName, from, size_t(bytes),
          reinterpret_cast<int32_t *>(ids.data()) + tokens, most, &count,
          work.data(), work.size(), &error) != LFM2RT_OK)
    return session.output.fail(error);
  if (int status = checkCount(count))
    return status;
  reinterpret_cast<lfm2rt_ids *>(list.data())[waiting++] = {nullptr,
                                                            uint32_t(count), 0};
  tokens += count;
  ++number;
  constexpr uint64_t steps = 16; // The last one of them may be half empty.
  return tokens >= steps * limit ? flush() : 0;
}

void Embedder::writeJson(const float *rows, uint32_t count) {
  uint32_t channels = lfm2rt_model_vector(&session.model);
  session.output.write(perToken ? "[" : "");
  for (uint32_t r = 0; r < count; ++r) {
    Message json(line.data(), size_t(line.size()));
    json << (r ? ", [" : "[");
    for (uint32_t c = 0; c < channels; ++c)
      (json << (c ? ", " : "")).fixed(*rows++, 9);
    json << "]";
    session.output.write(line.data());
  }
  session.output.write(perToken ? "]\n" : "\n");
}

int64_t Embedder::write(const lfm2rt_ids &one, const float *rows) {
  if (!options.raw) {
    writeJson(rows, one.rows);
    return 0;
  }
  if (perToken)
    session.output.write(Line() << one.rows << "\n");
  return file.write(rows, uint64_t(one.rows) *
                              lfm2rt_model_vector(&session.model) *
                              sizeof(float));
}

// Reads the texts that wait, and writes their vectors.
int Embedder::flush() {
  auto *texts = reinterpret_cast<lfm2rt_ids *>(list.data());
  auto *at = reinterpret_cast<const int32_t *>(ids.data());
  for (uint32_t i = 0; i < waiting; at += texts[i++].count)
    texts[i].tokens = at;
  uint64_t bytes = lfm2rt_embed_size(session.context, texts, waiting);
  // A number of 9 digits behind the point, as many before it as may be.
  uint64_t lineBytes = lfm2rt_model_vector(&session.model) * uint64_t(32) + 8;
  if (!vectors.grow(bytes) || !line.grow(lineBytes))
    return session.noMemory(bytes);
  auto *rows = reinterpret_cast<float *>(vectors.data());
  uint32_t flags = (options.asGiven ? LFM2RT_NOT_NORMALIZED : 0) |
                   (isQuery() ? LFM2RT_IS_QUERY : 0) |
                   (options.truncate ? LFM2RT_TRUNCATE : 0);
  lfm2rt_error error;
  if (lfm2rt_embed(session.context, texts, waiting, flags, rows, &error) !=
      LFM2RT_OK)
    return session.output.fail(error);
  for (uint32_t i = 0; i < waiting; ++i) {
    if (int64_t failed = write(texts[i], rows))
      return session.cannotWrite("vectors", options.raw, failed);
    rows += uint64_t(texts[i].rows) * lfm2rt_model_vector(&session.model);
  }
  waiting = 0;
  tokens = 0;
  return 0;
}

// A text for each line; an end of line at the very end begins none.
int Embedder::embedLines(const char *from, uint64_t bytes) {
  lines = true;
  const char *end = from + bytes;
  while (from < end) {
    const char *stop = from;
    while (stop < end && *stop != '\n')
      ++stop;
    uint64_t length = uint64_t(stop - from);
    if (int status =
            add(from, length && stop[-1] == '\r' ? length - 1 : length))
      return status;
    from = stop + 1;
  }
  return 0;
}

int Embedder::run() {
  if (options.raw && !file.name(options.raw))
    return session.longPath("--raw");
  const char *value = options.embed, *path = options.embedFile;
  bool isInput = value && equal(value, "-");
  // A text may have any name; what is a file, is meant.
  if (value && !isInput && isFile(value))
    path = value;
  uint64_t bytes = 0;
  if (path || isInput)
    if (int status = session.readFile(path, text, bytes))
      return status;
  if (options.raw)
    if (int64_t failed = file.create())
      return session.cannotWrite("vectors", options.raw, failed);
  int status = path || isInput ? embedLines(text.data(), bytes)
                               : add(value, length(value));
  if (status == 0 && number == 0)
    status = session.output.fail(
        "expected a text in each line, found no line; write one", 2);
  if (status == 0 && waiting)
    status = flush();
  if (status)
    return status;
  if (options.raw)
    if (int64_t failed = file.finish())
      return session.cannotWrite("vectors", options.raw, failed);
  return session.output.finish();
}

int check(Session &session) {
  const Options &o = session.options;
  bool embeds = o.embed || o.embedFile;
  if (embeds && lfm2rt_model_vector(&session.model) == 0)
    return session.output.fail(
        "expected a model that gives vectors for --embed, found one whose "
        "checkpoint defines no pooling; --tokens IDS --hidden FILE gives its "
        "hidden states",
        2);
  if (!embeds && !o.bench && ((!o.logits && !o.hidden) || o.most > 0))
    return session.output.fail(
        "expected --embed, --hidden, --logits or --bench: the model is "
        "bidirectional, so it reads texts and does not continue them; see "
        "--help",
        2);
  if (o.logits && !(lfm2rt_model_gives(&session.model) & LFM2RT_GIVES_LOGITS))
    return session.output.fail(
        "expected a model with a head for --logits, found one without; "
        "--hidden FILE gives its hidden states",
        2);
  if (o.most > 0)
    return session.output.fail(
        "expected nothing of sampling or chat, as the model is bidirectional "
        "and continues no text, found -n; drop it",
        2);
  return 0;
}

// Logits and hidden states of one text.
int writeRowsOf(Session &session) {
  Prompt prompt;
  if (int status = session.readPrompt(prompt))
    return status;
  return writeRows(session, prompt);
}

int run(Session &session, uint64_t started) {
  const Options &options = session.options;
  if (options.bench)
    return benchTexts(session, started);
  if (int status =
          session.openContext(session.contextTokens(), session.threads()))
    return status;
  return options.embed || options.embedFile ? Embedder(session).run()
                                            : writeRowsOf(session);
}

} // namespace
} // namespace lfm2rt

const lfm2rt::ModelCommands lfm2rt_texts = {lfm2rt::check, lfm2rt::run};
