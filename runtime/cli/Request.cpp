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
  Want want;
  float lfm2rt_sampling::*to; // That it is a value of.
} fields[] = {
    {"id", Want::Anything, nullptr},
    {"prompt", Want::Text, nullptr},
    {"tokens", Want::List, nullptr},
    {"messages", Want::List, nullptr},
    {"tools", Want::List, nullptr},
    {"stop", Want::Stops, nullptr},
    {"max_tokens", Want::Count, nullptr},
    {"seed", Want::Seed, nullptr},
    {"top_k", Want::Count, nullptr},
    {"temperature", Want::Real, nullptr}, // See samplingOf().
    {"top_p", Want::Real, &lfm2rt_sampling::top_p},
    {"min_p", Want::Real, &lfm2rt_sampling::min_p},
    {"repeat_penalty", Want::Real, &lfm2rt_sampling::repeat_penalty},
    {"frequency_penalty", Want::Real, &lfm2rt_sampling::frequency_penalty},
    {"presence_penalty", Want::Real, &lfm2rt_sampling::presence_penalty},
};
static_assert(sizeof(fields) / sizeof(*fields) == numRequestFields,
              "a name each");

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
    // Twice as much: what is needed is known only as far as it was read.
    uint64_t bytes = max(arena.needed(), memory.size() * 2 + 4096);
    if (!memory.grow(bytes)) {
      why << "expected " << bytes << " bytes of memory, found less";
      return nullptr;
    }
  }
}

bool setField(Request &request, const Member &member, Line &why) {
  Text name = member.name();
  uint32_t n = 0;
  while (n < numRequestFields &&
         !equal(name, Text{fields[n].name, uint32_t(length(fields[n].name))}))
    ++n;
  if (n == numRequestFields) {
    why << "unknown field \"" << Shown(name).text << "\"; expected";
    for (const Field &known : fields)
      why << (&known == fields ? " " : ", ") << known.name;
    return false;
  }
  request.values[n] = &member.value;
  if (isWanted(member.value, fields[n].want))
    return true;
  why << "expected " << wanted[size_t(fields[n].want)] << " for \""
      << fields[n].name << "\", found ";
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
    request.values[RequestMessages] = value;
    return true;
  }
  if (value->kind != Kind::Mapping) {
    why << "expected a mapping, as {\"prompt\": TEXT}, found ";
    describe(why, *value);
    return false;
  }
  // That of an answer, whatever comes.
  request.values[RequestId] = find(*value, text("id"));
  for (uint32_t i = 0; i < value->size; ++i)
    if (!setField(request, value->members[i], why))
      return false;
  int asked = !!request[RequestPrompt] + !!request[RequestTokens] +
              !!request[RequestMessages];
  if (asked != 1) {
    why << "expected one of \"prompt\", \"messages\" and \"tokens\", found "
        << asked;
    return false;
  }
  if (request[RequestTools] && !request[RequestMessages]) {
    why << "expected \"messages\" with \"tools\", found none";
    return false;
  }
  const Value *penalty = request[RequestPenalty];
  if (penalty && !(float(realOf(*penalty)) > 0)) {
    why << "expected a number above 0 for \"repeat_penalty\"";
    return false;
  }
  return true;
}

void readStops(Stops &stops, const Request &request, const Session &session) {
  stops.texts = session.stops;
  stops.count = session.options.stop.count;
  const Value *value = request[RequestStop];
  if (!value)
    return;
  bool isList = value->kind == Kind::List;
  stops.texts = stops.own;
  stops.count = isList ? value->size : 1;
  for (uint32_t i = 0; i < stops.count; ++i) {
    Text text = (isList ? value->values[i] : *value).text();
    stops.own[i] = {text.at, text.bytes};
  }
}

lfm2rt_sampling samplingOf(const Request &request, const Session &session,
                           uint32_t seed) {
  // Greedy goes without the penalty that is usual otherwise.
  Number temperature = session.options.temperature;
  if (const Value *own = request[RequestTemperature])
    temperature = {realOf(*own), true};
  lfm2rt_sampling sampling = session.sampling(temperature);
  for (uint32_t i = 0; i < numRequestFields; ++i)
    if (fields[i].to && request.values[i])
      sampling.*fields[i].to = float(realOf(*request.values[i]));
  if (const Value *topK = request[RequestTopK])
    sampling.top_k = int32_t(topK->integer);
  const Value *own = request[RequestSeed];
  sampling.seed = own ? uint32_t(own->integer) : seed;
  return sampling;
}

} // namespace lfm2rt
