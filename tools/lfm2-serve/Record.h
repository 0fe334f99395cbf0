// What is known of one request when it has ended: a line of the log, and what
// the metrics count.

#ifndef LFM2C_TOOLS_LFM2_SERVE_RECORD_H
#define LFM2C_TOOLS_LFM2_SERVE_RECORD_H

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace lfm2s {

struct Record {
  std::chrono::steady_clock::time_point began =
      std::chrono::steady_clock::now();
  std::string id;       /// As the answer has it in X-Request-Id.
  std::string endpoint; /// The route, "" where there is none.
  std::string method;
  std::string client; /// Its address.
  std::string key;    /// Which of the keys it gave: "key 1"; never the key.
  std::string model, user;
  int status = 0;
  bool isStream = false;
  /// "" where it was answered; else why not.
  std::string error;
  uint32_t promptTokens = 0, cachedTokens = 0, madeTokens = 0;
  double waited = 0,
         first = 0;        /// Seconds to the start, and to the first token.
  std::vector<float> gaps; /// Between tokens of an answer, in seconds.

  /// Since it began.
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         began)
        .count();
  }
};

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_RECORD_H
