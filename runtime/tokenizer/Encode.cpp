// Text to ids: added tokens first, then those that are looked for in the
// normalised text between them, then the split, then words as they are or
// merged.

#include "runtime/tokenizer/Literals.h"
#include "runtime/tokenizer/Normalize.h"

using namespace lfm2rt;

namespace {

bool equal(const uint8_t *a, const uint8_t *b, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i)
    if (a[i] != b[i])
      return false;
  return true;
}

// The token that a whole pre-token is, or LFM2_TOKEN_NONE.
uint32_t findWord(const lfm2_tokenizer &t, const uint8_t *word, size_t bytes) {
  if (bytes > t.header->longest_word || t.num_words == 0)
    return LFM2_TOKEN_NONE;
  const uint32_t hash = lfm2_tokenizer_hash(word, bytes);
  uint32_t slot = uint32_t(uint64_t(hash) * t.num_words >> 32);
  for (uint32_t step = 0; step < t.num_words; ++step) {
    const uint32_t id = t.words[slot];
    if (id == LFM2_TOKEN_NONE)
      break;
    uint32_t length;
    const uint8_t *token = tokenBytes(t, id, length);
    if (length == bytes && equal(token, word, bytes))
      return id;
    slot = slot + 1 == t.num_words ? 0 : slot + 1;
  }
  return LFM2_TOKEN_NONE;
}

class Encoder {
public:
  Encoder(const lfm2_tokenizer &t, bool parseSpecial, void *work,
          uint64_t workBytes, IdSink &sink)
      : t(t), parseSpecial(parseSpecial), work(static_cast<uint8_t *>(work)),
        limit(this->work + workBytes / 8 * 8), sink(sink) {}

  // Encodes what lies between the added tokens that are looked for in `pass`,
  // and these. False if the work memory is too small.
  bool run(int pass, const uint8_t *text, int64_t bytes, Spans plain);

private:
  bool between(const uint8_t *text, int64_t bytes, Spans plain);
  bool copy(int64_t bytes, Spans &plain, Span *&copies);
  bool words(const uint8_t *text, size_t bytes);
  static bool encodeWord(void *encoder, const uint8_t *word, size_t bytes);

  const lfm2_tokenizer &t;
  const bool parseSpecial;
  uint8_t *work; // Aligned to 8; free up to `limit`.
  uint8_t *const limit;
  IdSink &sink;
};

bool Encoder::run(int pass, const uint8_t *text, int64_t bytes, Spans plain) {
  LiteralFinder finder(t, pass, text, bytes, parseSpecial, plain);
  for (;;) {
    Span gap;
    const uint32_t id = finder.next(gap);
    if (gap.begin < gap.end) {
      const uint8_t *start = text + gap.begin;
      const bool fits =
          pass == LFM2_LITERALS_NORMALIZED
              ? words(start, size_t(gap.end - gap.begin))
              : between(start, gap.end - gap.begin,
                        {plain.all, plain.count, plain.base + gap.begin});
      if (!fits)
        return false;
    }
    if (id == LFM2_TOKEN_NONE)
      return true;
    sink.add(id);
  }
}

// Those of the spans that touch the text, cut to it and counted from it.
bool Encoder::copy(int64_t bytes, Spans &plain, Span *&copies) {
  copies = reinterpret_cast<Span *>(work);
  uint64_t count = 0;
  for (uint64_t i = 0; i < plain.count; ++i) {
    Span span = {plain.all[i].begin - plain.base,
                 plain.all[i].end - plain.base};
    if (span.end <= 0 || span.begin >= bytes)
      continue;
    if (uint64_t(limit - work) < sizeof(Span))
      return false;
    work += sizeof(Span);
    copies[count++] = {span.begin < 0 ? 0 : span.begin,
                       span.end > bytes ? bytes : span.end};
  }
  plain = {copies, count, 0};
  return true;
}

// What lies between the tokens of the first pass: normalised, then searched for
// those of the second.
bool Encoder::between(const uint8_t *text, int64_t bytes, Spans plain) {
  uint8_t *const all = work;
  Span *copies;
  bool fits = !hasNormalizer(t) ||
              (copy(bytes, plain, copies) &&
               normalize(t, text, bytes, copies, plain.count, work, limit));
  work += (all - work) & 7;
  fits = fits && run(LFM2_LITERALS_NORMALIZED, text, bytes, plain);
  work = all;
  return fits;
}

