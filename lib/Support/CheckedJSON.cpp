#include "lib/Support/CheckedJSON.h"
#include "lib/Support/Error.h"

using namespace lfm2c;

const json::Value *JSONReader::find(llvm::StringRef key) const {
  const json::Value *value = object.get(key);
  return value && value->kind() != json::Value::Null ? value : nullptr;
}

llvm::Error JSONReader::missing(llvm::StringRef key) const {
  return makeError("{0}: key {1} is missing", file, quoted(key));
}

llvm::Error JSONReader::wrongType(llvm::StringRef key,
                                  llvm::StringRef expected) const {
  const json::Value *value = find(key);
  std::string shown = json::kindName(value->kind()).str();
  if (value->getAsNumber())
    shown = llvm::formatv("{0} ({1})", shown, *value).str();
  else if (value->kind() == json::Value::Number)
    shown = llvm::formatv("{0}", *value).str();
  return makeError("{0}: key {1} should be {2} but is {3}", file, quoted(key),
                   expected, shown);
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
