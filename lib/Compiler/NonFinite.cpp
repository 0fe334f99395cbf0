#include "lib/Compiler/NonFinite.h"

#include "lib/Support/Error.h"
#include "lib/Weights/Finite.h"
#include "llvm/Support/FormatVariadic.h"

using namespace lfm2c;

llvm::Error lfm2c::tellNonFinite(const WeightPlace &place,
                                 const CompileOptions &options,
                                 CompileObserver &observer) {
  if (!options.allowNonFinite)
    return makeError(
        "{0}: expected weights that are finite numbers, found "
        "{1}; {2}, or give --allow-nonfinite to compile it all "
        "the same",
        options.model, place.describe(),
        place.overflown ? "choose another format with --quantize"
        : options.lora.empty()
            ? "get the checkpoint again"
            : "give --lora a smaller scale, or get the files again");
  observer.warning(llvm::formatv("{0}; {1} where its logits are no finite "
                                 "numbers",
                                 place.describe(),
                                 options.emitsCheckpoint()
                                     ? "a program of it will end"
                                     : "the program will end")
                       .str());
  return llvm::Error::success();
}
