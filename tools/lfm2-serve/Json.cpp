#include "tools/lfm2-serve/Json.h"

#include "tools/lfm2-serve/Refusal.h"

namespace lfm2s {
namespace {

constexpr size_t mostDepth = 64;
/// Of objects and lists: each takes some 100 bytes.
constexpr size_t mostContainers = 200000;
/// Of one object: a member is looked for among all.
constexpr size_t mostMembers = 1024;

/// Fails before the parser has made anything of such a text.
void checkShape(const std::string &text) {
  struct Level {
    bool isObject;
    size_t members;
  };
  std::vector<Level> levels;
  size_t containers = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        inString = false;
      continue;
    }
    if (c == '"') {
      inString = true;
    } else if (c == '{' || c == '[') {
      levels.push_back({c == '{', 0});
      if (levels.size() > mostDepth)
        throw badRequest("expected JSON of at most " +
                         std::to_string(mostDepth) +
                         " levels, found more; flatten it");
      if (++containers > mostContainers)
        throw badRequest("expected JSON of at most " +
                         std::to_string(mostContainers) +
                         " objects and lists, found more; send less at once");
    } else if (c == '}' || c == ']') {
      if (!levels.empty())
        levels.pop_back();
    } else if (c == ':' && !levels.empty()) {
      if (++levels.back().members > mostMembers)
        throw badRequest("expected objects of at most " +
                         std::to_string(mostMembers) +
                         " members, found one with more; send less at once");
    }
  }
}

} // namespace

Json readBody(const std::string &text) {
  checkShape(text);
  Json body;
  try {
    body = Json::parse(text);
  } catch (const Json::parse_error &error) {
    throw badRequest("expected a body of JSON, found none: byte " +
                     std::to_string(error.byte) +
                     " cannot be part of it; check quotes, commas and UTF-8");
  } catch (const Json::exception &) {
    throw badRequest("expected JSON whose numbers fit 64 bits, found one that "
                     "is too large");
  }
  if (!body.is_object())
    throw badRequest("expected a body that is a JSON object, found " +
                     kindOf(body));
  return body;
}

std::string writeJson(const Json &value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json bytesOf(std::string_view text) {
  return std::vector<uint8_t>(text.begin(), text.end());
}

std::string kindOf(const Json &value) {
  switch (value.type()) {
  case Json::value_t::null:
    return "null";
  case Json::value_t::boolean:
    return "a boolean";
  case Json::value_t::string:
    return "a string";
  case Json::value_t::array:
    return "a list";
  case Json::value_t::object:
    return "an object";
  case Json::value_t::number_float:
    return "a number with a fraction";
  default:
    return "a whole number";
  }
}

} // namespace lfm2s
