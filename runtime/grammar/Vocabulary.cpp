#include "runtime/grammar/Vocabulary.h"
#include "runtime/src/Message.h"
#include "runtime/src/Model.h"
#include "runtime/tokenizer/Text.h"

using namespace lfm2rt;
using namespace lfm2rt::grammar;

namespace lfm2rt {
namespace grammar {

uint16_t kindOfByte(uint8_t byte) {
  const uint8_t letter = byte | 0x20;
  if (letter >= 'a' && letter <= 'z') {
    const bool isHex = letter <= 'f', isLower = byte & 0x20;
    return isLower ? (isHex ? kindLowerHex : kindLower)
                   : (isHex ? kindUpperHex : kindUpper);
  }
  if (byte >= '0' && byte <= '9')
    return kindDigit;
  switch (byte) {
  case ' ':
    return kindSpace;
  case '"':
    return kindQuote;
  case '\\':
    return kindBackslash;
  case '-':
    return kindDash;
  case '_':
    return kindUnderscore;
  case '.':
    return kindPoint;
  default:
    return byte < 0x20 || byte == 0x7f ? kindControl : kindOther;
  }
}

namespace {

struct Piece {
  const uint8_t *bytes;
  uint32_t count;
};

// What a token of text stands for; no bytes for any other.
Piece textOf(const lfm2_tokenizer &tokenizer, uint32_t id) {
  const int kind = lfm2_tokenizer_kind(&tokenizer, int32_t(id));
  uint32_t count;
  const char *bytes = lfm2_tokenizer_piece(&tokenizer, int32_t(id), &count);
  if ((kind != LFM2_TOKEN_NORMAL && kind != LFM2_TOKEN_USER) ||
      count > mostTokenBytes || lfm2_tokenizer_is_stop(&tokenizer, int32_t(id)))
    count = 0;
  return {reinterpret_cast<const uint8_t *>(bytes), count};
}

void describe(Piece piece, uint16_t &kinds, uint8_t &characters) {
  kinds = 0;
  uint32_t count = 0;
  for (const uint8_t *at = piece.bytes, *end = at + piece.count; at < end;
       ++count) {
    Character c = decodeCharacter(at, end);
    kinds |= c.codePoint == LFM2_NO_CHARACTER ? kindBroken
             : c.codePoint < 0x80             ? kindOfByte(uint8_t(c.codePoint))
                                              : kindWide;
    at += c.length;
  }
  characters = uint8_t(count);
}

uint32_t listOf(uint16_t kinds, uint32_t characters) {
  for (uint32_t list = 0; list + 1 < numLists; ++list)
    if (!(kinds & ~listKinds[list]) && characters <= mostListCharacters)
      return list;
  return numLists - 1;
}

// Sorts ids by their bytes: by three parts, of which those that are equal in a
// byte are sorted by the next ones. The stack holds the two larger parts, each
// at most half of what it was a part of, or all of it some bytes further on.
class Sorter {
public:
  Sorter(const lfm2_tokenizer &tokenizer, uint32_t *ids)
      : tokenizer(tokenizer), ids(ids) {}

  void sort(uint32_t count) {
    push({0, count, 0});
    while (depth > 0) {
      Part part = stack[--depth];
      while (part.end - part.begin > 1) {
        uint32_t low, high;
        split(part, low, high);
        Part parts[] = {{part.begin, low, part.byte},
                        {high, part.end, part.byte},
                        {low, high, part.byte + 3}};
        // Ids that have ended are in order.
        if (low < high && keyOf(ids[low], part.byte) % 256 < 4)
          parts[2].end = parts[2].begin;
        uint32_t least = 0;
        for (uint32_t i = 1; i < 3; ++i)
          if (parts[i].size() < parts[least].size())
            least = i;
        // The largest one is done last, so that the stack stays small.
        uint32_t a = (least + 1) % 3, b = (least + 2) % 3;
        if (parts[a].size() < parts[b].size()) {
          uint32_t other = a;
          a = b;
          b = other;
        }
        push(parts[a]);
        push(parts[b]);
        part = parts[least];
      }
    }
  }

private:
  struct Part {
    uint32_t begin, end, byte;
    uint32_t size() const { return end - begin; }
  };
  const lfm2_tokenizer &tokenizer;
  uint32_t *ids;
  Part stack[64];
  uint32_t depth = 0;

