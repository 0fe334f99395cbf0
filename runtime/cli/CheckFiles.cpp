// Files of the command line are compared with each other, and with the program.
#include "runtime/cli/Words.h"

namespace lfm2rt {
namespace {

bool isFile(const char *path) { return path && !equal(path, "-"); }

int sameFile(const Word &word, const char *path, const char *other,
             Output &output) {
  return output.fail(Line() << "expected a file of its own for " << Name(word)
                            << ", found " << Quoted{path}
                            << ", which is also that of " << other
                            << "; choose another",
                     2);
}

} // namespace

int checkFiles(const Options &options, Output &output) {
  char own[4097] = "";
  system::executablePath(own, sizeof(own) - 1);
  for (const Word &word : words) {
    const char *path = word.textIn(options);
    if (word.file != writes || !isFile(path) || system::isSpecial(path))
      continue;
    if (system::isSameFile(path, own))
      return sameFile(word, path, "the program", output);
    for (const Word &other : words) {
      const char *there = other.textIn(options);
      if (&other != &word && other.file != FileUse::None && isFile(there) &&
          system::isSameFile(path, there))
        return sameFile(word, path, Name(other), output);
    }
  }
  return 0;
}

} // namespace lfm2rt
