#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mproc/job/document.hpp"

namespace mproc::job {

/// One value of a document, with its key and place for messages. Points into the document.
class Spot {
 public:
  explicit Spot(const Document& document) : document_(&document), value_(&document.tree()) {}

  bool has(std::string_view key) const { return value_->is_object() && value_->contains(key); }
  Spot member(const std::string& key) const;
  Spot element(std::size_t index) const;

  const Json& value() const { return *value_; }
  const Document& document() const { return *document_; }
  /// "task.args.tol"
  const std::string& key() const { return key_; }
  /// The last part of the key.
  const std::string& name() const { return name_; }
  /// Value's place: "sweep.toml:12:3".
  std::string where() const { return document_->where(pointer_); }
  /// What a message begins with: "PLACE: ", or nothing where the document has no name.
  std::string opening() const;

  /// UserError "PLACE: 'KEY' PROBLEM".
  [[noreturn]] void refuse(const std::string& problem) const;
  template <class... Args>
  void check(bool condition, fmt::format_string<Args...> problem, Args&&... args) const {
    if (!condition) refuse(fmt::format(problem, std::forward<Args>(args)...));
  }

  /// The value as the type wanted; refused where it is another.
  const std::string& text() const;
  std::uint64_t count(std::uint64_t least = 0,
                      std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) const;
  std::vector<std::string> texts() const;
  const Json& table(std::string_view example) const;
  const Json& list(std::string_view example) const;

 private:
  const Document* document_;
  const Json* value_;
  std::string pointer_, key_, name_;
};

/// "a string", "a list", ... for messages.
std::string_view kind(const Json& value);

/// Refuses a member of the table that is none of `known`, and names the nearest.
void check_members(const Spot& table, std::span<const std::string_view> known);

}  // namespace mproc::job
