// Who may ask: keys, and pages of other origins in a browser.

#ifndef LFM2C_TOOLS_LFM2_SERVE_ACCESS_H
#define LFM2C_TOOLS_LFM2_SERVE_ACCESS_H

#include "tools/lfm2-serve/Options.h"
#include <httplib.h>

namespace lfm2s {

class Access {
public:
  explicit Access(const Options &options) : options(options) {}

  /// Which of the keys the request has, from 1; 0 where keys are not asked for.
  /// Throws Refusal, 401. It takes as long for a wrong key as for a right one.
  size_t checkKey(const httplib::Request &request) const;
  /// Throws Refusal, 403, where a page of another origin asks that may not.
  void checkOrigin(const httplib::Request &request) const;
  /// Headers that let a browser show the answer to a page that may ask.
  void addHeaders(const httplib::Request &request,
                  httplib::Response &response) const;

private:
  const Options &options;
};

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_ACCESS_H
