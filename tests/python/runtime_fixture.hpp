#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "mproc/base/error.hpp"
#include "mproc/pyembed/environment.hpp"
#include "support/block_log.hpp"

namespace mproc::pyembed {

using base::Ext;
using base::Failure;
using base::FailureKind;
using Json = nlohmann::json;
using nlohmann::literals::operator""_json;

/// A task's outcome as a test looks at it.
struct Outcome {
  bool failed = false;
  Failure failure;
  Json value;        ///< extension types are binaries with their type as subtype
  std::string text;  ///< the body of an extension type
};

/// The outcomes of what is delivered.
class MemorySink : public testing::BlockLog {
 public:
  std::vector<Outcome> outcomes() const {
    std::vector<Outcome> out;
    for (const auto& block : blocks)
      for (std::size_t at = 0; at < block.values.size();) {
        const std::size_t end = base::skip_value(block.values, at);
        out.push_back(outcome(base::ByteView(block.values).subspan(at, end - at)));
        at = end;
      }
    return out;
  }

 private:
  static Outcome outcome(base::ByteView value) {
    Outcome out;
    std::size_t offset = 0;
    const auto handle = base::unpack_value(value, offset);
    const msgpack::object& object = handle.get();
    if (object.type == msgpack::type::EXT) out.text.assign(object.via.ext.data(), object.via.ext.size);
    out.failed = object.type == msgpack::type::EXT && object.via.ext.type() == static_cast<int>(Ext::failure);
    if (out.failed)
      out.failure = base::unpack_as<Failure>(base::view(out.text));
    else
      out.value = Json::from_msgpack(base::text(value));
    return out;
  }
};

inline std::string packed(const Json& value) {
  const auto bytes = Json::to_msgpack(value);
  return {bytes.begin(), bytes.end()};
}

/// A runtime of the Python that the plugin was built for, with a fresh namespace for each test.
class RuntimeTest : public ::testing::Test {
 protected:
  RuntimeTest() {
    unsetenv("VIRTUAL_ENV");
    unsetenv("CONDA_PREFIX");
    environment_ = find_environment({MPROC_TEST_PLUGINS});
    runtime_ = load_runtime(environment_);
  }

  std::optional<Failure> try_init(const std::string& code) {
    return runtime_->init({.kind = static_cast<std::uint8_t>(job::InitBlock::Kind::code), .content = code});
  }
  void init(const std::string& code) {
    const auto failure = try_init(code);
    ASSERT_FALSE(failure) << failure->summary() << '\n' << failure->traceback;
  }
  std::optional<Failure> try_prepare(const std::string& function) {
    spec_.function = function;
    return runtime_->prepare(spec_);
  }
  void prepare(const std::string& function) {
    const auto failure = try_prepare(function);
    ASSERT_FALSE(failure) << failure->summary() << '\n' << failure->traceback;
  }

  /// Items as msgpack bytes already.
  std::vector<Outcome> run_bytes(const std::string& items, std::uint32_t count, std::uint64_t first = 0) {
    MemorySink sink;
    exec::Claim claim;
    exec::TaskStamp stamp;
    claim.open(count);
    exec::TaskLoop loop({first, count}, claim, stamp, sink, {});
    runtime_->run({{base::MapId{spec_.map}, base::StageId{0}}, {first, count}, base::view(items)}, loop);
    return sink.outcomes();
  }
  /// `items`: a list.
  std::vector<Outcome> run(const Json& items, std::uint64_t first = 0) {
    std::string bytes;
    for (const Json& item : items) bytes += packed(item);
    auto out = run_bytes(bytes, static_cast<std::uint32_t>(items.size()), first);
    EXPECT_EQ(out.size(), items.size());
    out.resize(items.size());
    return out;
  }
  /// The one outcome of code that defines f, applied to one item.
  Outcome result_of(const std::string& code, const Json& item = 0) {
    init(code);
    prepare("f");
    return run(Json::array({item}))[0];
  }

  Environment environment_;
  std::unique_ptr<exec::Runtime> runtime_;
  job::MapSpec spec_;
};

/// With arrays that tasks share.
class SharedDataTest : public RuntimeTest {
 protected:
  SharedDataTest() { runtime_->use(data_); }
  void share(const job::ArraySpec& array, base::ByteView elements) {
    auto memory = base::NodeMemory::create(array.bytes());
    memory.write(elements);
    data_.add({array, memory.address()});
  }
  template <class T>
  void share(const job::ArraySpec& array, const std::vector<T>& elements) {
    share(array, std::as_bytes(std::span(elements)));
  }

  exec::SharedData data_;
};

}  // namespace mproc::pyembed
