#include "runtime/cli/Reply.h"
#include "runtime/json/Writer.h"

namespace lfm2rt {
namespace {

constexpr uint64_t longestCall = 1 << 20; // Bytes; untouched ones cost nothing.

void writeString(TextBuffer &to, Text text) {
  writeJsonString(text, /*ensureAscii=*/false, TextBuffer::sink, &to);
}

} // namespace

bool Reply::begin(const Session &session, const int32_t *ids, uint32_t count,
                  const lfm2rt_text *stops, uint32_t numStops, Show to,
                  void *whose, lfm2rt_error &why) {
  content.clear();
  reasoning.clear();
  calls.clear();
  made = firstAt = 0;
  show = to;
  user = whose;
  stream = StopStream(onContent, this, stops, numStops);
  uint64_t bytes = lfm2rt_answer_size(longestCall);
  if (!memory.grow(bytes)) {
    Failure(&why, LFM2RT_NO_MEMORY, bytes)
        << "expected " << bytes << " bytes of memory, found less";
    return false;
  }
  uint32_t flags = lfm2rt_opens_reasoning(&session.weights, ids, count)
                       ? uint32_t(LFM2RT_ANSWER_REASONS)
                       : 0;
  return lfm2rt_answer_open(&answer, &session.weights, longestCall, flags,
                            onPart, this, memory.data(), memory.size(),
                            &why) == LFM2RT_OK;
}

int Reply::onToken(int32_t token, void *user) {
  auto &reply = *static_cast<Reply *>(user);
  if (reply.made++ == 0)
    reply.firstAt = system::nanoseconds();
  return lfm2rt_answer_token(token, reply.answer);
}

void Reply::end() {
  if (answer)
    lfm2rt_answer_end(answer);
  answer = nullptr;
  stream.flush();
}

int Reply::onContent(const char *text, size_t bytes, void *user) {
  auto &reply = *static_cast<Reply *>(user);
  reply.content.add(text, bytes);
  return reply.pass(Part::Content, {text, uint32_t(bytes)});
}

int Reply::addCall(const lfm2rt_answer_part &part) {
  Text name = {part.name, uint32_t(part.name_length)},
       arguments = {part.text, uint32_t(part.length)};
  calls.add(Line() << (calls.size() ? ", " : "") << "{\"id\": \"call_"
                   << part.call + 1
                   << "\", \"type\": \"function\", \"function\": {\"name\": ");
  writeString(calls, name);
  calls.add(", \"arguments\": ");
  writeString(calls, arguments);
  calls.add("}}");
  if (!show)
    return 0;
  TextBuffer line;
  line.add("{\"name\": ");
  writeString(line, name);
  line.add(", \"arguments\": ");
  line.add(arguments.at, arguments.bytes);
  line.add("}");
  return pass(Part::Call, {line.data(), uint32_t(line.size())});
}

int Reply::onPart(const lfm2rt_answer_part *part, void *user) {
  auto &reply = *static_cast<Reply *>(user);
  Text text = {part->text, uint32_t(part->length)};
  switch (part->kind) {
  case LFM2RT_ANSWER_REASONING:
    reply.reasoning.add(text.at, text.bytes);
    return reply.pass(Part::Reasoning, text);
  case LFM2RT_ANSWER_CALL:
    return reply.addCall(*part);
  default:
    return reply.stream.feed(text.at, text.bytes);
  }
}

void Reply::writeParts(TextBuffer &to, const char *contentName) const {
  to.add(Line() << "\"" << contentName << "\": ");
  writeString(to, {content.data(), uint32_t(content.size())});
  if (reasoning.size()) {
    to.add(", \"reasoning_content\": ");
    writeString(to, {reasoning.data(), uint32_t(reasoning.size())});
  }
  if (calls.size()) {
    to.add(", \"tool_calls\": [");
    to.add(calls.data(), calls.size());
    to.add("]");
  }
}

void Reply::writeMessage(TextBuffer &to) const {
  to.clear();
  to.add("{\"role\": \"assistant\", ");
  writeParts(to, "content");
  to.add("}");
}

} // namespace lfm2rt
