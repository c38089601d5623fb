#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mapped_file.hpp"
#include "mproc/journal/index.hpp"
#include "mproc/journal/segment.hpp"
#include "segment_files.hpp"
#include "stage_table.hpp"

namespace mproc::journal {

class Index::Impl {
 public:
  explicit Impl(const RunDirectory& run);
  /// Null for a stage without outcomes.
  const StageTable* stage(base::StageKey key) const;
  const std::map<base::StageKey, StageTable>& stages() const { return stages_; }

  base::Epoch epoch{0};
  std::uint64_t journal_size = 0;
  std::optional<ItemsRecord> items;
  std::optional<EndRecord> end;
  std::vector<EventRecord> events;
  std::vector<Index::Session> sessions;
  std::vector<std::string> damage;
  std::map<base::MapId, base::StageKey> later;  // that are made of the first stage's outcomes

 private:
  void read(const SegmentFile& file);
  void take(const SegmentReader::Record& record);
  void take_event(EventRecord event);
  void take_items(const ItemsRecord& record);
  void take_results(base::ByteView body, bool attempts);

  std::vector<MappedFile> files_;
  std::map<base::StageKey, StageTable> stages_;
};

}  // namespace mproc::journal