// The marks of the split come first, then what the merges take.
bool Encoder::words(const uint8_t *text, size_t bytes) {
  uint8_t *const marks = work;
  if (limit < marks || size_t(limit - marks) < bytes)
    return false;
  work += (bytes + 7) & ~size_t(7);
  const bool fits = splitText(t, text, bytes, marks, encodeWord, this);
  work = marks;
  return fits;
}

bool Encoder::encodeWord(void *encoder, const uint8_t *word, size_t bytes) {
  const Encoder &self = *static_cast<Encoder *>(encoder);
  const uint32_t id = findWord(self.t, word, bytes);
  if (id == LFM2_TOKEN_NONE)
    return mergeWord(self.t, word, bytes, self.work,
                     uint64_t(self.limit - self.work), self.sink);
  self.sink.add(id);
  return true;
}

} // namespace

uint64_t lfm2_tokenizer_most_bytes(const lfm2_tokenizer *tokenizer,
                                   uint64_t bytes) {
  return bytes >> 31 || !hasNormalizer(*tokenizer)
             ? bytes
             : bytes * LFM2_NORMALIZED_GROWTH;
}

uint64_t lfm2_tokenizer_most_ids(const lfm2_tokenizer *tokenizer,
                                 uint64_t bytes) {
  return lfm2_tokenizer_most_bytes(tokenizer, bytes) + 2;
}

uint64_t lfm2_tokenizer_work_bytes(const lfm2_tokenizer *tokenizer,
                                   uint64_t bytes) {
  const uint64_t most = lfm2_tokenizer_most_bytes(tokenizer, bytes);
  if (most >> 31)
    return 0;
  // The normalised text, if any, with a span for every two bytes, the marks of
  // the split, and the merges; 8 to align each.
  return most * (1 + mergeBytesPerByte) + 16 +
         (hasNormalizer(*tokenizer) ? most + 8 * bytes + 32 : 0);
}

int64_t lfm2_tokenizer_encode_around(const lfm2_tokenizer *tokenizer,
                                     const char *text, uint64_t bytes,
                                     const lfm2_tokenizer_span *plain,
                                     uint64_t num_plain, int32_t flags,
                                     int32_t *ids, uint64_t capacity,
                                     void *work, uint64_t work_bytes) {
  const lfm2_tokenizer &t = *tokenizer;
  if (lfm2_tokenizer_most_bytes(tokenizer, bytes) >> 31)
    return LFM2_TOKENIZE_NO_WORK;
  const uint64_t skew = (8 - reinterpret_cast<uintptr_t>(work) % 8) % 8;
  uint8_t *aligned = static_cast<uint8_t *>(work) + skew;
  const uint64_t usable = work_bytes > skew ? work_bytes - skew : 0;

  IdSink sink{ids, capacity, 0};
  const uint32_t settings = t.header->flags;
  const bool bos = ((flags & LFM2_TOKENIZE_ADD_BOS) &&
                    (settings & LFM2_TOKENIZER_ADD_BOS)) ||
                   ((flags & LFM2_TOKENIZE_CHAT_BOS) &&
                    (settings & LFM2_TOKENIZER_CHAT_BOS));
  if (bos && t.header->bos != LFM2_TOKEN_NONE)
    sink.add(t.header->bos);
  if (t.vocabulary == 0)
    return 0;

  Encoder encoder(t, (flags & LFM2_TOKENIZE_PARSE_SPECIAL) != 0, aligned,
                  usable, sink);
  if (!encoder.run(LFM2_LITERALS_RAW, reinterpret_cast<const uint8_t *>(text),
                   int64_t(bytes), {plain, num_plain, 0}))
    return LFM2_TOKENIZE_NO_WORK;
  if (flags & LFM2_TOKENIZE_ADD_BOS && t.header->end != LFM2_TOKEN_NONE)
    sink.add(t.header->end);
  return sink.count <= capacity ? int64_t(sink.count) : -int64_t(sink.count);
}

int64_t lfm2_tokenizer_encode(const lfm2_tokenizer *tokenizer, const char *text,
                              uint64_t bytes, int32_t flags, int32_t *ids,
                              uint64_t capacity, void *work,
                              uint64_t work_bytes) {
  return lfm2_tokenizer_encode_around(tokenizer, text, bytes, nullptr, 0, flags,
                                      ids, capacity, work, work_bytes);
}
