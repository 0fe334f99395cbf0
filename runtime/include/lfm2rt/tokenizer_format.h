/* tokenizer_format.h - the bytes of the archive's section LFM2_SECTION_TOKENIZER.
 *
 * A byte-level BPE laid out so that it is used where it lies: nothing is built
 * when a program starts, and a vocabulary of 64k tokens takes about 1.8 MB. The
 * compiler writes it (lib/Model/TokenizerTables.h), the runtime reads it
 * (runtime/tokenizer/tokenizer.h) and checks every offset and id when opening.
 *
 * C99 on <stdint.h> alone. Little endian. A header, then tables; each table
 * starts at a multiple of 8 from the section's start, and so does the section
 * in memory. A change of meaning raises the version. */
#ifndef LFM2RT_TOKENIZER_FORMAT_H
#define LFM2RT_TOKENIZER_FORMAT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LFM2_TOKENIZER_MAGIC "LFM2TOK1"
#define LFM2_TOKENIZER_VERSION 5u

/* An id that does not exist. */
#define LFM2_TOKEN_NONE 0xffffffffu

/* Ids are below 2^21 and ranks of merges below 2^22: with them a merge fits in
 * 64 bits. */
#define LFM2_TOKENIZER_ID_BITS 21
#define LFM2_TOKENIZER_RANK_BITS 22
#define LFM2_TOKENIZER_RIGHT_SHIFT                                             \
  (LFM2_TOKENIZER_ID_BITS + LFM2_TOKENIZER_RANK_BITS)

/* The tables, in the order of the header and of the file. V is the vocabulary. */
enum {
  /* u8: the bytes that each token stands for, one token after the other, then
   * those of literals that are looked for in another form. */
  LFM2_TOKENIZER_BYTES = 0,
  /* u32 [V + 1]: where the bytes of a token start; rising. */
  LFM2_TOKENIZER_OFFSETS = 1,
  /* u8 [V]: LFM2_TOKEN_*. */
  LFM2_TOKENIZER_KINDS = 2,
  /* u32 [256]: the token that a byte starts as, before any merge. A byte
   * without one (a vocabulary trained without the whole alphabet) is dropped.
   */
  LFM2_TOKENIZER_BYTE_IDS = 3,
  /* u32 [V + 1]: where the merges with this left token start; rising. */
  LFM2_TOKENIZER_MERGE_STARTS = 4,
  /* u64: right << 43 | rank << 21 | id, rising among those of one left token.
   */
  LFM2_TOKENIZER_MERGES = 5,
  /* u32: hash table, open addressing with linear steps, of the pre-tokens that
   * become one token without looking at merges: the first slot is
   * hash(bytes) * count >> 32, a free one is LFM2_TOKEN_NONE. With
   * ignore_merges these are all normal tokens, otherwise those that the merges
   * lead to, so the result is the same and most words take one look. */
  LFM2_TOKENIZER_WORDS = 6,
  /* lfm2_tokenizer_literal: tokens looked for before the text is split, in the
   * text as it is; sorted by bytes, each once. */
  LFM2_TOKENIZER_LITERALS = 7,
  /* u16 [0x110000 >> 7]: the page of each run of 128 code points. */
  LFM2_TOKENIZER_CLASS_PAGES = 8,
  /* u8 [pages * 128]: the class of each code point, from 1: what the patterns
   * of all steps take for one. */
  LFM2_TOKENIZER_CLASSES = 9,
  /* u32: tokens that end a generation. */
  LFM2_TOKENIZER_STOPS = 10,
  /* u8: the strings of the chat form. */
  LFM2_TOKENIZER_CHAT_BYTES = 11,
  /* u32 [LFM2_CHAT_NUM_STRINGS + 1]: where they start; rising. */
  LFM2_TOKENIZER_CHAT_OFFSETS = 12,
  /* u8 [256]: LFM2_CLASS_* of the code points of a class. */
  LFM2_TOKENIZER_CLASS_FLAGS = 13,
  /* The same for those that are looked for in what the text between the others
   * becomes when it is normalised. */
  LFM2_TOKENIZER_NORMALIZED_LITERALS = 14,
  /* Normalisation form C; the next four are empty for a model without it. As
   * the two tables of classes, but u8 both: a page, and LFM2_FORM_* of a
   * character. */
  LFM2_TOKENIZER_FORM_PAGES = 15,
  LFM2_TOKENIZER_FORMS = 16,
  /* u64: character << 42 | first << 21 | second, rising: what a character is
   * made of; `first` may have parts itself, `second` is 0 where that is all. An
   * entry of ones is the last. */
  LFM2_TOKENIZER_DECOMPOSITIONS = 17,
  /* u64: first << 42 | second << 21 | character, rising: what two characters
   * become. An entry of ones is the last. */
  LFM2_TOKENIZER_COMPOSITIONS = 18,
  /* lfm2_tokenizer_step: how a text is split into words; none: a text between
   * two literal tokens is a word. */
  LFM2_TOKENIZER_STEPS = 19,
  /* u8: the tables of the steps. */
  LFM2_TOKENIZER_AUTOMATA = 20,
  LFM2_TOKENIZER_NUM_TABLES = 21
};

