// A call as the chat templates print it, for turns that are past.
#include "runtime/include/lfm2rt/tool_calls.h"
#include "runtime/json/Reader.h"
#include "runtime/json/Writer.h"
#include "runtime/src/Message.h"

using namespace lfm2rt;

namespace {

struct Output {
  lfm2rt_text_fn fn;
  void *user;

  void put(const char *text, size_t bytes) const { fn(text, bytes, user); }
  void put(const char *text) const { put(text, length(text)); }
  // A text without escapes, a mapping as JSON, and all else as Python prints
  // it.
  void put(const Value &value) const;
};

void Output::put(const Value &value) const {
  if (value.kind == Kind::String) {
    put("'");
    put(value.bytes, value.size);
    put("'");
    return;
  }
  JsonStyle style;
  style.ensureAscii = false;
  style.python = value.kind != Kind::Mapping;
  writeJson(
      value, style,
      [](const char *text, uint64_t bytes, void *out) {
        static_cast<const Output *>(out)->put(text, size_t(bytes));
      },
      const_cast<Output *>(this));
}

} // namespace

extern "C" uint64_t lfm2rt_call_work_size(size_t length) {
  return mostJsonBytes(length);
}

extern "C" lfm2rt_status lfm2rt_call_text(const char *name, size_t name_length,
                                          const char *arguments, size_t length,
                                          lfm2rt_text_fn on_text, void *user,
                                          void *work, uint64_t work_bytes,
                                          lfm2rt_error *error) {
  Arena arena(work, work_bytes);
  JsonError problem;
  const Value *value = nullptr;
  if (length <= UINT32_MAX)
    value = readJson(arena, {arguments, uint32_t(length)}, problem);
  if (arena.overflowed() && !problem.expected)
    return Failure(error, LFM2RT_NO_MEMORY, arena.needed())
           << "expected " << arena.needed()
           << " bytes of work memory for the arguments of a call, found "
           << work_bytes << "; ask lfm2rt_call_work_size()";
  if (!value || value->kind != Kind::Mapping)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "byte " << problem.at << " of the arguments of a call: expected "
           << (problem.expected ? problem.expected
                                : "a JSON object of less than 4 GiB");
  Output out = {on_text, user};
  out.put(name, name_length);
  out.put("(");
  for (uint32_t i = 0; i < value->size; ++i) {
    if (i > 0)
      out.put(", ");
    out.put(value->members[i].key, value->members[i].keyBytes);
    out.put("=");
    out.put(value->members[i].value);
  }
  out.put(")");
  return LFM2RT_OK;
}
