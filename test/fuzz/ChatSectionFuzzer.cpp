// The section of a chat template with some of its bytes changed: refused, or
// run to some end. Conversations of any text, too.

#include "lib/Chat/Render.h"
#include "lib/Chat/Template.h"

#include <cstring>

using namespace lfm2c;

// Something of everything that the machine does.
static std::vector<uint8_t> makeSection() {
  constexpr llvm::StringRef source = R"(
{%- macro f(a, b=2) %}{{ a }}{{ b | tojson(indent=1) }}{{ caller(a) if caller }}{% endmacro -%}
{%- set ns = namespace(n=0, t='') -%}
{%- for m in messages if m.role != 'x' -%}
  {%- set ns.n = ns.n + loop.index * 3 // 2 % 5 -%}
  {%- set text %}{{ m.content | trim | upper }}{{ (m.content ~ '').split('a')[-1][1:] }}{% endset -%}
  {{ f(text, b=[m, (1, 2)[0], {'k': ns.n}]) }}
  {%- if loop.last and m.content is string or not loop.nextitem %}{{ loop.length - 1.5 }}{% endif -%}
{%- else %}{{ bos_token }}{% endfor -%}
{%- call(x) f(1) %}{{ x }}{% endcall -%}
{{ tools | default([]) | map(attribute='name') | join(',') }}{{ x.y is defined and x['y'] < 3 }}
{%- for a, b in (x or {}).items() | sort(reverse=true) %}{{ a in 'abc' }}{{ b }}{% endfor -%}
{{ strftime_now('%d %B %Y') }}{{ messages[::-1] | length }}{{ 'x' * 3 | int('5') }})";
  TemplateContext context;
  context.globals = {{"bos_token", "<s>"}};
  context.controls = {"<|im_end|>"};
  return llvm::cantFail(compileTemplate(source, context));
}

// Two bytes of a place, one of the byte's new value, and so on up to a zero
// place; what follows is the JSON of messages.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const std::vector<uint8_t> sound = makeSection();
  std::vector<uint8_t> section = sound;
  while (size >= 3) {
    const size_t place = size_t(data[0]) | size_t(data[1]) << 8;
    const uint8_t value = data[2];
    data += 3;
    size -= 3;
    if (place == 0)
      break;
    section[place % section.size()] = value;
  }
  lfm2rt_conversation conversation = {};
  conversation.messages = reinterpret_cast<const char *>(data);
  conversation.messages_bytes = size;
  constexpr llvm::StringRef plain =
      R"([{"role":"user","content":"a b"},{"role":"assistant","content":"c"}])";
  if (size == 0) {
    conversation.messages = plain.data();
    conversation.messages_bytes = plain.size();
  }
  constexpr llvm::StringRef variables = R"({"x": {"y": 2, "z": "s"}})";
  conversation.variables = variables.data();
  conversation.variables_bytes = variables.size();
  conversation.flags = size % 4;
  llvm::consumeError(renderConversation(section, conversation).takeError());
  return 0;
}
