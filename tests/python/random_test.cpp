#include "runtime_fixture.hpp"

namespace mproc::pyembed {
namespace {

class Random : public RuntimeTest {
 protected:
  Random() {
    spec_.has_seed = true;
    spec_.seed = 42;
  }
  std::vector<Json> values(const std::string& code, const Json& items, std::uint64_t first = 0) {
    init(code);
    prepare("f");
    std::vector<Json> out;
    for (const Outcome& o : run(items, first)) {
      EXPECT_FALSE(o.failed) << o.failure.summary();
      out.push_back(o.value);
    }
    return out;
  }
};

const char* const three_generators =
    "import random, numpy, mproc\n"
    "def f(x): return [random.random(), numpy.random.rand(), mproc.rng().random()]";

TEST_F(Random, state_derives_from_seed_and_index_alone) {
  const auto all = values(three_generators, "[0, 0, 0, 0]"_json);
  const auto again = values(three_generators, "[0, 0]"_json, 2);
  EXPECT_EQ(all[2], again[0]);
  EXPECT_EQ(all[3], again[1]);
  for (int generator = 0; generator < 3; ++generator) EXPECT_NE(all[0][generator], all[1][generator]);
  spec_.seed = 43;
  const auto other = values(three_generators, "[0]"_json);
  for (int generator = 0; generator < 3; ++generator) EXPECT_NE(all[0][generator], other[0][generator]);
}

// Numbers worked out with NumPy and SplitMix64 by themselves: they must never change, or runs stop being
// repeatable.
TEST_F(Random, derivation_is_the_documented_one) {
  const auto out = values(
      "import random, numpy, mproc\n"
      "def mix(x):\n"
      "  x = (x + 0x9e3779b97f4a7c15) % 2**64\n"
      "  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9 % 2**64\n"
      "  x = (x ^ x >> 27) * 0x94d049bb133111eb % 2**64\n"
      "  return x ^ x >> 31\n"
      "def f(i):\n"
      "  s = mix(mix(mix(42) ^ 0) ^ i)\n"
      "  sequence = numpy.random.SeedSequence(entropy=42, spawn_key=(0, i))\n"
      "  return [random.random() == random.Random(s).random(),\n"
      "          numpy.random.rand() == numpy.random.RandomState(mix(s) >> 32).rand(),\n"
      "          mproc.rng().random() == numpy.random.Generator(numpy.random.PCG64(sequence)).random()]",
      "[7, 8]"_json, 7);
  EXPECT_EQ(out[0], "[true, true, true]"_json);
  EXPECT_EQ(out[1], "[true, true, true]"_json);
}

TEST_F(Random, rng_goes_on_within_a_task) {
  const auto out =
      values("import mproc\ndef f(x): return [mproc.rng().random(), mproc.rng().random()]", "[0]"_json);
  EXPECT_NE(out[0][0], out[0][1]);
}

TEST_F(Random, without_a_seed_only_rng_is_set) {
  spec_.has_seed = false;
  const auto out =
      values("import random, mproc\nrandom.seed(1)\ndef f(x): return [random.random(), mproc.rng().random()]",
             "[0, 0]"_json);
  const auto again =
      values("import random, mproc\nrandom.seed(1)\ndef f(x): return [random.random(), mproc.rng().random()]",
             "[0]"_json, 1);
  EXPECT_NE(out[0][0], out[1][0]);
  EXPECT_EQ(out[0][0], again[0][0]);  // random's own sequence, wherever in the input
  EXPECT_EQ(out[1][1], again[0][1]);
}

TEST_F(Random, task_index_is_the_items_place_in_the_input) {
  EXPECT_EQ(values("import mproc\ndef f(x): return mproc.task_index()", "[0, 0]"_json, 40),
            (std::vector<Json>{40, 41}));
}

TEST_F(Random, package_answers_only_inside_of_tasks) {
  const auto failure = try_init("import mproc\nmproc.rng()");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->type, "RuntimeError");
  EXPECT_EQ(
      failure->message,
      "mproc.rng() answers only inside of a task that mproc runs; call it in the function that is applied to "
      "the items");
}

}  // namespace
}  // namespace mproc::pyembed
