// The chat page that lfm2-serve answers `/` with.
//
// join.py makes it of the other files in this folder. It asks v1/models and
// v1/chat/completions, relative to its own address, and nothing else.

#ifndef LFM2C_TOOLS_LFM2_SERVE_PAGE_PAGE_H
#define LFM2C_TOOLS_LFM2_SERVE_PAGE_PAGE_H

#include <string_view>

namespace lfm2s {

/// text/html in UTF-8, with its content security policy inside. Static.
std::string_view chatPage();

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_PAGE_PAGE_H
