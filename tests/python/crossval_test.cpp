// Cells of [crossval] jobs, as executors run them: mproc._crossval:cell.
#include "runtime_fixture.hpp"
#include "support/temp_directory.hpp"

namespace mproc::pyembed {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Six samples of one feature in two classes; split 0 is the first four and the last two, split 1 all and
/// none, split 2 sample by sample.
class CrossvalCell : public SharedDataTest {
 protected:
  CrossvalCell() {
    share<double>({"crossval.X", "<f8", {}, false, {6, 1}}, {0, 1, 0, 1, 0, 1});
    share<std::int64_t>({"crossval.y", "<i8", {}, false, {6}}, {0, 1, 0, 1, 0, 1});
    share<std::int64_t>({"crossval.sets", "<i8", {}, false, {3, 2, 3}},
                        {1, 0, 2, 1, 2, 4, 1, 4, 6, 1, 6, 6, 0, 6, 9, 0, 9, 12});
    share<std::uint32_t>({"crossval.index", "<u4", {}, false, {12}}, {0, 4, 4, 6, 0, 6, 1, 0, 3, 5, 4, 2});
    init(R"(
class Mean:
    """Scores how many of y are not above the mean of X."""
    def __init__(self, shift=0.0): self.shift = shift
    def fit(self, X, y): self.mean = X.mean() + self.shift
    def score(self, X, y): return float((y <= self.mean).mean())
def both(params, X, y, Xt, yt): return {"train": len(X), "shift": params["shift"]}
)");
  }
  static Json item(const Json& params, int split) { return {{"params", params}, {"split", split}}; }
  std::optional<Failure> try_cells(const Json& args, const Json& params = Json::object()) {
    spec_.args = packed(args);
    spec_.first_item = packed(item(params, 0));
    return try_prepare("mproc._crossval:cell");
  }
  std::string refusal(const Json& args, const Json& params = Json::object()) {
    const auto failure = try_cells(args, params);
    return failure ? failure->summary() : "no failure";
  }
  std::vector<Outcome> cells(const Json& args, const Json& items) {
    const auto failure = try_cells(args, items[0]["params"]);
    EXPECT_FALSE(failure) << failure->summary() << failure->traceback;
    return run(items);
  }
  Json scores(const Json& args, const Json& items) {
    Json out = Json::array();
    for (const Outcome& outcome : cells(args, items))
      out.push_back(outcome.failed ? Json(outcome.failure.summary()) : outcome.value["scores"]);
    return out;
  }
};

TEST_F(CrossvalCell, fits_and_scores_what_its_split_has) {
  const Json items = {item({{"shift", 0.5}}, 0), item({{"shift", 0.25}}, 0), item({{"shift", 0.0}}, 1),
                      item({{"shift", 0.0}}, 2)};
  EXPECT_EQ(scores({{"estimator", "Mean"}}, items), "[[1.0], [0.5], [], [0.6666666666666666]]"_json);
}

TEST_F(CrossvalCell, takes_args_and_scorers_of_ones_own) {
  const testing::TempDirectory dir;
  testing::put_file(dir / "mproc_own_scorers.py",
                    "def shift(e, X, y): return e.shift\ndef rows(e, X, y): return len(X)\n");
  spec_.raw_path = {dir.path()};
  const Json args = {{"estimator", "Mean"},
                     {"args", {{"shift", 0.5}}},
                     {"scoring", {"mproc_own_scorers:shift", "mproc_own_scorers:rows"}}};
  EXPECT_EQ(scores(args, Json::array({item(Json::object(), 0)})), "[[0.5, 2.0]]"_json);
}

TEST_F(CrossvalCell, gives_the_model_where_it_is_asked_for) {
  const Outcome out = result_of(
      "import pickle, mproc._crossval\ndef f(params): return "
      "pickle.loads(mproc._crossval.cell(params, 1, True, 'Mean')['model']).mean",
      {{"params", {{"shift", 1.0}}}});
  EXPECT_EQ(out.value, 1.5) << out.failure.summary();
}

TEST_F(CrossvalCell, of_a_function_has_its_scores_by_name) {
  const Outcome out = cells({{"function", "both"}}, Json::array({item({{"shift", 2}}, 0)}))[0];
  EXPECT_EQ(out.value["names"], R"(["train", "shift"])"_json);
  EXPECT_EQ(out.value["scores"], "[4.0, 2.0]"_json);
}

TEST_F(CrossvalCell, of_other_arrays_or_init_code_is_made_again) {
  const Json args = {{"estimator", "Mean"}}, items = Json::array({item({{"shift", 0.0}}, 0)});
  EXPECT_EQ(scores(args, items), "[[0.5]]"_json);
  share<std::int64_t>({"crossval.y", "<i8", {}, false, {6}}, {0, 0, 0, 0, 0, 0});
  EXPECT_EQ(scores(args, items), "[[1.0]]"_json);
  init("class Mean(Mean):\n  def score(self, X, y): return 7");
  EXPECT_EQ(scores(args, items), "[[7.0]]"_json);
}

TEST_F(CrossvalCell, whose_fit_raises_fails_with_its_traceback) {
  init("class Mean(Mean):\n  def fit(self, X, y): raise ArithmeticError('no fit')");
  const Outcome out = cells({{"estimator", "Mean"}}, Json::array({item(Json::object(), 0)}))[0];
  EXPECT_EQ(out.failure.summary(), "ArithmeticError: no fit");
  EXPECT_THAT(out.failure.traceback, HasSubstr("raise ArithmeticError('no fit')"));
}

TEST_F(CrossvalCell, is_checked_before_any_task_runs) {
  EXPECT_THAT(refusal({{"estimator", "Maen"}}),
              StartsWith("crossval.estimator: the executors have no function 'Maen'; "));
  EXPECT_THAT(refusal({{"function", "bath"}}),
              StartsWith("crossval.function: the executors have no function 'bath'; "));
  EXPECT_THAT(refusal({{"estimator", "Mean"}, {"scoring", {"os:nothing"}}}),
              StartsWith("crossval.scoring: module 'os' "));
  EXPECT_EQ(refusal({{"estimator", "Mean"}}, {{"shfit", 1}}),
            "estimator 'Mean' has no parameter 'shfit' (did you mean 'shift'?)");
  share<std::int64_t>({"crossval.y", "<i8", {}, false, {5}}, {0, 1, 0, 1, 0});
  const std::string lengths = "X has 6 rows, and y has 5: each sample needs one of both";
  EXPECT_EQ(refusal({{"estimator", "Mean"}}), lengths);
  EXPECT_EQ(refusal({{"function", "both"}}), lengths);
}

}  // namespace
}  // namespace mproc::pyembed
