#include "runtime/src/Message.h"

namespace lfm2rt {

Message &Message::write(const char *text, size_t bytes) {
  size_t n = min(bytes, left);
  if (n == 0)
    return *this;
  memcpy(at, text, n);
  at += n;
  left -= n;
  *at = 0;
  return *this;
}

Failure::Failure(lfm2rt_error *error, lfm2rt_status status, uint64_t needed)
    : status(status), message(error ? error->message : nullptr,
                              error ? sizeof(error->message) : 0) {
  if (error) {
    error->status = status;
    error->needed = needed;
  }
}

Message &Message::operator<<(const char *text) {
  return write(text, length(text));
}

Message &Message::operator<<(uint64_t value) {
  char digits[20];
  int n = 0;
  do
    digits[sizeof(digits) - ++n] = char('0' + value % 10);
  while (value /= 10);
  return write(digits + sizeof(digits) - n, size_t(n));
}

Message &Message::operator<<(int64_t value) {
  if (value >= 0)
    return *this << uint64_t(value);
  return *this << "-" << (0 - uint64_t(value));
}

Message &Message::fixed(double value, int digits) {
  // Also refuses what is not a number: JSON has no word for it.
  if (!(value >= 0 && value < 1e18))
    return value < 0 && value > -1e18 ? (*this << "-").fixed(-value, digits)
                                      : *this << "0";
  uint64_t scale = 1;
  for (int i = 0; i < digits; ++i)
    scale *= 10;
  uint64_t whole = uint64_t(value);
  uint64_t part = uint64_t((value - double(whole)) * double(scale) + 0.5);
  if (part >= scale) {
    ++whole;
    part -= scale;
  }
  *this << whole;
  if (digits == 0)
    return *this;
  *this << ".";
  for (uint64_t place = scale / 10; place > part && place > 1; place /= 10)
    *this << "0";
  return *this << part;
}

} // namespace lfm2rt
