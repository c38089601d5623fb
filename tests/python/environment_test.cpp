#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "mproc/base/error.hpp"
#include "mproc/pyembed/environment.hpp"
#include "support/errors.hpp"
#include "support/process.hpp"
#include "support/temp_directory.hpp"

namespace mproc::pyembed {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::Ran;
using testing::shell;
using ::testing::StartsWith;

/// A directory of its own, and no environment active.
class EnvironmentTest : public ::testing::Test {
 protected:
  EnvironmentTest() {
    unsetenv("VIRTUAL_ENV");
    unsetenv("CONDA_PREFIX");
  }
  ~EnvironmentTest() override {
    unsetenv("VIRTUAL_ENV");
    unsetenv("CONDA_PREFIX");
  }

  void write(const fs::path& file, const std::string& text) const { testing::put_file(dir_ / file, text); }
  /// A folder that looks like a virtual environment.
  fs::path fake_venv(const std::string& cfg) const {
    write("venv/pyvenv.cfg", cfg);
    write("venv/bin/python", "");
    setenv("VIRTUAL_ENV", (dir_ / "venv").c_str(), 1);
    return dir_ / "venv";
  }
  /// A folder of plugins that has one for this version.
  fs::path fake_plugins(const std::string& version) const {
    write("plugins/libmproc_python" + version + ".so", "");
    write("built/lib/libpython" + version + ".so.1.0", "");
    write("plugins/mproc_python" + version + ".json",
          fmt::format(R"({{"executable": "{0}/built/bin/python3", "home": "{0}/built",
                         "libpython": "{0}/built/lib/libpython{1}.so.1.0"}})",
                      dir_.string(), version));
    return dir_ / "plugins";
  }
  static std::string refused(const std::vector<fs::path>& plugins) {
    return testing::message_of<base::UserError>([&] { find_environment(plugins); });
  }

  const testing::TempDirectory directory_;
  const fs::path dir_ = directory_.path();
};

using Finder = EnvironmentTest;

TEST_F(Finder, without_an_environment_gives_the_python_built_against) {
  const Environment found = find_environment({dir_ / "none", MPROC_TEST_PLUGINS});
  EXPECT_TRUE(fs::exists(found.plugin));
  EXPECT_TRUE(fs::exists(found.libpython));
  EXPECT_TRUE(fs::exists(found.executable));
  EXPECT_TRUE(fs::exists(found.home / "lib" / ("python" + found.version) / "os.py"));
  EXPECT_TRUE(fs::exists(found.package_dir / "mproc" / "__init__.py"));
}

TEST_F(Finder, environment_without_a_plugin_names_the_command_that_builds_it) {
  const fs::path venv = fake_venv("home = /opt/python3.9/bin\nversion = 3.9.18\n");
  EXPECT_THAT(
      refused({dir_ / "plugins"}),
      AllOf(StartsWith("the active environment " + venv.string() +
                       " has Python 3.9, and there is no mproc plugin for it; build it with: cmake -S "),
            HasSubstr(" -B mproc-python3.9 -DMPROC_PYTHON_EXECUTABLE=" + venv.string() +
                      "/bin/python -DMPROC_PLUGIN_OUTPUT=" + dir_.string() +
                      "/plugins && cmake --build mproc-python3.9 --target mproc_python")));
}

TEST_F(Finder, base_with_its_own_libpython_is_used) {
  write("base/bin/python3.9", "");
  write("base/lib/libpython3.9.so.1.0", "");
  const fs::path venv =
      fake_venv("Home = " + (dir_ / "base/bin").string() + "\nversion_info = 3.9.7.final.0\n");
  const Environment found = find_environment({fake_plugins("3.9")});
  EXPECT_EQ(found.version, "3.9");
  EXPECT_EQ(found.plugin, dir_ / "plugins/libmproc_python3.9.so");
  EXPECT_EQ(found.package_dir, dir_ / "plugins/python");
  EXPECT_EQ(found.libpython, dir_ / "base/lib/libpython3.9.so.1.0");
  EXPECT_EQ(found.home, dir_ / "base");
  EXPECT_EQ(found.executable, venv / "bin/python");
}

TEST_F(Finder, base_without_libpython_takes_the_one_built_against) {
  const fs::path venv = fake_venv("home = " + (dir_ / "base/bin").string() + "\nversion = 3.9.7\n");
  const Environment found = find_environment({fake_plugins("3.9")});
  EXPECT_EQ(found.libpython, dir_ / "built/lib/libpython3.9.so.1.0");
  EXPECT_EQ(found.home, dir_ / "built");
  EXPECT_EQ(found.executable, venv / "bin/python");
}

TEST_F(Finder, version_is_read_from_the_folders_where_the_cfg_has_none) {
  const fs::path venv = fake_venv("home = /opt/x/bin\n");
  fs::create_directories(venv / "lib/python3.9/site-packages");
  EXPECT_EQ(find_environment({fake_plugins("3.9")}).version, "3.9");
}

TEST_F(Finder, conda_environment_is_its_own_home) {
  write("conda/bin/python", "");
  write("conda/lib/python3.9/os.py", "");
  write("conda/lib/libpython3.9.so.1.0", "");
  setenv("CONDA_PREFIX", (dir_ / "conda").c_str(), 1);
  const Environment found = find_environment({fake_plugins("3.9")});
  EXPECT_EQ(found.home, dir_ / "conda");
  EXPECT_EQ(found.executable, dir_ / "conda/bin/python");
  EXPECT_EQ(found.libpython, dir_ / "conda/lib/libpython3.9.so.1.0");
}

