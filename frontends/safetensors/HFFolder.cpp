#include "frontends/safetensors/HFFolder.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace lfm2c;

/// Larger than any of the text files of a checkpoint.
constexpr size_t maxTextBytes = 64 << 20;

bool lfm2c::isNameInFolder(llvm::StringRef name) {
  return !name.empty() && !name.starts_with(".") && !name.contains('/') &&
         llvm::none_of(name,
                       [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

std::string HFFolder::join(llvm::StringRef name) const {
  llvm::SmallString<256> whole(path);
  llvm::sys::path::append(whole, name);
  return whole.str().str();
}

const HFTexts &HFFolder::noTexts() {
  static const HFTexts none;
  return none;
}

bool HFFolder::canSee(llvm::StringRef name) const {
  return texts ? exists(name) : llvm::sys::fs::exists(join(name));
}

bool HFFolder::exists(llvm::StringRef name) const {
  if (texts)
    return texts->find(name) != texts->end();
  return llvm::sys::fs::access(join(name), llvm::sys::fs::AccessMode::Exist) !=
         std::errc::no_such_file_or_directory;
}

llvm::Error HFFolder::withText(llvm::StringRef name, TextUse use) const {
  std::string file = join(name);
  if (texts) {
    const auto text = texts->find(name);
    if (text == texts->end())
      return makeError("{0} is missing", file);
    checkpoint->addSource(name, text->second.size());
    return use(text->second, file);
  }
  llvm::Expected<std::unique_ptr<MappedFile>> mapped = MappedFile::open(file);
  if (!mapped)
    return mapped.takeError();
  if ((*mapped)->bytes().size() > maxTextBytes)
    return makeError("{0} has {1} bytes, but at most {2} are read", file,
                     (*mapped)->bytes().size(), maxTextBytes);
  checkpoint->addSource(**mapped);
  return use((*mapped)->text(), file);
}
