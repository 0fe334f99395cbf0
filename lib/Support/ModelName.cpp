#include "lib/Support/ModelName.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace lfm2c;
using llvm::StringRef;
namespace path = llvm::sys::path;

bool lfm2c::isTrainingStep(StringRef name, uint64_t &step) {
  return name.consume_front("checkpoint-") && !name.getAsInteger(10, step);
}

bool lfm2c::consumePart(StringRef &name, unsigned &number, unsigned &count) {
  constexpr size_t length = sizeof("-00002-of-00003") - 1;
  if (name.size() <= length)
    return false;
  StringRef part = name.take_back(length);
  if (part[0] != '-' || part.substr(6, 4) != "-of-" ||
      part.substr(1, 5).getAsInteger(10, number) ||
      part.substr(10).getAsInteger(10, count))
    return false;
  name = name.drop_back(length);
  return true;
}

std::string lfm2c::modelNameOf(StringRef given) {
  llvm::SmallString<256> whole(given);
  // Where the current directory is gone, the path stays as it was given.
  (void)llvm::sys::fs::make_absolute(whole);
  path::remove_dots(whole, /*remove_dot_dot=*/true);
  StringRef place = whole;
  uint64_t step;
  while (isTrainingStep(path::filename(place), step) &&
         path::has_relative_path(path::parent_path(place)))
    place = path::parent_path(place);
  StringRef outer = path::parent_path(place);
  StringRef repository = path::filename(path::parent_path(outer));
  if (path::filename(outer) == "snapshots" &&
      repository.starts_with("models--"))
    return repository.rsplit("--").second.str();
  StringRef name = path::filename(place);
  unsigned number, count;
  if (name.consume_back_insensitive(".gguf"))
    consumePart(name, number, count);
  else
    name.consume_back(".mlir");
  return name.empty() || name == "/" ? "model" : name.str();
}
