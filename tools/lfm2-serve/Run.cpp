// From the start of the server to its end.

#include "tools/lfm2-serve/App.h"

#include <csignal>
#include <cstdio>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace lfm2s {

static std::string urlOf(const std::string &host, int port) {
  bool isSix = host.find(':') != std::string::npos;
  return "http://" + (isSix ? "[" + host + "]" : host) + ":" +
         std::to_string(port);
}

/// Each connection is a file: as many as the system allows.
static void allowFiles() {
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files))
    return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

int App::run() {
  allowFiles();
  // All threads that are made from here on leave the signals to this one.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  int port = http.open(options.host, options.port);
  if (printf("lfm2-serve: listening at %s\n",
             urlOf(options.host, port).c_str()) < 0 ||
      fflush(stdout))
    log.say("listening at " + urlOf(options.host, port));
  std::thread serving([this] { http.serve(); });
  int signal = 0;
  sigwait(&signals, &signal);
  std::thread([signals] {
    int again = 0;
    sigwait(&signals, &again);
    _exit(128 + again);
  }).detach();
  stop();
  serving.join();
  return 0;
}

void App::stop() {
  log.say("stops when the answers that are being made have ended; a second "
          "signal ends them at once");
  isStopping = true;
  http.drain();
  auto until =
      std::chrono::steady_clock::now() + std::chrono::seconds(options.grace);
  models.finish(std::chrono::seconds(options.grace));
  // What is made is still to be written.
  while (http.connections() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  http.close();
}

} // namespace lfm2s
