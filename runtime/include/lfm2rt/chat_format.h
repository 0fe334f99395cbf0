/* chat_format.h - the bytes of the archive's section LFM2_SECTION_CHAT.
 *
 * A chat template, compiled: code for a machine with a stack, which prints a
 * conversation. The compiler writes it out of the checkpoint's Jinja
 * (lib/Chat/Template.h); the runtime runs it (runtime/chat/) with the semantics of
 * Jinja2 3.1, and checks every number in it. The machine does little. Most filters
 * and methods are functions in the section, made of its instructions
 * (lib/Chat/Helpers.cpp), and so are the texts of its messages: a template carries
 * what it uses.
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
  /* lfm2_template_constant; the first LFM2_MESSAGE_NUM are texts of messages. */
  LFM2_TEMPLATE_CONSTANTS = 0,
  /* u32: instructions, see below. */
  LFM2_TEMPLATE_CODE = 1,
  /* u16: of each instruction, the line of the template that it was made of, for
   * messages; 0 in functions of the compiler's own. */
  LFM2_TEMPLATE_LINES = 2,
  /* lfm2_template_function: the template itself, then what it calls. */
  LFM2_TEMPLATE_FUNCTIONS = 3,
  /* u32 [2 * n]: constants, name and value: variables that the caller need not
   * give, as bos_token. */
  LFM2_TEMPLATE_GLOBALS = 4,
  /* u32: constants, the names of the variables that the template reads, each once,
   * in the order in which it first does. */
  LFM2_TEMPLATE_VARIABLES = 5,
  /* lfm2_template_case: what upper and lower case of characters behind ASCII are,
   * rising; empty where the template asks for neither. */
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
  uint32_t parameters; /* Most values that it can be called with. */
  uint32_t variables;  /* Parameters included. */
} lfm2_template_function;

/* Characters first, first + stride, ... up to last become those that are by so many
 * more, or, from LFM2_CASE_TEXTS on, the constant of the number that is left. */
typedef struct lfm2_template_case {
  uint32_t first, last, stride;
  int32_t by[3]; /* LFM2_CASE_* */
} lfm2_template_case;

enum {
  LFM2_CASE_UPPER = 0,
  LFM2_CASE_LOWER = 1,
  LFM2_CASE_TITLE = 2,
  LFM2_CASE_TEXTS = 0x200000,
};

/* What a value is. The first are those of JSON. Sets of kinds are masks. */
enum {
  LFM2_KIND_NONE = 0,
  LFM2_KIND_BOOL = 1,
  LFM2_KIND_INTEGER = 2,
  LFM2_KIND_NUMBER = 3, /* A double. */
  LFM2_KIND_STRING = 4,
  LFM2_KIND_LIST = 5,
  LFM2_KIND_MAPPING = 6,
  LFM2_KIND_UNDEFINED = 7,
  LFM2_KIND_TUPLE = 8,
  LFM2_KIND_ONCE = 9, /* What can be gone through once: a generator of Python. */
  LFM2_KIND_NAMESPACE = 10,
  LFM2_KIND_LOOP = 11,
  LFM2_KIND_MACRO = 12,
  LFM2_KIND_FUNCTION = 13, /* Of Jinja's or a value's own, not called. */
  LFM2_KIND_GROWING = 14,  /* The machine's own, as the next. */
  LFM2_KIND_MISSING = 15,  /* A parameter that was not given. */
  LFM2_KIND_NUM = 16
};

/* What rendering takes: so many bytes, and so many for each of what is rendered. It
 * is enough for the templates that are known. */
#define LFM2RT_CHAT_WORK_BASE 65536u
#define LFM2RT_CHAT_WORK_FACTOR 24u

/* X(name, how many values are popped: 8 is `wide`, 16 twice `wide`, 32 `small`).
 * An instruction: bits 0-7 what to do, LFM2_OP_*; bits 8-15 `small`; bits 16-31
 * `wide`. Values are popped off the stack, the last one first; results are pushed.
 * A *place* is the number of an instruction in CODE. */
