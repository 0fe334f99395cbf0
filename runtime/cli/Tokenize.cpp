// The tokenizer alone.
#include "runtime/cli/Commands.h"
#include "runtime/cli/ParseOptions.h"

namespace lfm2rt {

int tokenize(Session &session) {
  const char *text = session.options.tokenize;
  uint64_t bytes = text ? length(text) : 0, count = 0;
  Buffer file;
  if (!text) {
    if (int status =
            session.readFile(session.options.tokenizeFile, file, bytes))
      return status;
    text = reinterpret_cast<const char *>(file.data());
  }
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
