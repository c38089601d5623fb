#include "mproc/launch/hosts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mproc/base/error.hpp"
#include "mproc/base/fd.hpp"
#include "support/errors.hpp"
#include "support/temp_directory.hpp"

namespace mproc::launch {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

std::string of_list(const std::string& list) {
  return as_list(read_hosts(list));
}

std::string of_file(const std::string& text) {
  const testing::TempDirectory folder;
  base::write_file_atomically(folder / "hosts", text);
  return as_list(read_hostfile(folder / "hosts"));
}

std::string shared_out(const std::string& hosts, std::uint32_t executors) {
  return as_list(share_out(read_hosts(hosts), executors));
}

template <class Call>
std::string refusal(Call&& call) {
  return testing::message_of<base::UserError>(call);
}

TEST(Hosts, a_list_is_names_with_slots_or_without) {
  EXPECT_EQ(of_list("a,b:4,10.0.0.3"), "a,b:4,10.0.0.3");
}

TEST(Hosts, a_name_that_is_there_more_than_once_has_a_slot_each_time) {
  EXPECT_EQ(of_list("a,b,a,a"), "a:3,b");
  EXPECT_EQ(of_list("a:2,a:3"), "a:5");
}

TEST(Hosts, what_is_no_list_of_hosts_is_named) {
  EXPECT_EQ(refusal([] { of_list("a,,b"); }), "--hosts: '' is no name of a host");
  EXPECT_EQ(refusal([] { of_list("-oProxyCommand=x"); }), "--hosts: '-oProxyCommand=x' is no name of a host");
  EXPECT_EQ(refusal([] { of_list(""); }), "--hosts names no host");
  for (const char* slots : {"x", "0", "-1", "", "99999999", "1 "})
    EXPECT_THAT(refusal([&] { of_list(std::string("a:") + slots); }),
                HasSubstr(fmt::format("--hosts: '{}' is no number of slots", slots)));
}

TEST(Hosts, a_hostfile_is_that_of_open_mpi) {
  EXPECT_EQ(of_file("# ours\n\na slots=4 max_slots=8\n  b   # two\nc max-slots=2 slots=2\n"), "a:4,b,c:2");
}

TEST(Hosts, a_hostfile_of_a_batch_system_has_a_line_for_each_slot) {
  EXPECT_EQ(of_file("a\na\nb\nb\nb\n"), "a:2,b:3");
}

TEST(Hosts, a_hostfile_that_is_none_is_refused_with_the_line) {
  EXPECT_EQ(refusal([] { read_hostfile("nowhere"); }), "--hostfile nowhere: there is no such file");
  EXPECT_THAT(refusal([] { of_file("# nobody\n"); }), EndsWith("hosts names no host"));
  EXPECT_THAT(refusal([] { of_file("a\nb cores=4\n"); }),
              HasSubstr("hosts, line 2: 'cores=4' is not understood"));
  EXPECT_THAT(refusal([] { of_file("a slots=four\n"); }), HasSubstr("line 1: 'four' is no number of slots"));
  EXPECT_THAT(refusal([] { of_file("user@a\n"); }), HasSubstr("line 1: 'user@a' is no name of a host"));
}

TEST(Hosts, executors_are_shared_out_in_turns) {
  EXPECT_EQ(shared_out("a,b,c", 7), "a:3,b:2,c:2");
  EXPECT_EQ(shared_out("a:1,b:8,c", 6), "a:1,b:3,c:2");
}

TEST(Hosts, executors_beyond_all_slots_are_shared_out_as_well) {
  EXPECT_EQ(shared_out("a:1,b:2", 7), "a:3,b:4");
}

TEST(Hosts, hosts_without_an_executor_are_left_out) {
  EXPECT_EQ(shared_out("a,b,c", 2), "a:1,b:1");
}

TEST(Hosts, without_a_number_of_executors_hosts_are_as_they_were_named) {
  EXPECT_EQ(shared_out("a:4,b", 0), "a:4,b");
}

TEST(Hosts, this_host_is_known_by_its_name_and_its_addresses) {
  EXPECT_TRUE(is_here("localhost"));
  EXPECT_TRUE(is_here(base::host_name()));
  EXPECT_TRUE(is_here("127.0.0.1"));
  EXPECT_FALSE(is_here("192.0.2.1"));
  EXPECT_FALSE(is_here("a.host.invalid"));
}

}  // namespace
}  // namespace mproc::launch
