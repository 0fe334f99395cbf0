// Text on its way to a reader: ends where a text that stops has been written,
// and goes on in whole UTF-8 characters.

#ifndef LFM2C_LIB_ENGINE_STOPTEXT_H
#define LFM2C_LIB_ENGINE_STOPTEXT_H

#include <string>
#include <string_view>
#include <vector>

namespace lfm2e {

class StopText {
public:
  /// Those without bytes stop nothing.
  explicit StopText(std::vector<std::string> stops);

  /// Takes bytes; returns what can be shown by now.
  std::string add(std::string_view bytes);
  /// What was held back; nothing where a stop text has ended all.
  std::string flush();
  bool hasStopped() const { return stopped; }

private:
  std::vector<std::string> stops;
  std::string held;
  bool stopped = false;
};

} // namespace lfm2e

#endif // LFM2C_LIB_ENGINE_STOPTEXT_H
