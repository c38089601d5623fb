#include "mproc/exec/node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <numeric>
#include <set>
#include <thread>

#include "mproc/base/error.hpp"
#include "mproc/base/fd.hpp"
#include "support/errors.hpp"
#include "support/process.hpp"
#include "support/temp_directory.hpp"

namespace mproc::exec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Node node_of(int cores, std::vector<std::string> gpus = {}) {
  Node node;
  node.cores.resize(static_cast<std::size_t>(cores));
  std::iota(node.cores.begin(), node.cores.end(), 8);
  node.gpu_variable = "CUDA_VISIBLE_DEVICES";
  node.gpus = std::move(gpus);
  return node;
}

template <class Call>
std::string refusal(Call&& call) {
  return testing::message_of<base::UserError>(call);
}

std::vector<std::string> gpus_of(const std::vector<Place>& places) {
  std::vector<std::string> all;
  for (const Place& place : places) all.push_back(place.env.at(0).second);
  return all;
}

/// Sets variables that name GPUs, and puts back what was there.
class GpuVariables : public ::testing::Test {
 protected:
  GpuVariables() {
    for (const char* name : {"CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES",
                             "SLURM_GPUS_ON_NODE", "SLURM_CPUS_ON_NODE"}) {
      if (const char* value = std::getenv(name)) before_[name] = value;
      ::unsetenv(name);
      names_.insert(name);
    }
  }
  ~GpuVariables() override {
    for (const auto& name : names_) ::unsetenv(name.c_str());
    for (const auto& [name, value] : before_) ::setenv(name.c_str(), value.c_str(), 1);
  }
  Node node() const { return node_with({0, 1}, proc_.path()); }

  std::map<std::string, std::string> before_;
  std::set<std::string> names_;
  testing::TempDirectory proc_;
};

TEST(Node, has_room_for_what_its_cores_and_gpus_allow) {
  EXPECT_EQ(room(node_of(8), {1, 0}), 8u);
  EXPECT_EQ(room(node_of(8), {3, 0}), 2u);
  EXPECT_EQ(room(node_of(8, {"0", "1", "2"}), {1, 1}), 3u);
  EXPECT_EQ(room(node_of(8, {"0", "1", "2"}), {1, 2}), 1u);
  EXPECT_EQ(room(node_of(2, {"0", "1", "2"}), {2, 1}), 1u);
}

TEST(Node, says_what_a_task_asks_for_in_vain_and_what_to_do) {
  EXPECT_EQ(refusal([] {
              room(node_of(2), {3, 0});
            }),
            "task.cpus = 3 is more than the 2 cores that executors may use on " + base::host_name() +
                "; lower it, or run where there are more");
  EXPECT_EQ(refusal([] {
              room(node_of(2), {1, 1});
            }),
            "task.gpus = 1 for 1 executor on " + base::host_name() +
                ", which has no GPU (no CUDA_VISIBLE_DEVICES, HIP_VISIBLE_DEVICES, ROCR_VISIBLE_DEVICES, no "
                "NVIDIA driver) for it; run where there are more, or lower it");
  EXPECT_THAT(refusal([] {
                places(node_of(4, {"0", "1"}), {1, 1}, 3, {});
              }),
              HasSubstr("have fewer executors"));
  EXPECT_EQ(refusal([] {
              places(node_of(4), {2, 0, true}, 3, {});
            }),
            "task.pin gives each executor 2 cores of its own, but 3 executors have 4 cores on " +
                base::host_name() + "; have fewer executors, or leave pin out");
}

TEST(Node, executors_have_gpus_of_their_own_by_the_names_that_they_were_given) {
  const auto all = places(node_of(8, {"GPU-a", "GPU-b", "MIG-c", "3"}), {1, 2}, 0, {});
  EXPECT_THAT(gpus_of(all), ElementsAre("GPU-a,GPU-b", "MIG-c,3"));
  EXPECT_EQ(all[0].env[0].first, "CUDA_VISIBLE_DEVICES");
  EXPECT_THAT(all[0].cores, IsEmpty());
}

TEST(Node, pinned_executors_have_cores_of_their_own) {
  const auto all = places(node_of(5), {2, 0, true}, 0, {});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_THAT(all[0].cores, ElementsAre(8, 9));
  EXPECT_THAT(all[1].cores, ElementsAre(10, 11));
}

/// Whatever the number of workers: together they fill the node, and share no core and no GPU.
TEST(Node, workers_divide_it_among_themselves) {
  for (const std::uint32_t cpus : {1u, 2u, 3u})
    for (const std::uint32_t workers : {1u, 2u, 3u, 5u, 8u}) {
      const Node node = node_of(24, {"0", "1", "2", "3", "4", "5", "6", "7"});
      std::multiset<int> cores;
      std::multiset<std::string> gpus;
      for (std::uint32_t index = 0; index < workers; ++index)
        for (const Place& place : places(node, {cpus, 1, true}, 0, {index, workers})) {
          cores.insert(place.cores.begin(), place.cores.end());
          gpus.insert(place.env.at(0).second);
        }
      EXPECT_EQ(gpus.size(), 8u) << workers;
      EXPECT_EQ(std::set(gpus.begin(), gpus.end()).size(), gpus.size()) << workers;
      EXPECT_EQ(cores.size(), 8u * cpus);
      EXPECT_EQ(std::set(cores.begin(), cores.end()).size(), cores.size()) << workers;
    }
}

