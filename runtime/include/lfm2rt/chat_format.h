/* chat_format.h - the bytes of the archive's section LFM2_SECTION_CHAT.
 *
 * A chat template, compiled: code for a machine with a stack, which prints a
 * conversation. The compiler writes it out of the checkpoint's Jinja
 * (lib/Chat/Template.h); the runtime runs it (runtime/chat/) with the semantics of
 * Jinja2 3.1, and checks every number in it.
 *
 * C99 on <stdint.h> alone. Little endian. A header, then tables; each table starts
 * at a multiple of 8 from the section's start, and so does the section in memory. A
 * change of meaning raises the version. */
#ifndef LFM2RT_CHAT_FORMAT_H
#define LFM2RT_CHAT_FORMAT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LFM2_TEMPLATE_MAGIC "LFM2CHT1"
#define LFM2_TEMPLATE_VERSION 1u

/* The tables, in the order of the header and of the file. */
enum {
  /* lfm2_template_constant */
  LFM2_TEMPLATE_CONSTANTS = 0,
  /* u32: instructions, see below; function 0 begins with the first. */
  LFM2_TEMPLATE_CODE = 1,
  /* u16: of each instruction, the line of the template that it was made of, for
   * messages. */
  LFM2_TEMPLATE_LINES = 2,
  /* lfm2_template_function: the template itself, then its macros. */
  LFM2_TEMPLATE_FUNCTIONS = 3,
  /* u32 [2 * n]: constants, name and value: variables that the caller need not
   * give, as bos_token. */
  LFM2_TEMPLATE_GLOBALS = 4,
  /* u32: constants, the names of the variables that the template reads, each once,
   * in the order in which it first does. */
  LFM2_TEMPLATE_VARIABLES = 5,
  /* lfm2_template_case: what upper and lower case of a character are, rising by
   * `first`; empty where the template asks for neither. */
  LFM2_TEMPLATE_CASES = 6,
  /* u8: the strings of the constants. */
  LFM2_TEMPLATE_BYTES = 7,
  LFM2_TEMPLATE_NUM_TABLES = 8
};

typedef struct lfm2_template_table {
  uint32_t offset; /* Bytes from the section's start, a multiple of 8. */
  uint32_t count;  /* Elements. */
} lfm2_template_table;

typedef struct lfm2_template_header {
  char magic[8];    /* LFM2_TEMPLATE_MAGIC */
  uint32_t version; /* LFM2_TEMPLATE_VERSION */
  uint32_t bytes;   /* Of the section, this header included. */
  /* Bit c: the ASCII character c stands in the spelling of a control token. */
  uint32_t spelling[4];
  lfm2_template_table tables[LFM2_TEMPLATE_NUM_TABLES];
} lfm2_template_header;

enum {
  LFM2_CONSTANT_STRING = 0,  /* UTF-8: `value` is where in BYTES, `size` how many. */
  LFM2_CONSTANT_INTEGER = 1, /* `value` is an int64_t. */
  LFM2_CONSTANT_NUMBER = 2,  /* `value` has the bits of a finite double. */
};

typedef struct lfm2_template_constant {
  uint64_t value;
  uint32_t kind; /* LFM2_CONSTANT_* */
  uint32_t size;
} lfm2_template_constant;

/* What is called: parameters are its first variables. */
typedef struct lfm2_template_function {
  uint32_t start;      /* First instruction. */
  uint32_t name;       /* A constant. */
  uint32_t parameters; /* How many; their names are the constants from... */
  uint32_t names;      /* ...this one on. */
  uint32_t positional; /* So many of them can be given without their names. */
  uint32_t variables;  /* Parameters included. */
} lfm2_template_function;

/* Characters first, first + stride, ... up to last (stride 1 or 2) become, by this
 * many more. */
typedef struct lfm2_template_case {
  uint32_t first, last;
  int32_t to_upper, to_lower, to_title;
  uint32_t stride;
} lfm2_template_case;

/* An instruction: bits 0-7 what to do, LFM2_OP_*; bits 8-15 `small`; bits 16-31
 * `wide`. Values are popped off the stack, the last one first; results are pushed.
 * A *place* is the number of an instruction in CODE. */
