#include "runtime/cli/LineEditor.h"
#include "runtime/cli/CharacterWidth.h"
#include "runtime/tokenizer/Text.h"

namespace lfm2rt {
namespace {

constexpr uint32_t ctrl(char c) { return uint32_t(c - '@'); }
constexpr uint32_t escape = ctrl('['), backspace = 127;
constexpr char block[] = "\"\"\"";
// From a paste to its end; the terminal then puts both around what is pasted.
constexpr char pasteOn[] = "\033[?2004h", pasteOff[] = "\033[?2004l",
               pasteEnd[] = "\033[201~";
// Of the lines behind the first one.
constexpr uint32_t indent = 2;

bool isWord(char c) {
  return uint8_t(c) >= 0x80 || (c >= '0' && c <= '9') ||
         (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

// A character and the columns that it is shown in.
struct Shown {
  uint32_t bytes, width;
  bool isNewLine, isVisible;
};
__attribute__((noinline)) Shown showCharacter(const char *at, const char *end) {
  if (uint8_t(*at) < ' ' || *at == 127)
    return {1, 1, *at == '\n', false};
  Character c = decodeCharacter(reinterpret_cast<const uint8_t *>(at),
                                reinterpret_cast<const uint8_t *>(end));
  // Some that steer have codes beyond those of ASCII.
  bool isVisible = c.codePoint != LFM2_NO_CHARACTER &&
                   (c.codePoint < 0x80 || c.codePoint >= 0xa0);
  return {c.length, isVisible ? widthOf(c.codePoint) : 1, false, isVisible};
}

} // namespace

LineEditor::LineEditor(bool hasTerminal)
    : hasTerminal(hasTerminal), hasKeys(hasTerminal && system::isScreen(1)) {}

// --- Text -------------------------------------------------------------------

void LineEditor::insert(const char *from, uint64_t count) {
  if (bytes + count > memory.size() &&
      !memory.grow(max(bytes + count, memory.size() * 2))) {
    hasFailed = true;
    return;
  }
  char *at = memory.data() + cursor;
  memmove(at + count, at, size_t(bytes - cursor));
  memcpy(at, from, size_t(count));
  bytes += count;
  cursor += count;
}

void LineEditor::erase(uint64_t begin, uint64_t end) {
  memmove(memory.data() + begin, memory.data() + end, size_t(bytes - end));
  bytes -= end - begin;
  cursor = begin;
}

void LineEditor::replace(Text by) {
  bytes = cursor = 0;
  insert(by.at, by.bytes);
}

uint64_t LineEditor::behind(uint64_t at) const {
  const char *text = memory.data();
  if (at < bytes)
    at += showCharacter(text + at, text + bytes).bytes;
  while (at < bytes) {
    Shown next = showCharacter(text + at, text + bytes);
    if (next.width > 0)
      break;
    at += next.bytes;
  }
  return at;
}

uint64_t LineEditor::before(uint64_t at) const {
  const char *text = memory.data();
  while (at > 0) {
    --at;
    while (at > 0 && (uint8_t(text[at]) & 0xc0) == 0x80)
      --at;
    if (showCharacter(text + at, text + bytes).width > 0)
      break;
  }
  return at;
}

uint64_t LineEditor::wordBefore(uint64_t at) const {
  while (at > 0 && !isWord(memory.data()[at - 1]))
    --at;
  while (at > 0 && isWord(memory.data()[at - 1]))
    --at;
  return at;
}

uint64_t LineEditor::wordBehind(uint64_t at) const {
  while (at < bytes && !isWord(memory.data()[at]))
    ++at;
  while (at < bytes && isWord(memory.data()[at]))
    ++at;
  return at;
}

uint64_t LineEditor::lineStart(uint64_t at) const {
  while (at > 0 && memory.data()[at - 1] != '\n')
    --at;
  return at;
}

uint64_t LineEditor::lineEnd(uint64_t at) const {
  while (at < bytes && memory.data()[at] != '\n')
    ++at;
  return at;
}

// To the same character of the line above or below. False where there is none.
bool LineEditor::moveLine(bool down) {
  uint64_t start = lineStart(cursor), end = lineEnd(cursor), column = 0;
  if (down ? end == bytes : start == 0)
    return false;
  for (uint64_t at = start; at < cursor; at = behind(at))
    ++column;
  cursor = down ? end + 1 : lineStart(start - 1);
  for (end = lineEnd(cursor); column > 0 && cursor < end; --column)
    cursor = behind(cursor);
  return true;
}

bool LineEditor::isWhole() {
  const char *text = memory.data();
  constexpr uint64_t n = sizeof(block) - 1;
  from = 0;
  to = bytes;
  if (bytes >= n && memcmp(text, block, n) == 0) {
    if (bytes < 2 * n || memcmp(text + bytes - n, block, n) != 0)
      return false;
    from = n;
    to -= n;
    from += from < to && text[from] == '\n';
    to -= from < to && text[to - 1] == '\n';
    return true;
  }
  if (bytes == 0 || text[bytes - 1] != '\\')
    return true;
  erase(bytes - 1, bytes);
  return false;
}

// --- Keys -------------------------------------------------------------------

// -1 where there are none, and `failure` says why, or 0 at the end.
int64_t LineEditor::nextByte() {
  while (keyAt == numKeys) {
    // A signal of another size could come just before something waits.
    constexpr int32_t soon = 300;
    if (!system::isReady(0, soon)) {
      if (!(system::terminalSize() == drawnSize))
        draw();
      continue;
    }
    int64_t n = system::readSome(0, keys, sizeof(keys));
    if (n == system::interrupted)
      continue;
    failure = n;
    if (n <= 0)
      return -1;
    keyAt = 0;
    numKeys = uint32_t(n);
  }
  return uint8_t(keys[keyAt++]);
}

uint32_t LineEditor::readEscape() {
  constexpr int32_t soon = 50; // Behind the key itself, nothing comes so soon.
  if (keyAt == numKeys && !system::isReady(0, soon))
    return None;
  int64_t c = nextByte();
  switch (c) {
  case '\r':
  case '\n':
    return NewLine;
  case 'b':
    return WordLeft;
  case 'f':
    return WordRight;
  case 'd':
    return EraseWordRight;
  case backspace:
  case ctrl('H'):
    return EraseWordLeft;
  case '[':
  case 'O':
    break;
  default:
    return None;
  }
  // Numbers with semicolons between, and what they are of.
  uint32_t numbers[2] = {}, count = 0;
  while ((c = nextByte()) >= ' ' && c < '@') {
    if (c == ';')
      ++count;
    else if (c >= '0' && c <= '9' && count < 2 && numbers[count] < 1000)
      numbers[count] = numbers[count] * 10 + uint32_t(c - '0');
  }
  bool byWord = numbers[1] == 3 || numbers[1] == 5; // With Alt or Ctrl.
  switch (c) {
  case 'A':
    return Up;
  case 'B':
    return Down;
  case 'C':
    return byWord ? WordRight : Right;
  case 'D':
    return byWord ? WordLeft : Left;
  case 'H':
    return Home;
  case 'F':
    return End;
  case '~':
    switch (numbers[0]) {
    case 1:
    case 7:
      return Home;
    case 3:
      return Delete;
    case 4:
    case 8:
      return End;
    case 200:
      return Paste;
    }
  }
  return None;
}

uint32_t LineEditor::nextKey() {
  int64_t c = nextByte();
  if (c < 0)
    return failure < 0 ? Failed : Ended;
  return c == escape ? readEscape() : uint32_t(c);
}

// Ends of lines may be any; other characters that steer are left out.
void LineEditor::paste() {
  constexpr uint32_t n = sizeof(pasteEnd) - 1;
  uint32_t matched = 0;
  int64_t last = 0;
  for (int64_t c = 0; matched < n && (c = nextByte()) >= 0; last = c) {
    if (c == pasteEnd[matched]) {
      ++matched;
      continue;
    }
    // Without its escape, what only began as the end does.
    if (matched > 1)
      insert(pasteEnd + 1, matched - 1);
    matched = c == escape;
    char byte = char(c == '\r' ? '\n' : c);
    bool isSecond = last == '\r' && c == '\n'; // The end of a line is one.
    if (c >= ' ' || (byte == '\n' && !isSecond) || byte == '\t')
      insert(&byte, 1);
  }
}

int64_t LineEditor::press(uint32_t key) {
  switch (key) {
  case Failed:
    return failure;
  case Ended:
    return 0;
  case '\r':
  case '\n':
    cursor = bytes;
    if (isWhole())
      return 1;
    insert("\n", 1);
    break;
  case NewLine:
    insert("\n", 1);
    break;
  case Paste:
    paste();
    break;
  case ctrl('C'):
    cursor = bytes;
    return system::interrupted;
  case ctrl('D'):
    if (bytes == 0)
      return 0;
    erase(cursor, behind(cursor));
    break;
  case Delete:
    erase(cursor, behind(cursor));
    break;
  case backspace:
  case ctrl('H'):
    erase(before(cursor), cursor);
    break;
  case ctrl('Z'):
    system::suspend();
    system::beginKeys();
    put(pasteOn, sizeof(pasteOn) - 1);
    drawnRow = 0;
    break;
  case ctrl('L'):
    put("\033[H\033[2J", 7);
    drawnRow = 0;
    break;
  case Home:
  case ctrl('A'):
    cursor = lineStart(cursor);
    break;
  case End:
  case ctrl('E'):
    cursor = lineEnd(cursor);
    break;
  case Left:
  case ctrl('B'):
    cursor = before(cursor);
    break;
  case Right:
  case ctrl('F'):
    cursor = behind(cursor);
    break;
  case WordLeft:
    cursor = wordBefore(cursor);
    break;
  case WordRight:
    cursor = wordBehind(cursor);
    break;
  case ctrl('U'):
    erase(lineStart(cursor), cursor);
    break;
  case ctrl('K'):
    erase(cursor, lineEnd(cursor));
    break;
  case ctrl('W'):
  case EraseWordLeft:
    erase(wordBefore(cursor), cursor);
    break;
  case EraseWordRight:
    erase(cursor, wordBehind(cursor));
    break;
  case Up:
  case ctrl('P'):
    if (!moveLine(/*down=*/false) && history.goBack())
      replace(history.shown());
    break;
  case Down:
  case ctrl('N'):
    if (!moveLine(/*down=*/true) && history.goOn())
      replace(history.shown());
    break;
  default:
    if (key >= ' ' && key <= 0xff) {
      char byte = char(key);
      insert(&byte, 1);
    }
  }
  return going;
}

// --- Screen -----------------------------------------------------------------

void LineEditor::put(const char *text, uint64_t count) {
  system::writeAll(1, text, count);
}

// Lays the text out in rows of `columns`. Where `out` is given, writes those
// from row `top` on, `rows` of them, each over what was there.
struct LineEditor::Layout {
  uint32_t columns, top, rows;
  TextBuffer *out;
  uint32_t row, column;

  bool isIn() const { return out && row >= top && row < top + rows; }
  void nextRow(uint32_t to) {
    bool was = isIn(), isFull = column == columns;
    ++row;
    column = to;
    // At the end of a full row it would erase the last character.
    if (was && isIn())
      out->add(isFull ? "\r\n" : "\033[K\r\n");
    if (isIn())
      out->add("  ", to);
  }
  void add(const char *at, const Shown &c) {
    if (c.isNewLine)
      return nextRow(indent);
    if (column + c.width > columns)
      nextRow(0);
    if (isIn() && c.isVisible)
      out->add(at, c.bytes);
    else if (isIn())
      out->add(*at == '\t' ? " " : "?", 1);
    column += c.width;
    // A terminal waits at its right end for one more character.
    if (column == columns)
      nextRow(0);
  }
};

// Returns where the cursor is; the layout is then at the end of the text.
LineEditor::Place LineEditor::layOut(Layout &layout) const {
  const char *text = memory.data(), *end = text + bytes;
  Place place = {};
  layout.row = 0;
  layout.column = uint32_t(length(prompt));
  if (layout.isIn())
    layout.out->add(prompt);
  for (const char *at = text;;) {
    if (uint64_t(at - text) == cursor)
      place = {layout.row, layout.column};
    if (at == end)
      return place;
    Shown c = showCharacter(at, end);
    layout.add(at, c);
    at += c.bytes;
  }
}

// Over what was drawn before. Of a text that has more rows than the terminal
// those around the cursor.
void LineEditor::draw() {
  system::TerminalSize size = drawnSize = system::terminalSize();
  Layout layout = {};
  layout.columns = size.columns > 4 ? size.columns : 80;
  layout.rows = size.rows > 1 ? size.rows : 24;
  Place place = layOut(layout);
  if (place.row >= layout.rows)
    layout.top = place.row - layout.rows + 1;
  shown.clear();
  move('A', drawnRow);
  shown.add("\r");
  layout.out = &shown;
  layOut(layout);
  shown.add("\033[J");
  uint32_t last = min(layout.row, layout.top + layout.rows - 1);
  move('A', last - place.row);
  shown.add("\r");
  move('C', place.column);
  drawnRow = place.row - layout.top;
  put(shown.data(), shown.size());
}

void LineEditor::move(char direction, uint32_t by) {
  if (by == 0)
    return;
  shown.add(Line() << "\033[" << by);
  shown.add(&direction, 1);
}

int64_t LineEditor::edit() {
  int64_t got = going;
  while (got == going) {
    if (keyAt == numKeys)
      draw();
    got = press(nextKey());
  }
  draw();
  if (got == system::interrupted)
    put("^C", 2);
  put("\r\n", 2);
  return got;
}

// As the terminal gives them, with its own keys.
int64_t LineEditor::readLines(const char *first) {
  if (hasTerminal)
    put(first, length(first));
  for (;;) {
    int64_t got = lines.read();
    if (got <= 0 && hasTerminal)
      put("\n", 1); // Nobody typed it.
    if (got <= 0)
      return got;
    insert(lines.data(), lines.size());
    to = bytes;
    if (!hasTerminal || isWhole())
      return 1;
    insert("\n", 1);
    put("  ", indent);
  }
}

int64_t LineEditor::read(const char *first) {
  bytes = cursor = from = to = 0;
  hasFailed = false;
  prompt = first;
  drawnRow = 0;
  int64_t got;
  if (!hasKeys || !system::beginKeys()) {
    got = readLines(first);
  } else {
    system::setFarewell(pasteOff);
    put(pasteOn, sizeof(pasteOn) - 1);
    got = edit();
    system::endKeys();
  }
  return got == 1 && hasFailed ? system::outOfMemory : got;
}

} // namespace lfm2rt
