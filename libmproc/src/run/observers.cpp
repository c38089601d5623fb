#include "mproc/run/observers.hpp"

#include "mproc/base/say.hpp"

namespace mproc::run {

void StderrObserver::note(const std::string& text) {
  if (!quiet_) base::say(text);
}

void StderrObserver::warning(const std::string& text) {
  base::say("warning: " + text);
}

void ControlObserver::progress(const Progress& p) {
  nlohmann::json record = {{"type", "progress"},   {"succeeded", p.succeeded}, {"failed", p.failed},
                           {"running", p.running}, {"workers", p.workers},     {"executors", p.executors},
                           {"seconds", p.seconds}};
  if (p.total) record["total"] = *p.total;
  link_.send(record);
}

}  // namespace mproc::run
