// --help, from the table of words.
#include "runtime/cli/Words.h"

namespace lfm2rt {
namespace {

constexpr size_t lineWidth = 79;

class Help {
public:
  explicit Help(Output &output) : output(output) {}

  void heading(const char *text) {
    output.write(any ? "\n" : "");
    output.write(text);
    output.write(any ? ":\n" : "\n\n");
    any = true;
  }
  void head(const char *text) {
    output.write(text);
    column += length(text);
  }
  // Where the line has no room for so many bytes, in the next one.
  void makeRoom(size_t bytes) {
    if (column + bytes > lineWidth)
      endLine();
  }
  bool isAtStart() const { return column == 0; }
  // At this column and the same below, broken where a line is full.
  void text(const char *at, size_t indent) {
    if (column + 1 >= indent)
      endLine();
    while (*at) {
      pad(indent);
      size_t room = lineWidth - indent, n = length(at);
      if (n > room)
        for (n = room; n > 0 && at[n] != ' ';)
          --n;
      output.write(at, n);
      endLine();
      at += n;
      at += *at == ' ';
    }
  }

private:
  void endLine() {
    output.write("\n");
    column = 0;
  }
  void pad(size_t to) {
    for (; column < to; ++column)
      output.write(" ");
  }
  Output &output;
  size_t column = 0;
  bool any = false;
};

} // namespace

void printHelp(uint8_t programs, Output &output) {
  Help help(output);
  const GroupFacts *last = nullptr;
  for (const Word &word : words) {
    const GroupFacts &group = factsOf(word.group);
    if (!(group.programs & programs))
      continue;
    if (&group != last && group.heading)
      help.heading(group.heading);
    last = &group;
    bool isTask = word.group <= Group::Tasks;
    help.makeRoom(length(word.usage) + 3);
    if (help.isAtStart())
      help.head(isTask ? "  PROGRAM " : "  ");
    else
      help.head(isTask ? " | " : "  ");
    help.head(word.usage);
    if (word.help)
      help.text(word.help, isTask ? 31 : 24);
  }
}

} // namespace lfm2rt
