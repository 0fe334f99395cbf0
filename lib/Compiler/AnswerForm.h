// The form that all answers of a program have.
#ifndef LFM2C_LIB_COMPILER_ANSWERFORM_H
#define LFM2C_LIB_COMPILER_ANSWERFORM_H

#include "lib/Compiler/Options.h"
#include "lib/Model/ChatForm.h"
#include "lib/Weights/Checkpoint.h"

namespace lfm2c {

/// The tables of --schema or --grammar, as the archive has them; empty without
/// either.
llvm::Expected<std::vector<uint8_t>>
compileAnswerForm(const CompileOptions &options, const Checkpoint &checkpoint,
                  const ChatForm &chat);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_ANSWERFORM_H
