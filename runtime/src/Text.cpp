#include "runtime/src/Text.h"
#include "runtime/src/Embedding.h"
#include "runtime/src/Message.h"

using namespace lfm2rt;

namespace lfm2rt {
namespace {

lfm2rt_status noTokenizer(lfm2rt_error *error) {
  return Failure(error, LFM2RT_NO_TOKENIZER)
         << "expected a model with a tokenizer, found one compiled without; "
            "give "
            "token ids instead of text";
}

// The strings that a chat puts around what the user says next.
constexpr int aroundUser[] = {LFM2_CHAT_ASSISTANT_SUFFIX, LFM2_CHAT_USER_PREFIX,
                              LFM2_CHAT_USER_SUFFIX, LFM2_CHAT_GENERATION};

uint32_t bytesOf(const lfm2_tokenizer &tokenizer, int which) {
  uint32_t bytes = 0;
  lfm2_tokenizer_chat(&tokenizer, which, &bytes);
  return bytes;
}

uint64_t chatBytes(const lfm2_tokenizer &tokenizer) {
  uint64_t sum = 0;
  for (int which : aroundUser)
    sum += bytesOf(tokenizer, which);
  return sum;
}

// How many of the last ids stand for what the opening of an answer has behind
// the assistant's name.
uint32_t countOpening(const lfm2_tokenizer &tokenizer, const int32_t *ids,
                      uint32_t count) {
  int64_t left = int64_t(bytesOf(tokenizer, LFM2_CHAT_GENERATION)) -
                 bytesOf(tokenizer, LFM2_CHAT_ASSISTANT_PREFIX);
  uint32_t opening = 0;
  for (; left > 0 && opening < count; ++opening) {
    uint32_t bytes = 0;
    lfm2_tokenizer_piece(&tokenizer, ids[count - 1 - opening], &bytes);
    left -= bytes;
  }
  return opening;
}

// Work memory: ids, then the text with its chat form, then the tokenizer's own.
struct Work {
  uint64_t ids, text, tokenizer, bytes;
  Work(const lfm2_tokenizer &t, uint64_t textBytes)
      : ids(0), text(lfm2_tokenizer_most_ids(&t, textBytes) * sizeof(int32_t)),
        tokenizer(alignUp(text + textBytes, 64)),
        bytes(tokenizer + lfm2_tokenizer_work_bytes(&t, textBytes)) {}
};

int32_t encodeFlags(uint32_t flags) {
  return (flags & LFM2RT_ADD_BOS ? LFM2_TOKENIZE_ADD_BOS : 0) |
         (flags & LFM2RT_PARSE_SPECIAL ? LFM2_TOKENIZE_PARSE_SPECIAL : 0);
}

lfm2rt_status tooLittleWork(uint64_t needed, uint64_t found,
                            lfm2rt_error *error) {
  return Failure(error, LFM2RT_NO_MEMORY, needed)
         << "expected " << needed
         << " bytes of work memory for this text, found " << found
         << "; ask lfm2rt_text_work_size()";
}

lfm2rt_status tooLong(uint64_t bytes, lfm2rt_error *error) {
  return Failure(error, LFM2RT_INVALID_ARGUMENT)
         << "expected a text of less than 2 GiB, its chat form and what "
            "normalising may add included, found one of "
         << bytes << " bytes; give it in parts";
}

class Writer {
public:
  explicit Writer(char *to) : start(to), at(to) {}
  void add(const char *text, uint64_t bytes) {
    memcpy(at, text, size_t(bytes));
    at += bytes;
  }
  void addChat(const lfm2_tokenizer &tokenizer, int which) {
    uint32_t bytes = 0;
    const char *text = lfm2_tokenizer_chat(&tokenizer, which, &bytes);
    add(text, bytes);
  }
  uint64_t size() const { return uint64_t(at - start); }

private:
  char *start, *at;
};

} // namespace

lfm2rt_status makePrompt(Prompt &prompt, const lfm2rt_context &context,
                         const char *text, size_t length, uint32_t flags,
                         void *work, uint64_t workBytes, lfm2rt_error *error) {
  const lfm2_tokenizer *tokenizer = tokenizerOf(*context.weights);
  if (!tokenizer)
    return noTokenizer(error);
  bool chat = flags & LFM2RT_CHAT;
  if (chat && !(lfm2_tokenizer_flags(tokenizer) & LFM2_TOKENIZER_HAS_CHAT))
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a model whose chat template only appends turns, found "
              "one "
              "without, or with another; give messages to "
              "lfm2rt_chat_encode(), or "
              "complete plain text";
  uint64_t needed = lfm2rt_text_work_size(context.weights, length);
  if (needed == 0)
    return tooLong(length, error);
  if (workBytes < needed)
    return tooLittleWork(needed, workBytes, error);
  Work layout(*tokenizer, length + chatBytes(*tokenizer));
  auto *base = static_cast<uint8_t *>(work);
  auto *ids = reinterpret_cast<int32_t *>(base);
  bool fresh = context.position == 0 && context.pending < 0;

  const char *whole = text;
  uint64_t bytes = length;
  lfm2_tokenizer_span user = {0, 0};
  int32_t encode =
      encodeFlags(flags & (fresh ? ~0u : ~uint32_t(LFM2RT_ADD_BOS)));
  if (chat) {
    auto *to = reinterpret_cast<char *>(base + layout.text);
    Writer writer(to);
    if (!fresh)
      writer.addChat(*tokenizer, LFM2_CHAT_ASSISTANT_SUFFIX);
    writer.addChat(*tokenizer, LFM2_CHAT_USER_PREFIX);
    user.begin = int64_t(writer.size());
    writer.add(text, length);
    user.end = int64_t(writer.size());
    writer.addChat(*tokenizer, LFM2_CHAT_USER_SUFFIX);
    writer.addChat(*tokenizer, LFM2_CHAT_GENERATION);
    whole = to;
    bytes = writer.size();
    if (flags & LFM2RT_PARSE_SPECIAL)
      user.end = user.begin;
    // The tokenizer knows whether its chat form begins with bos.
    encode = LFM2_TOKENIZE_PARSE_SPECIAL | (fresh ? LFM2_TOKENIZE_CHAT_BOS : 0);
  }
  int64_t count = lfm2_tokenizer_encode_around(
      tokenizer, whole, bytes, &user, user.begin < user.end, encode, ids,
      layout.text / sizeof(int32_t), base + layout.tokenizer,
      workBytes - layout.tokenizer);
  if (count < 0 || count > INT32_MAX)
    return tooLittleWork(needed, workBytes, error);
  prompt.ids = ids;
  prompt.count = uint32_t(count);
  prompt.closesTurn = chat && !fresh && count > 0 && ids[0] == context.pending;
  prompt.opening = chat ? countOpening(*tokenizer, ids, prompt.count) : 0;
  return LFM2RT_OK;
}

int feedToken(StopStream &stream, const lfm2rt_weights &weights,
              const Prompt *&prompt, int32_t token) {
  auto textOf = [&](int32_t id, size_t &bytes) {
    bytes = 0;
    return lfm2rt_token_is_control(&weights, id)
               ? ""
               : lfm2rt_token_text(&weights, id, &bytes);
  };
  int ended = 0;
  size_t bytes;
  if (prompt)
    for (uint32_t i = prompt->count - prompt->opening;
         i < prompt->count && !ended; ++i) {
      const char *text = textOf(prompt->ids[i], bytes);
      ended = stream.pass(text, bytes);
    }
  prompt = nullptr;
  const char *text = textOf(token, bytes);
  return ended ? ended : stream.feed(text, bytes);
}

} // namespace lfm2rt

