#include "frontends/python/engine/Guard.h"

#include "frontends/python/engine/Refusal.h"

#include <unistd.h>

namespace lfm2py {

Guard::Guard(const char *name) : name(name), process(getpid()) {}

bool Guard::isForeign() const { return getpid() != process; }

void Guard::check() const {
  if (isForeign())
    throw Refusal("WrongProcess",
                  std::string("expected the process that made this ") + name +
                      ", " + std::to_string(process) + ", found " +
                      std::to_string(getpid()) +
                      ", which fork() made of it; load the model there");
  if (closed)
    throw Refusal("Closed",
                  std::string("expected an open ") + name +
                      ", found one after close(); make or load another");
}

std::string Guard::isUsed() const {
  return std::string("expected a ") + name +
         " that no other call uses, found one that another thread is in; use "
         "one for each thread, or a lock";
}

void Guard::close() {
  if (closed)
    return;
  if (!isForeign() && used)
    throw Refusal("InUse", isUsed());
  closed = true;
}

Guard::Use::Use(Guard &guard) : guard(guard) {
  guard.check();
  if (guard.used.exchange(true))
    throw Refusal("InUse", guard.isUsed());
}

} // namespace lfm2py
