#include "tools/lfm2-serve/Prepare.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
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

std::string readAll(int file) {
  std::string text;
  char piece[4096];
  for (;;) {
    ssize_t got = read(file, piece, sizeof(piece));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return text;
    text.append(piece, size_t(got));
  }
}

bool endsWith(const std::string &text, const std::string &end) {
  return text.size() > end.size() &&
         text.compare(text.size() - end.size(), end.size(), end) == 0;
}

} // namespace

std::string prepare(const std::string &source) {
  if (endsWith(source, ".so"))
    return source;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC))
    throw std::runtime_error(std::string("cannot make a pipe: ") +
                             strerror(errno));
  std::string program = command();
  std::string words[] = {program, "prepare", source, "--emit=shared"};
  char *arguments[5] = {};
  for (int i = 0; i < 4; ++i)
    arguments[i] = words[i].data();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                   O_RDONLY, 0);
  pid_t child;
  int error = posix_spawnp(&child, program.c_str(), &actions, nullptr,
                           arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error) {
    close(ends[0]);
    throw std::runtime_error("expected the command lfm2, which compiles \"" +
                             source + "\", found none (" + strerror(error) +
                             "); install it, or give a library made by "
                             "lfm2-compile --emit=shared");
  }
  std::string path = readAll(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    ;
  while (!path.empty() && path.back() == '\n')
    path.pop_back();
  if (status != 0 || path.empty())
    throw std::runtime_error("lfm2 prepare could not compile \"" + source +
                             "\"; standard error says why");
  return path;
}

} // namespace lfm2s
