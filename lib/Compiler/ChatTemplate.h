// The chat template that a program is compiled with.
#ifndef LFM2C_LIB_COMPILER_CHATTEMPLATE_H
#define LFM2C_LIB_COMPILER_CHATTEMPLATE_H

#include "lib/Model/ChatForm.h"

namespace lfm2c {
struct Checkpoint;

/// That of the checkpoint or, where `replacement` is not empty, of the file of
/// that name; "none" leaves it out. An error names the file, or says how to
/// replace the checkpoint's.
llvm::Expected<ChatForm> chooseChatForm(const Checkpoint &checkpoint,
                                        llvm::StringRef replacement);

/// Puts the template of the file `replacement` in place of the checkpoint's,
/// uncompiled; "none" takes it away, and an empty name leaves it.
llvm::Error replaceChatTemplate(Checkpoint &checkpoint,
                                llvm::StringRef replacement);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_CHATTEMPLATE_H
