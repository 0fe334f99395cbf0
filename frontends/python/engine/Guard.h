// What keeps a Python object from being used where it cannot be: after close(),
// in a process that fork() made, or in two calls at the same time.

#ifndef LFM2C_FRONTENDS_PYTHON_ENGINE_GUARD_H
#define LFM2C_FRONTENDS_PYTHON_ENGINE_GUARD_H

#include <atomic>
#include <string>
#include <sys/types.h>

namespace lfm2py {

class Guard {
public:
  /// `name` is that of the object in messages, as "conversation"; static.
  explicit Guard(const char *name);

  /// Throws Refusal after close() and in another process.
  void check() const;
  /// From now on check() throws. Throws where a call runs; twice is fine.
  void close();
  bool isClosed() const { return closed; }
  /// In a process that fork() made: its threads are not here.
  bool isForeign() const;

  /// One call. Throws where check() does, and where another call runs.
  class Use {
  public:
    explicit Use(Guard &guard);
    ~Use() { guard.used = false; }
    Use(const Use &) = delete;
    Use &operator=(const Use &) = delete;

  private:
    Guard &guard;
  };

private:
  std::string isUsed() const;

  const char *name;
  pid_t process;
  std::atomic<bool> used{false}, closed{false};
};

} // namespace lfm2py

#endif // LFM2C_FRONTENDS_PYTHON_ENGINE_GUARD_H
