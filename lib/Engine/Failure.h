// Why a call of the engine failed.
//
// The engine, and what stands on it (lfm2-serve, the Python package), throw:
// the libraries that they are built with do, too. The compiler and the runtime
// do not.

#ifndef LFM2C_LIB_ENGINE_FAILURE_H
#define LFM2C_LIB_ENGINE_FAILURE_H

#include "lfm2rt/lfm2rt.h"
#include <stdexcept>
#include <string>

namespace lfm2e {

/// What the runtime said, or would have said. `what()` is one line: what was
/// expected, what was found, what to do.
class Failure : public std::runtime_error {
public:
  Failure(lfm2rt_status status, const std::string &message, uint64_t needed = 0)
      : std::runtime_error(message), status(status), needed(needed) {}
  explicit Failure(const lfm2rt_error &error)
      : Failure(error.status, error.message, error.needed) {}

  lfm2rt_status status;
  /// In the unit that `status` says: bytes, tokens, or an errno.
  uint64_t needed;
};

/// More requests wait than may: the same one may succeed later.
class QueueFull : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

} // namespace lfm2e

#endif // LFM2C_LIB_ENGINE_FAILURE_H
