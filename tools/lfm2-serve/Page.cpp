// GET /: the page to chat, which the build put into this program.

#include "tools/lfm2-serve/App.h"

namespace lfm2s {

/// Made of page/index.html by the build.
extern const unsigned char pageBytes[];
extern const unsigned pageSize;

void addPage(App &app) {
  if (!app.options.hasPage || !pageSize)
    return;
  app.get("/", Dialect::OpenAI, [](Exchange &exchange) {
    exchange.response.status = 200;
    // Nothing of it comes from elsewhere, and nothing of it goes there.
    exchange.response.set_header(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'unsafe-inline'; style-src "
        "'unsafe-inline'; img-src data: blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    exchange.response.set_header("Cache-Control", "no-cache");
    exchange.response.set_content(
        std::string(reinterpret_cast<const char *>(pageBytes), pageSize),
        "text/html; charset=utf-8");
  });
}

} // namespace lfm2s
