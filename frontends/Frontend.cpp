#include "frontends/Frontend.h"

using namespace lfm2c;

const Frontend *FrontendRegistry::find(llvm::StringRef path) const {
  for (const Entry &entry : entries)
    if (entry.frontend->accepts(path))
      return entry.frontend.get();
  return nullptr;
}

bool FrontendRegistry::isNamedAsModel(llvm::StringRef name) const {
  for (const Entry &entry : entries)
    if (llvm::StringRef ending = entry.frontend->getEnding();
        !ending.empty() && name.ends_with_insensitive(ending))
      return true;
  return false;
}

std::string FrontendRegistry::describe() const {
  std::string kinds;
  for (const Entry &entry : entries)
    kinds +=
        (kinds.empty() ? "" : " or ") + entry.frontend->getDescription().str();
  return kinds;
}
