#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "mproc/base/shared_memory.hpp"
#include "mproc/base/watcher.hpp"
#include "mproc/exec/host.hpp"
#include "mproc/exec/node.hpp"
#include "mproc/exec/socket_message.hpp"
#include "mproc/exec/zygote.hpp"

namespace mproc::exec {

/// One host process of a rank, from 1; 0: none.
using HostId = std::uint32_t;

/// The template has loaded all that it was told before it was asked.
struct TemplateLoaded {};
/// Init code or a kernel cannot be loaded; the host does nothing more.
struct LoadFailed {
  HostId host = 0;
  base::Failure failure;
};
/// The zygote could not make the host.
struct NotSpawned {
  HostId host = 0;
  int error = 0;
};
struct Spawned {
  HostId host = 0;
  int pid = -1;
};
/// The template has forked an executor for a slot, or could not: then pid is -errno.
struct Forked {
  std::uint32_t slot = 0;
  int pid = -1;
};
/// A process under the zygote has ended. `host`: which it was, unless it was forked from the template.
struct Died {
  int pid = -1;
  int status = 0;
  HostId host = 0;
};
using HostEvent = std::variant<TemplateLoaded, LoadFailed, NotSpawned, Spawned, Forked, Died>;

/// The processes of a rank that load code, made by the zygote: the template, from which executors are forked
/// where that is safe, and executors-to-be where it is not. One thread; nothing blocks.
class Hosts {
 public:
  enum class Template { loading, warm, cold };

  /// `bell`: memory of the rank's doorbell, for executors. `watcher` wakes the rank for the sockets.
  Hosts(Zygote zygote, const base::SharedMemory& bell, base::Watcher& watcher);
  /// Ends everything under the zygote, and waits for that.
  ~Hosts();
  Hosts(const Hosts&) = delete;
  Hosts& operator=(const Hosts&) = delete;

  /// Starts the template, if there is to be one. All that hosts are told from now on is told to later ones
  /// too.
  void load(const HostSettings& settings);
  void share(const ArrayPlace& place);
  void unshare(const std::string& name);
  void init(const job::InitBlock& block);
  /// `late`: executors are there already: a failure is that of the map's tasks alone.
  void prepare(const job::MapSpec& spec, bool late);
  void forget(base::MapId map);
  /// Another template in the place of one that died.
  void replace_template();
  /// Asks the template whether it can be forked, after all that it was told before; false without one.
  bool ask_template();

  Template state() const { return state_; }
  bool is_template(HostId host) const { return host == template_; }
  const HostSettings& settings() const { return settings_; }
  bool has_init_code() const { return !init_.empty(); }

  /// Lets the warm template fork the executor of a slot.
  void fork(std::uint32_t slot, const Place& place, const std::vector<int>& memory);
  /// Lets a host become the executor of a slot.
  HostId become(std::uint32_t slot, const Place& place, const std::vector<int>& memory);
  /// -1 before it is spawned.
  int pid(HostId host) const { return hosts_.at(host).pid; }
  /// What it printed and nobody took yet.
  std::string last_words(HostId host) const;
  void forget(HostId host);
  void kill(int pid);
  /// Sends it stack_signal().
  void ask_for_stack(int pid);

  /// Tells hosts what they had no room for. Call it now and then.
  void flush();
  /// Appends what has happened. Throws SystemError when the zygote is gone.
  void poll(std::vector<HostEvent>& events);

 private:
  struct HostProcess {
    base::Fd control;
    base::Fd capture;  // its stdout and stderr
    int pid = -1;
    std::deque<SocketMessage> untold;  // its socket is full: it loads something
  };
  struct Map {
    job::MapSpec spec;
    bool late = false;
  };

  HostId spawn();
  void replay(HostId host, const Place& place);
  void tell(HostId host, HostMessage type, base::Bytes payload = {}, std::uint32_t slot = 0,
            const std::vector<int>& fds = {});
  void tell(HostProcess& host, SocketMessage message, const std::vector<int>& fds = {});
  void tell_prepare(HostId host, const Map& map);
  void poll_host(HostId id, std::vector<HostEvent>& events);
  void poll_zygote(std::vector<HostEvent>& events);
  void take(HostId id, const SocketMessage& message, std::vector<HostEvent>& events);
  void on_spawned(HostId id, int pid, std::vector<HostEvent>& events);
  void on_died(int pid, int status, std::vector<HostEvent>& events);

  Zygote zygote_;
  base::Fd bell_;
  base::Watcher& watcher_;
  HostSettings settings_;
  std::map<std::string, ArrayPlace> shared_;  // by name
  std::vector<job::InitBlock> init_;
  std::vector<Map> maps_;
  std::map<HostId, HostProcess> hosts_;
  HostId last_ = 0;
  HostId template_ = 0;
  Template state_ = Template::loading;
};

}  // namespace mproc::exec
