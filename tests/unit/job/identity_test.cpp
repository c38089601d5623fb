#include "support.hpp"

namespace mproc::job {
namespace {

const std::string base_job = R"(
seed = 1
[init]
files = ["init.py"]
code = "y = 2"
[task]
function = "model:f"
args = { a = 1, b = 2 }
[items]
list = [1]
)";

class Identity : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("init.py", "x = 1\n");
    folder_.write("model.py", "def f(x): return x\n");
    before_ = parts(base_job);
    identity_before_ = identity(job_from(folder_, base_job));
  }
  std::vector<std::pair<std::string, std::string>> parts(const std::string& toml) {
    return identity_parts(job_from(folder_, toml));
  }
  /// Names of the parts that differ from the base job's.
  std::string changed(const std::string& toml) {
    std::string out;
    const auto now = parts(toml);
    for (std::size_t i = 0; i < now.size(); ++i)
      if (now[i] != before_[i]) out += (out.empty() ? "" : ", ") + now[i].first;
    const bool differs = identity(job_from(folder_, toml)) != identity_before_;
    EXPECT_EQ(differs, !out.empty());
    return out;
  }
  static std::string with(const std::string& old_text, const std::string& new_text) {
    std::string toml = base_job;
    return toml.replace(toml.find(old_text), old_text.size(), new_text);
  }

  Folder folder_;
  std::vector<std::pair<std::string, std::string>> before_;
  std::string identity_before_;
};

TEST_F(Identity, is_128_bits_in_hex_and_stable) {
  EXPECT_THAT(identity_before_, ::testing::MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(identity_before_.size(), 32u);
  EXPECT_EQ(changed(base_job), "");
}

TEST_F(Identity, changes_with_what_results_depend_on) {
  EXPECT_EQ(changed(with("model:f", "model:g")), "kernel");
  EXPECT_EQ(changed(with("a = 1", "a = 2")), "args");
  EXPECT_EQ(changed(with("a = 1", "a = 1.0")), "args");
  EXPECT_EQ(changed(with("seed = 1", "seed = 2")), "seed");
  EXPECT_EQ(changed(with("seed = 1", "")), "seed");
  EXPECT_EQ(changed(with("y = 2", "y = 3")), "init code");
  EXPECT_EQ(changed(with("[items]", "call = 'item'\n[items]")), "call");
  EXPECT_EQ(changed(with("function = \"model:f\"\nargs = { a = 1, b = 2 }", "command = ['x']")),
            "kernel, args");
}

TEST_F(Identity, changes_with_the_text_of_init_files_and_of_the_module_beside_the_job_file) {
  folder_.write("init.py", "x = 2\n");
  EXPECT_EQ(changed(base_job), "init code");
  folder_.write("init.py", "x = 1\n");
  folder_.write("model.py", "def f(x): return -x\n");
  EXPECT_EQ(changed(base_job), "kernel");
}

TEST_F(Identity, follows_packages_and_dotted_modules) {
  folder_.write("pkg/__init__.py", "1");
  folder_.write("pkg/deep.py", "1");
  const auto package = parts(with("model:f", "pkg:f")), deep = parts(with("model:f", "pkg.deep:f"));
  folder_.write("pkg/__init__.py", "2");
  EXPECT_NE(parts(with("model:f", "pkg:f")), package);
  EXPECT_EQ(parts(with("model:f", "pkg.deep:f")), deep);
  folder_.write("pkg/deep.py", "2");
  EXPECT_NE(parts(with("model:f", "pkg.deep:f")), deep);
}

TEST_F(Identity, changes_with_the_generator_of_the_items_and_its_text) {
  folder_.write("gen.py", "def a(): yield 1\ndef b(): yield 1\n");
  const std::string by_a = with("list = [1]", "python = 'gen:a'");
  EXPECT_EQ(changed(by_a), "item generator");
  const auto before = parts(by_a);
  EXPECT_NE(parts(with("list = [1]", "python = 'gen:b'")), before);
  folder_.write("gen.py", "def a(): yield 2\n");
  EXPECT_NE(parts(by_a), before);
}

TEST_F(Identity, does_not_change_with_how_the_job_is_run) {
  EXPECT_EQ(changed(with("a = 1, b = 2", "b = 2, a = 1")), "");
  EXPECT_EQ(changed("name = 'other'\n" + base_job), "");
  EXPECT_EQ(changed(with("[items]", "retries = 3\nlost-retries = 0\ncpus = 2\n[items]")), "");
  EXPECT_EQ(changed(with("[items]", "timeout = '30m'\nmemory = '2GiB'\n[run]\nrecycle = 100\n[items]")), "");
  EXPECT_EQ(changed(base_job +
                    "[run]\nchunk = 3\ngrace = '1s'\nmax-failures = 1\nwalltime = '1h'\nenv = {A = 'b'}\n"),
            "");
  EXPECT_EQ(changed(base_job + "[output]\npath = 'x.csv'\n[slurm]\nnodes = 2\n"), "");
  EXPECT_EQ(changed(with("list = [1]", "list = [1, 2]")), "");
}

TEST(ItemHash, equal_prefixes_have_equal_hashes) {
  const auto hash = [](const std::vector<std::string>& items) {
    ItemHash out;
    for (const auto& item : items) out.add(base::view(item));
    return out.value();
  };
  EXPECT_EQ(hash({"a", "b"}), hash({"a", "b"}));
  EXPECT_NE(hash({"a", "b"}), hash({"b", "a"}));
  EXPECT_NE(hash({"ab"}), hash({"a", "b"}));
  EXPECT_NE(hash({""}), hash({}));
  EXPECT_NE(hash({"", ""}), hash({""}));
}

}  // namespace
}  // namespace mproc::job
