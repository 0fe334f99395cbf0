/* tokenizer.h - text to ids and back, over the tables of tokenizer_format.h.
 *
 * Threads: an opened tokenizer is immutable and shared freely. Nothing
 * allocates, prints or exits; the caller gives all memory. Sizes are in bytes.
 * Text is bytes that are meant to be UTF-8: a byte that is part of no well
 * formed character is a character of its own, of the class of symbols, and gets
 * the token of that byte, so every text can be encoded. */
#ifndef LFM2RT_TOKENIZER_TOKENIZER_H
#define LFM2RT_TOKENIZER_TOKENIZER_H

#include "lfm2rt/tokenizer_format.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An opened section: what the functions below read. Fields are their own. */
typedef struct lfm2_tokenizer {
  const lfm2_tokenizer_header *header;
  const uint8_t *bytes;
  const uint32_t *offsets;
  const uint8_t *kinds;
  const uint32_t *byte_ids;
  const uint32_t *merge_starts;
  const uint64_t *merges;
  const uint32_t *words;
  const lfm2_tokenizer_literal *literals[LFM2_LITERALS_NUM];
  const uint16_t *class_pages;
  const uint8_t *classes;
  const uint8_t *class_flags;
  const uint32_t *stops;
  const uint8_t *chat_bytes;
  const uint32_t *chat_offsets;
  const uint8_t *form_pages; /* Null without a normaliser. */
  const uint8_t *forms;
  const uint64_t *decompositions;
  const uint64_t *compositions;
  uint32_t vocabulary, num_words, num_stops;
  uint32_t num_decompositions, num_compositions; /* The last one not counted. */
  uint32_t num_literals[LFM2_LITERALS_NUM];
  /* Bit b: a literal token starts with byte b. */
  uint8_t literal_starts[LFM2_LITERALS_NUM][32];
} lfm2_tokenizer;

/* Outcome of opening. Values are never renumbered. */
enum {
  LFM2_TOKENIZER_OK = 0,
  LFM2_TOKENIZER_CUT_SHORT = 1,   /* The section is smaller than it says. */
  LFM2_TOKENIZER_BAD_MAGIC = 2,   /* Not a tokenizer section, or misaligned. */
  LFM2_TOKENIZER_BAD_VERSION = 3, /* Of another version of the compiler. */
  LFM2_TOKENIZER_BAD_TABLE = 4,   /* A table is outside, or has a wrong size. */
  LFM2_TOKENIZER_BAD_ENTRY = 5,   /* An offset or an id is out of range. */
};

/* Checks the section of `bytes` bytes, at a multiple of 8, and makes
 * `tokenizer` point into it; it must outlive the tokenizer. Returns
 * LFM2_TOKENIZER_*; after a failure `tokenizer` must not be used. Takes well
 * under a millisecond. */
int lfm2_tokenizer_open(lfm2_tokenizer *tokenizer, const uint8_t *section,
                        uint64_t bytes);

/* The outcome as a short English clause, static. */
const char *lfm2_tokenizer_open_message(int outcome);

/* Flags of encoding. */
enum {
  /* Start with bos, and end with what stands behind a text, if the tokenizer's
   * own settings say so. */
  LFM2_TOKENIZE_ADD_BOS = 1,
  /* Text that spells a control token becomes it. Without, it is plain text; the
   * tokens that users may write (LFM2_TOKEN_USER) are matched in both cases. */
  LFM2_TOKENIZE_PARSE_SPECIAL = 2,
  /* Start with bos if the model's conversations do. */
  LFM2_TOKENIZE_CHAT_BOS = 4,
};

/* Results of encoding that are neither a count nor minus a count. */
/* `work` is too small for this text. */
#define LFM2_TOKENIZE_NO_WORK INT64_MIN

/* The most bytes that a text of `bytes` bytes has when it is normalised: three
 * times as many if the model normalises, otherwise as many. */
uint64_t lfm2_tokenizer_most_bytes(const lfm2_tokenizer *tokenizer,
                                   uint64_t bytes);
/* The most ids that it becomes: one for each of these, and what stands around a
 * text. */
uint64_t lfm2_tokenizer_most_ids(const lfm2_tokenizer *tokenizer,
                                 uint64_t bytes);

