// Arrays that tasks share: mproc.data.
#include "runtime_fixture.hpp"

namespace mproc::pyembed {
namespace {

using ::testing::HasSubstr;

class SharedArray : public SharedDataTest {
 protected:
  Json value(const std::string& expression) {
    const Outcome out = result_of("import mproc, numpy\ndef f(x): return " + expression);
    EXPECT_FALSE(out.failed) << out.failure.summary() << out.failure.traceback;
    return out.value;
  }
  std::string error(const std::string& expression) {
    const Outcome out = result_of("import mproc\ndef f(x): return " + expression);
    return out.failed ? out.failure.summary() : "no error";
  }
};

TEST_F(SharedArray, is_a_numpy_array_over_the_mapped_elements) {
  share<double>({"X", "<f8", {}, false, {2, 3}}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(value("[mproc.data['X'].tolist(), str(mproc.data['X'].dtype), mproc.data['X'].shape]"),
            Json::parse("[[[1.0,2.0,3.0],[4.0,5.0,6.0]],\"float64\",[2,3]]"));
  const auto address = reinterpret_cast<std::uintptr_t>(data_.find("X")->elements().data());
  EXPECT_EQ(value("mproc.data['X'].ctypes.data"), address) << "a copy";
}

TEST_F(SharedArray, keeps_its_order_and_its_byte_order) {
  share<std::uint8_t>({"F", "|u1", {}, true, {2, 3}}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(value("[mproc.data['F'].tolist(), mproc.data['F'].flags.f_contiguous]"),
            Json::parse("[[[1,3,5],[2,4,6]],true]"));
  share<std::uint8_t>({"B", ">u2", {}, false, {2}}, {1, 0, 0, 7});
  EXPECT_EQ(value("mproc.data['B'].tolist()"), Json::parse("[256,7]"));
}

TEST_F(SharedArray, has_fields_where_its_elements_have) {
  job::ArraySpec table{"t", "", {{"n", "|u1"}, {"word", "<U2"}}, false, {2}};
  share(table, base::view(std::string_view("\x07"
                                           "a\0\0\0b\0\0\0"
                                           "\x08"
                                           "c\0\0\0\0\0\0\0",
                                           18)));
  EXPECT_EQ(value("[mproc.data['t']['word'].tolist(), int(mproc.data['t']['n'].sum())]"),
            Json::parse("[[\"ab\",\"c\"],15]"));
}

TEST_F(SharedArray, may_be_one_number_a_date_or_empty) {
  share<double>({"one", "<f8", {}, false, {}}, {2.5});
  share<std::int64_t>({"day", "<M8[D]", {}, false, {1}}, {365});
  share<double>({"none", "<f4", {}, false, {0, 7}}, {});
  EXPECT_EQ(value("[float(mproc.data['one']), str(mproc.data['day'][0]), mproc.data['none'].shape, "
                  "mproc.data['none'].dtype.str]"),
            Json::parse("[2.5,\"1971-01-01\",[0,7],\"<f4\"]"));
}

TEST_F(SharedArray, cannot_be_changed_by_a_task) {
  share<double>({"X", "<f8", {}, false, {1}}, {1});
  EXPECT_EQ(error("mproc.data['X'].fill(2)"), "ValueError: assignment destination is read-only");
  EXPECT_EQ(error("mproc.data['X'].setflags(write=True)"),
            "ValueError: cannot set WRITEABLE flag to True of this array");
}

TEST_F(SharedArray, is_there_for_init_code) {
  share<double>({"X", "<f8", {}, false, {2}}, {1, 2});
  init("import mproc\ntotal = float(mproc.data['X'].sum())\ndef f(x): return total + x");
  prepare("f");
  EXPECT_EQ(run("[1]"_json)[0].value, 4.0);
}

TEST_F(SharedArray, that_is_not_there_is_a_KeyError_that_lists_those_that_are) {
  EXPECT_EQ(error("mproc.data['X']"),
            "KeyError: \"there is no shared array 'X'; there are: none; name files in the job's [data]\"");
  share<double>({"X", "<f8", {}, false, {}}, {1});
  share<double>({"Y", "<f8", {}, false, {}}, {1});
  EXPECT_EQ(error("mproc.data['Z']"), "KeyError: \"there is no shared array 'Z'; there are: X, Y\"");
  EXPECT_EQ(value("[sorted(mproc.data), len(mproc.data), 'X' in mproc.data, 'Z' in mproc.data]"),
            Json::parse("[[\"X\",\"Y\"],2,true,false]"));
}

TEST_F(SharedArray, whose_memory_is_gone_says_so_when_it_is_asked_for) {
  data_.add({{"X", "<f8", {}, false, {1}}, {1 << 30, 3, "label"}});
  EXPECT_THAT(error("mproc.data['X']"),
              HasSubstr("RuntimeError: the shared array 'X' is not in process 1073741824"));
}

TEST_F(SharedArray, is_replaced_and_forgotten_while_a_task_may_keep_what_it_has) {
  share<double>({"X", "<f8", {}, false, {1}}, {1});
  init(
      "import mproc\nkept = mproc.data['X']\n"
      "def f(x): return [float(kept[0]), float(mproc.data['X'][0]) if 'X' in mproc.data else None]");
  prepare("f");
  share<double>({"X", "<f8", {}, false, {1}}, {2});
  EXPECT_EQ(run("[0]"_json)[0].value, "[1.0,2.0]"_json);
  data_.remove("X");
  EXPECT_EQ(run("[0]"_json)[0].value, "[1.0,null]"_json);
}

TEST_F(SharedArray, that_is_forgotten_takes_no_memory) {
  share<double>({"X", "<f8", {}, false, {1}}, {1});
  EXPECT_EQ(value("float(mproc.data['X'][0])"), 1.0);
  const std::weak_ptr<const exec::SharedArray> array = data_.find("X");
  data_.remove("X");
  EXPECT_TRUE(array.expired());
}

}  // namespace
}  // namespace mproc::pyembed
