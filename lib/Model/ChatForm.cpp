#include "lib/Model/ChatForm.h"

#include "lib/Chat/Render.h"
#include "lib/Chat/Template.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"

#include <tuple>

using namespace lfm2c;
using llvm::StringRef;

// Of the family's tokens, for checkpoints without a template.
static constexpr StringRef plainTemplate =
    "{{ bos_token }}"
    "{% for message in messages %}"
    "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

static TemplateContext makeContext(const TokenizerSpec &spec) {
  TemplateContext context;
  const std::pair<const char *, std::optional<int32_t>> named[] = {
      {"bos_token", spec.bos},
      {"eos_token", spec.eos},
      {"pad_token", spec.pad}};
  for (const auto &[name, id] : named)
    if (id && size_t(*id) < spec.tokens.size())
      context.globals.emplace_back(name, spec.tokens[size_t(*id)]);
  for (size_t id = 0; id < std::min(spec.tokens.size(), spec.types.size());
       ++id)
    if (spec.types[id] == TokenType::Control)
      context.controls.push_back(spec.tokens[id]);
  for (const AddedToken &token : spec.added)
    if (token.special)
      context.controls.push_back(token.content);
  return context;
}

namespace {

// A message of a probe.
struct Said {
  const char *role;
  std::string content;
};

class Prober {
public:
  Prober(ChatForm &form, StringRef bos) : form(form), bos(bos) {}

  /// Fills in the strings. False where conversations do more than grow; some of
  /// the strings are then wrong.
  bool findStrings();

private:
  std::optional<std::string> render(const std::vector<Said> &messages,
                                    bool opensAnswer = true) const;
  bool growsBy(const Said &first, const Said &second) const;
  void findSystem();
  std::string &string(int which) { return form.strings[size_t(which)]; }
  const std::string &string(int which) const {
    return form.strings[size_t(which)];
  }

  ChatForm &form;
  const StringRef bos;
  std::string opening; // Of an answer, behind the assistant's name.
  // White space tells whether a template trims.
  const Said user = {"user", " u1\n"}, other = {"user", " u2\n"};
};

} // namespace

// Nothing where the template refuses the conversation.
std::optional<std::string> Prober::render(const std::vector<Said> &messages,
                                          bool opensAnswer) const {
  llvm::json::Array array;
  for (const Said &said : messages)
    array.push_back(
        llvm::json::Object{{"role", said.role}, {"content", said.content}});
  std::string text;
  llvm::raw_string_ostream(text) << llvm::json::Value(std::move(array));
  lfm2rt_conversation conversation = {};
  conversation.messages = text.data();
  conversation.messages_bytes = text.size();
  conversation.flags = opensAnswer ? LFM2RT_CHAT_ANSWER : 0;
  auto rendered = renderConversation(form.section, conversation);
  if (rendered)
    return std::move(*rendered);
  llvm::consumeError(rendered.takeError());
  return std::nullopt;
}

// Splits `text` around `at`; false where it is not there exactly once.
static bool splitAround(StringRef text, StringRef at, StringRef &before,
                        StringRef &behind) {
  if (text.count(at) != 1)
    return false;
  std::tie(before, behind) = text.split(at);
  return true;
}

bool Prober::findStrings() {
  const Said answer = {"assistant", " a1\n"};
  const auto closed = render({user}, false), open = render({user});
  const auto grown = render({user, answer, other}, false);
  StringRef front, suffix, prefix, rest, end;
  if (!closed || !open || !grown || !StringRef(*open).starts_with(*closed) ||
      !splitAround(*closed, user.content, front, suffix))
    return false;
  form.startsBos = !bos.empty() && front.consume_front(bos);
  StringRef history = *grown;
  if (!history.consume_front(*closed) ||
      !splitAround(history, answer.content, prefix, rest) ||
      !splitAround(rest, other.content, rest, end) ||
      !rest.consume_back(front) || end != suffix)
    return false;
  string(LFM2_CHAT_USER_PREFIX) = front.str();
  string(LFM2_CHAT_USER_SUFFIX) = suffix.str();
  string(LFM2_CHAT_ASSISTANT_PREFIX) = prefix.str();
  string(LFM2_CHAT_ASSISTANT_SUFFIX) = rest.str();
  string(LFM2_CHAT_GENERATION) = open->substr(closed->size());
  StringRef tail = string(LFM2_CHAT_GENERATION);
  if (!tail.consume_front(prefix))
    return false;
  opening = tail.str();
  // Reasoning must stay, too. Where an answer is opened with <think>, all have
  // it.
  const Said thinking = {"assistant", (opening.empty() ? "<think>" : opening) +
                                          "\nr1\n</think>\n\na2\n"};
  const Said &plain = opening.empty() ? answer : thinking;
  if (!growsBy(plain, thinking) || !growsBy(thinking, plain))
    return false;
  findSystem();
  return true;
}

// Whether two turns with these answers make of the conversation what the
// strings say.
bool Prober::growsBy(const Said &first, const Said &second) const {
  const auto all = render({user, first, other, second, user});
  const auto turn = [&](const Said &said) {
    return string(LFM2_CHAT_USER_PREFIX) + said.content +
           string(LFM2_CHAT_USER_SUFFIX) + string(LFM2_CHAT_GENERATION);
  };
  const auto written = [&](const Said &said) {
    return said.content.substr(opening.size()) +
           string(LFM2_CHAT_ASSISTANT_SUFFIX);
  };
  return all && *all == (form.startsBos ? bos.str() : "") + turn(user) +
                            written(first) + turn(other) + written(second) +
                            turn(user);
}

// Where a system text is a turn of its own.
void Prober::findSystem() {
  const Said system = {"system", " s1\n"};
  const auto without = render({user}), with = render({system, user});
  StringRef before, behind;
  const size_t skipped = form.startsBos ? bos.size() : 0;
  if (!with || !splitAround(*with, system.content, before, behind) ||
      !behind.consume_back(StringRef(*without).drop_front(skipped)))
    return;
  string(LFM2_CHAT_SYSTEM_PREFIX) = before.drop_front(skipped).str();
  string(LFM2_CHAT_SYSTEM_SUFFIX) = behind.str();
}

llvm::Expected<ChatForm> lfm2c::deriveChatForm(const TokenizerSpec &spec) {
  ChatForm form;
  const auto isLiteral = [&](StringRef text) {
    return llvm::any_of(spec.added, [&](const AddedToken &token) {
      return token.content == text;
    });
  };
  StringRef source = spec.chatTemplate;
  form.source = "the checkpoint's template";
  if (source.empty()) {
    form.source = "none";
    if (!isLiteral("<|im_start|>") || !isLiteral("<|im_end|>"))
      return std::move(form);
    form.source = "the tokens <|im_start|>, <|im_end|>; no template";
    source = plainTemplate;
    if (!spec.addBos || !spec.bos)
      source.consume_front("{{ bos_token }}");
  }
  auto section = compileTemplate(source, makeContext(spec));
  if (!section)
    return section.takeError();
  form.section = std::move(*section);
  form.variables = listVariables(form.section);
  const bool hasBos = spec.bos && size_t(*spec.bos) < spec.tokens.size();
  ChatForm probed = form;
  probed.appends =
      Prober(probed, hasBos ? StringRef(spec.tokens[size_t(*spec.bos)]) : "")
          .findStrings();
  return probed.appends ? std::move(probed) : std::move(form);
}
