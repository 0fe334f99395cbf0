#include "runtime/cli/Saved.h"
#include "runtime/cli/HashSum.h"

namespace lfm2rt {
namespace {

// The end of the file. One without it is a state alone.
struct Ending {
  char magic[8];
  uint64_t bytes; // Of the messages in front of it.
  uint64_t hash;  // Of these.
};
constexpr char magic[] = "LFM2TALK";

} // namespace

int saveState(Session &session, const char *path, Text messages) {
  uint64_t bytes = lfm2rt_save_size(session.context);
  Buffer memory;
  if (!memory.grow(bytes))
    return session.noMemory(bytes);
  lfm2rt_save(session.context, memory.data());
  Ending ending = {{}, messages.bytes, hashOf(messages.at, messages.bytes)};
  memcpy(ending.magic, magic, sizeof(ending.magic));
  File file;
  if (!file.name(path))
    return session.longPath("--save");
  int64_t failed = file.create();
  if (failed == 0)
    failed = file.write(memory.data(), bytes);
  if (failed == 0)
    failed = file.write(messages.at, messages.bytes);
  if (failed == 0)
    failed = file.write(&ending, sizeof(ending));
  if (failed == 0)
    failed = file.finish();
  return failed ? session.cannotWrite("conversation", path, failed) : 0;
}

int loadState(Session &session, const char *path, Buffer &memory,
              Text &messages) {
  uint64_t bytes = 0;
  if (int status = session.readFile(path, memory, bytes))
    return status;
  messages = {"", 0};
  Ending ending;
  if (bytes > sizeof(ending)) {
    memcpy(&ending, memory.data() + bytes - sizeof(ending), sizeof(ending));
    if (memcmp(ending.magic, magic, sizeof(ending.magic)) == 0) {
      bytes -= sizeof(ending);
      uint64_t size = min(ending.bytes, bytes);
      bytes -= size;
      messages = {memory.data() + bytes, uint32_t(size)};
      if (size != ending.bytes || hashOf(messages.at, size) != ending.hash)
        return session.output.fail(
            Line() << "the messages in " << Quoted{path}
                   << " are cut short or damaged; save the conversation again");
    }
  }
  if (session.options.converses && !session.options.messages &&
      messages.bytes == 0)
    return session.output.fail(
        Line()
        << "expected a conversation in " << Quoted{path}
        << ", found a text that was completed; go on with it by --prompt "
           "alone");
  lfm2rt_error error;
  if (lfm2rt_restore(session.context, memory.data(), bytes, &error) ==
      LFM2RT_OK)
    return 0;
  return session.output.fail(Line() << "cannot load " << Quoted{path} << ": "
                                    << error.message);
}

} // namespace lfm2rt
