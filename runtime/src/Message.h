// Text put together in a buffer of the caller's; what does not fit is cut off.
// Messages are many: what each of them calls is a function, to keep them small.
#ifndef LFM2RT_SRC_MESSAGE_H
#define LFM2RT_SRC_MESSAGE_H

#include "runtime/include/lfm2rt/lfm2rt.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

class Message {
public:
  // `room` counts the terminator; where it is 0, nothing is ever written.
  Message(char *buffer, size_t room)
      : at(buffer), left(room > 0 ? room - 1 : 0) {
    if (room > 0)
      *at = 0;
  }

  Message &operator<<(const char *text);
  Message &operator<<(uint64_t value);
  Message &operator<<(int64_t value);
  Message &operator<<(uint32_t value) { return *this << uint64_t(value); }
  Message &operator<<(int32_t value) { return *this << int64_t(value); }
  Message &write(const char *text, size_t bytes);
  // `value` with so many digits after the point.
  Message &fixed(double value, int digits);

private:
  char *at;
  size_t left;
};

// Fills `error`, which may be NULL, as in
//   return Failure(error, LFM2RT_CONTEXT_FULL, needed) << "the prompt has ...";
class Failure {
public:
  Failure(lfm2rt_error *error, lfm2rt_status status, uint64_t needed = 0);
  template <typename T> Failure &operator<<(T value) {
    message << value;
    return *this;
  }
  operator lfm2rt_status() const { return status; }

private:
  lfm2rt_status status;
  Message message;
};

} // namespace lfm2rt

#endif // LFM2RT_SRC_MESSAGE_H
