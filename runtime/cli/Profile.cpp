#include "runtime/cli/Profile.h"
#include "runtime/cli/Probe.h"

namespace lfm2rt {
namespace {

// Of ticks: some thousand steps, whose trace is 30 MB of text.
constexpr uint64_t traceBytes = 4 << 20;

// One line of the table, of columns with ends at fixed places.
class TableLine {
public:
  TableLine &left(const char *text, size_t width) {
    size_t n = length(text);
    message << text;
    return pad(n, width);
  }
  TableLine &right(const char *text, size_t width) {
    pad(length(text), width);
    message << text;
    return *this;
  }
  TableLine &number(double value, int digits, size_t width) {
    char text[32];
    Message(text, sizeof(text)).fixed(value, digits);
    return right(text, width);
  }
  // An empty column where there is nothing to divide by.
  TableLine &ratio(double value, double by, int digits, size_t width) {
    return value > 0 && by > 0 ? number(value / by, digits, width)
                               : right("", width);
  }
  void print() {
    message << "\n";
    system::writeAll(2, text, length(text));
  }

private:
  TableLine &pad(size_t from, size_t to) {
    for (; from < to; ++from)
      message << " ";
    return *this;
  }
  char text[256];
  Message message{text, sizeof(text)};
};

struct Table {
  double probe; // GB/s
  uint64_t threads;
  // Of the two columns of names: the longest and two spaces.
  size_t layerWidth = 10, phaseWidth = 19;

