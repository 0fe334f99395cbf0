// Logits and hidden states of a prompt, in files.
#include "runtime/cli/Commands.h"
#include "runtime/cli/File.h"

namespace lfm2rt {

namespace {

// Rows of float32, one a position, in a file that is there when it is whole; or
// nothing, where `path` is nullptr.
class Rows {
public:
  Rows(Session &session, const char *path, const char *what, uint64_t channels)
      : session(session), path(path), what(what), channels(channels) {}

  // Each returns the exit status.
  int open(const char *option, uint64_t most) {
    if (!path)
      return 0;
    uint64_t bytes = most * channels * sizeof(float);
    if (!file.name(path))
      return session.longPath(option);
    if (!memory.grow(bytes))
      return session.noMemory(bytes);
    return check(file.create());
  }
  int write(uint64_t count) {
    if (!path)
      return 0;
    finite &= areFinite(data(), count * channels);
    return check(file.write(data(), count * channels * sizeof(float)));
  }
  int finish() {
    int status = path ? check(file.finish()) : 0;
    if (status || finite)
      return status;
    lfm2rt_error error; // They are written all the same, to be looked at.
    notFinite(&error, what);
    return session.output.fail(error);
  }
  // nullptr where nothing is wanted.
  float *data() { return reinterpret_cast<float *>(memory.data()); }

private:
  int check(int64_t failed) {
    return failed ? session.cannotWrite(what, path, failed) : 0;
  }

  Session &session;
  const char *path, *what;
  uint64_t channels;
  Buffer memory;
  File file;
  bool finite = true;
};

} // namespace

// Reads the prompt in pieces as long as the program's largest step, so that the
// numbers are those of an ordinary prompt, or as a whole, where the model does;
// and writes what is wanted of each piece.
int writeRows(Session &session, const Prompt &prompt) {
  const Options &options = session.options;
  Rows logits(session, options.logits, "logits",
              lfm2rt_model_vocabulary(&session.model));
  Rows hidden(session, options.hidden, "hidden states",
              lfm2rt_model_hidden(&session.model));
  uint32_t chunk = session.readsTexts()
                       ? prompt.count
                       : min(lfm2rt_model_chunk(&session.model), prompt.count);
  int status = logits.open("--logits", chunk);
  if (status == 0)
    status = hidden.open("--hidden", chunk);
  lfm2rt_error error;
  if (status == 0 && lfm2rt_keep_hidden(session.context, hidden.data(), chunk,
                                        &error) != LFM2RT_OK)
    return session.output.fail(error);
  for (uint32_t at = 0; status == 0 && at < prompt.count; at += chunk) {
    uint32_t piece = min(chunk, prompt.count - at);
    if (lfm2rt_eval(session.context, prompt.ids + at, piece, logits.data(),
                    &error) != LFM2RT_OK)
      return session.output.fail(error);
    status = logits.write(piece);
    if (status == 0)
      status = hidden.write(piece);
  }
  lfm2rt_keep_hidden(session.context, nullptr, 0, nullptr);
  if (status == 0)
    status = logits.finish();
  return status ? status : hidden.finish();
}

} // namespace lfm2rt