/* Work memory with which no text of `bytes` bytes fails: 33 bytes for each (110
 * if the model normalises). One of them is for the split, 32 for merges, of
 * which as much is touched as the longest word of the text asks for; the others
 * only if the text isn't normal. 0 for a text that may become 2 GiB or more,
 * which cannot be encoded. */
uint64_t lfm2_tokenizer_work_bytes(const lfm2_tokenizer *tokenizer,
                                   uint64_t bytes);

/* Encodes `bytes` bytes of `text` into `ids`. Returns the count of ids; if that
 * is more than `capacity`, minus the count, and `ids` holds the first
 * `capacity` of them. LFM2_TOKENIZE_NO_WORK if a word asks for more than
 * `work_bytes`; less than lfm2_tokenizer_work_bytes() is fine for text with
 * short words: a byte for each of the text, and 32 for each of the longest
 * word. `work` may have any alignment. Takes O(n log n) for any text. */
int64_t lfm2_tokenizer_encode(const lfm2_tokenizer *tokenizer, const char *text,
                              uint64_t bytes, int32_t flags, int32_t *ids,
                              uint64_t capacity, void *work,
                              uint64_t work_bytes);

/* Bytes [begin, end) of a text. */
typedef struct lfm2_tokenizer_span {
  int64_t begin, end;
} lfm2_tokenizer_span;

/* The same, but control tokens that touch one of the spans, which rise and do
 * not touch each other, stay plain text (characters that become one with them
 * count as part of them): a chat form around what users wrote is encoded as one
 * text, as the split of words wants it, and no user can forge it. */
int64_t lfm2_tokenizer_encode_around(const lfm2_tokenizer *tokenizer,
                                     const char *text, uint64_t bytes,
                                     const lfm2_tokenizer_span *plain,
                                     uint64_t num_plain, int32_t flags,
                                     int32_t *ids, uint64_t capacity,
                                     void *work, uint64_t work_bytes);

/* The bytes that `id` stands for, not terminated, part of the section;
 * `*length` is 0 for an id out of range. The pieces of an encoded text make the
 * text, but for white space that added tokens take along, and normalised. */
const char *lfm2_tokenizer_piece(const lfm2_tokenizer *tokenizer, int32_t id,
                                 uint32_t *length);

/* LFM2_TOKEN_NORMAL, _CONTROL, _USER or _UNUSED; the last for an id out of
 * range. */
int lfm2_tokenizer_kind(const lfm2_tokenizer *tokenizer, int32_t id);

/* Ids are below this; 0 for a model without tokenizer. */
uint32_t lfm2_tokenizer_vocabulary(const lfm2_tokenizer *tokenizer);

/* The id, or -1. */
int32_t lfm2_tokenizer_bos(const lfm2_tokenizer *tokenizer);
int32_t lfm2_tokenizer_eos(const lfm2_tokenizer *tokenizer);
/* The token that LFM2_TOKENIZE_ADD_BOS puts behind a text, or -1. */
int32_t lfm2_tokenizer_end(const lfm2_tokenizer *tokenizer);

/* The tokens that end a generation. */
const uint32_t *lfm2_tokenizer_stops(const lfm2_tokenizer *tokenizer,
                                     uint32_t *count);
int lfm2_tokenizer_is_stop(const lfm2_tokenizer *tokenizer, int32_t id);

/* LFM2_TOKENIZER_ADD_BOS, LFM2_TOKENIZER_HAS_CHAT, LFM2_TOKENIZER_CHAT_BOS. */
uint32_t lfm2_tokenizer_flags(const lfm2_tokenizer *tokenizer);

/* A string of the chat form, LFM2_CHAT_*, not terminated; to be encoded with
 * LFM2_TOKENIZE_PARSE_SPECIAL, and with LFM2_TOKENIZE_CHAT_BOS where a
 * conversation starts: no string holds bos itself. Empty where the model has no
 * chat form. */
const char *lfm2_tokenizer_chat(const lfm2_tokenizer *tokenizer, int which,
                                uint32_t *length);

/* How many of the first bytes of `text` are whole UTF-8 characters: what may be
 * shown now, while a character is still unfinished (at most its 3 bytes are
 * held back). Bytes that cannot become a character count as whole. */
uint64_t lfm2_utf8_whole(const char *text, uint64_t bytes);

#ifdef __cplusplus
}
#endif
#endif // LFM2RT_TOKENIZER_TOKENIZER_H