  void makeRoom(const lfm2rt_profile_row &row) {
    layerWidth = max(layerWidth, length(row.layer) + 2);
    phaseWidth = max(phaseWidth, length(row.phase) + 2);
  }
  void head() const {
    TableLine()
        .left("  layer", layerWidth + 2)
        .left("phase", phaseWidth)
        .right("calls", 8)
        .right("ms", 11)
        .right("time%", 7)
        .right("MB", 11)
        .right("GB/s", 8)
        .right("probe%", 8)
        .right("GOPS", 9)
        .right("wait%", 7)
        .print();
  }
  // `total`: nanoseconds of all rows. Bytes per nanosecond are GB/s; a
  // multiply-add is two operations.
  void row(const lfm2rt_profile_row &row, double total) const {
    double time = double(row.nanoseconds), all = time * double(threads);
    double rate = time > 0 ? double(row.bytes) / time : 0;
    double waiting = all - double(row.busy_nanoseconds);
    TableLine line;
    line.left("  ", 2)
        .left(*row.layer ? row.layer : "-", layerWidth)
        .left(row.phase, phaseWidth)
        .number(double(row.calls), 0, 8)
        .number(time * 1e-6, 3, 11)
        .ratio(time * 100, total, 1, 7)
        .ratio(double(row.bytes), 1e6, 2, 11)
        .ratio(rate, 1, 2, 8)
        .ratio(rate * 100, probe, 0, 8)
        .ratio(double(row.macs) * 2, time, 1, 9)
        .ratio(waiting * 100, all, 1, 7)
        .print();
  }
};

void printSteps(const Table &table, const lfm2rt_profile_row *rows,
                uint32_t count) {
  lfm2rt_profile_row all = {};
  all.layer = "";
  all.phase = "all";
  for (uint32_t i = 0; i < count; ++i) {
    all.nanoseconds += rows[i].nanoseconds;
    all.busy_nanoseconds += rows[i].busy_nanoseconds;
    all.bytes += rows[i].bytes;
    all.macs += rows[i].macs;
  }
  // The embedding, which every step has once, stands first.
  all.calls = rows[0].calls;
  all.tokens = rows[0].tokens;
  char title[256];
  Message text(title, sizeof(title));
  text << "\n" << all.calls << (all.calls == 1 ? " step" : " steps") << " of ";
  if (rows[0].size == 1)
    text << "1 token";
  else
    text << "up to " << rows[0].size << " tokens, " << all.tokens
         << " tokens together";
  text << ": ";
  text.fixed(double(all.nanoseconds) * 1e-6 / double(all.calls), 3)
      << " ms each\n";
  system::writeAll(2, title, length(title));
  table.head();
  for (uint32_t i = 0; i < count; ++i)
    table.row(rows[i], double(all.nanoseconds));
  table.row(all, double(all.nanoseconds));
}

// Collects text and hands it to a file in large pieces.
class TraceFile {
public:
  explicit TraceFile(File &file) : file(file) {}
  void write(const char *text) {
    size_t n = length(text);
    if (used + n > sizeof(buffer))
      flush();
    memcpy(buffer + used, text, n);
    used += n;
  }
  int64_t finish() {
    flush();
    return failed ? failed : file.finish();
  }

private:
  void flush() {
    if (failed == 0)
      failed = file.write(buffer, used);
    used = 0;
  }
  File &file;
  int64_t failed = 0;
  size_t used = 0;
  char buffer[65536];
};

// One complete event in the trace format of Chrome and Perfetto; `arguments` is
// its end. Times are in microseconds.
void writeEvent(TraceFile &to, const lfm2rt_profile_event &event, uint64_t end,
                const char *name, const char *kind, const char *arguments) {
  char text[512];
  Message json(text, sizeof(text));
  json << ",\n{\"ph\":\"X\",\"pid\":1,\"tid\":" << event.thread
       << ",\"name\":\"" << name << "\",\"cat\":\"" << kind << "\",\"ts\":";
  json.fixed(double(event.begin) * 1e-3, 3) << ",\"dur\":";
  json.fixed(double(end > event.begin ? end - event.begin : 0) * 1e-3, 3)
      << ",\"args\":{" << arguments << "}}";
  to.write(text);
}

// The whole of a thread's step, around its parts; `cursor` stands behind the
// first of them.
void writeStep(Session &session, TraceFile &to,
               const lfm2rt_profile_event &first,
               lfm2rt_profile_cursor cursor) {
  lfm2rt_profile_event last = first;
  while (cursor.place != 0 &&
         lfm2rt_profile_next(session.context, &cursor, &last))
    ;
  char name[64], arguments[128];
  Message(name, sizeof(name))
      << first.count << (first.count == 1 ? " token" : " tokens");
  Message(arguments, sizeof(arguments))
      << "\"step\":" << first.step << ",\"position\":" << first.position;
  writeEvent(to, first, last.end, name, "step", arguments);
}

void writeStretch(TraceFile &to, const lfm2rt_profile_event &event) {
  char arguments[256];
  Message(arguments, sizeof(arguments))
      << "\"layer\":" << event.number << ",\"kind\":\"" << event.layer
      << "\",\"bytes\":" << event.bytes << ",\"macs\":" << event.macs;
  writeEvent(to, event, event.end, event.phase,
             *event.layer ? event.layer : "model", arguments);
}

int cannotWrite(Session &session, int64_t error) {
  return session.output.fail(Line() << "cannot write the trace to "
                                    << Quoted{session.options.profile.text}
                                    << ": " << system::errorText(error)
                                    << "; choose another place");
}

int writeTrace(Session &session) {
  TraceFile to(session.trace);
  to.write("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
  to.write("{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{"
           "\"name\":\"steps\"}}");
  for (uint32_t t = 0; t < session.context->pool.size(); ++t) {
    char text[256];
    Message(text, sizeof(text))
        << ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":" << t
        << ",\"name\":\"thread_name\",\"args\":{\"name\":\"thread " << t
        << "\"}}";
    to.write(text);
  }
  lfm2rt_profile_cursor cursor = {};
  lfm2rt_profile_event event;
  for (bool first = true; lfm2rt_profile_next(session.context, &cursor, &event);
       first = cursor.place == 0) {
    if (first)
      writeStep(session, to, event, cursor);
    writeStretch(to, event);
  }
  to.write("\n]}\n");
  int64_t failed = to.finish();
  return failed ? cannotWrite(session, failed) : 0;
}

} // namespace

bool startProfile(Session &session, Buffer &memory) {
  if (const char *path = session.options.profile.text) {
    if (!session.trace.name(path))
      return session.output.fail("expected a path of less than 4096 bytes "
                                 "after --profile=, found a longer one",
                                 2) == 0;
    if (int64_t failed = session.trace.create())
      return cannotWrite(session, failed) == 0;
  }
  uint64_t bytes = lfm2rt_profile_size(session.context) +
                   (session.options.profile.text ? traceBytes : 0);
  if (!memory.grow(bytes))
    return session.noMemory(bytes) == 0;
  lfm2rt_error error;
  return lfm2rt_profile_start(session.context, memory.data(), memory.size(),
                              &error) == LFM2RT_OK ||
         session.output.fail(error) == 0;
}

int reportProfile(Session &session) {
  uint32_t count = lfm2rt_profile_rows(session.context, nullptr, 0);
  Buffer memory;
  uint64_t bytes = count * sizeof(lfm2rt_profile_row);
  if (!memory.grow(bytes))
    return session.noMemory(bytes);
  auto *rows = reinterpret_cast<lfm2rt_profile_row *>(memory.data());
  lfm2rt_profile_rows(session.context, rows, count);
  Table table = {readBandwidth(session), session.context->pool.size()};
  for (uint32_t i = 0; i < count; ++i)
    table.makeRoom(rows[i]);
  char text[256];
  Message title(text, sizeof(text));
  if (const char *device = lfm2rt_model_device(&session.model)) {
    title << "profile: the device '" << device << "'\n";
  } else {
    title << "profile: " << table.threads
          << (table.threads == 1 ? " thread" : " threads") << ", which read ";
    title.fixed(table.probe, 2) << " GB/s when they do nothing else (100 %)\n";
  }
  system::writeAll(2, text, length(text));
  for (uint32_t from = 0, to = 0; from < count; from = to) {
    while (to < count && rows[to].size == rows[from].size)
      ++to;
    printSteps(table, rows + from, to - from);
  }
  return session.options.profile.text ? writeTrace(session) : 0;
}

} // namespace lfm2rt
