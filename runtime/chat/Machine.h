// Runs a compiled template.
//
// Memory is an arena of which nothing is given back. What goes wrong ends the
// run: whoever may fail returns something, and the machine stops before the
// next instruction.
#ifndef LFM2RT_CHAT_MACHINE_H
#define LFM2RT_CHAT_MACHINE_H

#include "lfm2rt/chat.h"
#include "runtime/chat/Letters.h"
#include "runtime/chat/Template.h"
#include "runtime/chat/Values.h"
#include "runtime/json/Arena.h"
#include "runtime/src/Message.h"

namespace lfm2rt {

// A part of what is printed.
struct Piece {
  Text text;
  Piece *next;
};

// All that was printed since it began.
struct Printed {
  Piece *first = nullptr, *last = nullptr;
};

class Machine {
public:
  Machine(Arena &arena, const Template &form, const lfm2rt_conversation &given,
          lfm2rt_error *error)
      : arena(arena), form(form), given(given), error(error) {}

  // What the template prints, as one text in the arena: where the run did not
  // end early. Then the status says why.
  Text run();
  lfm2rt_status status = LFM2RT_OK;

  // nullptr where the arena is full; the run then ends. At a multiple of 8, but
  // for single bytes.
  template <typename T> T *take(uint64_t count) {
    return static_cast<T *>(
        takeBytes(count * sizeof(T), alignof(T) > 1 ? 8 : 1));
  }

private:
  static constexpr uint32_t mostValues = 1024; // On the stack.
  static constexpr uint32_t mostCalls = 100;   // Within each other.
  static constexpr uint32_t mostNesting = 128; // Of lists and mappings.

  struct Call {
    Frame *frame;
    Printed printed;
    uint32_t place, depth;
  };
  struct Capture {
    Printed printed;
    Capture *before;
  };

  // --- Run.cpp: the instructions ---
  void step();
  void enter(uint32_t function, Frame *outer, const Value *values,
             uint32_t count);
  Value build(uint32_t op, const Value *values, uint32_t count);
  void setField(const Value &space, Text name, const Value &value);
  Value native(uint32_t which, const Value *values);
  Value input(int64_t which);
  Value *variable(uint32_t levels, uint32_t slot);
  Value resolve(Text name);
  Text nameAt(uint32_t constant);
  void push(const Value &value);

  // --- Machine.cpp: memory, messages ---
  void *takeBytes(uint64_t bytes, uint64_t alignment);
  void read(const char *name, const char *text, uint64_t bytes, Kind kind,
            Value &to);
  bool ended() const { return status != LFM2RT_OK; }
  Text message(uint32_t number) const { return form.constant(number).text(); }
  Message begin();
  Value fail(uint32_t number, Text detail = {"", 0});
  // `wanted` is a message, or the kind that a value should have.
  Value expected(uint32_t wanted, const Value &found);
  // Whether its kind is one of these; the last is named where it is not.
  bool check(const Value &value, uint32_t kinds);
  // Counts steps against the most that a run may take, and how deep values are
  // within each other; true where the run is to end.
  bool count(uint64_t steps, uint32_t nesting = 0);

  // --- Operators.cpp ---
  bool isEqual(const Value &a, const Value &b, uint32_t nesting);
  int compare(const Value &a, const Value &b);
  bool contains(const Value &all, const Value &one);
  bool relate(uint32_t relation, const Value &a, const Value &b);
  Value add(const Value &a, const Value &b);
  Value sum(const Value *values, uint32_t count);
  Value binary(uint32_t operation, const Value &a, const Value &b);

  // --- Access.cpp ---
  Value attribute(const Value &value, Text name, uint32_t method);
  Value item(const Value &value, const Value &key, uint32_t method);
  Value slice(const Value &value, const Value *bounds);
  Value ofLoop(const Value &loop, uint32_t which);
  bool sequence(const Value &value, Sequence &all);
  Value length(const Value &value);

  // --- Texts.cpp ---
  void print(Text text);
  Text join(const Printed &printed);
  Text textOf(const Value &value);
  Value joinAll(const Value &values, Text separator);
  Value toJson(const Value *values);
  // A copy of what JSON can say, with all strings as foreign ones or as plain
  // ones. `seen` tells whether one was foreign. Tuples become lists, but where
  // they would be printed.
  enum class As { Foreign, Json, Printed };
  Value rewrite(const Value &value, As as, bool &seen, uint32_t nesting = 0);
  Text rewriteText(Text text, bool foreign, bool &seen);

  // --- Strings.cpp ---
  const char *find(Text text, Text what, uint32_t &bytes);
  Value split(Text text, const Value &separator, int64_t most);
  Value strip(Text text, const Value &characters, int64_t sides);
  Value changeCase(Text text, uint32_t to);
  uint32_t mapped(uint32_t code, uint32_t to) const;

  friend class TextBuilder;
  friend class ListBuilder;

  Arena &arena;
  const Template &form;
  const lfm2rt_conversation &given;
  lfm2rt_error *error;
  Value messages, tools, variables;
  Value *stack = nullptr;
  Call *calls = nullptr;
  Frame *frame = nullptr;
  Capture *captures = nullptr;
  Printed printed;
  uint64_t steps = 0;
  uint32_t depth = 0, numCalls = 0, place = 0;
  uint32_t line = 0; // Of the template; 0 outside of it.
};

// A text that is put together. Nothing else takes memory meanwhile.
class TextBuilder {
public:
  explicit TextBuilder(Machine &machine) : machine(machine) {}

  void put(Text text);
  // A character, as a foreign one of ASCII where `foreign`.
  void putLetter(uint32_t code, bool foreign);
  Text text() const { return {start, bytes}; }
  Value value() const { return makeString(text()); }

private:
  Machine &machine;
  const char *start = "";
  uint32_t bytes = 0;
};

// A list that grows: it moves when it is full.
class ListBuilder {
public:
  explicit ListBuilder(Machine &machine) : machine(machine) {}
  void add(const Value &value) { add(machine, list, value); }
  Value value() const { return makeList(list.values, list.size); }
  static void add(Machine &machine, Growing &list, const Value &value);

private:
  Machine &machine;
  Growing list = {nullptr, 0, 0};
};

} // namespace lfm2rt

#endif // LFM2RT_CHAT_MACHINE_H