/* The tables of literals, in the order in which texts are searched for them. */
enum { LFM2_LITERALS_RAW = 0, LFM2_LITERALS_NORMALIZED = 1, LFM2_LITERALS_NUM = 2 };

/* What is in `id` of a literal besides the id. */
enum {
  LFM2_LITERAL_ID = (1 << LFM2_TOKENIZER_ID_BITS) - 1,
  LFM2_LITERAL_LSTRIP = 1 << 24, /* Takes the white space before it along. */
  LFM2_LITERAL_RSTRIP = 1 << 25, /* And behind it. */
  /* Found only where no character of LFM2_CLASS_WORD touches it. */
  LFM2_LITERAL_SINGLE_WORD = 1 << 26,
};

/* The most that form C makes a text longer: U+1D160 becomes three characters of
 * its own length. */
#define LFM2_NORMALIZED_GROWTH 3

/* What normalisation form C asks of a character. */
enum {
  /* The place of its canonical combining class, or that of the first character
   * that it is made of, among all classes: 0 for a starter. */
  LFM2_FORM_CLASS = 63,
  LFM2_FORM_COMPOSES = 64, /* It may become one with what is before it. */
  LFM2_FORM_CHANGES = 128, /* It never stays as it is. */
  /* It may change what is before it, or its place. */
  LFM2_FORM_JOINS = LFM2_FORM_CLASS | LFM2_FORM_COMPOSES,
};

/* What a token is. */
enum {
  LFM2_TOKEN_NORMAL = 0,
  LFM2_TOKEN_CONTROL = 1, /* Special: matched only when asked, not shown. */
  LFM2_TOKEN_USER = 2,    /* Matched literally, and shown. */
  LFM2_TOKEN_UNUSED = 3,  /* A row of the embedding without a token. */
};

/* What all code points of a class are. */
enum {
  LFM2_CLASS_SPACE = 1, /* Property White_Space */
  LFM2_CLASS_WORD = 2,  /* Alphabetic, M, Nd, Pc or Join_Control */
};

/* A byte that is part of no character has the class of this surrogate, which
 * no text holds: a symbol, unless a set of the split's patterns says more. */
#define LFM2_NO_CHARACTER 0xd800u

/* How a text is split into words: by steps, each of which splits the pieces
 * that the one before it left. A step finds the matches of a pattern by two
 * tables.
 *
 * REVERSE reads a piece backwards, from state 1 at its end: in front of a
 * character of class c, reverse[state * classes + c] is the state. States are
 * from 1; a byte inside of a character has 0 and keeps the state.
 *
 * NEXT reads it forwards: from row 0, where a match may start, and in front of
 * a character, next[row * states + state] is the row behind that character, or
 * LFM2_SPLIT_ACCEPT, the match ends here, or LFM2_SPLIT_NONE, there is none. */
