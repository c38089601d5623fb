#include "mproc/exec/native_runtime.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "mproc/base/error.hpp"
#include "mproc/base/utf8.hpp"
#include "mproc/exec/native_item.hpp"
#include "mproc/exec/native_result.hpp"
#include "mproc/job/native.hpp"
#include "native_library.hpp"
#include "plain_function.hpp"

namespace mproc::exec {
namespace {

using base::Failure;
using base::FailureKind;

/// What a kernel may ask of its task.
class NativeTask final : public abi::Task {
 public:
  NativeTask(const SharedData& data, std::uint64_t seed) : data_(data), seed_(seed) {}
  void start(std::uint32_t stage, std::uint64_t index) {
    stage_ = stage;
    index_ = index;
  }
  Failure take_failure() { return std::move(failure_); }

  std::uint64_t index() const override { return index_; }
  std::uint32_t stage() const override { return stage_; }
  std::uint64_t seed() const override { return seed_; }
  const char* problem() const override { return problem_.c_str(); }
  bool data(const char* name, std::size_t size, abi::Number type, abi::Array& to) override;
  void raise(const char* type, std::size_t type_size, const char* text, std::size_t text_size) override {
    failure_ = {};
    failure_.kind = FailureKind::exception;
    failure_.type.assign(type, type_size);
    base::append_valid_utf8(failure_.message, {text, text_size});
  }

 private:
  const SharedData& data_;
  std::uint64_t seed_;
  std::uint32_t stage_ = 0;
  std::uint64_t index_ = 0;
  std::string problem_;
  Failure failure_;
  std::vector<std::shared_ptr<const SharedArray>> kept_;  // kernels may keep what they were given
};

bool NativeTask::data(const char* name, std::size_t size, abi::Number type, abi::Array& to) {
  const std::string key(name, size);
  try {
    auto array = data_.find(key);
    if (!array) {
      problem_ =
          fmt::format("there is no shared array '{}'; there are: {}", key, fmt::join(data_.names(), ", "));
      return false;
    }
    const job::ArraySpec& spec = array->spec();
    if (number_of_dtype(spec.dtype) != type) {
      problem_ = fmt::format("the shared array '{}' is of {}, not of {}", key, spec.dtype, exec::name(type));
      return false;
    }
    if (spec.fortran && spec.shape.size() > 1) {
      problem_ = fmt::format("the shared array '{}' lies in Fortran's order; save it in C's", key);
      return false;
    }
    to = {type, array->elements().data(), spec.shape.data(), spec.shape.size()};
    if (std::find(kept_.begin(), kept_.end(), array) == kept_.end()) kept_.push_back(std::move(array));
    return true;
  } catch (const std::exception& error) {
    problem_ = error.what();
    return false;
  }
}

}  // namespace

/// A prepared map: its kernel, and what its tasks use one after the other.
class NativeRuntime::Map {
 public:
  Map(const job::MapSpec& spec, const SharedData& data)
      : function_(job::parse_native(spec.function)),
        library_(function_.library, spec.raw_path),
        plain_(function_.is_plain
                   ? std::make_unique<PlainFunction>(function_, library_.symbol(function_.name))
                   : nullptr),
        kernel_(plain_ ? plain_->kernel() : library_.kernel(function_.name)),
        item_(kernel_, spec.args, static_cast<job::Call>(spec.call)),
        result_(static_cast<job::Encoding>(spec.encoding)),
        task_(data, spec.seed) {}

  /// Whether the kernel takes such an item.
  std::optional<Failure> check(base::ByteView item) {
    item_.start(item);
    if (kernel_.check(kernel_.self, item_)) return std::nullopt;
    return misfit();
  }

  void run(const Chunk& chunk, TaskLoop& loop) {
    base::ByteView items = chunk.items;
    std::optional<Failure> broken;  // after a damaged item nobody knows where the next one starts
    std::uint32_t at = 0;
    while (loop.next()) {
      if (!broken) {
        try {
          for (; at < loop.position(); ++at) items = items.subspan(base::skip_value(items, 0));
          items = items.subspan(item_.start(items));
          ++at;
        } catch (const base::DecodeError& error) {
          broken = Failure{.kind = FailureKind::item, .message = error.what()};
        }
      }
      if (broken)
        loop.fail(*broken);
      else
        run_task(chunk, loop);
    }
  }

 private:
  void run_task(const Chunk& chunk, TaskLoop& loop) {
    task_.start(chunk.stage.stage.value, loop.index());
    result_.start(loop.values());
    const abi::Status status = kernel_.run(kernel_.self, task_, item_, result_);
    if (status == abi::Status::misfit)
      loop.fail(misfit());
    else if (status == abi::Status::raised)
      loop.fail(task_.take_failure());
    else if (!result_.problem().empty())
      loop.fail(Failure{.kind = FailureKind::encode, .message = result_.problem()});
  }

  Failure misfit() const {
    return Failure{.kind = FailureKind::item,
                   .message = fmt::format("{}: {}", signature(kernel_), item_.problem())};
  }

  job::NativeFunction function_;
  NativeLibrary library_;
  std::unique_ptr<PlainFunction> plain_;
  const abi::Kernel& kernel_;
  NativeItem item_;
  NativeResult result_;
  NativeTask task_;
};

NativeRuntime::NativeRuntime(const SharedData& data) : data_(data) {}
NativeRuntime::~NativeRuntime() = default;

std::optional<Failure> NativeRuntime::init(const job::InitBlock& block) {
  return Failure{.kind = FailureKind::init,
                 .message = fmt::format("init code '{}' needs Python", block.name)};
}

std::optional<Failure> NativeRuntime::prepare(const job::MapSpec& spec) {
  try {
    auto map = std::make_unique<Map>(spec, data_);
    if (!spec.first_item.empty())
      if (auto misfit = map->check(base::view(spec.first_item))) return misfit;
    maps_[spec.map] = std::move(map);
    return std::nullopt;
  } catch (const base::DecodeError& error) {
    return Failure{.kind = FailureKind::item, .message = error.what()};
  } catch (const job::NativeProblem& problem) {
    return Failure{.kind = FailureKind::lookup,
                   .message = fmt::format("the kernel \"{}\" {}", spec.function, problem.what())};
  } catch (const std::exception& error) {
    return Failure{.kind = FailureKind::lookup, .message = error.what()};
  }
}

void NativeRuntime::forget(std::uint32_t map) {
  maps_.erase(map);
}

void NativeRuntime::run(const Chunk& chunk, TaskLoop& loop) {
  maps_.at(chunk.stage.map.value)->run(chunk, loop);
}

}  // namespace mproc::exec
