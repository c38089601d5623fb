#include "loans.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "mproc/base/error.hpp"
#include "node_peers.hpp"

namespace mproc::comm {
namespace {

/// Where a payload is. The message's body follows.
struct Loan {
  std::int64_t pid = 0, fd = 0;
  std::uint64_t number = 0, offset = 0, size = 0;
};

}  // namespace

base::Bytes Loans::lend(base::Rank to, const base::Bytes& body, base::SharedBytes payload) {
  base::Bytes message;
  message.reserve(sizeof(Loan) + body.size());
  base::append_pod(message, Loan{::getpid(), payload.fd(), ++last_, payload.offset(), payload.size()});
  base::append(message, body);
  lent_[last_] = {to, std::move(payload)};
  return message;
}

void Loans::forget(base::Rank to) {
  std::erase_if(lent_, [&](const auto& loan) { return loan.second.first == to; });
}

std::optional<Borrowed> borrow(base::Rank from, const base::Bytes& lent) {
  Loan loan;
  MPROC_ASSERT(lent.size() >= sizeof loan, "loan of {} bytes from rank {}", lent.size(), from.value);
  std::memcpy(&loan, lent.data(), sizeof loan);
  base::Fd fd = open_of_process(loan.pid, loan.fd, O_RDONLY);
  if (!fd && (errno == ENOENT || errno == ESRCH)) return std::nullopt;
  if (!fd) throw base::SystemError(fmt::format("cannot open memory of rank {}", from.value), errno);
  Borrowed borrowed{{from, {}, base::SharedBytes::open(std::move(fd), loan.offset, loan.size)}, loan.number};
  base::append(borrowed.message.body, lent.data() + sizeof loan, lent.size() - sizeof loan);
  return borrowed;
}

}  // namespace mproc::comm
