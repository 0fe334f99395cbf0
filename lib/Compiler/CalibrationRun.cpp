// A compiled model in this process, by the C interface of its library.
#include "lib/Compiler/CalibrationRun.h"

#include "lfm2rt/abi.h"
#include "lfm2rt/lfm2rt.h"
#include "lib/Support/Error.h"
#include "llvm/Support/Threading.h"
#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>
#include <memory>

using namespace lfm2c;
using llvm::Error;
using llvm::Expected;

namespace {

/// Closes the library behind all that came of it.
class Library {
public:
  ~Library() {
    if (handle)
      dlclose(handle);
  }
  Error open(const std::string &path) {
    handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle)
      return Error::success();
    const char *why = dlerror();
    return makeError("cannot load the program for calibration: {0}",
                     why ? why : "the system gives no reason");
  }
  template <typename T> Error find(T &to, const std::string &name) const {
    to = reinterpret_cast<T>(dlsym(handle, name.c_str()));
    return to ? Error::success()
              : makeError("the program for calibration lacks '{0}'", name);
  }

private:
  void *handle = nullptr;
};

struct FreeMemory {
  void operator()(void *memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<uint8_t, FreeMemory>;

Memory allocate(uint64_t bytes, uint64_t alignment) {
  bytes =
      (std::max<uint64_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  return Memory(static_cast<uint8_t *>(std::aligned_alloc(alignment, bytes)));
}

#define LFM2C_RUNTIME_CALLS(X)                                                 \
  X(model_open)                                                                \
  X(model_close)                                                               \
  X(model_chunk)                                                               \
  X(weights_open_file)                                                         \
  X(weights_close)                                                             \
  X(text_work_size)                                                            \
  X(tokenize)                                                                  \
  X(context_size)                                                              \
  X(context_create)                                                            \
  X(context_destroy)                                                           \
  X(reset)                                                                     \
  X(eval)                                                                      \
  X(mark_size)                                                                 \
  X(mark)

class Run {
public:
  ~Run() {
    if (context)
      context_destroy(context);
    if (isWeightsOpen)
      weights_close(&weights);
    if (isModelOpen)
      model_close(&model);
  }

  Error open(const CalibrationProgram &from, uint32_t tokens) {
    if (Error error = library.open(from.library))
      return error;
#define LFM2C_FIND(name)                                                       \
  if (Error error = library.find(name, "lfm2rt_" #name))                       \
    return error;
    LFM2C_RUNTIME_CALLS(LFM2C_FIND)
#undef LFM2C_FIND
    if (Error error = library.find(program, from.symbol))
      return error;
    if (model_open(&model, program, &error) != LFM2RT_OK)
      return fail();
    isModelOpen = true;
    if (weights_open_file(&weights, &model, from.weights.c_str(), &error) !=
        LFM2RT_OK)
      return fail();
    isWeightsOpen = true;
    lfm2rt_context_options options = {};
    options.tokens = tokens;
    options.threads = std::clamp<unsigned>(
        llvm::hardware_concurrency().compute_thread_count(), 1,
        LFM2_MAX_THREADS);
    const uint64_t bytes = context_size(&model, &options);
    memory = allocate(bytes, 4096);
    marked = allocate(mark_size(&model), 64);
    if (!memory || !marked)
      return makeError("expected {0} bytes of memory for calibration, found "
                       "less; free some",
                       bytes + mark_size(&model));
    return context_create(&context, &weights, &options, memory.get(), bytes,
                          &error) == LFM2RT_OK
               ? Error::success()
               : fail();
  }

  Expected<std::vector<int32_t>> idsOf(llvm::StringRef text) {
    // What lfm2rt_tokenize() writes at most.
    std::vector<int32_t> ids(3 * text.size() + 2);
    const uint64_t workBytes = text_work_size(&weights, text.size());
    Memory work = allocate(workBytes, 64);
    uint64_t count = 0;
    if (!work ||
        tokenize(&weights, text.data(), text.size(),
                 LFM2RT_ADD_BOS | LFM2RT_PARSE_SPECIAL, ids.data(), ids.size(),
                 &count, work.get(), workBytes, &error) != LFM2RT_OK)
      return work ? fail()
                  : makeError("expected {0} bytes of memory for the "
                              "calibration text, found less; shorten it",
                              workBytes);
    ids.resize(count);
    return ids;
  }

  /// Reads a window of its own.
  Error read(llvm::ArrayRef<int32_t> ids,
             llvm::function_ref<void(const uint8_t *, int64_t)> add) {
    reset(context);
    const size_t chunk = model_chunk(&model);
    const uint64_t fixed = program->state_fixed_bytes;
    while (!ids.empty()) {
      llvm::ArrayRef<int32_t> piece = ids.take_front(chunk);
      ids = ids.drop_front(piece.size());
      // Steps of one token keep nothing.
      if (piece.size() == 1)
        break;
      if (eval(context, piece.data(), piece.size(), nullptr, &error) !=
          LFM2RT_OK)
        return fail();
      // A mark is a header and the state that does not grow.
      mark(context, marked.get());
      add(marked.get() + (mark_size(&model) - fixed), piece.size());
    }
    return Error::success();
  }

private:
  Error fail() {
    return makeError("calibration failed: {0}", llvm::StringRef(error.message));
  }

  Library library;
#define LFM2C_DECLARE(name) decltype(&lfm2rt_##name) name = nullptr;
  LFM2C_RUNTIME_CALLS(LFM2C_DECLARE)
#undef LFM2C_DECLARE
  const lfm2_program *program = nullptr;
  lfm2rt_error error = {};
  lfm2rt_model model = {};
  lfm2rt_weights weights = {};
  lfm2rt_context *context = nullptr;
  bool isModelOpen = false, isWeightsOpen = false;
  Memory memory, marked;
};

} // namespace

Expected<uint64_t>
lfm2c::runOver(const CalibrationProgram &program, llvm::StringRef text,
               uint32_t window, CompileObserver &observer,
               llvm::function_ref<void(const uint8_t *, int64_t)> add) {
  Run run;
  if (Error error = run.open(program, window))
    return error;
  auto ids = run.idsOf(text), start = run.idsOf("");
  if (!ids || !start)
    return !ids ? ids.takeError() : start.takeError();
  const bool startsAlike =
      !start->empty() && !ids->empty() && start->front() == ids->front();
  // Two at least: steps of one token keep nothing.
  if (ids->size() < start->size() + 2)
    return makeError(
        "expected a calibration text of some thousand words, found "
        "{0} tokens; give a longer one",
        ids->size());
  const uint64_t windows = std::max<uint64_t>(ids->size() / window, 1);
  uint64_t tokens = 0;
  for (uint64_t i = 0; i < windows; ++i) {
    auto piece = llvm::MutableArrayRef(*ids).drop_front(i * window);
    piece = piece.take_front(std::min<size_t>(piece.size(), window));
    if (startsAlike)
      piece.front() = start->front();
    if (Error error = run.read(piece, [&](const uint8_t *state, int64_t count) {
          tokens += count;
          add(state, count);
        }))
      return error;
    observer.calibrated(i + 1, windows);
    if (Error error = observer.goOn())
      return error;
  }
  return tokens;
}
