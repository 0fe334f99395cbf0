#include "lib/Model/TokenizerSpec.h"
#include "llvm/ADT/STLExtras.h"

using namespace lfm2c;

void lfm2c::finishTokenizer(TokenizerSpec &spec) {
  for (const AddedToken &token : spec.added)
    if (token.content == "<|im_end|>" || token.content == "<|endoftext|>")
      spec.stop.push_back(token.id);
  if (spec.eos)
    spec.stop.push_back(*spec.eos);
  llvm::sort(spec.stop);
  spec.stop.erase(llvm::unique(spec.stop), spec.stop.end());
}