enum {
  LFM2_SPLIT_NONE = 0,
  LFM2_SPLIT_ACCEPT = 255,
  LFM2_SPLIT_MAX_STEPS = 16,
  /* In `pieces`: the bit that neighbours are cut apart, plus left * 2 + right,
   * each 1 for a match and 0 for what lies between matches. */
  LFM2_SPLIT_CUT = 0,
  /* The bit that a piece vanishes, plus 1 for a match. */
  LFM2_SPLIT_DROP = 4,
};

typedef struct lfm2_tokenizer_step {
  uint32_t states;  /* 2 ... 255, 0 counted. */
  uint32_t rows;    /* 1 ... 254 */
  uint32_t reverse; /* u8 [states][classes]: where, in AUTOMATA. */
  uint32_t next;    /* u8 [rows][states]: where, in AUTOMATA. */
  uint32_t pieces;  /* LFM2_SPLIT_CUT, LFM2_SPLIT_DROP */
} lfm2_tokenizer_step;

/* The strings around the messages of a conversation, with special tokens in
 * their literal form. GENERATION opens the answer that the model is to write:
 * ASSISTANT_PREFIX, and "<think>" where the model always starts so. */
enum {
  LFM2_CHAT_SYSTEM_PREFIX = 0,
  LFM2_CHAT_SYSTEM_SUFFIX = 1,
  LFM2_CHAT_USER_PREFIX = 2,
  LFM2_CHAT_USER_SUFFIX = 3,
  LFM2_CHAT_ASSISTANT_PREFIX = 4,
  LFM2_CHAT_ASSISTANT_SUFFIX = 5,
  LFM2_CHAT_GENERATION = 6,
  LFM2_CHAT_NUM_STRINGS = 7
};

enum {
  LFM2_TOKENIZER_ADD_BOS = 1,  /* A text starts with bos. */
  LFM2_TOKENIZER_HAS_CHAT = 2, /* The chat strings are those of the model. */
  LFM2_TOKENIZER_CHAT_BOS = 4, /* A conversation starts with bos, once. */
};

typedef struct lfm2_tokenizer_table {
  uint32_t offset; /* Bytes from the section's start, a multiple of 8. */
  uint32_t count;  /* Elements. */
} lfm2_tokenizer_table;

typedef struct lfm2_tokenizer_literal {
  uint32_t id;     /* And LFM2_LITERAL_*. */
  uint32_t offset; /* Of what is looked for, in BYTES. */
  uint32_t length; /* Bytes. */
} lfm2_tokenizer_literal;

typedef struct lfm2_tokenizer_header {
  char magic[8];          /* LFM2_TOKENIZER_MAGIC */
  uint32_t version;       /* LFM2_TOKENIZER_VERSION */
  uint32_t bytes;         /* Of the section, this header included. */
  uint32_t vocabulary;    /* V: ids are below it. 0: a model without tokenizer. */
  uint32_t classes;       /* Those of characters are below it; 1 ... 256. */
  uint32_t flags;         /* LFM2_TOKENIZER_ADD_BOS, ... */
  uint32_t longest_word;  /* Bytes of the longest token in WORDS. */
  uint32_t bos, eos, pad; /* Or LFM2_TOKEN_NONE. */
  uint32_t end;           /* Stands behind a text; LFM2_TOKEN_NONE: nothing does. */
  lfm2_tokenizer_table tables[LFM2_TOKENIZER_NUM_TABLES];
} lfm2_tokenizer_header;

/* The hash of WORDS: FNV-1a, its bits then mixed, because the slot is taken from
 * the high ones. */
static inline uint32_t lfm2_tokenizer_hash(const uint8_t *bytes, uint64_t count) {
  uint32_t hash = 2166136261u;
  for (uint64_t i = 0; i < count; ++i)
    hash = (hash ^ bytes[i]) * 16777619u;
  hash ^= hash >> 16;
  hash *= 0x85ebca6bu;
  hash ^= hash >> 13;
  hash *= 0xc2b2ae35u;
  return hash ^ hash >> 16;
}

#ifdef __cplusplus
}
#endif
#endif /* LFM2RT_TOKENIZER_FORMAT_H */
