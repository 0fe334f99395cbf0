// A call as the chat templates print it, for turns that are past.
#include "runtime/include/lfm2rt/tool_calls.h"
#include "runtime/json/Reader.h"
#include "runtime/json/Writer.h"
#include "runtime/src/Message.h"

using namespace lfm2rt;

namespace {

struct Output {
  char *to;
  uint64_t capacity, written;
};

void write(const char *text, uint64_t bytes, void *user) {
  auto &out = *static_cast<Output *>(user);
  uint64_t room = out.capacity - min(out.written, out.capacity);
  memcpy(out.to + min(out.written, out.capacity), text,
         size_t(min(bytes, room)));
  out.written += bytes;
}

} // namespace

extern "C" uint64_t lfm2rt_call_work_size(size_t arguments_length) {
  return mostJsonBytes(arguments_length);
}

extern "C" lfm2rt_status lfm2rt_call_text(const char *name, size_t name_length,
                                          const char *arguments,
                                          size_t arguments_length, char *text,
                                          uint64_t capacity, uint64_t *written,
                                          void *work, uint64_t work_bytes,
                                          lfm2rt_error *error) {
  *written = 0;
  if (arguments_length > INT32_MAX)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected arguments of less than 2 GiB, found "
           << uint64_t(arguments_length) << " bytes";
  Arena arena(work, work_bytes);
  JsonError problem;
  const Text json = {arguments, uint32_t(arguments_length)};
  const Value *value = readJson(arena, json, problem);
  if (problem.expected) {
    Place place = placeOf(json, problem.at);
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "arguments of a call, line " << place.line << ", column "
           << place.column << ": expected " << problem.expected;
  }
  if (!value)
    return Failure(error, LFM2RT_NO_MEMORY, arena.needed())
           << "expected " << arena.needed()
           << " bytes of work memory for the arguments of a call, found "
           << work_bytes << "; ask lfm2rt_call_work_size()";
  if (value->kind != Kind::Mapping)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected the arguments of a call to be a JSON object, as "
              "{\"city\": \"Paris\"}, found another value";
  Output out = {text, capacity, 0};
  write(name, name_length, &out);
  write("(", 1, &out);
  JsonStyle json_style;
  json_style.ensureAscii = false;
  for (uint32_t i = 0; i < value->size; ++i) {
    const Member &member = value->members[i];
    if (i > 0)
      write(", ", 2, &out);
    write(member.key, member.keyBytes, &out);
    write("=", 1, &out);
    const Value &argument = member.value;
    if (argument.kind == Kind::String) {
      write("'", 1, &out);
      write(argument.bytes, argument.size, &out);
      write("'", 1, &out);
    } else {
      writeJson(argument,
                argument.kind == Kind::Mapping ? json_style : JsonStyle::repr(),
                write, &out);
    }
  }
  write(")", 1, &out);
  *written = out.written;
  if (out.written > capacity)
    return Failure(error, LFM2RT_NO_MEMORY, out.written)
           << "expected room for " << out.written
           << " bytes of a call's text, found " << capacity;
  return LFM2RT_OK;
}
