#include "tools/lfm2-serve/Fields.h"

#include "tools/lfm2-serve/Refusal.h"
#include <cmath>
#include <sstream>

namespace lfm2s {
namespace {

constexpr size_t longestShown = 60; // Bytes of a value in a message.

std::string shown(const Json &value) {
  if (value.is_object() || value.is_array())
    return kindOf(value);
  std::string text = writeJson(value);
  if (text.size() > longestShown)
    return kindOf(value) + " of " + std::to_string(text.size()) + " bytes";
  return text;
}

std::string plain(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

} // namespace

Fields::Fields(const Json &object, std::string path)
    : fields(object), path(std::move(path)) {
  if (!object.is_object())
    throw badRequest("expected " +
                         (this->path.empty() ? "the request" : this->path) +
                         " to be an object, found " + shown(object),
                     this->path, "invalid_type");
}

std::string Fields::pathOf(const std::string &name) const {
  return path.empty() ? name : path + "." + name;
}

void Fields::refuse(const char *name, const std::string &expected) const {
  auto at = fields.find(name);
  throw badRequest("expected " + pathOf(name) + " to be " + expected +
                       ", found " + (at == fields.end() ? "none" : shown(*at)),
                   pathOf(name),
                   at == fields.end() ? "missing_required_parameter"
                                      : "invalid_value");
}

const Json *Fields::find(const char *name) const {
  auto at = fields.find(name);
  return at == fields.end() || at->is_null() ? nullptr : &*at;
}

std::optional<std::string> Fields::text(const char *name) const {
  const Json *value = find(name);
  if (!value)
    return std::nullopt;
  if (!value->is_string())
    refuse(name, "a string");
  return value->get<std::string>();
}

std::string Fields::textOr(const char *name,
                           const std::string &otherwise) const {
  return text(name).value_or(otherwise);
}

std::string Fields::neededText(const char *name) const {
  std::optional<std::string> found = text(name);
  if (!found)
    refuse(name, "a string");
  return *found;
}

std::optional<bool> Fields::flag(const char *name) const {
  const Json *value = find(name);
  if (!value)
    return std::nullopt;
  if (!value->is_boolean())
    refuse(name, "true or false");
  return value->get<bool>();
}

std::optional<double> Fields::number(const char *name, double least,
                                     double most) const {
  const Json *value = find(name);
  if (!value)
    return std::nullopt;
  double found = value->is_number() ? value->get<double>() : NAN;
  if (!(found >= least && found <= most))
    refuse(name, "a number of " + plain(least) + " ... " + plain(most));
  return found;
}

std::optional<int64_t> Fields::whole(const char *name, int64_t least,
                                     int64_t most) const {
  const Json *value = find(name);
  if (!value)
    return std::nullopt;
  bool isWhole = value->is_number_integer() &&
                 !(value->is_number_unsigned() &&
                   value->get<uint64_t>() > uint64_t(INT64_MAX));
  int64_t found = isWhole ? value->get<int64_t>() : 0;
  if (!isWhole || found < least || found > most)
    refuse(name, "a whole number of " + std::to_string(least) + " ... " +
                     std::to_string(most));
  return found;
}

const Json *Fields::object(const char *name) const {
  const Json *value = find(name);
  if (value && !value->is_object())
    refuse(name, "an object");
  return value;
}

Fields Fields::inner(const char *name) const {
  const Json *value = object(name);
  return value ? Fields(*value, pathOf(name)) : *this;
}

const Json *Fields::list(const char *name) const {
  const Json *value = find(name);
  if (value && !value->is_array())
    refuse(name, "a list");
  return value;
}

std::vector<std::string> Fields::texts(const char *name, size_t most) const {
  const Json *value = find(name);
  if (!value)
    return {};
  if (value->is_string())
    return {value->get<std::string>()};
  const std::string expected =
      "a string or a list of at most " + std::to_string(most) + " strings";
  if (!value->is_array() || value->size() > most)
    refuse(name, expected);
  std::vector<std::string> found;
  for (const Json &one : *value) {
    if (!one.is_string())
      refuse(name, expected);
    found.push_back(one.get<std::string>());
  }
  return found;
}

std::optional<std::string> Fields::word(const char *name,
                                        std::vector<const char *> words) const {
  std::optional<std::string> found = text(name);
  std::string expected = "one of";
  for (const char *one : words) {
    if (found && *found == one)
      return found;
    expected += std::string(one == words.front() ? " \"" : ", \"") + one + "\"";
  }
  if (found)
    refuse(name, expected);
  return std::nullopt;
}

std::string indexed(const std::string &path, size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

std::vector<int32_t> readIds(const Json &list, const std::string &path,
                             uint32_t vocabulary) {
  std::vector<int32_t> ids;
  ids.reserve(list.size());
  for (const Json &one : list) {
    bool isId = one.is_number_unsigned() && one.get<uint64_t>() < vocabulary;
    if (!isId)
      throw badRequest("expected ids of 0 ... " +
                           std::to_string(vocabulary - 1) + " in " + path +
                           ", found " + shown(one),
                       path, "invalid_value");
    ids.push_back(one.get<int32_t>());
  }
  return ids;
}

} // namespace lfm2s
