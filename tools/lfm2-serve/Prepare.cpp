#include "tools/lfm2-serve/Prepare.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <memory>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

extern char **environ;

namespace lfm2s {
namespace {

/// The command beside this program, or the one in PATH.
std::string command() {
  char path[4096];
  ssize_t bytes = readlink("/proc/self/exe", path, sizeof(path));
  std::string own(path, size_t(bytes > 0 ? bytes : 0));
  std::string beside = own.substr(0, own.rfind('/') + 1) + "lfm2";
  return access(beside.c_str(), X_OK) == 0 ? beside : "lfm2";
}

/// A process and all that it starts, as one group.
class Child {
public:
  /// `arguments` end with nullptr; their first is looked up in PATH unless it
  /// has a slash. Throws std::system_error.
  explicit Child(char *const *arguments) {
    int ends[2];
    check(pipe2(ends, O_CLOEXEC) ? errno : 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                     O_RDONLY, 0);
    // The server's own signals are blocked or ignored; those of others are not.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    for (int one : {SIGINT, SIGTERM, SIGPIPE})
      sigaddset(&usual, one);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETPGROUP);
    int error = posix_spawnp(&process, arguments[0], &actions, &attributes,
                             arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    output = ends[0];
    if (error)
      close(output);
    check(error);
  }
  Child(const Child &) = delete;
  Child &operator=(const Child &) = delete;
  ~Child() { close(output); }

  /// What it writes until it ends, even where something that it started goes
  /// on. Returns whether it ended well. Ends it when `stops` becomes true.
  bool finish(std::string &text, const std::atomic<bool> &stops) {
    constexpr int patience = 50; // Milliseconds.
    fcntl(output, F_SETFL, O_NONBLOCK);
    bool isEnded = false;
    int status = 0;
    while (!isEnded) {
      pollfd file = {output, POLLIN, 0};
      if (isOpen)
        poll(&file, 1, patience);
      else
        usleep(patience * 1000);
      if (stops)
        kill(-process, SIGTERM);
      // In front of the last look at what it wrote.
      pid_t found = waitpid(process, &status, WNOHANG);
      isEnded = found == process || (found < 0 && errno != EINTR);
      read(text);
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

private:
  static void check(int error) {
    if (error)
      throw std::system_error(error, std::generic_category());
  }

  /// What is there by now.
  void read(std::string &text) {
    char piece[4096];
    ssize_t got = 1;
    while ((got = ::read(output, piece, sizeof(piece))) > 0)
      text.append(piece, size_t(got));
    isOpen = got != 0;
  }

  pid_t process = -1;
  int output = -1;
  bool isOpen = true;
};

bool endsWith(const std::string &text, const std::string &end) {
  return text.size() > end.size() &&
         text.compare(text.size() - end.size(), end.size(), end) == 0;
}

} // namespace

std::string prepare(const std::string &source, const std::atomic<bool> &stops) {
  if (endsWith(source, ".so"))
    return source;
  std::string program = command();
  std::string words[] = {program, "prepare", source, "--emit=shared"};
  char *arguments[5] = {};
  for (int i = 0; i < 4; ++i)
    arguments[i] = words[i].data();
  std::unique_ptr<Child> child;
  try {
    child = std::make_unique<Child>(arguments);
  } catch (const std::system_error &error) {
    throw std::runtime_error("expected the command lfm2, which compiles \"" +
                             source + "\", found none (" +
                             error.code().message() +
                             "); install it, or give a library made by "
                             "lfm2-compile --emit=shared");
  }
  std::string path;
  bool isWell = child->finish(path, stops);
  while (!path.empty() && path.back() == '\n')
    path.pop_back();
  if (!isWell || path.empty())
    throw std::runtime_error("lfm2 prepare could not compile \"" + source +
                             "\"; standard error says why");
  return path;
}

} // namespace lfm2s
