#include "mproc/exec/built_in_runtime.hpp"

#include <fmt/format.h>

#include "built_in_kernels.hpp"
#include "mproc/base/error.hpp"

namespace mproc::exec {
namespace {

using base::Failure;
using base::FailureKind;

std::unique_ptr<BuiltInRuntime::Kernel> make_built_in(const job::MapSpec& spec) {
  const base::Json args = spec.args.empty() ? base::Json::object() : base::Json::from_msgpack(spec.args);
  if (spec.function == "fresh.extract") return make_fresh_extract(args);
  if (spec.function == "fresh.test") return make_fresh_test(args);
  throw base::UserError(
      fmt::format("mproc has no kernel '{}'; it has fresh.extract and fresh.test", spec.function));
}

}  // namespace

BuiltInRuntime::BuiltInRuntime() = default;
BuiltInRuntime::~BuiltInRuntime() = default;

std::optional<Failure> BuiltInRuntime::init(const job::InitBlock& block) {
  return Failure{.kind = FailureKind::init,
                 .message = fmt::format("init code '{}' needs Python", block.name)};
}

std::optional<Failure> BuiltInRuntime::prepare(const job::MapSpec& spec) {
  try {
    kernels_[spec.map] = make_built_in(spec);
    return std::nullopt;
  } catch (const std::exception& error) {
    kernels_.erase(spec.map);
    return Failure{.kind = FailureKind::lookup, .message = error.what()};
  }
}

void BuiltInRuntime::forget(std::uint32_t map) {
  kernels_.erase(map);
}

void BuiltInRuntime::run(const Chunk& chunk, TaskLoop& loop) {
  Kernel& kernel = *kernels_.at(chunk.stage.map.value);
  std::size_t offset = 0;
  std::uint32_t at = 0;
  while (loop.next()) {
    try {
      for (; at < loop.position(); ++at) offset = base::skip_value(chunk.items, offset);
      const auto item = base::unpack_value(chunk.items, offset);
      ++at;
      kernel.run(item.get(), loop.values());
    } catch (const base::DecodeError& error) {
      loop.fail(Failure{.kind = FailureKind::item, .message = error.what()});
    } catch (const base::UserError& error) {
      loop.fail(Failure{.kind = FailureKind::exception, .message = error.what()});
    } catch (const std::exception& error) {
      loop.fail(Failure{.kind = FailureKind::exception, .type = "std::exception", .message = error.what()});
    }
  }
}

}  // namespace mproc::exec