  void push(Part part) {
    if (part.size() > 1)
      stack[depth++] = part;
  }

  // The next three bytes, and whether there are fewer (how many), or more.
  uint32_t keyOf(uint32_t id, uint32_t byte) const {
    const uint32_t at = tokenizer.offsets[id] + byte;
    const uint32_t left = tokenizer.offsets[id + 1] - at;
    uint32_t key = 0;
    for (uint32_t i = 0; i < 3; ++i)
      key = key << 8 | (i < left ? tokenizer.bytes[at + i] : 0);
    return key << 8 | min(left, 4u);
  }

  // Afterwards those before `low` have a smaller byte than those from it to
  // `high`, and these than the rest.
  void split(Part part, uint32_t &low, uint32_t &high) {
    const uint32_t a = keyOf(ids[part.begin], part.byte);
    const uint32_t b = keyOf(ids[part.begin + part.size() / 2], part.byte);
    const uint32_t c = keyOf(ids[part.end - 1], part.byte);
    const uint32_t middle = max(min(a, b), min(max(a, b), c));
    low = part.begin;
    high = part.end;
    for (uint32_t i = low; i < high;) {
      const uint32_t id = ids[i];
      const uint32_t key = keyOf(id, part.byte);
      if (key < middle) {
        ids[i++] = ids[low];
        ids[low++] = id;
      } else if (key > middle) {
        ids[i] = ids[--high];
        ids[high] = id;
      } else {
        ++i;
      }
    }
  }
};

void setBit(uint32_t *mask, uint32_t id) { mask[id / 32] |= 1u << id % 32; }

constexpr uint64_t headBytes = alignUp(sizeof(lfm2rt_vocabulary), 8);

} // namespace

// Masks, ids, offsets and what is sorted; kinds; shared, characters; and bytes.
uint64_t vocabularySize(const lfm2_tokenizer &tokenizer, uint32_t vocabulary) {
  const uint64_t tokens = lfm2_tokenizer_vocabulary(&tokenizer);
  const uint64_t words = (vocabulary + uint64_t(31)) / 32;
  return alignUp(headBytes + 4 * (words * (numLists + 2) + 3 * tokens + 1) +
                     4 * tokens + tokenizer.offsets[tokens],
                 8);
}

lfm2rt_vocabulary *makeVocabulary(const lfm2_tokenizer &tokenizer,
                                  uint32_t vocabulary, void *memory) {
  auto &out = *static_cast<lfm2rt_vocabulary *>(memory);
  const uint32_t tokens = lfm2_tokenizer_vocabulary(&tokenizer);
  const uint32_t words = (vocabulary + 31) / 32;
  auto *masks =
      reinterpret_cast<uint32_t *>(static_cast<uint8_t *>(memory) + headBytes);
  memset(masks, 0, sizeof(*masks) * words * (numLists + 2));
  uint32_t *stops = masks + words * numLists, *text = stops + words;
  uint32_t *ids = text + words, *offsets = ids + tokens;
  auto *kinds = reinterpret_cast<uint16_t *>(offsets + tokens + 1);
  auto *shared = reinterpret_cast<uint8_t *>(kinds + tokens);
  uint8_t *characters = shared + tokens, *suffixes = characters + tokens;
  // Behind all, at a multiple of 4.
  auto *sorted = reinterpret_cast<uint32_t *>(
      static_cast<uint8_t *>(memory) +
      (vocabularySize(tokenizer, vocabulary) / 4 - tokens) * 4);

  uint32_t numSorted = 0;
  for (uint32_t id = 0; id < tokens; ++id) {
    if (textOf(tokenizer, id).count > 0)
      sorted[numSorted++] = id;
    else if (lfm2_tokenizer_is_stop(&tokenizer, int32_t(id)))
      setBit(stops, id);
  }
  Sorter(tokenizer, sorted).sort(numSorted);

  // The list of each stands above its id.
  constexpr uint32_t listShift = 30;
  static_assert(LFM2_TOKENIZER_ID_BITS <= listShift, "ids are smaller");
  for (uint32_t i = 0; i < numSorted; ++i) {
    uint16_t kinds;
    uint8_t characters;
    describe(textOf(tokenizer, sorted[i]), kinds, characters);
    sorted[i] |= listOf(kinds, characters) << listShift;
  }
  uint32_t at = 0, suffix = 0;
  for (uint32_t list = 0; list < numLists; ++list) {
    Piece last = {nullptr, 0};
    uint32_t nextByte = 0; // Of `first`.
    for (uint32_t i = 0; i < numSorted; ++i) {
      if (sorted[i] >> listShift != list)
        continue;
      const uint32_t id = sorted[i] & ((1u << listShift) - 1);
      const Piece piece = textOf(tokenizer, id);
      describe(piece, kinds[at], characters[at]);
      while (nextByte <= piece.bytes[0])
        out.first[list][nextByte++] = at;
      uint32_t same = 0;
      while (same < min(piece.count, last.count) &&
             piece.bytes[same] == last.bytes[same])
        ++same;
      ids[at] = id;
      offsets[at] = suffix;
      shared[at++] = uint8_t(same);
      for (; same < piece.count; ++same)
        suffixes[suffix++] = piece.bytes[same];
      setBit(masks + words * list, id);
      setBit(text, id);
      last = piece;
    }
    while (nextByte <= 256)
      out.first[list][nextByte++] = at;
    out.mask[list] = masks + words * list;
  }
  offsets[at] = suffix;
  out.tokenizer = &tokenizer;
  out.words = words;
  out.tokens = at;
  out.used = uint64_t(suffixes + suffix - static_cast<uint8_t *>(memory));
  out.ids = ids;
  out.offsets = offsets;
  out.shared = shared;
  out.characters = characters;
  out.kinds = kinds;
  out.suffixes = suffixes;
  out.stops = stops;
  out.text = text;
  return &out;
}

} // namespace grammar
} // namespace lfm2rt

