// Fields of a request, by name and type.
//
// As OpenAI does, fields that nobody knows are ignored, null is the same as not
// given, and a wrong type or a value out of range is refused by name.

#ifndef LFM2C_TOOLS_LFM2_SERVE_FIELDS_H
#define LFM2C_TOOLS_LFM2_SERVE_FIELDS_H

#include "tools/lfm2-serve/Json.h"
#include <cstdint>
#include <optional>
#include <vector>

namespace lfm2s {

/// Refers to an object, which must outlive it. Everything throws Refusal.
class Fields {
public:
  /// `path` is where the object stands in the request, as "messages[0]"; "": it
  /// is the request.
  explicit Fields(const Json &object, std::string path = "");

  /// nullptr where it is not given.
  const Json *find(const char *name) const;
  std::optional<std::string> text(const char *name) const;
  std::string textOr(const char *name, const std::string &otherwise) const;
  /// Refused where it is not given.
  std::string neededText(const char *name) const;
  std::optional<bool> flag(const char *name) const;
  std::optional<double> number(const char *name, double least,
                               double most) const;
  std::optional<int64_t> whole(const char *name, int64_t least,
                               int64_t most) const;
  const Json *object(const char *name) const;
  const Json *list(const char *name) const;
  /// The object of this name; where there is none, this one: some clients write
  /// flat what others nest.
  Fields inner(const char *name) const;
  /// A text or a list of `most` texts or fewer.
  std::vector<std::string> texts(const char *name, size_t most) const;
  /// One of these words.
  std::optional<std::string> word(const char *name,
                                  std::vector<const char *> words) const;

  /// As "messages[0].role".
  std::string pathOf(const std::string &name) const;
  [[noreturn]] void refuse(const char *name, const std::string &expected) const;

private:
  const Json &fields;
  std::string path;
};

/// As "messages[0]".
std::string indexed(const std::string &path, size_t index);

/// A list of ids below `vocabulary`, which stands at `path`. Throws Refusal.
std::vector<int32_t> readIds(const Json &list, const std::string &path,
                             uint32_t vocabulary);

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_FIELDS_H
