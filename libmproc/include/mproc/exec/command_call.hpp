#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mproc/base/outcome.hpp"
#include "mproc/job/command.hpp"
#include "mproc/job/kernel.hpp"

namespace mproc::exec {

/// Which task a command runs, and where: {#} and {%}.
struct CommandTask {
  std::uint64_t index = 0;
  std::uint32_t executor = 1;
};

/// A program and its arguments, with what its environment has besides the executor's.
struct CommandCall {
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> env;
  std::string directory;  ///< where it runs, which may have to be made; empty: here
};

/// A command as executors run it: directly where it can be, else by a shell. What is replaced in a shell's
/// line comes by variables, MPROC_ARG_1 and so on: the shell parses none of it.
class Command {
 public:
  /// Throws CommandProblem.
  explicit Command(const job::MapSpec& spec);
  /// Why no task can run it on this node: a program that is not there.
  std::optional<base::Failure> problem() const;
  /// Throws DecodeError where the item does not give what is replaced.
  CommandCall call(const msgpack::object& item, CommandTask task) const;
  /// As the user may read it.
  std::string text(const msgpack::object& item, CommandTask task) const;

 private:
  /// The line is {}: each item is one itself.
  bool is_item() const {
    return line_ && line_->whole.size() == 1 && line_->whole[0].replaced && line_->whole[0].text.empty();
  }
  /// Whether this process finds what the command would: a relative path is one from its directory.
  bool finds(const std::string& program) const;
  std::vector<job::CommandWord> words_;
  job::CommandWord directory_;
  std::optional<job::CommandLine> line_;
  std::string shell_;
  bool by_shell_ = false, array_ = false;
};

/// Whether this is a program that can be started: its path, or a name on PATH.
bool is_executable(const std::string& program);

/// What a replacement string gives: {} of an item with several values gives them all. Throws DecodeError "the
/// item has no field 'x' ..." where there is none.
std::vector<std::string> replacement(const std::string& inside, const msgpack::object& item,
                                     CommandTask task);

}  // namespace mproc::exec