#define LFM2_OPS(X)                                                            \
  X(END)        /* The template is done. */                                    \
  X(TEXT)       /* Prints constant `wide`. */                                  \
  X(PRINT)      /* Pops a value and prints it. */                              \
  X(CONSTANT)   /* Pushes constant `wide`. */                                  \
  X(SIMPLE)     /* Pushes LFM2_SIMPLE_* `small`; the undefined one is called   \
                 * constant `wide`. */                                         \
  X(LOAD)       /* Pushes variable `wide` of the function `small` levels out. */ \
  X(STORE)      /* Pops into variable `wide`. */                               \
  X(RESOLVE)    /* Pushes the caller's variable, or the global, of the name    \
                 * constant `wide`; undefined where there is none. */          \
  X(POP)                                                                       \
  X(COPY)       /* Pushes the value `small` below the top again. */            \
  X(UNDER)      /* a b becomes b a b. */                                       \
  X(DROP)       /* Drops the value below the top. */                           \
  X(JUMP)       /* To place `wide`. */                                         \
  X(JUMP_FALSE) /* Pops, and jumps where it is not true. */                    \
  X(AND)        /* Jumps where the top is not true, pops it otherwise. */      \
  X(OR)         /* Jumps where the top is true, pops it otherwise. */          \
  X(GIVEN)      /* Jumps to place `wide` where parameter `small` was given. */ \
  X(NOT)                                                                       \
  X(NEGATE)                                                                    \
  X(PLUS)                                                                      \
  X(ADD)    /* Sums `wide` values, from the left. */                           \
  X(BINARY) /* LFM2_BINARY_* `small` of two values. */                         \
  X(CONCAT) /* `wide` values as one text. */                                   \
  X(COMPARE) /* LFM2_COMPARE_* `small` of two values. */                       \
  X(ATTRIBUTE)  /* Pops a value, pushes its attribute constant `wide`: v.name */ \
  X(ITEM)       /* Pops value and key: v[key] */                               \
  X(SLICE)      /* Pops value, start, stop and step, each may be none. */      \
  X(LIST)       /* Pops `wide` values. */                                      \
  X(TUPLE)                                                                     \
  X(MAPPING)    /* Pops `wide` pairs of key and value. */                      \
  X(NAMESPACE)  /* The same, as a namespace. */                                \
  X(SET_FIELD)  /* Pops value, namespace: sets its field constant `wide`. */   \
  X(UNPACK)     /* Pops a sequence of `wide` values, pushes the last first. */ \
  X(FOR)        /* Pops what to go through, pushes the loop. */                \
  X(NEXT)       /* Pushes the next value of the loop on top; after the last    \
                 * pops the loop and jumps. */                                 \
  X(BUILD)      /* Puts a list that grows below the top. */                    \
  X(APPEND)     /* Pops a value and appends it to that below the loop. */      \
  X(BUILT)      /* Makes the one on top a list (`small` 0), or what can be gone \
                 * through once (1). */                                        \
  X(CAPTURE)    /* From here on what is printed is kept, ... */                \
  X(CAPTURED)   /* ...and pushed as a text. */                                 \
  X(MACRO)      /* Pushes function `wide`, with the variables it can see. */   \
  X(CALL)       /* Pops `wide` pairs of name and value, `small` values and what \
                 * to call; pushes what it printed. */                         \
  X(RETURN)                                                                    \
  X(FILTER)     /* LFM2_FILTER_* `small` of `wide` values. */                  \
  X(TEST)       /* LFM2_TEST_* `small` of `wide` values. */                    \
  X(METHOD)     /* LFM2_METHOD_* `small` of `wide` values, the first its own. */ \
  X(FUNCTION)   /* LFM2_FUNCTION_* `small` of `wide` values. */

/* Pushed by SIMPLE. */
#define LFM2_SIMPLES(X) X(UNDEFINED) X(NONE) X(FALSE) X(TRUE) X(FUNCTION)

#define LFM2_BINARIES(X) X(SUBTRACT) X(MULTIPLY) X(DIVIDE) X(FLOOR) X(MODULO) X(POWER)
#define LFM2_COMPARES(X) X(EQUAL) X(UNEQUAL) X(LESS) X(UP_TO) X(GREATER) X(FROM) X(IN) X(NOT_IN)

/* Values are named as in Jinja2's documentation, and all are given. `keys` are what
 * the values are compared by. */
