// The words of the command line.

#ifndef LFM2C_TOOLS_LFM2_SERVE_OPTIONS_H
#define LFM2C_TOOLS_LFM2_SERVE_OPTIONS_H

#include <cstdint>
#include <string>
#include <vector>

namespace lfm2s {

struct ModelOption {
  std::string name, source;
};

enum class LogForm { None, Text, Json };

struct Options {
  std::vector<ModelOption> models;
  std::string host = "127.0.0.1";
  int port = 8080;
  uint32_t parallel = 32;
  uint32_t context = 0, threads = 0; /// 0: as the engine chooses.
  uint64_t cacheBytes = 0;           /// 0: as the engine chooses.
  uint32_t queue = 512;
  std::vector<std::string> keys;
  std::string cors; /// "": none.
  uint64_t maxBody = 8 << 20;
  uint32_t maxTokens = UINT32_MAX; /// Of an answer.
  uint32_t timeout = 600;          /// Seconds of a request; 0: none.
  uint32_t grace = 30; /// Seconds that answers have when it is to stop.
  LogForm log = LogForm::Text;
  std::string device;
  bool hasPage = true;
};

/// --help and --version print and exit with 0; wrong use prints a line and
/// exits with 2.
Options readOptions(int argc, char **argv);

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_OPTIONS_H
