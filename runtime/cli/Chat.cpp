// A conversation in a terminal. The state stays between turns, so each turn
// reads what is new and nothing twice.
#include "runtime/cli/Commands.h"

namespace lfm2rt {
namespace {

// What a signal handler can reach.
lfm2rt_context *answering = nullptr;

void interrupt(int) {
  if (lfm2rt_context *context = load(&answering))
    lfm2rt_cancel(context);
}

// One line, without its end. Returns its length, -1 at the end of the input.
class LineReader {
public:
  int64_t read(Buffer &line) {
    uint64_t bytes = 0;
    for (;;) {
      while (at < filled) {
        char c = buffer[at++];
        if (c == '\n')
          return int64_t(bytes);
        if (bytes == line.size() && !line.grow(max(bytes * 2, uint64_t(4096))))
          return -1;
        line.data()[bytes++] = c;
      }
      int64_t n = system::readSome(0, buffer, sizeof(buffer));
      if (n <= 0)
        return bytes ? int64_t(bytes) : -1;
      at = 0;
      filled = uint64_t(n);
    }
  }

private:
  char buffer[4096];
  uint64_t at = 0, filled = 0;
};

} // namespace

int chat(Session &session) {
  bool terminal = system::isTerminal(0) && system::isTerminal(1);
  Output &output = session.output;
  system::onInterrupt(interrupt);
  if (terminal)
    output.write("Ctrl-C stops an answer, Ctrl-D ends.\n");
  LineReader reader;
  Buffer line, work;
  for (;;) {
    if (terminal)
      output.write("> ");
    int64_t bytes = reader.read(line);
    if (bytes < 0)
      break;
    if (bytes == 0)
      continue;
    uint64_t needed = lfm2rt_text_work_size(&session.weights, size_t(bytes));
    if (!work.grow(needed))
      return session.noMemory(needed);
    lfm2rt_error error;
    uint32_t most =
        session.options.most >= 0 ? uint32_t(session.options.most) : UINT32_MAX;
    auto write = [](const char *text, size_t bytes, void *to) {
      return int(!static_cast<Output *>(to)->write(text, bytes));
    };
    store(&answering, session.context);
    lfm2rt_status status = lfm2rt_generate_text(
        session.context, line.data(), size_t(bytes), most, LFM2RT_CHAT, write,
        &output, work.data(), work.size(), &error);
    store(&answering, static_cast<lfm2rt_context *>(nullptr));
    if (!output.atLineStart())
      output.write("\n");
    if (int failed = output.finish())
      return failed;
    if (status != LFM2RT_OK && status != LFM2RT_CANCELLED)
      return output.fail(error);
    if (lfm2rt_position(session.context) == lfm2rt_capacity(session.context))
      return output.fail(
          Line() << "the context of " << lfm2rt_capacity(session.context)
                 << " tokens is full; start again, with a larger "
                    "--context (up to "
                 << lfm2rt_model_context_max(&session.model) << ")");
  }
  if (terminal)
    output.write("\n");
  return output.finish();
}

} // namespace lfm2rt