#define LFM2_FILTERS(X)                                                        \
  X(TOJSON)     /* value, ensure_ascii, indent, separators, sort_keys */       \
  X(DEFAULT)    /* value, other, boolean */                                    \
  X(LENGTH)                                                                    \
  X(JOIN)       /* value, separator */                                         \
  X(FIRST)                                                                     \
  X(LAST)                                                                      \
  X(STRING)                                                                    \
  X(INT)        /* value, default, base */                                     \
  X(FLOAT)      /* value, default */                                           \
  X(LIST)                                                                      \
  X(ITEMS)                                                                     \
  X(DICTSORT)   /* value, case_sensitive, by, reverse */                       \
  X(SORT)       /* values, keys, reverse, case_sensitive */                    \
  X(UNIQUE)     /* values, keys, case_sensitive */                             \
  X(LEAST)      /* values, keys, case_sensitive: min */                        \
  X(MOST)       /* the same: max */                                            \
  X(REVERSE)                                                                   \
  X(INDENT)     /* text, width, first, blank */                                \
  X(ROUND)      /* value, precision, method */                                 \
  X(ABS)                                                                       \
  X(SUM)        /* values, start */                                            \
  X(REPLACE)    /* as the method, with none for no limit */                    \
  X(TRIM)                                                                      \
  X(UPPER)                                                                     \
  X(LOWER)                                                                     \
  X(TITLE)                                                                     \
  X(CAPITALIZE)

#define LFM2_TESTS(X)                                                          \
  X(DEFINED) X(NONE) X(STRING) X(MAPPING) X(ITERABLE) X(SEQUENCE) X(NUMBER)    \
  X(INTEGER) X(FLOAT) X(BOOLEAN) X(TRUE) X(FALSE) X(ODD) X(EVEN)               \
  X(DIVISIBLE) X(CALLABLE) X(UPPER) X(LOWER)

#define LFM2_METHODS(X)                                                        \
  X(SPLIT)      /* text, separator, most */                                    \
  X(RSPLIT)                                                                    \
  X(SPLITLINES) /* text, keepends */                                           \
  X(STRIP)      /* text, characters */                                         \
  X(LSTRIP)                                                                    \
  X(RSTRIP)                                                                    \
  X(STARTSWITH) /* text, prefix or a tuple of such */                          \
  X(ENDSWITH)                                                                  \
  X(REPLACE)    /* text, old, new, most */                                     \
  X(UPPER)                                                                     \
  X(LOWER)                                                                     \
  X(TITLE)                                                                     \
  X(CAPITALIZE)                                                                \
  X(JOIN)       /* separator, values */                                        \
  X(FIND)       /* text, what */                                               \
  X(RFIND)                                                                     \
  X(INDEX)      /* text or list, what */                                       \
  X(COUNT)      /* the same */                                                 \
  X(REMOVEPREFIX)                                                              \
  X(REMOVESUFFIX)                                                              \
  X(ISDIGIT)                                                                   \
  X(ISSPACE)                                                                   \
  X(ITEMS)                                                                     \
  X(KEYS)                                                                      \
  X(VALUES)                                                                    \
  X(GET)        /* mapping, key, default */                                    \
  X(COPY)                                                                      \
  X(CYCLE)      /* loop, values */

#define LFM2_FUNCTIONS(X)                                                      \
  X(RANGE)           /* one to three integers */                               \
  X(RAISE_EXCEPTION) /* text */                                                \
  X(STRFTIME_NOW)    /* format */

#define LFM2_ENUMERATOR_OP(name) LFM2_OP_##name,
#define LFM2_ENUMERATOR_SIMPLE(name) LFM2_SIMPLE_##name,
#define LFM2_ENUMERATOR_BINARY(name) LFM2_BINARY_##name,
#define LFM2_ENUMERATOR_COMPARE(name) LFM2_COMPARE_##name,
#define LFM2_ENUMERATOR_FILTER(name) LFM2_FILTER_##name,
#define LFM2_ENUMERATOR_TEST(name) LFM2_TEST_##name,
#define LFM2_ENUMERATOR_METHOD(name) LFM2_METHOD_##name,
#define LFM2_ENUMERATOR_FUNCTION(name) LFM2_FUNCTION_##name,
enum { LFM2_OPS(LFM2_ENUMERATOR_OP) LFM2_OP_NUM };
enum { LFM2_SIMPLES(LFM2_ENUMERATOR_SIMPLE) LFM2_SIMPLE_NUM };
enum { LFM2_BINARIES(LFM2_ENUMERATOR_BINARY) LFM2_BINARY_NUM };
enum { LFM2_COMPARES(LFM2_ENUMERATOR_COMPARE) LFM2_COMPARE_NUM };
enum { LFM2_FILTERS(LFM2_ENUMERATOR_FILTER) LFM2_FILTER_NUM };
enum { LFM2_TESTS(LFM2_ENUMERATOR_TEST) LFM2_TEST_NUM };
enum { LFM2_METHODS(LFM2_ENUMERATOR_METHOD) LFM2_METHOD_NUM };
enum { LFM2_FUNCTIONS(LFM2_ENUMERATOR_FUNCTION) LFM2_FUNCTION_NUM };

#ifdef __cplusplus
}
#endif
#endif /* LFM2RT_CHAT_FORMAT_H */
