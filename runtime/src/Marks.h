// The convolution state as it was at some positions of a context, which it
// keeps by itself to go back there: at least every `interval` tokens, and where
// a message began, as long as there is room. Later the older ones get rarer.
#ifndef LFM2RT_SRC_MARKS_H
#define LFM2RT_SRC_MARKS_H

#include "runtime/src/Engine.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

class Marks {
public:
  static constexpr uint32_t interval = 64; // Tokens.

  // Bytes of the list of so many.
  static constexpr uint64_t listBytes(uint32_t most) {
    return most * uint64_t(sizeof(Mark));
  }
  // `columns` has room for the convolution states of `most`, one is
  // `bytes` long.
  void open(void *list, void *columns, uint32_t most, uint64_t bytes);

  bool areKept() const { return most > 0; }
  // How many tokens may be read from `position` on until one is due.
  uint32_t untilNext(uint32_t position) const {
    return areKept() ? last() + interval - min(position, last() + interval - 1)
                     : ~0u;
  }
  // Keeps one of a state that stands at `position`, unless there is one.
  void add(const Engine &engine, uint32_t position);
  // The same, if one is due.
  void addIfDue(const Engine &engine, uint32_t position);
  // In place of its own those of a context of the same program, as far as there
  // is room: the last ones.
  void copy(const Marks &other);
  // Those behind `position` are no more.
  void dropBehind(uint32_t position);
  // Where the last one stands that is not behind `position`; 0, where a
  // sequence starts, if there is none.
  uint32_t before(uint32_t position) const {
    uint32_t i = countUpTo(position);
    return i ? list[i - 1].position : 0;
  }
  // Puts its columns into the state. False where a device was lost.
  bool bringBack(Engine &engine, uint32_t position) const;

private:
  struct Mark {
    uint32_t position, slot; // Where its columns are.
  };
  uint32_t countUpTo(uint32_t position) const {
    uint32_t i = count;
    while (i > 0 && list[i - 1].position > position)
      --i;
    return i;
  }
  uint32_t last() const { return count ? list[count - 1].position : 0; }
  uint32_t leastMissed() const;
  uint8_t *columnsOf(const Mark &mark) const {
    return columns + mark.slot * bytes;
  }

  Mark *list; // Rising by position; each slot is in it once, also behind count.
  uint8_t *columns;
  uint64_t bytes;
  uint32_t count, most;
};

} // namespace lfm2rt

#endif // LFM2RT_SRC_MARKS_H
