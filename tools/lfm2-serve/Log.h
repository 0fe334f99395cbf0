// One line for each request on standard error.

#ifndef LFM2C_TOOLS_LFM2_SERVE_LOG_H
#define LFM2C_TOOLS_LFM2_SERVE_LOG_H

#include "tools/lfm2-serve/Options.h"
#include "tools/lfm2-serve/Record.h"
#include <mutex>

namespace lfm2s {

/// Any thread. Neither keys nor texts of conversations are written.
class Log {
public:
  explicit Log(LogForm form) : form(form) {}
  void write(const Record &record);
  /// A line about the server itself.
  void say(const std::string &text);

private:
  const LogForm form;
  std::mutex mutex;
};

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_LOG_H
