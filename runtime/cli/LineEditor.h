// What somebody types at a terminal, with what keys do in shells. Where the
// terminal cannot do that (TERM=dumb), lines as it gives them; and where there
// is none, each line as it is.
//
// At a terminal a text goes on in the next line behind a backslash, with
// Alt-Enter, and between two """. What is pasted is taken as it is.
#ifndef LFM2RT_CLI_LINEEDITOR_H
#define LFM2RT_CLI_LINEEDITOR_H

#include "runtime/cli/History.h"
#include "runtime/cli/LineReader.h"

namespace lfm2rt {

class LineEditor {
public:
  explicit LineEditor(bool hasTerminal);

  // As LineReader::read() does, with `prompt`, whose characters are of one
  // column, in front; system::interrupted after Ctrl-C.
  int64_t read(const char *prompt);
  // What was typed, without backslashes that ended lines and """ around.
  Text text() const { return {memory.data() + from, uint32_t(to - from)}; }
  // It stood between """.
  bool isBlock() const { return from > 0; }

  History history;

private:
  // Keys that are no characters.
  enum Key : uint32_t {
    None = 0x110000,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    Delete,
    WordLeft,
    WordRight,
    EraseWordLeft,
    EraseWordRight,
    NewLine,
    Paste,
    Ended, // There are no more.
    Failed,
  };

  int64_t readLines(const char *prompt);
  int64_t edit();
  int64_t nextByte();
  uint32_t nextKey();
  uint32_t readEscape();
  // Returns `going`, or what read() returns.
  static constexpr int64_t going = 3;
  int64_t press(uint32_t key);
  void paste();

  void insert(const char *bytes, uint64_t count);
  void erase(uint64_t begin, uint64_t end);
  void replace(Text by);
  // Of the character before, or behind, the one at `at`, with marks on it.
  uint64_t before(uint64_t at) const;
  uint64_t behind(uint64_t at) const;
  uint64_t wordBefore(uint64_t at) const;
  uint64_t wordBehind(uint64_t at) const;
  uint64_t lineStart(uint64_t at) const;
  uint64_t lineEnd(uint64_t at) const;
  bool moveLine(bool down);

  // Whether the text is over, or goes on in another line; sets what text() is.
  bool isWhole();
  struct Layout;
  struct Place {
    uint32_t row, column;
  };
  Place layOut(Layout &layout) const;
  void draw();
  void move(char direction, uint32_t by);
  void put(const char *bytes, uint64_t count);

  LineReader lines{/*file=*/0};
  Buffer memory;
  uint64_t bytes = 0, cursor = 0, from = 0, to = 0;
  bool hasFailed = false; // No memory.

  const char *prompt = "";
  char keys[512];
  uint32_t keyAt = 0, numKeys = 0;
  int64_t failure = 0;
  TextBuffer shown;
  uint32_t drawnRow = 0; // Of the cursor, below the first that is drawn.
  system::TerminalSize drawnSize = {};
  bool hasTerminal, hasKeys;
};

} // namespace lfm2rt

#endif // LFM2RT_CLI_LINEEDITOR_H
