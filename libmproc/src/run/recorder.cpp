#include "mproc/run/recorder.hpp"

#include <unistd.h>

#include <cstdlib>

#include "mproc/base/fd.hpp"
#include "mproc/base/time.hpp"

namespace mproc::run {

void Recorder::begin(const job::Job& job, const Plan& plan, const RunOptions& options,
                     const std::string& provenance, std::function<void()> wake) {
  directory_ = plan.kind == Plan::Kind::go_on
                   ? *plan.run
                   : journal::RunDirectory::create(options.runs_root, job.name, provenance);
  ownership_ = std::make_unique<journal::Ownership>(*directory_);
  const base::Epoch before = plan.index ? plan.index->epoch() : base::Epoch{0};
  writer_ = std::make_unique<journal::Writer>(*directory_, base::Epoch{before.value + 1}, std::move(wake));
  started_ns_ = base::wall_ns();
}

void Recorder::outcomes(base::StageKey stage, journal::Origin origin, base::ByteView block,
                        base::Bytes items) {
  journal::ResultsRecord record{stage, std::move(origin), {}, std::move(items)};
  base::append(record.block, block);
  writer_->append(std::move(record));
}

void Recorder::items(const journal::ItemsRecord& record) {
  writer_->append(record);
}

void Recorder::beat(const Progress& progress, const std::string& state) {
  if (!begun()) return;
  journal::Status status;
  status.state = state;
  status.total = progress.total;
  status.succeeded = progress.succeeded;
  status.failed = progress.failed;
  status.running = progress.running;
  status.started_ns = started_ns_;
  status.updated_ns = base::wall_ns();
  status.host = base::host_name();
  status.pid = ::getpid();
  if (const char* job = std::getenv("SLURM_JOB_ID")) status.slurm_job = job;
  journal::write_status(*directory_, status);
  if (ownership_) ownership_->beat();
}

void Recorder::end(const std::string& state, const Progress& progress) {
  if (!begun()) return;
  writer_->append(journal::EndRecord{state, progress.succeeded, progress.failed});
  writer_->close();
  beat(progress, state);
  ownership_.reset();
}

}  // namespace mproc::run
