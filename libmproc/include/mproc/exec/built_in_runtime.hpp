#pragma once

#include <map>
#include <memory>

#include "mproc/exec/runtime.hpp"

namespace mproc::exec {

/// Runs kernels that come with mproc, by MapSpec::function:
///
/// fresh.extract: features of one series. args: {"features": as kernels::fresh::features_of() takes them}.
///   item: {"id": text, "column": text, "values": array, "hours": array or none}, the arrays of one dimension
///   and dtype <f8; hours are the values' times. result: {"id", "column", "values": a value a feature}.
///
/// fresh.test: whether a feature has to do with a target. args: {"target": list of whole numbers, of numbers,
/// of
///   booleans or of texts, "ml_task": "auto", "classification" or "regression", "test": "mann" or "smir"}.
///   item: {"feature": text, "values": array of a value a row of the target}. result: {"feature", "type":
///   "constant", "binary" or "real", "p_values": array, for each label, or one}.
class BuiltInRuntime final : public Runtime {
 public:
  BuiltInRuntime();
  ~BuiltInRuntime() override;
  std::optional<base::Failure> init(const job::InitBlock& block) override;
  std::optional<base::Failure> prepare(const job::MapSpec& spec) override;
  void forget(std::uint32_t map) override;
  void run(const Chunk& chunk, TaskLoop& loop) override;

  /// A kernel with its args.
  class Kernel {
   public:
    virtual ~Kernel() = default;
    /// Appends the item's result to `to`. Throws UserError or DecodeError for what is no such item.
    virtual void run(const msgpack::object& item, base::Bytes& to) = 0;
  };

 private:
  std::map<std::uint32_t, std::unique_ptr<Kernel>> kernels_;  // by map
};

}  // namespace mproc::exec