#define LFM2_OPS(X)                                                            \
  X(PRINT, 1)      /* Prints a value. */                                       \
  X(CONSTANT, 0)   /* Pushes constant `wide`. */                               \
  X(SIMPLE, 0)     /* Pushes a value of kind `small`: none, undefined (called  \
                    * constant `wide`), function, missing, or the boolean that \
                    * `wide` is. */                                            \
  X(LOAD, 0)       /* Pushes variable `wide` of the function `small` levels    \
                    * out. */                                                  \
  X(STORE, 1)      /* Sets variable `wide`. */                                 \
  X(RESOLVE, 0)    /* Pushes the caller's variable, or the global, of the name \
                    * constant `wide`; undefined where there is none. */       \
  X(POP, 1)                                                                    \
  X(COPY, 1)       /* a becomes a a. */                                        \
  X(UNDER, 2)      /* a b becomes b a b. */                                    \
  X(DROP, 2)       /* a b becomes b. */                                        \
  X(JUMP, 0)       /* To place `wide`. */                                      \
  X(JUMP_FALSE, 1) /* Jumps where a value is not true. */                      \
  X(AND, 1)        /* Jumps where the top is not true, and leaves it then. */  \
  X(OR, 1)         /* Jumps where the top is true, and leaves it then. */      \
  X(GIVEN, 0)      /* Jumps to place `wide` where parameter `small` was given. \
                    */                                                         \
  X(NOT, 1)                                                                    \
  X(ADD, 8)        /* Sums `wide` values, from the left. */                    \
  X(BINARY, 2)     /* LFM2_BINARY_* `small` of two values. */                  \
  X(CONCAT, 8)     /* `wide` values as one text. */                            \
  X(COMPARE, 2)    /* LFM2_COMPARE_* `small` of two values. */                 \
  X(ATTRIBUTE, 1)  /* The attribute constant `wide` of a value: v.name. `small` \
                    * is LFM2_METHOD_*, where mappings have one of the name. */ \
  X(ITEM, 2)       /* v[key], `small` as above where the key is written out. */ \
  X(SLICE, 3)      /* v[start:stop]; each may be none. */                      \
  X(LOOP, 1)       /* LFM2_LOOP_* `small` of a loop. */                        \
  X(LIST, 8)       /* `wide` values. */                                        \
  X(TUPLE, 8)                                                                  \
  X(MAPPING, 16)   /* `wide` pairs of key and value. */                        \
  X(NAMESPACE, 0)  /* Pushes a namespace without fields. */                    \
  X(SET_FIELD, 2)  /* Of a value and a namespace: its field constant `wide`. */ \
  X(UNPACK, 1)     /* Pushes the `wide` values of a sequence, the last first. */ \
  X(FOR, 1)        /* Pushes the loop through a value. */                      \
  X(NEXT, 1)       /* Leaves the loop on top, and pushes its next value; after \
                    * the last drops the loop and jumps. */                    \
  X(BUILD, 1)      /* Puts a list that grows below the top. */                 \
  X(APPEND, 3)     /* Pops a value and appends it to that below the loop. */   \
  X(BUILT, 1)      /* A list of the one that grew. */                          \
  X(CAPTURE, 0)    /* From here on what is printed is kept, ... */             \
  X(CAPTURED, 0)   /* ...and pushed as a text. */                              \
  X(MACRO, 0)      /* Pushes function `wide`, with the variables it can see. */ \
  X(CALL, 33)      /* A macro with `small` values, some of which may be        \
                    * missing: what it printed. */                             \
  X(HELP, 32)      /* Function `wide` with `small` values. */                  \
  X(RETURN, 32)    /* With the `small` (0 or 1) values, or what was printed. */ \
  X(TEST, 1)       /* Whether the set `wide` has the kind of a value. */       \
  X(EXPECT, 1)     /* Ends the run where it has not. */                        \
  X(NATIVE, 0)     /* LFM2_NATIVE_* `small` of its values. */

enum {
  LFM2_METHOD_NONE = 0,
  LFM2_METHOD_SAFE = 1,   /* It stands for itself. */
  LFM2_METHOD_UNSAFE = 2, /* It would change the mapping: it is undefined. */
};

#define LFM2_BINARIES(X) X(SUBTRACT) X(MULTIPLY) X(DIVIDE) X(FLOOR) X(MODULO)
#define LFM2_COMPARES(X)                                                       \
  X(EQUAL) X(UNEQUAL) X(IN) X(NOT_IN) X(LESS) X(UP_TO) X(GREATER) X(FROM)
#define LFM2_LOOPS(X) X(INDEX) X(LENGTH) X(ALL)
#define LFM2_INPUTS(X) X(MESSAGES) X(TOOLS) X(FLAGS) X(SECONDS)

/* What the machine does itself: X(name, how many values, kinds of the first, as a
 * mask). Where others are of the wrong kind the result is any; code checks them. */
#define LFM2_NATIVES(X)                                                        \
  X(SPLIT, 3, 0x10)    /* text, separator or none, most to split off or -1 */  \
  X(STRIP, 3, 0x10)    /* text, characters or none, sides: 1 start, 2 end */   \
  X(CASE, 2, 0x10)     /* text, LFM2_CASE_* */                                 \
  X(JOIN, 2, 0xffff)   /* values, separator */                                 \
  X(TOJSON, 6, 0xffff) /* value, ensure_ascii, indent or none, separators of   \
                        * items and of keys that end in a zero, sort_keys */   \
  X(LENGTH, 1, 0xffff)                                                         \
  X(PAIRS, 1, 0x20)    /* list of keys and values in turn: a mapping */        \
  X(ONCE, 1, 0x20)     /* list: to be gone through once */                     \
  X(READ, 1, 0x10)     /* text: the JSON that it is, or none */                \
  X(TRUNCATE, 1, 0x0e) /* number: an integer */                                \
  X(RAISE, 1, 0xffff)  /* text: ends the run */                                \
  X(INPUT, 1, 0x04)    /* LFM2_INPUT_*: what the caller gave; local seconds    \
                        * since 1970 */                                        \
  X(FOREIGN, 1, 0x7f)  /* value: its strings as another's, see Letters.h */

