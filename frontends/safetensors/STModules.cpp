#include "frontends/safetensors/STModules.h"
#include "frontends/safetensors/HFFolder.h"
#include "lib/Support/CheckedJSON.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/StringSwitch.h"
#include <optional>

using namespace lfm2c;

namespace {

constexpr size_t maxModuleValues = 1 << 10;

/// In the order in which they may follow each other.
enum class Kind { Transformer, Pooling, Dense, Normalize };

/// By the class alone: it has been in several packages.
std::optional<Kind> kindOf(llvm::StringRef type) {
  return llvm::StringSwitch<std::optional<Kind>>(type.rsplit('.').second)
      .Case("Transformer", Kind::Transformer)
      .Case("Pooling", Kind::Pooling)
      .Case("Dense", Kind::Dense)
      .Case("Normalize", Kind::Normalize)
      .Default(std::nullopt);
}

llvm::Error add(const JSONReader &entry, size_t index, Kind &last,
                STModules &out) {
  STModules::Module module;
  if (llvm::Error error = entry.require("type", module.type))
    return error;
  if (llvm::Error error = entry.read("path", module.folder))
    return error;
  std::optional<Kind> kind = kindOf(module.type);
  if (!kind)
    return makeError("{0}: module {1} has type {2}, which is not supported; "
                     "supported are Transformer, Pooling, Dense and Normalize",
                     entry.getFile(), index, quoted(module.type));
  if (index == 0 ? *kind != Kind::Transformer
                 : *kind < last || (*kind == last && *kind != Kind::Dense))
    return makeError("{0}: module {1} of type {2} stands at a place that is "
                     "not supported; supported are a Transformer, then a "
                     "Pooling, Dense layers and a Normalize, as far as there "
                     "are any",
                     entry.getFile(), index, quoted(module.type));
  last = *kind;
  const bool mayBeHere = *kind == Kind::Transformer || *kind == Kind::Normalize;
  if (!(mayBeHere && module.folder.empty()) && !isNameInFolder(module.folder))
    return makeError("{0}: module {1} should have the name of a folder in this "
                     "one as its path but has {2}",
                     entry.getFile(), index, quoted(module.folder));
  switch (*kind) {
  case Kind::Transformer:
    out.transformer = module.folder;
    break;
  case Kind::Pooling:
    out.pooling.push_back(std::move(module));
    break;
  case Kind::Dense:
    out.dense.push_back(std::move(module));
    break;
  case Kind::Normalize:
    out.normalize = true;
    break;
  }
  return llvm::Error::success();
}

} // namespace

llvm::Expected<STModules> lfm2c::readSTModules(llvm::StringRef text,
                                               llvm::StringRef file) {
  llvm::Expected<json::Document> list =
      parseJSONList(text, file, maxModuleValues);
  if (!list)
    return list.takeError();
  if (list->list().empty())
    return makeError("{0} should name the modules of the model but is empty",
                     file);
  STModules out;
  Kind last = Kind::Transformer;
  for (size_t i = 0; i < list->list().size(); ++i) {
    const json::Object *object = list->list()[i].getAsObject();
    if (!object)
      return makeError("{0}: module {1} should be an object", file, i);
    if (llvm::Error error = add(JSONReader(*object, file), i, last, out))
      return std::move(error);
  }
  return std::move(out);
}
