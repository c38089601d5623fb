#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mproc/base/node_memory.hpp"
#include "mproc/job/data.hpp"

namespace mproc::exec {

/// Where processes of a node find an array's elements.
struct ArrayPlace {
  job::ArraySpec array;
  base::MemoryAddress memory;
  MSGPACK_DEFINE(array, memory)
};

/// A shared array as a process sees it that runs tasks: elements() is the node's one copy, read-only.
class SharedArray {
 public:
  SharedArray(job::ArraySpec array, const base::NodeMemory& memory)
      : array_(std::move(array)), mapping_(memory) {}
  const job::ArraySpec& spec() const { return array_; }
  base::ByteView elements() const { return mapping_.bytes(); }

 private:
  job::ArraySpec array_;
  base::ReadOnlyMapping mapping_;
};

/// The shared arrays that a process knows, by name. Who has found one may keep it.
class SharedData {
 public:
  /// In the place of one of the same name. That it cannot be had is the problem of whoever asks for it.
  void add(const ArrayPlace& place);
  void remove(const std::string& name) { arrays_.erase(name); }
  /// Null when there is none. Throws SystemError when there is one that cannot be had.
  std::shared_ptr<const SharedArray> find(const std::string& name) const;
  std::vector<std::string> names() const;

 private:
  struct Known {
    std::shared_ptr<const SharedArray> array;  // or:
    std::string problem;
  };
  std::map<std::string, Known> arrays_;
};

}  // namespace mproc::exec
