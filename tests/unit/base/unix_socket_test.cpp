#include "mproc/base/unix_socket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "mproc/base/error.hpp"
#include "support/errors.hpp"
#include "support/temp_directory.hpp"

namespace mproc::base {
namespace {

using testing::message_of;

TEST(UnixSocket, takes_a_connection) {
  const testing::TempDirectory dir;
  for (const int type : {SOCK_STREAM, SOCK_SEQPACKET}) {
    const auto path = dir / ("socket" + std::to_string(type));
    const Fd listener = listen_at(path, type);
    EXPECT_LT(::accept(listener.get(), nullptr, nullptr), 0) << "nobody has come, and it does not wait";
    const Fd ours = connect_to(path, type);
    const Fd theirs(::accept(listener.get(), nullptr, nullptr));
    ASSERT_TRUE(theirs);
    char byte = 0;
    EXPECT_EQ(::send(ours.get(), "x", 1, 0), 1);
    EXPECT_EQ(::recv(theirs.get(), &byte, 1, 0), 1);
    EXPECT_EQ(byte, 'x');
  }
}

TEST(UnixSocket, names_the_path_that_nobody_listens_at) {
  EXPECT_EQ(message_of<SystemError>([] { connect_to("/nowhere/socket", SOCK_STREAM); }),
            "cannot connect to /nowhere/socket: No such file or directory");
}

TEST(UnixSocket, a_path_too_long_for_a_socket_is_the_users_to_mend) {
  const std::string path = "/tmp/" + std::string(200, 'x');
  EXPECT_EQ(message_of<UserError>([&] { listen_at(path, SOCK_STREAM); }),
            "TMPDIR is too long for a socket in it (" + path + "); set TMPDIR=/tmp");
  EXPECT_THROW(connect_to(path, SOCK_STREAM), UserError);
}

}  // namespace
}  // namespace mproc::base
