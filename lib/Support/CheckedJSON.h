// Members of JSON objects, read with checks: each that is not as expected is
// named with its file and key.

#ifndef LFM2C_LIB_SUPPORT_CHECKEDJSON_H
#define LFM2C_LIB_SUPPORT_CHECKEDJSON_H

#include "lib/Support/JSONDocument.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lfm2c {

/// Reads the members of one object. A member that is absent or null leaves the
/// output as it was; one of another type is an error that names file, key and
/// both types.
class JSONReader {
public:
  JSONReader(const json::Object &object, llvm::StringRef file)
      : object(object), file(file) {}

  /// The value, or null where it is absent or null.
  const json::Value *find(llvm::StringRef key) const;
  bool has(llvm::StringRef key) const { return find(key) != nullptr; }
  /// There, but null.
  bool isNull(llvm::StringRef key) const {
    return object.get(key) && !has(key);
  }

  llvm::Error read(llvm::StringRef key, int64_t &out) const;
  llvm::Error read(llvm::StringRef key, double &out) const;
  llvm::Error read(llvm::StringRef key, bool &out) const;
  llvm::Error read(llvm::StringRef key, std::string &out) const;
  llvm::Error read(llvm::StringRef key, std::vector<int64_t> &out) const;
  llvm::Error read(llvm::StringRef key, std::vector<std::string> &out) const;
  /// Null where there is none.
  llvm::Error read(llvm::StringRef key, const json::Object *&out) const;
  llvm::Error read(llvm::StringRef key, const json::Array *&out) const;

  /// As read(), but the member must be there.
  template <typename T> llvm::Error require(llvm::StringRef key, T &out) const {
    return has(key) ? read(key, out) : missing(key);
  }

  llvm::StringRef getFile() const { return file; }

private:
  /// What `get` takes out of a value; of another type it takes nothing.
  template <typename T, typename U>
  llvm::Error readAs(llvm::StringRef key, T &out,
                     std::optional<U> (json::Value::*get)() const,
                     llvm::StringRef expected) const;
  /// The same of each value in a list.
  template <typename T, typename U>
  llvm::Error readListAs(llvm::StringRef key, std::vector<T> &out,
                         std::optional<U> (json::Value::*get)() const,
                         llvm::StringRef expected) const;
  llvm::Error missing(llvm::StringRef key) const;
  llvm::Error wrongType(llvm::StringRef key, llvm::StringRef expected) const;

  const json::Object &object;
  llvm::StringRef file;
};

} // namespace lfm2c

#endif // LFM2C_LIB_SUPPORT_CHECKEDJSON_H
