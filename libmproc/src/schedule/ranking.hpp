#pragma once

#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace mproc::schedule {

/// Objects in the order of a key that changes; equal keys in the order of `Id`, so that nothing depends on
/// addresses. The object keeps its own Place.
template <class Key, class Id, class Object>
class Ranking {
 public:
  using Place = std::optional<Key>;
  struct Entry {
    Key key;
    Id id;
    Object* object;
    friend bool operator<(const Entry& a, const Entry& b) {
      return std::tie(a.key, a.id) < std::tie(b.key, b.id);
    }
  };

  /// Puts the object at `to`, or takes it out.
  void move(Object& object, Id id, Place& place, const Place& to) {
    if (place == to) return;
    if (place && to) {
      auto node = entries_.extract(Entry{*place, id, &object});
      node.value().key = *to;
      entries_.insert(std::move(node));
    } else if (place) {
      entries_.erase(Entry{*place, id, &object});
    } else {
      entries_.insert(Entry{*to, id, &object});
    }
    place = to;
  }

  bool empty() const { return entries_.empty(); }
  Object& front() const { return *entries_.begin()->object; }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  std::set<Entry> entries_;
};

}  // namespace mproc::schedule