TEST(Node, workers_of_k_executors_share_no_gpu_even_where_the_last_has_fewer) {
  const Node node = node_of(8, {"0", "1", "2"});
  EXPECT_THAT(gpus_of(places(node, {1, 1}, 2, {0, 2, 2})), ElementsAre("0", "1"));
  EXPECT_THAT(gpus_of(places(node, {1, 1}, 1, {1, 2, 2})), ElementsAre("2"));
  EXPECT_THAT(refusal([&] {
                places(node, {1, 1}, 2, {1, 2, 2});
              }),
              HasSubstr("have fewer executors or worker ranks there"));
}

TEST(Node, a_worker_computes_even_where_there_are_more_workers_than_cores) {
  for (const std::uint32_t index : {0u, 1u, 2u}) EXPECT_EQ(places(node_of(2), {}, 0, {index, 3}).size(), 1u);
  EXPECT_EQ(places(node_of(2), {}, 7, {}).size(), 7u) << "as many as were asked for";
}

TEST_F(GpuVariables, name_the_gpus_and_the_one_that_applies_last_is_divided) {
  ::setenv("ROCR_VISIBLE_DEVICES", "0,1,2", 1);
  EXPECT_THAT(node().gpus, ElementsAre("0", "1", "2"));
  EXPECT_EQ(node().gpu_variable, "ROCR_VISIBLE_DEVICES");
  ::setenv("HIP_VISIBLE_DEVICES", "1,0", 1);
  EXPECT_THAT(node().gpus, ElementsAre("1", "0"));
  EXPECT_EQ(node().gpu_variable, "HIP_VISIBLE_DEVICES");
  ::setenv("CUDA_VISIBLE_DEVICES", "GPU-8932f937, MIG-3f2", 1);
  EXPECT_THAT(node().gpus, ElementsAre("GPU-8932f937", "MIG-3f2"));
}

TEST_F(GpuVariables, a_gpu_that_is_named_twice_is_one) {
  ::setenv("CUDA_VISIBLE_DEVICES", "0,0,1", 1);
  EXPECT_THAT(node().gpus, ElementsAre("0", "1"));
}

TEST_F(GpuVariables, may_say_that_there_are_none) {
  std::filesystem::create_directories(proc_ / "driver/nvidia/gpus/0000:01:00.0");
  for (const char* none : {"", "-1", "NoDevFiles"}) {
    ::setenv("CUDA_VISIBLE_DEVICES", none, 1);
    EXPECT_THAT(node().gpus, IsEmpty()) << none;
  }
  ::setenv("CUDA_VISIBLE_DEVICES", "1,-1,2", 1);
  EXPECT_THAT(node().gpus, ElementsAre("1")) << "as CUDA reads it";
}

TEST_F(GpuVariables, are_not_needed_where_there_is_an_nvidia_driver) {
  EXPECT_THAT(node().gpus, IsEmpty());
  std::filesystem::create_directories(proc_ / "driver/nvidia/gpus/0000:01:00.0");
  std::filesystem::create_directories(proc_ / "driver/nvidia/gpus/0000:02:00.0");
  EXPECT_THAT(node().gpus, ElementsAre("0", "1"));
  EXPECT_EQ(node().gpu_variable, "CUDA_VISIBLE_DEVICES");
}

TEST_F(GpuVariables, and_cores_that_slurm_has_given_to_one_rank_alone_are_not_divided_again) {
  ::setenv("CUDA_VISIBLE_DEVICES", "0", 1);
  ::setenv("SLURM_GPUS_ON_NODE", "4", 1);
  ::setenv("SLURM_CPUS_ON_NODE", "8", 1);
  const auto own = places(node(), {1, 1, true}, 1, {3, 4, 1});
  EXPECT_THAT(gpus_of(own), ElementsAre("0"));
  EXPECT_THAT(own[0].cores, ElementsAre(0));
  ::setenv("SLURM_CPUS_ON_NODE", "2", 1);
  EXPECT_THAT(places(node(), {1, 1, true}, 1, {1, 2, 1})[0].cores, ElementsAre(1));
}

TEST(Cores, are_as_many_as_slurm_says_the_job_has_of_the_node) {
  for (const auto& [slurm, cores] : {std::pair{"2", 2u}, {"9", 4u}, {"", 4u}}) {
    ::setenv("SLURM_CPUS_ON_NODE", slurm, 1);
    EXPECT_EQ(node_with({0, 1, 2, 3}, "/nowhere").cores.size(), cores) << slurm;
  }
  ::unsetenv("SLURM_CPUS_ON_NODE");
}

TEST(RunOn, binds_all_threads_of_a_process) {
  testing::Child child([] {
    const std::vector<int> before = own_cores();
    int seen = -1;
    std::atomic<bool> bound = false;
    std::thread other([&] {
      while (!bound) std::this_thread::yield();
      seen = own_cores() == std::vector{before.back()} ? 1 : 0;
    });
    run_on({before.back()});
    bound = true;
    other.join();
    return seen == 1 && own_cores() == std::vector{before.back()} ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
}

}  // namespace
}  // namespace mproc::exec
