#include "mproc/exec/built_in_runtime.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "built_in_kernels.hpp"
#include "mproc/base/error.hpp"
#include "mproc/job/ndarray.hpp"

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

const msgpack::object* find_field(const msgpack::object& item, std::string_view name) {
  if (item.type != msgpack::type::MAP) return nullptr;
  for (const auto& [key, value] : item.via.map)
    if (key.type == msgpack::type::STR && std::string_view(key.via.str.ptr, key.via.str.size) == name)
      return &value;
  return nullptr;
}

const msgpack::object& field(const msgpack::object& item, std::string_view name) {
  if (const auto* found = find_field(item, name)) return *found;
  throw base::DecodeError(fmt::format("the item has no '{}'", name));
}

std::string_view text_of(const msgpack::object& item, std::string_view name) {
  const msgpack::object& value = field(item, name);
  if (value.type != msgpack::type::STR)
    throw base::DecodeError(fmt::format("the item's '{}' is no text", name));
  return {value.via.str.ptr, value.via.str.size};
}

std::span<const double> reals_of(const msgpack::object& value, std::string_view name,
                                 std::vector<double>& copy) {
  const bool array = value.type == msgpack::type::EXT &&
                     value.via.ext.type() == static_cast<std::int8_t>(base::Ext::ndarray);
  if (!array) throw base::DecodeError(fmt::format("the item's '{}' is no array", name));
  const auto body = std::as_bytes(std::span(value.via.ext.data(), value.via.ext.size));
  const job::NdarrayView view = job::decode_ndarray(body);
  if (view.dtype != "<f8" || view.shape.size() != 1)
    throw base::DecodeError(fmt::format("the item's '{}' is of {} and {} dimensions, not a vector of <f8",
                                        name, view.dtype, view.shape.size()));
  const std::size_t count = view.data.size() / sizeof(double);
  if (reinterpret_cast<std::uintptr_t>(view.data.data()) % alignof(double) == 0)
    return {reinterpret_cast<const double*>(view.data.data()), count};
  copy.resize(count);
  if (count > 0) std::memcpy(copy.data(), view.data.data(), view.data.size());
  return copy;
}

void append_reals(base::Bytes& to, std::span<const double> values) {
  job::append_ndarray(to, "<f8", std::array<std::uint64_t, 1>{values.size()}, std::as_bytes(values));
}

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
