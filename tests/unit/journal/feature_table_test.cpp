#include "mproc/journal/feature_table.hpp"

#include <array>
#include <cmath>

#include "mproc/job/ndarray.hpp"
#include "render_support.hpp"

namespace mproc::journal {
namespace {

struct Series {
  std::string id, column;
  std::vector<double> values;  ///< none: it failed
};

base::Bytes packed(const Series& series) {
  base::Bytes bytes;
  if (series.values.empty()) {
    base::pack_failure(bytes, {.message = "no luck"});
    return bytes;
  }
  base::BytesSink sink(bytes);
  msgpack::packer<base::BytesSink>(sink)
      .pack_map(3)
      .pack("id")
      .pack(series.id)
      .pack("column")
      .pack(series.column)
      .pack("values");
  job::append_ndarray(bytes, "<f8", std::array<std::uint64_t, 1>{series.values.size()},
                      std::as_bytes(std::span(series.values)));
  return bytes;
}

/// A run of two features.
class FeatureRun {
 public:
  explicit FeatureRun(std::vector<Series> series)
      : series_(std::move(series)), run_(testing::new_run(temp_)) {
    Writer writer(run_, base::Epoch{1}, nullptr);
    for (std::size_t i = 0; i < series_.size(); ++i) {
      base::OutcomeBlock block;
      block.tasks = {i, 1};
      block.values = packed(series_[i]);
      if (series_[i].values.empty()) block.failed = {0};
      ResultsRecord record;
      base::encode_block(record.block.bytes, block);
      writer.append(std::move(record));
    }
    writer.close();
    index_ = std::make_unique<Index>(run_);
  }
  FeatureTable table(std::uint64_t total) const {
    return {*index_, {}, total, {"mean", "max"}, [this](std::uint64_t task) {
              return FeatureTable::Label{series_[task].id, series_[task].column};
            }};
  }
  std::string text(job::Format format, const std::optional<std::vector<std::size_t>>& columns = {}) {
    const auto file = temp_ / "table";
    rendered = render(table(series_.size()), columns, format, file);
    return base::read_file(file);
  }
  std::string beside() const { return base::read_file(temp_ / "table.json"); }
  std::string python(job::Format format, const std::string& suffix, const std::string& code) {
    const auto file = temp_ / ("table." + suffix);
    render(table(series_.size()), {}, format, file);
    testing::put_file(temp_ / "check.py", "import sys, json, numpy as np\nf = sys.argv[1]\n" + code);
    return mproc::testing::shell("/usr/bin/python3 " + (temp_ / "check.py").string() + " " + file.string())
        .output;
  }
  Rendered rendered;

 private:
  testing::TempDirectory temp_;
  std::vector<Series> series_;
  RunDirectory run_;
  std::unique_ptr<Index> index_;
};

const std::vector<Series> robot{
    {"a", "x", {1.5, 2}}, {"a", "y", {3, std::nan("")}}, {"b", "x", {0.1, -1e300}}, {"b", "y", {}}};

TEST(FeatureTableTest, a_row_an_id_and_a_column_a_series_and_feature) {
  FeatureRun run(robot);
  EXPECT_EQ(run.text(job::Format::csv),
            "id,x__mean,x__max,y__mean,y__max\na,1.5,2.0,3.0,nan\nb,0.1,-1e+300,nan,nan\n");
  EXPECT_EQ(run.rendered.rows, 2u);
}

TEST(FeatureTableTest, series_that_only_some_ids_have_are_columns_of_all) {
  FeatureRun run({{"1", "x", {1, 2}}, {"2", "y", {3, 4}}, {"3", "y", {5, 6}}, {"3", "x", {7, 8}}});
  EXPECT_EQ(run.text(job::Format::csv),
            "id,x__mean,x__max,y__mean,y__max\n1,1.0,2.0,nan,nan\n2,nan,nan,3.0,4.0\n3,7.0,8.0,5.0,6.0\n");
}

TEST(FeatureTableTest, what_is_not_done_is_not_there) {
  const FeatureTable table = FeatureRun(robot).table(0);
  EXPECT_EQ(table.rows(), 0u);
  EXPECT_TRUE(table.columns().empty());
}

TEST(FeatureTableTest, chosen_columns_come_in_the_order_given) {
  FeatureRun run(robot);
  const std::vector<std::size_t> chosen{2, 0};
  EXPECT_EQ(run.text(job::Format::csv, chosen), "id,y__mean,x__mean\na,3.0,1.5\nb,nan,0.1\n");
  EXPECT_EQ(run.text(job::Format::csv, std::vector<std::size_t>{}), "id\na\nb\n");
}

TEST(FeatureTableTest, ids_and_names_are_quoted_where_csv_asks_for_it) {
  FeatureRun run({{"a,1", "x\"y", {1, 2}}});
  EXPECT_EQ(run.text(job::Format::csv), "id,\"x\"\"y__mean\",\"x\"\"y__max\"\n\"a,1\",1.0,2.0\n");
}

TEST(FeatureTableTest, json_has_null_for_what_it_cannot_hold) {
  FeatureRun run({{"a", "x", {1, std::nan("")}}});
  EXPECT_EQ(run.text(job::Format::jsonl), "{\"id\":\"a\",\"x__mean\":1.0,\"x__max\":null}\n");
  EXPECT_EQ(run.rendered.not_finite, 1u);
}

TEST(FeatureTableTest, arrays_come_with_their_names) {
  NEEDS_PYTHON_WITH_NUMPY;
  FeatureRun run(robot);
  EXPECT_EQ(
      run.python(job::Format::npz, "npz",
                 "z = np.load(f); print(z['id'], z['columns'], z['features'].tolist())"),
      "['a' 'b'] ['x__mean' 'x__max' 'y__mean' 'y__max'] [[1.5, 2.0, 3.0, nan], [0.1, -1e+300, nan, nan]]");
  EXPECT_EQ(
      run.python(job::Format::npy, "npy", "print(np.load(f).tolist(), json.load(open(f + '.json')))"),
      "[[1.5, 2.0, 3.0, nan], [0.1, -1e+300, nan, nan]] {'id': ['a', 'b'], 'columns': ['x__mean', 'x__max', "
      "'y__mean', 'y__max']}");
}

TEST(FeatureTableTest, pickles_and_other_results_are_refused) {
  FeatureRun run(robot);
  EXPECT_THROW(run.text(job::Format::pickle), base::UserError);
  EXPECT_THROW(FeatureRun({{"a", "x", {1, 2, 3}}}).table(1), base::UserError);
}

}  // namespace
}  // namespace mproc::journal
