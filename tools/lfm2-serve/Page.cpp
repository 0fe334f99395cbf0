// GET /: the page to chat, which the build put into this program.

#include "tools/lfm2-serve/App.h"

namespace lfm2s {

/// Made of the files in page/ by the build.
extern const unsigned char pageBytes[];
extern const unsigned pageSize;

void addPage(App &app) {
  if (!app.options.hasPage || !pageSize)
    return;
  app.get("/", Dialect::OpenAI, [](App &, Exchange &exchange) {
    exchange.response.status = 200;
    // The page itself says what it may load. Who may frame it is heard only
    // here.
    exchange.response.set_header("Content-Security-Policy",
                                 "frame-ancestors 'none'");
    exchange.response.set_header("Cache-Control", "no-cache");
    exchange.response.set_content(
        std::string(reinterpret_cast<const char *>(pageBytes), pageSize),
        "text/html; charset=utf-8");
  });
}

} // namespace lfm2s
