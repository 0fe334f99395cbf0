// Runs a compiled template.
#ifndef LFM2RT_CHAT_MACHINE_H
#define LFM2RT_CHAT_MACHINE_H

#include "runtime/chat/Filters.h"
#include "runtime/chat/Template.h"

namespace lfm2rt {

// What a template can ask for by name.
struct Surroundings {
  Value variables; // A mapping of the caller's: these come first.
  Value messages, tools;
  bool addGenerationPrompt;
  Clock clock;
};

// A part of what is printed.
struct Piece {
  Text text;
  Piece *next;
};

// All that was printed since it began.
struct Printed {
  Piece *first = nullptr, *last = nullptr;
  uint64_t bytes = 0;
};

class Machine {
public:
  Machine(Heap &heap, const Template &form, const Surroundings &around)
      : heap(heap), form(form), around(around) {}

  // What the template prints; nothing where the heap says that the run ended.
  Printed run();

private:
  static constexpr uint32_t mostValues = 1024; // On the stack.
  static constexpr uint32_t mostCalls = 100;   // Within each other.

  struct Call {
    Frame *frame;
    uint32_t place;
    Printed printed;
  };
  struct Capture {
    Printed printed;
    Capture *before;
  };

  bool step();
  void damaged() {
    heap.fail("expected sound code, found damage; compile the "
              "model anew");
  }
  void push(const Value &value);
  Value pop();
  // The last `count` values on the stack, which are gone with the next push;
  // nullptr where there are fewer.
  Value *popAll(uint32_t count);
  Value &top();
  Value constant(uint32_t number);
  Frame *frameAt(uint32_t levels);
  Value *variable(uint32_t levels, uint32_t slot);
  Value resolve(uint32_t name);
  void print(Text text);
  Text join(const Printed &printed);

  void sumUp(uint32_t count);
  void concat(uint32_t count);
  Value compareTwo(uint32_t relation, const Value &a, const Value &b);
  void build(uint32_t op, uint32_t count);
  Value makeNamespace(const Value *pairs, uint32_t count);
  void setField(Text name);
  void unpack(uint32_t count);
  void beginLoop();
  void nextRound(uint32_t end);
  void append();
  Frame *enter(uint32_t function, Frame *outer);
  void call(uint32_t positional, uint32_t named);
  void bind(const lfm2_template_function &function, Frame &called,
            const Value *values, uint32_t positional, uint32_t named);
  Value callFunction(uint32_t function, const Value *values, uint32_t count);

  Heap &heap;
  const Template &form;
  const Surroundings &around;
  Value *stack = nullptr;
  Call *calls = nullptr;
  uint32_t depth = 0, numCalls = 0, place = 0;
  Frame *frame = nullptr;
  Printed printed;
  Capture *captures = nullptr;
};

} // namespace lfm2rt

#endif // LFM2RT_CHAT_MACHINE_H
