#include "mproc/job/document.hpp"

#include <cmath>

#include "support.hpp"

namespace mproc::job {
namespace {

Document toml(const std::string& text) {
  return Document::parse_toml(text, "sweep.toml", "/jobs");
}
Document json(const std::string& text) {
  return Document::parse_json(text, "sweep.json", "/jobs");
}

TEST(Document, keeps_the_order_of_tables_and_keys) {
  const auto document =
      toml("zeta = 1\nalpha = 2\n[items.grid]\nz = [1]\na = [2]\nm.y = 1\nm.b = 2\n[args]\nq={d=1,c=2}\n");
  EXPECT_EQ(
      document.tree().dump(),
      R"({"zeta":1,"alpha":2,"items":{"grid":{"z":[1],"a":[2],"m":{"y":1,"b":2}}},"args":{"q":{"d":1,"c":2}}})");
}

TEST(Document, toml_and_json_give_the_same_tree) {
  const auto a = toml("b = [1, 2.5, 'x', true]\n[[t]]\nn = -1\n[[t]]\nn = {z = 0x10}\n");
  const auto b = json(R"({"b": [1, 2.5, "x", true], "t": [{"n": -1}, {"n": {"z": 16}}]})");
  EXPECT_EQ(a.tree(), b.tree());
}

TEST(Document, dates_become_iso_strings) {
  const auto tree =
      toml("a = 2026-01-02T03:04:05Z\nb = 2026-01-02T03:04:05\nc = 2026-01-02\nd = 03:04:05\n").tree();
  EXPECT_EQ(tree["a"], "2026-01-02T03:04:05Z");
  EXPECT_EQ(tree["b"], "2026-01-02T03:04:05");
  EXPECT_EQ(tree["c"], "2026-01-02");
  EXPECT_EQ(tree["d"], "03:04:05");
}

TEST(Document, nan_and_infinities_stay_doubles) {
  const auto tree = toml("a = nan\nb = inf\nc = -inf\n").tree();
  EXPECT_TRUE(std::isnan(tree["a"].get<double>()));
  EXPECT_EQ(tree["b"].get<double>(), INFINITY);
  EXPECT_EQ(tree["c"].get<double>(), -INFINITY);
}

TEST(Document, knows_the_place_of_every_key_and_element) {
  const auto document =
      toml("a = 1\n[task]\n  \"b c\" = 2\nargs = { tol = 1e-6, x.y = [1,\n  2] }\nd . e=3\n[items.grid]\n");
  EXPECT_EQ(document.where("/a"), "sweep.toml:1:1");
  EXPECT_EQ(document.where("/task"), "sweep.toml:2:1");
  EXPECT_EQ(document.where("/task/b c"), "sweep.toml:3:3");
  EXPECT_EQ(document.where("/task/args"), "sweep.toml:4:1");
  EXPECT_EQ(document.where("/task/args/tol"), "sweep.toml:4:10");
  EXPECT_EQ(document.where("/task/args/x/y"), "sweep.toml:4:22");
  EXPECT_EQ(document.where("/task/args/x/y/1"), "sweep.toml:5:3");
  EXPECT_EQ(document.where("/task/d/e"), "sweep.toml:6:1");
  EXPECT_EQ(document.where("/items/grid"), "sweep.toml:7:1");
}

TEST(Document, what_has_no_place_is_at_what_holds_it) {
  const auto document = toml("a = 1\n[task]\n");
  EXPECT_EQ(document.where("/task/function/0"), "sweep.toml:2:1");
  EXPECT_EQ(document.where("/absent"), "sweep.toml");
  EXPECT_EQ(json("{}").where("/items/grid/alpha"), "sweep.json: /items/grid/alpha");
}

TEST(Document, pointers_escape_slash_and_tilde) {
  EXPECT_EQ(toml("x = 1\n'a/b~c' = 1\n").where("/a~1b~0c"), "sweep.toml:2:1");
}

struct BadText {
  std::string text, message;
};

TEST(Document, bad_toml_is_one_line_with_its_place) {
  const std::vector<BadText> bad = {
      {"a = \n",
       "sweep.toml:1:5: missing value after key-value separator '=' (expected value, but got nothing)"},
      {"a=1\na=2\n", "sweep.toml:2:3: value (\"a\") already exists (value defined twice)"},
      {"[t]\nx=1\n[t]\n", "sweep.toml:3:1: table (\"t\") already exists (table defined twice)"},
      {"x=1\na = 1 2\n", "sweep.toml:2:7: invalid line format (expected newline, but got '2')"},
      {"a = 99999999999999999999", "sweep.toml:1:5: integer 99999999999999999999 does not fit 64 bits"},
      {"a = 0xffffffffffffffff", "sweep.toml:1:5: integer 0xffffffffffffffff does not fit 64 bits"},
      {"a = -1e400", "sweep.toml:1:5: number -1e400 does not fit a double"},
      {"a = 0b" + std::string(64, '1'), "sweep.toml:1:5: integer does not fit 64 bits"},
      {"x = 1\na = " + std::string(100'000, '['), "sweep.toml:2:205: nested too deeply"},
  };
  for (const auto& [text, message] : bad) EXPECT_EQ(user_error([&] { toml(text); }), message);
}

TEST(Document, the_largest_integers_and_doubles_fit) {
  const auto tree = toml(
                        "a = 9223372036854775807\nb = -9223372036854775808\nc = 1.7976931348623157e308\n"
                        "d = 0x7fffffffffffffff\n")
                        .tree();
  EXPECT_EQ(tree["a"], INT64_MAX);
  EXPECT_EQ(tree["b"], INT64_MIN);
  EXPECT_EQ(tree["c"], std::numeric_limits<double>::max());
  EXPECT_EQ(tree["d"], INT64_MAX);
}

TEST(Document, brackets_in_strings_and_comments_are_no_nesting) {
  const std::string many(1000, '[');
  EXPECT_EQ(toml("# " + many + "\na = '" + many + "'\nb = \"\"\"\n" + many + "\\\"\"\"\"\n").tree()["a"],
            many);
}

TEST(Document, bad_json_is_one_line_with_its_place) {
  const std::vector<BadText> bad = {
      {"{\n \"a\": }",
       "sweep.json:2:7: syntax error while parsing value - unexpected '}'; expected '[', '{', or a literal"},
      {"{\"a\": 1,\n\"b\": {\"c\": 1, \"c\": 2}}", "sweep.json:2:15: key 'c' twice"},
      {std::string("{}\n\0{}", 6), "sweep.json:2:1: a NUL character; JSON text has it as \\u0000"},
      {"[1]", "sweep.json:1:1: a job has to be a table: {\"task\": ..., \"items\": ...}"},
      {"{\"a\": 99999999999999999999}", "sweep.json:1:7: integer 99999999999999999999 does not fit 64 bits"},
  };
  for (const auto& [text, message] : bad) EXPECT_EQ(user_error([&] { json(text); }), message);
  EXPECT_THAT(user_error([&] { json(""); }), ::testing::StartsWith("sweep.json:1:1: "));
  EXPECT_THAT(user_error([&] { json("{\"a\":" + std::string(100'000, '[')); }),
              ::testing::EndsWith("nested too deeply"));
  EXPECT_THAT(user_error([&] { json("{\"a\":1e999}"); }),
              ::testing::HasSubstr("number overflow parsing '1e999'"));
}

TEST(Document, set_replaces_a_value_read_as_toml_else_as_text) {
  auto document = toml("[task]\nargs = {tol = 1}\n");
  document.set("task.args.tol=1e-3");
  document.set("task.function=model:f");
  document.set("task.args.name='quoted'");
  document.set("task.args.list=[1, {a = 2}]");
  document.set("task.args.empty=");
  document.set("task.args.color=#fff");
  document.set("task.args.eq=a=b");
  EXPECT_EQ(
      document.tree()["task"].dump(),
      R"({"args":{"tol":0.001,"name":"quoted","list":[1,{"a":2}],"empty":"","color":"#fff","eq":"a=b"},"function":"model:f"})");
}

TEST(Document, set_makes_tables_and_reaches_into_lists) {
  auto document = toml("items.list = [1, {a = 2}]\n");
  document.set("items.list.0=5");
  document.set("items.list.1.a=6");
  document.set("items.list.2.b.c=7");
  document.set("new.'dotted.key'.x=true");
  EXPECT_EQ(document.tree().dump(),
            R"({"items":{"list":[5,{"a":6},{"b":{"c":7}}]},"new":{"dotted.key":{"x":true}}})");
}

TEST(Document, set_values_are_placed_at_the_option) {
  auto document = toml("[task]\ncpus = 1\nretries = 2\n");
  document.set("task.cpus=2");
  document.set("run.chunk=3");
  EXPECT_EQ(document.where("/task/cpus"), "--set");
  EXPECT_EQ(document.where("/run/chunk"), "--set");
  EXPECT_EQ(document.where("/task/retries"), "sweep.toml:3:1");
}

TEST(Document, set_refuses_what_leads_nowhere) {
  auto document = toml("a = 1\nlist = [1]\n");
  const Json before = document.tree();
  EXPECT_EQ(user_error([&] { document.set("a.b=1"); }), "--set a.b=1: 'a' is not a table");
  EXPECT_EQ(user_error([&] { document.set("list.5=1"); }),
            "--set list.5=1: 'list' has 1 elements, there is no 5");
  EXPECT_EQ(user_error([&] { document.set("list.x=1"); }),
            "--set list.x=1: 'list' is a list: name an element by its number, from 0");
  EXPECT_EQ(user_error([&] { document.set("a"); }), "--set a: write key=value");
  EXPECT_EQ(user_error([&] { document.set("=1"); }), "--set =1: write key=value");
  EXPECT_EQ(user_error([&] { document.set("a..b=1"); }),
            "--set a..b=1: write key=value, with dots between the parts of the key");
  EXPECT_EQ(document.tree(), before);
}

TEST(Document, set_cannot_smuggle_in_other_keys) {
  auto document = toml("a = 1\n");
  document.set("b=1\nc = 2");
  EXPECT_EQ(document.tree().dump(), R"({"a":1,"b":"1\nc = 2"})");
}

TEST(Document, reads_by_suffix_and_knows_its_directory) {
  Folder folder;
  folder.write("sub/a.toml", "x = 1\n");
  folder.write("sub/a.json", "{\"x\": 1}");
  const auto a = Document::read("sub/a.toml");
  EXPECT_EQ(a.tree(), Document::read("sub/a.json").tree());
  EXPECT_EQ(a.base_dir(), folder.path() / "sub");
  EXPECT_EQ(a.name(), "sub/a.toml");
  EXPECT_EQ(user_error([&] { Document::read("b.toml"); }), "b.toml: there is no such job file");
  EXPECT_EQ(user_error([&] { Document::read("sub"); }), "sub: is a directory, not a job file");
}

}  // namespace
}  // namespace mproc::job
