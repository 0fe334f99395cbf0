// The HTTP library's server with connections of our own, one thread each.

#ifndef LFM2C_TOOLS_LFM2_SERVE_HTTPSERVER_H
#define LFM2C_TOOLS_LFM2_SERVE_HTTPSERVER_H

#include "tools/lfm2-serve/Connection.h"
#include <atomic>
#include <functional>
#include <mutex>
#include <set>

namespace lfm2s {

class HttpServer : public httplib::Server {
public:
  HttpServer();
  ~HttpServer() override;

  /// Takes connections at `host`; port 0: any that is free. Returns the port;
  /// throws std::runtime_error that says why it cannot.
  int open(const std::string &host, int port);
  /// Serves until close().
  void serve();
  /// No connection waits for another request; those that wait now end.
  void drain();
  /// Connections that are served.
  size_t connections();
  /// Ends serve(), and with it all connections.
  void close();

  ConnectionLimits limits;
  /// Called when a request has ended, answered or not.
  std::function<void(const Record &)> onEnd;

private:
  bool process_and_close_socket(socket_t socket) override;
  /// False where the client may be sending what nobody reads.
  bool serveConnection(Connection &connection);

  int wake = -1;
  std::atomic<bool> isDraining{false};
  std::mutex mutex;
  std::set<int> open_;
};

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_HTTPSERVER_H