extern "C" uint64_t lfm2rt_text_work_size(const lfm2rt_weights *weights,
                                          size_t length) {
  const lfm2_tokenizer *tokenizer = tokenizerOf(*weights);
  if (!tokenizer || lfm2_tokenizer_work_bytes(tokenizer, length) == 0)
    return 0;
  uint64_t all = length + chatBytes(*tokenizer);
  return lfm2_tokenizer_work_bytes(tokenizer, all) ? Work(*tokenizer, all).bytes
                                                   : 0;
}

extern "C" lfm2rt_status lfm2rt_tokenize(const lfm2rt_weights *weights,
                                         const char *text, size_t length,
                                         uint32_t flags, int32_t *ids,
                                         uint64_t capacity, uint64_t *count,
                                         void *work, uint64_t work_bytes,
                                         lfm2rt_error *error) {
  const lfm2_tokenizer *tokenizer = tokenizerOf(*weights);
  if (!tokenizer)
    return noTokenizer(error);
  uint64_t needed = lfm2_tokenizer_work_bytes(tokenizer, length);
  if (needed == 0)
    return tooLong(length, error);
  int64_t result =
      lfm2_tokenizer_encode(tokenizer, text, length, encodeFlags(flags), ids,
                            capacity, work, work_bytes);
  if (result == LFM2_TOKENIZE_NO_WORK)
    return tooLittleWork(needed, work_bytes, error);
  if (result < 0)
    return Failure(error, LFM2RT_NO_MEMORY, uint64_t(-result) * sizeof(int32_t))
           << "expected room for " << -result << " ids, found " << capacity;
  *count = uint64_t(result);
  return LFM2RT_OK;
}