extern "C" uint64_t lfm2rt_vocabulary_size(const lfm2rt_weights *weights) {
  const lfm2_tokenizer *tokenizer = tokenizerOf(*weights);
  return tokenizer
             ? vocabularySize(*tokenizer, weights->model->program->vocabulary)
             : 0;
}

extern "C" lfm2rt_status
lfm2rt_vocabulary_create(lfm2rt_vocabulary **vocabulary,
                         const lfm2rt_weights *weights, void *memory,
                         uint64_t bytes, lfm2rt_error *error) {
  const lfm2_tokenizer *tokenizer = tokenizerOf(*weights);
  if (!tokenizer)
    return Failure(error, LFM2RT_NO_TOKENIZER)
           << "expected a model with a tokenizer, found one without; compile "
              "it from a checkpoint that has one";
  const uint64_t size = lfm2rt_vocabulary_size(weights);
  if (bytes < size)
    return Failure(error, LFM2RT_NO_MEMORY, size)
           << "expected " << size << " bytes of memory for the vocabulary, "
           << "found " << bytes << "; give lfm2rt_vocabulary_size()";
  *vocabulary =
      makeVocabulary(*tokenizer, weights->model->program->vocabulary, memory);
  return LFM2RT_OK;
}

extern "C" uint64_t
lfm2rt_vocabulary_used(const lfm2rt_vocabulary *vocabulary) {
  return vocabulary->used;
}
