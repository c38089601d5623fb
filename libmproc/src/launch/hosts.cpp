#include "mproc/launch/hosts.hpp"

#include <ifaddrs.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

#include "mproc/base/error.hpp"
#include "mproc/base/fd.hpp"

namespace mproc::launch {
namespace {

constexpr std::uint32_t most_slots = 1u << 20;

/// Letters that ssh, mpirun and a shell take for nothing but a name's.
bool is_host_name(const std::string& name) {
  return !name.empty() && name.front() != '-' && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '-' || c == '_';
  });
}

std::uint32_t slots_of(const std::string& digits, const std::string& where) {
  const bool number =
      !digits.empty() && digits.size() < 8 && digits.find_first_not_of("0123456789") == std::string::npos;
  const unsigned long slots = number ? std::stoul(digits) : 0;
  MPROC_CHECK(slots > 0 && slots <= most_slots,
              "{}: '{}' is no number of slots; write for instance n1:4 or, in a hostfile, n1 slots=4", where,
              digits);
  return static_cast<std::uint32_t>(slots);
}

class HostList {
 public:
  void add(const std::string& name, std::optional<std::uint32_t> slots, const std::string& where) {
    MPROC_CHECK(is_host_name(name), "{}: '{}' is no name of a host", where, name);
    const auto known = std::ranges::find(hosts_, name, &Host::name);
    if (known == hosts_.end()) {
      hosts_.push_back({name, slots.value_or(0)});
    } else {
      known->slots = std::max(1u, known->slots) + slots.value_or(1);
    }
  }
  std::vector<Host> take(const std::string& where) {
    MPROC_CHECK(!hosts_.empty(), "{} names no host", where);
    return std::move(hosts_);
  }

 private:
  std::vector<Host> hosts_;
};

}  // namespace

std::vector<Host> read_hosts(const std::string& list) {
  const std::string where = "--hosts";
  HostList hosts;
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');) {
    const auto colon = word.find(':');
    std::optional<std::uint32_t> slots;
    if (colon != std::string::npos) slots = slots_of(word.substr(colon + 1), where);
    hosts.add(word.substr(0, colon), slots, where);
  }
  return hosts.take(where);
}

std::string as_list(const std::vector<Host>& hosts) {
  std::string list;
  for (const Host& host : hosts) {
    if (!list.empty()) list += ',';
    list += host.name;
    if (host.slots > 0) list += fmt::format(":{}", host.slots);
  }
  return list;
}

std::vector<Host> read_hostfile(const std::filesystem::path& file) {
  std::ifstream lines(file);
  MPROC_CHECK(std::filesystem::is_regular_file(file) && lines, "--hostfile {}: there is no such file",
              file.string());
  HostList hosts;
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string where = fmt::format("{}, line {}", file.string(), ++number);
    std::istringstream words(line.substr(0, line.find('#')));
    std::string name;
    if (!(words >> name)) continue;
    std::optional<std::uint32_t> slots;
    for (std::string word; words >> word;) {
      const std::string key = word.substr(0, word.find('='));
      MPROC_CHECK(
          word.find('=') != std::string::npos && (key == "slots" || key == "max_slots" || key == "max-slots"),
          "{}: '{}' is not understood; a line is a host's name, and slots=N where it is to have N executors",
          where, word);
      if (key == "slots") slots = slots_of(word.substr(key.size() + 1), where);
    }
    hosts.add(name, slots, where);
  }
  return hosts.take(file.string());
}

std::vector<Host> share_out(std::vector<Host> hosts, std::uint32_t executors) {
  if (executors == 0 || hosts.empty()) return hosts;
  std::vector<Host> out = hosts;
  for (Host& host : out) host.slots = 0;
  const auto has_room = [&](std::size_t i) { return hosts[i].slots == 0 || out[i].slots < hosts[i].slots; };
  while (executors > 0) {
    bool any_room = false;
    for (std::size_t i = 0; i < out.size(); ++i) any_room |= has_room(i);
    for (std::size_t i = 0; i < out.size() && executors > 0; ++i) {
      if (any_room && !has_room(i)) continue;
      ++out[i].slots;
      --executors;
    }
  }
  std::erase_if(out, [](const Host& host) { return host.slots == 0; });
  return out;
}

bool is_here(const std::string& name) {
  if (name == "localhost" || name == base::host_name()) return true;
  addrinfo* found = nullptr;
  if (::getaddrinfo(name.c_str(), nullptr, nullptr, &found) != 0) return false;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  ifaddrs* own = nullptr;
  if (::getifaddrs(&own) != 0) return false;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> interfaces(own, ::freeifaddrs);
  const auto text = [](const sockaddr* address, socklen_t size) {
    char host[NI_MAXHOST] = "";
    return ::getnameinfo(address, size, host, sizeof host, nullptr, 0, NI_NUMERICHOST) == 0
               ? std::string(host)
               : std::string();
  };
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next)
    for (const ifaddrs* i = own; i != nullptr; i = i->ifa_next)
      if (i->ifa_addr != nullptr && i->ifa_addr->sa_family == a->ai_family &&
          (a->ai_family == AF_INET || a->ai_family == AF_INET6) &&
          text(i->ifa_addr, a->ai_addrlen) == text(a->ai_addr, a->ai_addrlen))
        return true;
  return false;
}

}  // namespace mproc::launch