TEST_F(Finder, virtual_environment_goes_before_conda) {
  setenv("CONDA_PREFIX", (dir_ / "conda").c_str(), 1);
  const fs::path venv = fake_venv("home = /opt/x/bin\nversion = 3.9.7\n");
  EXPECT_EQ(find_environment({fake_plugins("3.9")}).executable, venv / "bin/python");
}

TEST_F(Finder, conda_environment_without_python_is_passed_over) {
  fs::create_directories(dir_ / "conda/lib");
  setenv("CONDA_PREFIX", (dir_ / "conda").c_str(), 1);
  EXPECT_EQ(find_environment({MPROC_TEST_PLUGINS}).package_dir, fs::path(MPROC_TEST_PLUGINS) / "python");
}

TEST_F(Finder, virtual_env_that_is_none_is_refused) {
  setenv("VIRTUAL_ENV", dir_.c_str(), 1);
  EXPECT_EQ(
      refused({MPROC_TEST_PLUGINS}),
      "VIRTUAL_ENV is " + dir_.string() +
          ", which is no virtual environment (it has no pyvenv.cfg); activate another or unset VIRTUAL_ENV");
}

TEST_F(Finder, no_plugin_at_all_is_refused_with_the_folders) {
  EXPECT_THAT(refused({dir_ / "a", dir_ / "b"}),
              AllOf(StartsWith("there is no mproc plugin for Python 3."),
                    HasSubstr(" in " + (dir_ / "a").string() + ", " + (dir_ / "b").string() +
                              "; build it with: cmake ")));
}

TEST_F(Finder, a_python_that_is_gone_is_refused) {
  fake_venv("home = /opt/x/bin\nversion = 3.9.7\n");
  const fs::path plugins = fake_plugins("3.9");
  fs::remove_all(dir_ / "built");
  EXPECT_THAT(refused({plugins}), HasSubstr("was built for is gone"));
}

TEST_F(Finder, a_damaged_record_is_an_error_of_the_machine) {
  fake_venv("home = /opt/x/bin\nversion = 3.9.7\n");
  const fs::path plugins = fake_plugins("3.9");
  write("plugins/mproc_python3.9.json", "{");
  EXPECT_THROW(find_environment({plugins}), base::SystemError);
}

TEST_F(Finder, libraries_that_do_not_load_are_named) {
  fake_venv("home = /opt/x/bin\nversion = 3.9.7\n");
  const Environment fake = find_environment({fake_plugins("3.9")});
  EXPECT_THAT(testing::message_of<base::SystemError>([&] { load_runtime(fake); }),
              StartsWith("cannot load " + fake.libpython.string() + ": "));
}

/// Real environments, each in a process of its own.
class VirtualEnvironment : public EnvironmentTest {
 protected:
  /// Makes one with this python, without pip, and activates it. False where venv is missing.
  bool make(const std::string& python) {
    const Ran ran = shell(python + " -m venv --without-pip " + (dir_ / "venv").string());
    setenv("VIRTUAL_ENV", (dir_ / "venv").c_str(), 1);
    return ran.status == 0;
  }
  static Ran probe(const std::string& expression) {
    return shell("ASAN_OPTIONS=detect_leaks=0 " MPROC_TEST_PROBE " " MPROC_TEST_PLUGINS " '" + expression +
                 "'");
  }
  void expect_that_it_works() {
    const fs::path venv = dir_ / "venv";
    const fs::path site =
        venv / "lib" / ("python" + find_environment({MPROC_TEST_PLUGINS}).version) / "site-packages";
    testing::put_file(site / "only_in_this_venv.py", "answer = 42\n");
    EXPECT_EQ(probe("sys.prefix, sys.executable").output, fmt::format("{0} {0}/bin/python", venv.string()));
    EXPECT_EQ(probe("__import__(\"only_in_this_venv\").answer").output, "42");
    // The standard library is that of the libpython in use: its compiled modules load.
    EXPECT_EQ(
        probe("__import__(\"_ctypes\") and __import__(\"ssl\") and __import__(\"multiprocessing\").__name__")
            .output,
        "multiprocessing");
    EXPECT_EQ(
        probe("os.path.dirname(os.__file__) == os.path.join(sys.base_prefix, \"lib\", \"python%d.%d\" % "
              "sys.version_info[:2])")
            .output,
        "True");
  }
};

TEST_F(VirtualEnvironment, of_the_python_built_against_works) {
  const Environment built_for = find_environment({MPROC_TEST_PLUGINS});
  if (!make(built_for.executable)) GTEST_SKIP() << "no venv module";
  expect_that_it_works();
  EXPECT_EQ(probe("sys.base_prefix").output, built_for.home.string());
}

TEST_F(VirtualEnvironment, of_another_build_of_the_same_version_works) {
  const Environment built_for = find_environment({MPROC_TEST_PLUGINS});
  const Ran other =
      shell("python3 -c 'import sys; print(\"%d.%d\" % sys.version_info[:2], sys.base_prefix)'");
  if (other.output == built_for.version + " " + built_for.home.string() ||
      other.output.rfind(built_for.version + " ", 0) != 0)
    GTEST_SKIP() << "python3 on PATH is no other build of " << built_for.version;
  if (!make("python3")) GTEST_SKIP() << "no venv module";
  expect_that_it_works();
}

TEST_F(VirtualEnvironment, refusal_reaches_the_user_as_one_line) {
  fake_venv("home = /opt/python3.9/bin\nversion = 3.6.18\n");
  const Ran ran = probe("1");
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.output, AllOf(HasSubstr("has Python 3.6, and there is no mproc plugin"),
                                ::testing::Not(HasSubstr("\n"))));
}

}  // namespace
}  // namespace mproc::pyembed