/* Texts of messages, and the names of kinds in them, by their numbers. */
#define LFM2_MESSAGES(X)                                                       \
  X(NONE, "none")                                                              \
  X(BOOL, "a boolean")                                                         \
  X(INTEGER, "an integer")                                                     \
  X(NUMBER, "a number")                                                        \
  X(STRING, "a string")                                                        \
  X(LIST, "a list")                                                            \
  X(MAPPING, "a mapping")                                                      \
  X(UNDEFINED, "the undefined variable or attribute ")                         \
  X(TUPLE, "a tuple")                                                          \
  X(ONCE, "a generator")                                                       \
  X(NAMESPACE, "a namespace")                                                  \
  X(LOOP, "a loop")                                                            \
  X(MACRO, "a macro")                                                          \
  X(FUNCTION, "a function")                                                    \
  X(GROWING, "a list that grows")                                              \
  X(MISSING, "a parameter that was not given")                                 \
  X(LINE, "line ")                                                             \
  X(TEMPLATE, " of the chat template: ")                                       \
  X(EXPECTED, "expected ")                                                     \
  X(FOUND, ", found ")                                                         \
  X(PLAIN, "")                                                                   \
  X(DAMAGED, "expected sound code, found damage; copy the file again")         \
  X(STEPS, "expected an end, found none after 2^24 steps")                     \
  X(MEMORY, "expected to need less than 256 MiB of memory, found more")          \
  X(STACK, "expected fewer values in an expression, or calls within each other, " \
           "found too many")                                                   \
  X(DEPTH, "expected at most 128 lists and mappings within each other, found " \
           "more")                                                             \
  X(OVERFLOW, "expected integers of 64 bits, found a larger one")              \
  X(ZERO, "expected another number, found 0")                                  \
  X(SEPARATOR, "expected a separator, found an empty string")                  \
  X(UNPACK, "expected as many values as there are names to set, found others") \
  X(ARGUMENTS, "expected fewer arguments for the macro ")                      \
  X(ORDER, "values of one kind that have an order")                            \
  X(SEQUENCE, "something to go through")                                       \
  X(ADDENDS, "values that can be added")                                       \
  X(SIZED, "a value that has a length")                                        \
  X(PRINTABLE, "a value that can be printed")                                  \
  X(JSON, "a value that JSON can say")                                         \
  X(ATTRIBUTES, "a value to take an attribute or an item of")                  \
  X(NOT_JSON, ": expected ")                                                   \
  X(AT_LINE, ", line ")                                                        \
  X(AT_COLUMN, ", column ")

#define LFM2_ENUMERATOR_OP(name, takes) LFM2_OP_##name,
#define LFM2_ENUMERATOR_BINARY(name) LFM2_BINARY_##name,
#define LFM2_ENUMERATOR_COMPARE(name) LFM2_COMPARE_##name,
#define LFM2_ENUMERATOR_LOOP(name) LFM2_LOOP_##name,
#define LFM2_ENUMERATOR_INPUT(name) LFM2_INPUT_##name,
#define LFM2_ENUMERATOR_NATIVE(name, count, kinds) LFM2_NATIVE_##name,
#define LFM2_ENUMERATOR_MESSAGE(name, text) LFM2_MESSAGE_##name,
enum { LFM2_OPS(LFM2_ENUMERATOR_OP) LFM2_OP_NUM };
enum { LFM2_BINARIES(LFM2_ENUMERATOR_BINARY) LFM2_BINARY_NUM };
enum { LFM2_COMPARES(LFM2_ENUMERATOR_COMPARE) LFM2_COMPARE_NUM };
enum { LFM2_LOOPS(LFM2_ENUMERATOR_LOOP) LFM2_LOOP_NUM };
enum { LFM2_INPUTS(LFM2_ENUMERATOR_INPUT) LFM2_INPUT_NUM };
enum { LFM2_NATIVES(LFM2_ENUMERATOR_NATIVE) LFM2_NATIVE_NUM };
enum { LFM2_MESSAGES(LFM2_ENUMERATOR_MESSAGE) LFM2_MESSAGE_NUM };

#ifdef __cplusplus
}
#endif
#endif /* LFM2RT_CHAT_FORMAT_H */
