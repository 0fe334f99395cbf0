// Renders conversations on this machine, with the runtime's own interpreter.

#ifndef LFM2C_LIB_CHAT_RENDER_H
#define LFM2C_LIB_CHAT_RENDER_H

#include "lfm2rt/chat.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace lfm2c {

/// What the template of a section (see Template.h) makes of a conversation.
/// `rounds` gets how often it was tried, with more memory each time.
llvm::Expected<std::string>
renderConversation(llvm::ArrayRef<uint8_t> section,
                   const lfm2rt_conversation &conversation,
                   unsigned *rounds = nullptr);

} // namespace lfm2c

#endif // LFM2C_LIB_CHAT_RENDER_H
