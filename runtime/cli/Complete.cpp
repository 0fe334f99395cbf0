// Completion of a text or of ids, logits of a prompt, and the tokenizer alone.
#include "runtime/cli/Commands.h"
#include "runtime/cli/File.h"

namespace lfm2rt {

int Printer::write(const char *text, size_t bytes, void *output) {
  return !static_cast<Output *>(output)->write(text, bytes);
}

int Printer::onToken(int32_t token, void *user) {
  auto &printer = *static_cast<Printer *>(user);
  if (printer.ids) {
    Line line;
    line << (printer.any ? "," : "") << token;
    printer.any = true;
    return !printer.session.output.write(line);
  }
  return feedToken(printer.stream, printer.session.weights, printer.prompt,
                   token);
}

void Printer::finish() {
  stream.flush();
  if (!session.output.atLineStart())
    session.output.write("\n");
}

// Reads the prompt in pieces as long as the program's largest step, so that the
// numbers are those of an ordinary prompt, and writes the logits of each piece.
static int writeLogits(Session &session, const Prompt &prompt) {
  const char *path = session.options.logits;
  File file;
  if (!file.name(path))
    return session.output.fail(
        "expected a path of less than 4096 bytes after --logits, "
        "found a longer one",
        2);
  uint64_t row = lfm2rt_model_vocabulary(&session.model) * sizeof(float);
  uint32_t chunk = min(lfm2rt_model_chunk(&session.model), prompt.count);
  Buffer logits;
  if (!logits.grow(chunk * row))
    return session.noMemory(chunk * row);

  int64_t failed = file.create();
  lfm2rt_error error = {};
  bool finite = true;
  for (uint32_t at = 0; failed == 0 && at < prompt.count; at += chunk) {
    uint32_t piece = min(chunk, prompt.count - at);
    if (lfm2rt_eval(session.context, prompt.ids + at, piece,
                    reinterpret_cast<float *>(logits.data()),
                    &error) != LFM2RT_OK)
      return session.output.fail(error);
    finite &= areFinite(reinterpret_cast<float *>(logits.data()),
                        piece * row / sizeof(float));
    failed = file.write(logits.data(), piece * row);
  }
  if (failed == 0)
    failed = file.finish();
  if (failed == 0 && finite)
    return 0;
  if (failed == 0) { // They are written all the same, to be looked at.
    notFinite(&error);
    return session.output.fail(error);
  }
  return session.output.fail(
      Line() << "cannot write the logits to " << Quoted{path} << ": "
             << system::errorText(failed) << "; choose another place");
}

// Refused before anything is read, not after half of the answer.
static int checkRoom(Session &session, const Prompt &prompt, uint64_t most) {
  uint64_t room = lfm2rt_capacity(session.context);
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

int complete(Session &session) {
  const Options &options = session.options;
  Prompt prompt;
  if (int status = session.readPrompt(prompt))
    return status;
  bool limited = options.most >= 0 || options.logits;
  uint64_t most = options.most >= 0 ? uint64_t(options.most) : 0;
  if (int status = checkRoom(session, prompt, limited ? most : 1))
    return status;
  uint32_t count = prompt.count;
  if (options.logits) {
    if (int status = writeLogits(session, prompt))
      return status;
    count = 0;
  }
  Printer printer(session, options.printTokens, &prompt);
  lfm2rt_error error;
  lfm2rt_status status = lfm2rt_generate_tokens(
      session.context, prompt.ids, count, limited ? uint32_t(most) : UINT32_MAX,
      options.ignoreStop ? uint32_t(LFM2RT_IGNORE_STOP) : 0, Printer::onToken,
      &printer, &error);
  printer.finish();
  if (status != LFM2RT_OK)
    return session.output.fail(error);
  if (int failed = session.output.finish())
    return failed;
  // Who set no limit waits for the model's end, and this is another one.
  bool cut = !limited && session.isFull() &&
             !lfm2rt_token_is_stop(&session.weights, session.context->pending);
  return cut ? session.noRoom() : 0;
}

int tokenize(Session &session) {
  const char *text = session.options.tokenize;
  uint64_t bytes = length(text), count = 0;
  uint64_t workBytes = lfm2rt_text_work_size(&session.weights, size_t(bytes));
  const lfm2_tokenizer *tokenizer = tokenizerOf(session.weights);
  uint64_t most =
      (tokenizer ? lfm2_tokenizer_most_bytes(tokenizer, bytes) : 0) + 1;
  Buffer ids, work;
  if (!ids.grow(most * sizeof(int32_t)) || !work.grow(workBytes))
    return session.noMemory(workBytes);
  lfm2rt_error error;
  if (lfm2rt_tokenize(&session.weights, text, size_t(bytes),
                      LFM2RT_ADD_BOS | LFM2RT_PARSE_SPECIAL,
                      reinterpret_cast<int32_t *>(ids.data()), most, &count,
                      work.data(), work.size(), &error) != LFM2RT_OK)
    return session.output.fail(error);
  Printer printer(session, /*ids=*/true);
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
  // The start that --tokenize puts in front is no part of the text.
  bool added = lfm2_tokenizer_flags(tokenizer) & LFM2_TOKENIZER_ADD_BOS;
  for (uint32_t i = added && ids[0] == lfm2_tokenizer_bos(tokenizer); i < count;
       ++i) {
    size_t bytes = 0;
    const char *piece = lfm2rt_token_text(&session.weights, ids[i], &bytes);
    session.output.write(piece, bytes);
  }
  if (system::isTerminal(1))
    session.output.write("\n");
  return session.output.finish();
}

} // namespace lfm2rt
