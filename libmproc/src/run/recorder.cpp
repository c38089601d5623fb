#include "mproc/run/recorder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "mproc/base/fd.hpp"
#include "mproc/base/time.hpp"

namespace mproc::run {

void Recorder::begin(const job::Job& job, const Plan& plan, const RunOptions& options,
                     const std::string& provenance, std::function<void()> wake) {
  base::Epoch before{0};
  if (plan.kind == Plan::Kind::go_on) {
    directory_ = plan.run;
    before = plan.index->epoch();
    take_up(*plan.index, provenance);
  } else {
    start(job, plan, options, provenance);
  }
  writer_ = std::make_unique<journal::Writer>(*directory_, base::Epoch{before.value + 1}, std::move(wake));
  started_ns_ = base::wall_ns();
}

void Recorder::take_up(const journal::Index& index, const std::string& provenance) {
  ownership_ = std::make_unique<journal::Ownership>(*directory_);
  MPROC_CHECK(directory_->journal_size() == index.journal_size(),
              "run {} was written by another mproc meanwhile; the same command goes on", directory_->name());
  if (directory_->job_json() != provenance) directory_->replace_job_json(provenance);
}

/// Of two that start the same job at the same time, the one with the lower number goes on.
void Recorder::start(const job::Job& job, const Plan& plan, const RunOptions& options,
                     const std::string& provenance) {
  directory_ = journal::RunDirectory::create(options.runs_root, job.name, provenance);
  ownership_ = std::make_unique<journal::Ownership>(*directory_);
  if (options.fresh) return;
  for (auto run = directory_->previous(); run && run->name() != plan.last; run = run->previous()) {
    if (!is_run_of(*run, job)) continue;
    ownership_.reset();
    std::filesystem::remove_all(directory_->path());
    throw base::UserError(
        fmt::format("run {} was begun by another mproc meanwhile; the same command goes on", run->name()));
  }
}

void Recorder::outcomes(base::StageKey stage, journal::Origin origin, const base::PayloadView& block,
                        base::Payload items) {
  writer_->append(journal::ResultsRecord{stage, std::move(origin), block.keep(), std::move(items)});
}

void Recorder::attempts(base::StageKey stage, journal::Origin origin, base::Bytes block) {
  writer_->append(journal::AttemptsRecord{stage, std::move(origin), base::Payload(std::move(block))});
}

void Recorder::event(const std::string& text) {
  if (ownership_) writer_->append(journal::EventRecord{base::wall_ns(), text.substr(0, text.find('\n'))});
}

void Recorder::items(const journal::ItemsRecord& record) {
  writer_->append(record);
}

void Recorder::beat(const Progress& progress, const std::string& state) {
  if (!begun()) return;
  keep_ownership();
  write_status(progress, state);
}

void Recorder::keep_ownership() {
  try {
    ownership_->beat();
  } catch (...) {
    ownership_.reset();
    throw;
  }
}

void Recorder::write_status(const Progress& progress, const std::string& state) const {
  journal::Status status;
  status.state = state;
  status.total = progress.total;
  status.succeeded = progress.succeeded;
  status.failed = progress.failed;
  status.running = progress.running;
  status.done_before = progress.done_before;
  status.ranks = progress.workers;
  status.executors = progress.executors;
  status.started_ns = started_ns_;
  status.updated_ns = base::wall_ns();
  status.host = base::host_name();
  status.pid = ::getpid();
  if (const char* job = std::getenv("SLURM_JOB_ID")) status.slurm_job = job;
  journal::write_status(*directory_, status);
}

void Recorder::end(const std::string& state, const Progress& progress) {
  if (!begun()) return;
  if (ownership_) keep_ownership();
  if (ownership_) writer_->append(journal::EndRecord{state, progress.succeeded, progress.failed});
  const auto ownership = std::exchange(ownership_, nullptr);  // no event comes after this
  writer_->close();
  if (ownership) write_status(progress, state);
}

}  // namespace mproc::run
