#include "mproc/report/page.hpp"

#include <gmock/gmock.h>

#include "mproc/journal/writer.hpp"
#include "mproc/report/failures.hpp"
#include "mproc/report/job_text.hpp"
#include "mproc/report/pictures.hpp"
#include "mproc/report/trace.hpp"
#include "support/failures.hpp"
#include "support/temp_directory.hpp"

namespace mproc::report {
namespace {

using base::Json;
using ::testing::HasSubstr;
using ::testing::Not;

struct WrittenRun {
  mproc::testing::TempDirectory temp;
  journal::RunDirectory run =
      journal::RunDirectory::create(temp / "runs", "sweep", R"({"document": {"name": "{{data}}"}})");
};

/// Two tasks of a millisecond each, of which the second one failed with such a message.
void write_two(const journal::RunDirectory& run, const std::string& message) {
  base::OutcomeBlock block;
  block.tasks = {0, 2};
  block.start_ns = 5'000'000'000;
  block.end_ns = 5'002'000'000;
  block.times = {{0, 1000}, {1000, 1000}};
  block.failed = {1};
  block.captures = {{1, "printed \xff"}};
  base::pack_to(block.values, 1);
  base::Failure failure = mproc::testing::failure("ValueError", message);
  failure.traceback = "Traceback\n" + message;
  base::pack_failure(block.values, failure);
  journal::ResultsRecord record;
  record.origin = {1, 0, 0, "node7"};
  base::encode_block(record.block.bytes, block);
  journal::Writer writer(run, base::Epoch{1}, nullptr);
  writer.append(journal::EventRecord{4'999'000'000, "begun"});
  writer.append(std::move(record));
  writer.append(journal::EndRecord{"finished", 1, 1});
  writer.close();
}

Json data_of(const journal::RunDirectory& run) {
  const journal::Index index(run);
  return page_data(run, index, History(index, std::nullopt), {});
}

/// What a browser takes for the data: up to the first end of its element.
Json data_in(const std::string& page) {
  const std::size_t begin = page.find('>', page.find("id=\"data\"")) + 1;
  return Json::parse(page.substr(begin, page.find("</script", begin) - begin));
}

TEST(Page, has_what_the_journal_says) {
  const WrittenRun written;
  write_two(written.run, "bad");
  const Json data = data_of(written.run);
  EXPECT_EQ(data["run"]["succeeded"], 1);
  EXPECT_EQ(data["run"]["failed"], 1);
  EXPECT_EQ(data["run"]["state"], "finished");
  EXPECT_EQ(data["picture"]["length"], 3000.0);
  EXPECT_EQ(data["shares"]["busy"], 2000);
  EXPECT_EQ(data["shares"]["before"], 1000);
  EXPECT_EQ(data["ranks"][0]["host"], "node7");
  ASSERT_EQ(data["bars"]["list"].size(), 2u);
  EXPECT_EQ(data["bars"]["list"][1], Json::parse("[0, 2000, 1000, 0, 1, 1, 1]"));
  EXPECT_EQ(data["failures"]["groups"][0]["text"], "ValueError: bad");
  EXPECT_EQ(data["failures"]["groups"][0]["traceback"], "Traceback\nbad");
  EXPECT_EQ(data["slowest"].size(), 2u);
  EXPECT_EQ(data["events"][0]["text"], "begun");
}

TEST(Page, no_text_ends_what_it_is_in) {
  const std::string hostile = "</script><b>\"'&\\ <!-- {{script}} \xf0\x9f\x98 \x01";
  const WrittenRun written;
  write_two(written.run, hostile);
  const std::string text = page(data_of(written.run));
  EXPECT_THAT(text, Not(HasSubstr("</script><b>")));
  EXPECT_THAT(text, Not(HasSubstr("<!-- {{")));
  const Json data = data_in(text);
  EXPECT_THAT(data["failures"]["groups"][0]["message"].get<std::string>(),
              HasSubstr("</script><b>\"'&\\ <!-- {{script}} "));
  EXPECT_EQ(data["failures"]["groups"][0]["printed"], "printed \xef\xbf\xbd");
  EXPECT_EQ(data["job"]["text"], "name = \"{{data}}\"\n");
}

TEST(Page, names_no_other_place) {
  const WrittenRun written;
  write_two(written.run, "bad");
  const std::string text = page(data_of(written.run));
  for (const char* word : {"src=", "@import", "url(", "fetch(", "import("})
    EXPECT_THAT(text, Not(HasSubstr(word)));
}

TEST(Page, of_a_run_that_has_not_begun_is_one_too) {
  const WrittenRun written;
  const Json data = data_in(page(data_of(written.run)));
  EXPECT_EQ(data["run"]["state"], "not started");
  EXPECT_EQ(data["times"]["tasks"], 0);
}

TEST(Page, an_executor_that_was_lost_is_its_ranks_only_one) {
  const WrittenRun written;
  {
    base::OutcomeBlock block;
    block.tasks = {0, 1};
    block.start_ns = block.end_ns = 1000;
    base::pack_to(block.values, 1);
    journal::Writer writer(written.run, base::Epoch{1}, nullptr);
    for (const std::uint32_t slot : {0u, journal::Origin::unknown_slot}) {
      journal::ResultsRecord record;
      record.origin = {1, slot, 0, "node7"};
      base::encode_block(record.block.bytes, block);
      writer.append(std::move(record));
    }
    writer.close();
  }
  const journal::Index index(written.run);
  const History history(index, std::nullopt);
  ASSERT_EQ(history.executors().size(), 1u);
  EXPECT_EQ(history.usage().tasks(0), 2u);
}

TEST(Page, executors_without_a_task_have_their_time_too) {
  const WrittenRun written;
  write_two(written.run, "bad");
  const journal::Index index(written.run);
  Background background;
  background.status.emplace();
  background.status->executors = 3;
  const Json shares = page_data(written.run, index, History(index, std::nullopt), background)["shares"];
  EXPECT_EQ(shares["unused"], 2 * 3000);
  EXPECT_EQ(shares["executors"], 3);
}

TEST(Page, a_run_under_way_lasts_until_its_status) {
  const WrittenRun written;
  {
    journal::Writer writer(written.run, base::Epoch{1}, nullptr);
    writer.append(journal::EventRecord{1'000'000'000, "begun"});
    writer.close();
  }
  const journal::Index index(written.run);
  journal::Status status;
  status.updated_ns = 4'000'000'000;
  EXPECT_EQ(History(index, status).axis().length_ns(), 3'000'000'000);
  status.updated_ns = 500'000'000;  // of a session before
  EXPECT_EQ(History(index, status).axis().length_ns(), 0);
}

TEST(Trace, is_json_with_a_slice_for_each_task) {
  const WrittenRun written;
  write_two(written.run, "bad");
  const journal::Index index(written.run);
  std::string text;
  write_trace("sweep-0001", index, History(index, std::nullopt),
              [&](std::string_view piece) { text += piece; });
  const Json trace = Json::parse(text);
  std::vector<Json> slices;
  for (const Json& event : trace["traceEvents"])
    if (event["ph"] == "X") slices.push_back(event);
  ASSERT_EQ(slices.size(), 2u);
  EXPECT_EQ(slices[1]["name"], "task 1");
  EXPECT_EQ(slices[1]["cat"], "failed");
  EXPECT_EQ(slices[1]["ts"], 2000.0);
  EXPECT_EQ(slices[1]["dur"], 1000.0);
  EXPECT_EQ(slices[1]["pid"], 1);
}

TEST(Failures, of_very_many_kinds_the_late_ones_are_counted) {
  Failures failures;
  for (std::uint64_t i = 0; i < Failures::most_groups + 5; ++i)
    failures.add({}, i, mproc::testing::failure("E", std::to_string(i)));
  failures.add({}, 3, mproc::testing::failure("E", "7"));
  EXPECT_EQ(failures.groups().size(), Failures::most_groups);
  EXPECT_EQ(failures.others(), 5u);
  EXPECT_EQ(failures.groups()[0].summary, "E: 7");
  EXPECT_EQ(failures.groups()[0].tasks, (std::vector<std::uint64_t>{7, 3}));
}

TEST(JobText, is_written_as_toml_is) {
  EXPECT_EQ(job_text(Json::parse(R"({"name": "a", "init": {"code": "x = 1\ny = 2\n"},
    "items": {"grid": {"a b": [1, 2], "c": {"range": 3}}}})")),
            "name = \"a\"\n\n[init]\ncode = '''\nx = 1\ny = 2\n'''\n\n[items.grid]\n\"a b\" = [1, 2]\n\n"
            "[items.grid.c]\nrange = 3\n");
  Json list = Json::array();
  for (int i = 0; i < 1000; ++i) list.push_back(i);
  EXPECT_THAT(job_text({{"list", list}}), HasSubstr("22, 23, … (1000 in all)]\n"));
}

TEST(Pictures, parameters_are_numbers_or_names) {
  job::ResultTable table;
  table.columns = {{"param_depth", {1, 2}},
                   {"param_by", {"gini", Json::array({1})}},
                   {"split0_test_score", {0.1, 0.2}},
                   {"split1_test_score", {0.3, nullptr}},
                   {"mean_test_score", {0.2, nullptr}},
                   {"rank_test_score", {1, 2}}};
  const Json picture = scores_picture(table, {});
  EXPECT_EQ(picture["candidates"], 2);
  EXPECT_EQ(picture["params"][0], Json::parse(R"({"name": "depth", "numeric": true, "values": [1, 2]})"));
  EXPECT_EQ(picture["params"][1],
            Json::parse(R"({"name": "by", "numeric": false, "values": ["gini", "[1]"]})"));
  EXPECT_EQ(picture["scores"][0]["splits"], Json::parse("[[0.1, 0.2], [0.3, null]]"));
}

TEST(Pictures, constant_features_are_no_points) {
  const Json picture =
      p_values_picture({{"a", 1e-9, true}, {"b", 0.5, false}, {"c", std::nan(""), false}}, 0.05, 1.5);
  EXPECT_EQ(picture["tested"], 2);
  EXPECT_EQ(picture["relevant"], 1);
  EXPECT_EQ(picture["points"], Json::parse("[[1, 1e-9, 1], [2, 0.5, 0]]"));
  EXPECT_EQ(picture["fdr"], 0.05);
}

TEST(Pictures, very_many_features_are_thinned_out) {
  std::vector<TestedFeature> features;
  for (int i = 0; i < 100'000; ++i) features.push_back({"f", i / 1e5, false});
  const Json picture = p_values_picture(features, std::nullopt, 1);
  EXPECT_LE(picture["points"].size(), 4000u);
  EXPECT_GE(picture["points"].size(), 3900u);
  EXPECT_TRUE(picture["fdr"].is_null());
}

}  // namespace
}  // namespace mproc::report
