#include "tools/lfm2-serve/HttpServer.h"

#include "tools/lfm2-serve/Threads.h"
#include <cerrno>
#include <cstring>
#include <sys/eventfd.h>
#include <unistd.h>

namespace lfm2s {

HttpServer::HttpServer() {
  wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  set_tcp_nodelay(true);
  // What clients are told; serveConnection() keeps to the time.
  set_keep_alive_max_count(100000);
  set_keep_alive_timeout(limits.idle.count() / 1000);
  new_task_queue = [] { return new Threads(mostConnections); };
}

HttpServer::~HttpServer() {
  if (wake >= 0)
    ::close(wake);
}

int HttpServer::open(const std::string &host, int port) {
  errno = 0;
  // Two servers at one port would share its clients by chance.
  set_socket_options([](socket_t socket) {
    int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  });
  if (port == 0)
    port = bind_to_any_port(host);
  else if (!bind_to_port(host, port))
    port = -1;
  if (port <= 0)
    throw std::runtime_error("expected to listen at " + host + ", found " +
                             (errno ? strerror(errno) : "no such host") +
                             "; choose another --port or --host");
  // The library lets five clients wait, and more may come at the same moment.
  ::listen(svr_sock_, 512);
  return port;
}

void HttpServer::serve() { listen_after_bind(); }

void HttpServer::drain() {
  isDraining = true;
  uint64_t one = 1;
  if (::write(wake, &one, sizeof(one)) < 0)
    return; // It is readable already.
}

size_t HttpServer::connections() {
  std::lock_guard<std::mutex> lock(mutex);
  return open_.size();
}

void HttpServer::close() {
  drain();
  stop();
  std::lock_guard<std::mutex> lock(mutex);
  for (int socket : open_)
    shutdown(socket, SHUT_RDWR);
}

bool HttpServer::process_and_close_socket(socket_t socket) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    open_.insert(socket);
  }
  {
    Connection connection(socket, wake, limits);
    connection.end(/*drops=*/!serveConnection(connection));
  }
  std::lock_guard<std::mutex> lock(mutex);
  open_.erase(socket);
  ::close(socket);
  return true;
}

bool HttpServer::serveConnection(Connection &connection) {
  bool isClosed = false;
  while (!isClosed && connection.waitForRequest()) {
    connection.beginHead();
    bool isLast = isDraining;
    bool isWhole = process_request(
        connection, isLast, isClosed, [&](httplib::Request &request) {
          request.ranges.clear(); // No answer is worth reading in parts.
          connection.beginBody();
        });
    if (onEnd && !connection.record.endpoint.empty())
      onEnd(connection.record);
    if (!isWhole || connection.mustClose)
      return false;
    isClosed |= isLast;
  }
  return true;
}

} // namespace lfm2s
