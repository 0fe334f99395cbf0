// From what a user calls a model to a library that can be opened.

#ifndef LFM2C_TOOLS_LFM2_SERVE_PREPARE_H
#define LFM2C_TOOLS_LFM2_SERVE_PREPARE_H

#include <atomic>
#include <string>

namespace lfm2s {

/// A compiled library (.so) as it is; anything else, as a checkpoint or a
/// model's name, is compiled by `lfm2 prepare` unless it has been. Its progress
/// comes on standard error. Throws std::runtime_error; soon after `stops`
/// becomes true, too: then what compiles is ended.
std::string prepare(const std::string &source, const std::atomic<bool> &stops);

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_PREPARE_H
