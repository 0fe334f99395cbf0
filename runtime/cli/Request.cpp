#include "runtime/cli/Request.h"

namespace lfm2rt {
namespace {

enum class Want : uint8_t { Anything, Text, List, Stops, Count, Seed, Real };
constexpr const char *wanted[] = {
    "anything",
    "a text",
    "a list",
    "a text, or a list of up to 16 texts,",
    "a whole number of 0 ... 2147483647",
    "a whole number of 0 ... 4294967295",
    "a number",
};
constexpr const char *kinds[] = {"null",     "true or false", "a whole number",
                                 "a number", "a text",        "a list",
                                 "a mapping"};

constexpr struct Field {
  const char *name;
  const Value *Request::*value;
  Want want;
} fields[] = {
    {"id", &Request::id, Want::Anything},
    {"prompt", &Request::prompt, Want::Text},
    {"tokens", &Request::tokens, Want::List},
    {"messages", &Request::messages, Want::List},
    {"tools", &Request::tools, Want::List},
    {"stop", &Request::stop, Want::Stops},
    {"max_tokens", &Request::most, Want::Count},
    {"seed", &Request::seed, Want::Seed},
    {"temperature", &Request::temperature, Want::Real},
    {"top_k", &Request::topK, Want::Count},
    {"top_p", &Request::topP, Want::Real},
    {"min_p", &Request::minP, Want::Real},
    {"repeat_penalty", &Request::penalty, Want::Real},
};

double realOf(const Value &value) {
  return value.kind == Kind::Integer ? double(value.integer) : value.number;
}

bool areStops(const Value &value) {
  bool are = value.kind == Kind::List && value.size <= Stops::most;
  for (uint32_t i = 0; are && i < value.size; ++i)
    are = value.values[i].kind == Kind::String;
  return are || value.kind == Kind::String;
}

bool isWanted(const Value &value, Want want) {
  switch (want) {
  case Want::Anything:
    return true;
  case Want::Text:
    return value.kind == Kind::String;
  case Want::List:
    return value.kind == Kind::List;
  case Want::Stops:
    return areStops(value);
  case Want::Count:
  case Want::Seed:
    return value.kind == Kind::Integer && value.integer >= 0 &&
           value.integer <=
               (want == Want::Seed ? int64_t(UINT32_MAX) : int64_t(INT32_MAX));
  case Want::Real:
    return value.kind == Kind::Integer || value.kind == Kind::Number;
  }
  return false;
}

const Field *findField(Text name) {
  for (const Field &field : fields)
    if (equal(name, Text{field.name, uint32_t(length(field.name))}))
      return &field;
  return nullptr;
}

// As it can stand in a message.
struct Shown {
  char text[64];
  explicit Shown(Text of) {
    Message message(text, sizeof(text));
    message.write(of.at, min(of.bytes, 40u));
    if (of.bytes > 40)
      message << "...";
  }
};

// nullptr where the text is no JSON.
const Value *readValue(Text text, Buffer &memory, Line &why) {
  for (;;) {
    Arena arena(memory.data(), memory.size());
    JsonError error;
    if (const Value *value = readJson(arena, text, error))
      return value;
    if (error.expected) {
      Place place = placeOf(text, error.at);
      why << "at ";
      if (place.line > 1)
        why << "line " << place.line << ", ";
      why << "column " << place.column << ": expected " << error.expected;
      return nullptr;
    }
    if (!memory.grow(max(arena.needed(), uint64_t(4096)))) {
      why << "expected " << arena.needed() << " bytes of memory, found less";
      return nullptr;
    }
  }
}

bool setField(Request &request, const Member &member, Line &why) {
  const Field *field = findField(member.name());
  if (!field) {
    why << "unknown field \"" << Shown(member.name()).text << "\"; expected";
    for (const Field &known : fields)
      why << (&known == fields ? " " : ", ") << known.name;
    return false;
  }
  request.*field->value = &member.value;
  if (isWanted(member.value, field->want))
    return true;
  why << "expected " << wanted[size_t(field->want)] << " for \"" << field->name
      << "\", found ";
  describe(why, member.value);
  return false;
}

} // namespace

Line &describe(Line &line, const Value &value) {
  if (value.kind == Kind::Integer)
    return line << value.integer;
  return line << kinds[size_t(value.kind)];
}

bool readRequest(Request &request, Text from, Buffer &memory, Line &why) {
  request = {};
  const Value *value = readValue(from, memory, why);
  if (!value)
    return false;
  if (value->kind == Kind::List) {
    request.messages = value;
    return true;
  }
  if (value->kind != Kind::Mapping) {
    why << "expected a mapping, as {\"prompt\": TEXT}, found ";
    describe(why, *value);
    return false;
  }
  request.id = find(*value, text("id")); // That of an answer, whatever comes.
  for (uint32_t i = 0; i < value->size; ++i)
    if (!setField(request, value->members[i], why))
      return false;
  int asked = !!request.prompt + !!request.tokens + !!request.messages;
  if (asked != 1) {
    why << "expected one of \"prompt\", \"messages\" and \"tokens\", found "
        << asked;
    return false;
  }
  if (request.tools && !request.messages) {
    why << "expected \"messages\" with \"tools\", found none";
    return false;
  }
  if (request.penalty && !(float(realOf(*request.penalty)) > 0)) {
    why << "expected a number above 0 for \"repeat_penalty\"";
    return false;
  }
  return true;
}

void readStops(Stops &stops, const Request &request, const Session &session) {
  stops.texts = session.stops;
  stops.count = session.options.stop.count;
  if (!request.stop)
    return;
  const Value &value = *request.stop;
  bool isList = value.kind == Kind::List;
  stops.texts = stops.own;
  stops.count = isList ? value.size : 1;
  for (uint32_t i = 0; i < stops.count; ++i) {
    Text text = isList ? value.values[i].text() : value.text();
    stops.own[i] = {text.at, text.bytes};
  }
}

lfm2rt_sampling samplingOf(const Request &request, const Session &session) {
  Number temperature = session.options.temperature;
  if (request.temperature)
    temperature = {realOf(*request.temperature), true};
  lfm2rt_sampling sampling = session.sampling(temperature);
  auto set = [](float &to, const Value *value) {
    if (value)
      to = float(realOf(*value));
  };
  set(sampling.top_p, request.topP);
  set(sampling.min_p, request.minP);
  set(sampling.repeat_penalty, request.penalty);
  if (request.topK)
    sampling.top_k = int32_t(request.topK->integer);
  return sampling;
}

} // namespace lfm2rt
