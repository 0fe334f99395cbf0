// Remarks on what a pass declines to do, for whoever asks why a program is not
// made otherwise: `lfm2-opt --remarks-filter-missed=PASS` prints them, where
// PASS is a regular expression.
#ifndef LFM2C_PASSES_REMARKS_H
#define LFM2C_PASSES_REMARKS_H

#include "mlir/IR/Remarks.h"

namespace lfm2c {

/// A remark at `loc` that the pass called `pass` declined `what`, a word;
/// the reason is to be added: `<< mlir::remark::reason(...)`. Costs a look at a
/// pointer where nobody asked. Both words are constants.
inline mlir::remark::detail::InFlightRemark declined(mlir::Location loc,
                                                     llvm::StringLiteral pass,
                                                     llvm::StringLiteral what) {
  return mlir::remark::missed(
      loc, mlir::remark::RemarkOpts::name(what).category(pass));
}

} // namespace lfm2c

#endif // LFM2C_PASSES_REMARKS_H