extern "C" uint64_t lfm2rt_embed_most_tokens(const lfm2rt_weights *weights,
                                             size_t length) {
  const lfm2_tokenizer *tokenizer = tokenizerOf(*weights);
  uint64_t all = length + Embedding(*weights).longestText();
  return tokenizer ? lfm2_tokenizer_most_ids(tokenizer, all) : 0;
}

// The prompt and the text behind it, then the tokenizer's own.
extern "C" uint64_t lfm2rt_embed_work_size(const lfm2rt_weights *weights,
                                           size_t length) {
  const lfm2_tokenizer *tokenizer = tokenizerOf(*weights);
  uint64_t all = length + Embedding(*weights).longestText();
  uint64_t own = tokenizer ? lfm2_tokenizer_work_bytes(tokenizer, all) : 0;
  return own ? alignUp(all, 8) + own : 0;
}

static lfm2rt_status noPrompt(const Embedding &embedding, const char *wanted,
                              lfm2rt_error *error) {
  Failure failure(error, LFM2RT_INVALID_ARGUMENT);
  failure << "expected a prompt of the model";
  for (uint32_t i = 0; i < embedding.numPrompts(); ++i) {
    char name[64];
    Bytes found = embedding.name(i);
    Message(name, sizeof(name)).write(found.start, size_t(found.size));
    failure << (i ? ", '" : ": '") << name << "'";
  }
  return failure << (embedding.numPrompts() ? "" : ", which has none")
                 << "; found '" << wanted << "'";
}

extern "C" lfm2rt_status
lfm2rt_embed_tokens(const lfm2rt_weights *weights, const char *prompt,
                    const char *text, size_t length, int32_t *ids,
                    uint64_t capacity, uint64_t *count, void *work,
                    uint64_t work_bytes, lfm2rt_error *error) {
  Embedding embedding(*weights);
  uint32_t number = embedding.defaultPrompt();
  if (prompt) {
    number = embedding.find(prompt);
    if (number == LFM2_PROMPT_NONE && *prompt)
      return noPrompt(embedding, prompt, error);
  }
  uint64_t needed = lfm2rt_embed_work_size(weights, length);
  if (needed && work_bytes < needed)
    return tooLittleWork(needed, work_bytes, error);
  uint64_t used = 0;
  if (needed && number != LFM2_PROMPT_NONE) {
    Writer writer(static_cast<char *>(work));
    writer.add(embedding.text(number).start, embedding.text(number).size);
    writer.add(text, length);
    text = static_cast<const char *>(work);
    length = size_t(writer.size());
    used = alignUp(length, 8);
  }
  return lfm2rt_tokenize(weights, text, length,
                         LFM2RT_ADD_BOS | LFM2RT_PARSE_SPECIAL, ids, capacity,
                         count, static_cast<char *>(work) + used,
                         work_bytes - used, error);
}

extern "C" const char *lfm2rt_token_text(const lfm2rt_weights *weights,
                                         int32_t token, size_t *length) {
  uint32_t bytes = 0;
  const char *text = "";
  const lfm2_tokenizer *tokenizer = tokenizerOf(*weights);
  if (tokenizer && lfm2_tokenizer_kind(tokenizer, token) != LFM2_TOKEN_UNUSED)
    text = lfm2_tokenizer_piece(tokenizer, token, &bytes);
  *length = bytes;
  return text;
}

extern "C" int lfm2rt_token_is_control(const lfm2rt_weights *weights,
                                       int32_t token) {
  const lfm2_tokenizer *tokenizer = tokenizerOf(*weights);
  return tokenizer &&
         lfm2_tokenizer_kind(tokenizer, token) == LFM2_TOKEN_CONTROL;
}

extern "C" int lfm2rt_token_is_stop(const lfm2rt_weights *weights,
                                    int32_t token) {
  const lfm2_tokenizer *tokenizer = tokenizerOf(*weights);
  return tokenizer && lfm2_tokenizer_is_stop(tokenizer, token);
}
