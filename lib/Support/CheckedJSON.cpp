#include "lib/Support/CheckedJSON.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/StringSet.h"

using namespace lfm2c;
namespace json = llvm::json;

namespace {

/// Far deeper than any file of a checkpoint.
constexpr unsigned maxDepth = 64;

/// Walks over the text without building anything. Where it is no JSON at all,
/// this sees no more than the parser reaches before it stops.
llvm::Error scan(llvm::StringRef text, llvm::StringRef file, size_t maxValues) {
  llvm::StringSet<> keys;
  unsigned depth = 0;
  size_t values = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    switch (text[at]) {
    case '{':
    case '[':
      ++values;
      if (++depth > maxDepth)
        return makeError("{0} nests more than {1} levels deep, which no file "
                         "that is read here does",
                         file, maxDepth);
      break;
    case '}':
    case ']':
      depth -= depth > 0;
      break;
    case ',':
      ++values;
      break;
    case '"': {
      size_t begin = at + 1;
      for (++at; at < text.size() && text[at] != '"'; ++at)
        at += text[at] == '\\';
      if (depth != 1 || at >= text.size())
        break;
      size_t next = text.find_first_not_of(" \t\r\n", at + 1);
      if (next == llvm::StringRef::npos || text[next] != ':')
        break;
      llvm::StringRef key = text.slice(begin, at);
      if (!keys.insert(key).second)
        return makeError("{0}: key {1} occurs twice; the file is damaged", file,
                         quoted(key));
      break;
    }
    default:
      break;
    }
    if (values > maxValues)
      return makeError("{0} has more than {1} values; it is no file of a "
                       "checkpoint",
                       file, maxValues);
  }
  return llvm::Error::success();
}

} // namespace

llvm::Expected<json::Object> lfm2c::parseJSONObject(llvm::StringRef text,
                                                    llvm::StringRef file,
                                                    size_t maxValues) {
  if (llvm::Error error = scan(text, file, maxValues))
    return error;
  llvm::Expected<json::Value> value = json::parse(text);
  if (!value)
    return makeError("{0} is not JSON: {1}", file,
                     llvm::toString(value.takeError()));
  if (json::Object *object = value->getAsObject())
    return std::move(*object);
  return makeError("{0} should hold a JSON object, '{{...}', but holds another "
                   "kind of value",
                   file);
}

const json::Value *JSONReader::find(llvm::StringRef key) const {
  const json::Value *value = object.get(key);
  return value && value->kind() != json::Value::Null ? value : nullptr;
}

static llvm::StringRef kindName(json::Value::Kind kind) {
  switch (kind) {
  case json::Value::Null:
    return "null";
  case json::Value::Boolean:
    return "a boolean";
  case json::Value::Number:
    return "a number";
  case json::Value::String:
    return "a string";
  case json::Value::Array:
    return "a list";
  case json::Value::Object:
    return "an object";
  }
  return "another value";
}

llvm::Error JSONReader::missing(llvm::StringRef key) const {
  return makeError("{0}: key {1} is missing", file, quoted(key));
}

llvm::Error JSONReader::wrongType(llvm::StringRef key,
                                  llvm::StringRef expected) const {
  const json::Value *value = find(key);
  std::string shown;
  if (std::optional<double> number = value->getAsNumber())
    shown = llvm::formatv(" ({0})", *number).str();
  return makeError("{0}: key {1} should be {2} but is {3}{4}", file,
                   quoted(key), expected, kindName(value->kind()), shown);
}

template <typename T, typename U>
llvm::Error JSONReader::readAs(llvm::StringRef key, T &out,
                               std::optional<U> (json::Value::*get)() const,
                               llvm::StringRef expected) const {
  const json::Value *value = find(key);
  if (!value)
    return llvm::Error::success();
  std::optional<U> found = (value->*get)();
  if (!found)
    return wrongType(key, expected);
  out = T(*found);
  return llvm::Error::success();
}

template <typename T, typename U>
llvm::Error JSONReader::readListAs(llvm::StringRef key, std::vector<T> &out,
                                   std::optional<U> (json::Value::*get)() const,
                                   llvm::StringRef expected) const {
  const json::Array *array = nullptr;
  if (llvm::Error error = read(key, array))
    return error;
  if (!array)
    return llvm::Error::success();
  out.clear();
  for (const json::Value &value : *array) {
    std::optional<U> found = (value.*get)();
    if (!found)
      return wrongType(key, expected);
    out.push_back(T(*found));
  }
  return llvm::Error::success();
}

llvm::Error JSONReader::read(llvm::StringRef key, int64_t &out) const {
  return readAs(key, out, &json::Value::getAsInteger, "an integer");
}

llvm::Error JSONReader::read(llvm::StringRef key, double &out) const {
  return readAs(key, out, &json::Value::getAsNumber, "a number");
}

llvm::Error JSONReader::read(llvm::StringRef key, bool &out) const {
  return readAs(key, out, &json::Value::getAsBoolean, "true or false");
}

llvm::Error JSONReader::read(llvm::StringRef key, std::string &out) const {
  return readAs(key, out, &json::Value::getAsString, "a string");
}

llvm::Error JSONReader::read(llvm::StringRef key,
                             const json::Object *&out) const {
  const json::Value *value = find(key);
  out = value ? value->getAsObject() : nullptr;
  return value && !out ? wrongType(key, "an object") : llvm::Error::success();
}

llvm::Error JSONReader::read(llvm::StringRef key,
                             const json::Array *&out) const {
  const json::Value *value = find(key);
  out = value ? value->getAsArray() : nullptr;
  return value && !out ? wrongType(key, "a list") : llvm::Error::success();
}

llvm::Error JSONReader::read(llvm::StringRef key,
                             std::vector<int64_t> &out) const {
  return readListAs(key, out, &json::Value::getAsInteger, "a list of integers");
}

llvm::Error JSONReader::read(llvm::StringRef key,
                             std::vector<std::string> &out) const {
  return readListAs(key, out, &json::Value::getAsString, "a list of strings");
}
