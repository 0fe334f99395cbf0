#include "tools/lfm2-serve/Connection.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>

namespace lfm2s {
namespace {

thread_local Connection *ofThread = nullptr;

/// Waits for `events` at `file`, or for anything at `wake` (-1: none). Returns
/// what came at `file`; 0 where nothing did.
short waitFor(int file, short events, int wake,
              std::chrono::steady_clock::time_point until) {
  for (;;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() < 0)
      return 0;
    pollfd files[2] = {{file, events, 0}, {wake, POLLIN, 0}};
    int found = poll(files, wake < 0 ? 1 : 2, int(left.count()) + 1);
    if (found < 0 && errno == EINTR)
      continue;
    if (found <= 0 || !files[0].revents)
      return 0;
    return files[0].revents;
  }
}

void nameOf(int file, decltype(getpeername) *ask, std::string &address,
            int &port) {
  sockaddr_storage name = {};
  socklen_t bytes = sizeof(name);
  char text[INET6_ADDRSTRLEN] = "";
  if (ask(file, reinterpret_cast<sockaddr *>(&name), &bytes))
    return;
  if (name.ss_family == AF_INET) {
    auto &four = reinterpret_cast<sockaddr_in &>(name);
    inet_ntop(AF_INET, &four.sin_addr, text, sizeof(text));
    port = ntohs(four.sin_port);
  } else if (name.ss_family == AF_INET6) {
    auto &six = reinterpret_cast<sockaddr_in6 &>(name);
    inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof(text));
    port = ntohs(six.sin6_port);
  }
  address = text;
}

} // namespace

Connection::Connection(int socket, int wake, const ConnectionLimits &limits)
    : file(socket), wake(wake), limits(limits) {
  ofThread = this;
}

Connection *Connection::current() { return ofThread; }

bool Connection::waitForRequest() {
  if (begin < filled)
    return true;
  deadline = Clock::now() + limits.idle;
  return waitFor(file, POLLIN, wake, deadline) & POLLIN && fill() > 0;
}

void Connection::beginHead() {
  record = Record();
  headBytes = 0;
  headIsLong = false;
  isHead = true;
  deadline = Clock::now() + limits.head;
}

void Connection::beginBody() {
  isHead = false;
  deadline = Clock::now() + limits.body;
}

bool Connection::hasLeft() const {
  pollfd one = {file, POLLRDHUP, 0};
  return poll(&one, 1, 0) > 0 &&
         (one.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL));
}

void Connection::end(bool drops) {
  constexpr size_t most = 64 << 20; // Bytes that are dropped.
  ofThread = nullptr;
  shutdown(file, SHUT_WR);
  if (!drops)
    return;
  deadline = Clock::now() + std::chrono::seconds(2);
  isHead = false;
  size_t dropped = filled - begin;
  begin = filled = 0;
  for (ssize_t got; dropped < most && (got = fill()) > 0; begin = filled = 0)
    dropped += size_t(got);
}

ssize_t Connection::fill() {
  for (;;) {
    if (!(waitFor(file, POLLIN, -1, deadline) & (POLLIN | POLLHUP | POLLERR)))
      return -1;
    ssize_t got = recv(file, buffer, sizeof(buffer), MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
      continue;
    begin = 0;
    filled = size_t(std::max<ssize_t>(got, 0));
    return got;
  }
}

bool Connection::is_readable() const {
  pollfd one = {file, POLLIN, 0};
  return begin < filled || poll(&one, 1, 0) > 0;
}

bool Connection::is_writable() const {
  pollfd one = {file, POLLOUT, 0};
  return poll(&one, 1, 0) > 0 && !hasLeft();
}

ssize_t Connection::read(char *to, size_t size) {
  if (begin == filled) {
    ssize_t got = fill();
    if (got <= 0)
      return got;
  }
  size_t taken = std::min(size, filled - begin);
  if (isHead) {
    if (headBytes + taken > limits.headBytes) {
      headIsLong = true;
      return -1;
    }
    headBytes += taken;
  }
  memcpy(to, buffer + begin, taken);
  begin += taken;
  return ssize_t(taken);
}

ssize_t Connection::write(const char *from, size_t size) {
  auto until = Clock::now() + limits.write;
  for (;;) {
    ssize_t sent = send(file, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0)
      return sent;
    if (errno == EINTR)
      continue;
    if (errno != EAGAIN || !(waitFor(file, POLLOUT, -1, until) & POLLOUT))
      return -1;
  }
}

void Connection::get_remote_ip_and_port(std::string &address, int &port) const {
  nameOf(file, getpeername, address, port);
}

void Connection::get_local_ip_and_port(std::string &address, int &port) const {
  nameOf(file, getsockname, address, port);
}

} // namespace lfm2s
