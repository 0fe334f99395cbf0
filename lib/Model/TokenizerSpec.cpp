#include "lib/Model/TokenizerSpec.h"
#include "llvm/ADT/STLExtras.h"

using namespace lfm2c;

const char *const lfm2c::familySplit =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| "
    "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

void lfm2c::finishTokenizer(TokenizerSpec &spec) {
  for (const AddedToken &token : spec.added)
    if (token.content == "<|im_end|>" || token.content == "<|endoftext|>")
      spec.stop.push_back(token.id);
  if (spec.eos)
    spec.stop.push_back(*spec.eos);
  llvm::sort(spec.stop);
  spec.stop.erase(llvm::unique(spec.stop), spec.stop.end());
}
