#include "runtime/cli/Conversation.h"
#include "runtime/cli/Request.h"
#include "runtime/json/Writer.h"

namespace lfm2rt {
namespace {

JsonStyle utf8() {
  JsonStyle style;
  style.ensureAscii = false;
  return style;
}

void writeMessage(TextBuffer &to, const char *role, Text content) {
  to.add("{\"role\": \"");
  to.add(role);
  to.add("\", \"content\": ");
  writeJsonString(content, /*ensureAscii=*/false, TextBuffer::sink, &to);
  to.add("}");
}

bool isRole(const Value &message, Text role) {
  const Value *found = find(message, text("role"));
  return found && found->kind == Kind::String && equal(found->text(), role);
}

} // namespace

void Conversation::clear() {
  reset();
  const char *text = session.options.system;
  setSystem({text ? text : "", uint32_t(text ? length(text) : 0)});
}

void Conversation::setSystem(Text content) {
  system.clear();
  if (content.bytes)
    writeMessage(system, "system", content);
}

void Conversation::setTools(const Value *list) {
  tools.clear();
  if (list)
    writeJson(*list, utf8(), TextBuffer::sink, &tools);
  else
    tools.add(session.tools.at, session.tools.bytes);
}

void Conversation::begin(bool isUser) {
  if (count)
    list.add(", ");
  uint64_t bytes = (count + uint64_t(1)) * sizeof(Start);
  if (bytes > places.size() && !places.grow(2 * bytes))
    list.fail();
  else
    starts()[count++] = {list.size(), isUser};
}

void Conversation::add(const char *role, Text content) {
  begin(equal(role, "user"));
  writeMessage(list, role, content);
}

void Conversation::add(const Value &message) {
  // It stays when old messages go.
  bool isSystem = count == 0 && isRole(message, text("system"));
  if (isSystem)
    system.clear();
  else
    begin(isRole(message, text("user")));
  writeJson(message, utf8(), TextBuffer::sink, isSystem ? &system : &list);
}

bool Conversation::addAll(Text from, Buffer &memory, Line &why) {
  Request request;
  if (!readRequest(request, from, memory, why))
    return false;
  addAll(request[RequestMessages]);
  return true;
}

void Conversation::addAll(const Value *messages) {
  for (uint32_t i = 0; messages && i < messages->size; ++i)
    add(messages->values[i]);
}

void Conversation::addAnswer(const TextBuffer &message) {
  begin(/*isUser=*/false);
  list.add(message.data(), message.size());
}

// The number of the first message of the user from `from` on.
uint32_t Conversation::nextUser(uint32_t from) const {
  while (from < count && !starts()[from].isUser)
    ++from;
  return from;
}

bool Conversation::undo() {
  uint32_t last = count;
  while (last > 0 && !starts()[last - 1].isUser)
    --last;
  if (last == 0)
    return false;
  keep(last - 1);
  return true;
}

void Conversation::keep(uint32_t messages) {
  uint64_t bytes = 0;
  if (messages) // Without the comma.
    bytes = messages < count ? starts()[messages].at - 2 : list.size();
  list.erase(bytes, list.size());
  count = messages;
  first = min(first, count);
}

bool Conversation::leaveOut() {
  uint32_t next = nextUser(nextUser(first) + 1);
  if (next >= count)
    return false;
  first = next;
  return true;
}

Text Conversation::messages() {
  json.clear();
  json.add("[");
  json.add(system.data(), system.size());
  if (system.size() && first < count)
    json.add(", ");
  uint64_t at = first < count ? starts()[first].at : list.size();
  json.add(list.data() + at, list.size() - at);
  json.add("]");
  return {json.data(), uint32_t(json.size())};
}

lfm2rt_status Conversation::run(Made &made, bool asIds, uint32_t flags,
                                lfm2rt_error &why) {
  lfm2rt_conversation all = {};
  Text text = messages();
  if (list.hasFailed() || json.hasFailed() || json.size() > UINT32_MAX)
    return Failure(&why, LFM2RT_NO_MEMORY)
           << "expected memory for a conversation of " << json.size()
           << " bytes, found less; shorten it";
  all.messages = text.at;
  all.messages_bytes = text.bytes;
  all.tools = tools.size() ? tools.data() : nullptr;
  all.tools_bytes = tools.size();
  if (const char *variables = session.options.variables) {
    all.variables = variables;
    all.variables_bytes = length(variables);
  }
  all.flags = flags;
  all.now = system::secondsSince1970();
  uint64_t bytes = lfm2rt_chat_work_size(&session.weights, &all);
  for (;;) {
    if (!work.grow(bytes))
      return Failure(&why, LFM2RT_NO_MEMORY, bytes)
             << "expected " << bytes << " bytes of memory, found less";
    lfm2rt_status status =
        asIds ? lfm2rt_chat_encode(&session.weights, &all, work.data(),
                                   work.size(), &made.ids, &made.count, &why)
              : lfm2rt_chat_render(&session.weights, &all, work.data(),
                                   work.size(), &made.text, &made.count, &why);
    if (status != LFM2RT_NO_MEMORY)
      return status;
    bytes = why.needed;
  }
}

bool Conversation::render(Text &text, lfm2rt_error &why) {
  Made made = {};
  lfm2rt_status status = run(made, /*asIds=*/false, LFM2RT_CHAT_ANSWER, why);
  text = {made.text, uint32_t(made.count)};
  return status == LFM2RT_OK;
}

bool Conversation::encode(uint32_t flags, const int32_t **ids, uint32_t *count,
                          lfm2rt_error &why) {
  Made made = {};
  lfm2rt_status status = run(made, /*asIds=*/true, flags, why);
  *ids = made.ids;
  *count = uint32_t(made.count);
  return status == LFM2RT_OK;
}

} // namespace lfm2rt
