// Importance in files, as llama.cpp's llama-imatrix writes them.
//
// The form of today is GGUF: for each weight "NAME.in_sum2", sums of squares
// [matrices, columns], and "NAME.counts", tokens [matrices, 1], both f32. Of
// ours, where products were gathered, are "NAME.in_prod2", their sums
// [matrices, all runs], and the metadata "lfm2.run_columns". The form before it
// is a list of names with means times a number of chunks; how many tokens a
// mean is of it does not say. Formats: tools/imatrix/imatrix.cpp and
// common/imatrix-loader.cpp of llama.cpp.
#ifndef LFM2C_LIB_QUANTIZE_IMPORTANCEFILE_H
#define LFM2C_LIB_QUANTIZE_IMPORTANCEFILE_H

#include "lib/Quantize/Importance.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace lfm2c {

struct Checkpoint;

/// Reads a file of either form. Experts of the older one are one matrix with
/// the columns of all, until fitImportance() has seen the model. Fails where
/// the file is none, is damaged or holds nothing.
llvm::Expected<Importance> readImportance(llvm::StringRef path);

/// Takes `importance` of the file `path` to the shapes of the model, whose head
/// may be named after its embedding or not. Fails where it is of another model,
/// with the first weight that it does not have in this form.
llvm::Error fitImportance(Importance &importance, const Checkpoint &checkpoint,
                          llvm::StringRef path);

/// Writes the form of today. `text` is the name of what the tokens are of,
/// `window` how many of them were read at a time.
void writeImportance(const Importance &importance, llvm::StringRef text,
                     uint32_t window, llvm::raw_ostream &os);

} // namespace lfm2c

#endif // LFM2C_LIB_QUANTIZE_IMPORTANCEFILE_H
