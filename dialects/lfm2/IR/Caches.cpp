// What caches of keys and values hold.

#include "dialects/lfm2/IR/Caches.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace lfm2c;

ArrayRef<llvm::StringLiteral> lfm2::getCacheWords() {
  static constexpr llvm::StringLiteral words[] = {"f16", "f32", "q8_0", "q4_0"};
  return words;
}

Type lfm2::getCacheElement(MLIRContext *context, StringRef word) {
  if (!llvm::is_contained(getCacheWords(), word))
    return Type();
  return getElementType(context, *formatFromName(word));
}

StringRef lfm2::getCacheWord(Type element) {
  return getFormatInfo(*getFormat(element)).name;
}

bool lfm2::isCacheElement(Type type) {
  std::optional<Format> format = getFormat(type);
  return format &&
         llvm::is_contained(getCacheWords(), getFormatInfo(*format).name);
}

int64_t lfm2::getCacheBlock(Type element, int64_t headSize) {
  if (!isa<QuantType>(element))
    return 0;
  for (int64_t block = 32; block > 0; block -= 2)
    if (headSize % (2 * block) == 0)
      return block;
  return -1;
}
