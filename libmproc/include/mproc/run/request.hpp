#pragma once

#include <string>
#include <vector>

#include "mproc/job/document.hpp"
#include "mproc/run/plan.hpp"

namespace mproc::run {

/// What the ranks of a run are asked to do: the job document, after --set, and the options; or to serve a
/// driver. Central alone reads it.
struct Request {
  job::Document document;  ///< of a session: as read_session() reads it, in the driver's directory
  RunOptions options;
  std::string driver;                      ///< socket at which a driver listens; empty: this is a job's run
  std::uint32_t executors_per_worker = 1;  ///< 0: each worker fills its node
  std::uint32_t executors = 0;             ///< of all workers, the last of which has fewer; 0: no limit
  std::int64_t silence_ns = 0;             ///< of a worker, until it counts as lost; 0: silence_limit
  std::vector<std::uint32_t> executors_each;  ///< where they differ: of each worker, in the place of both
};

/// What a session is asked for by KEY=VALUE. Throws UserError for what a session cannot have.
job::Document session_document(const std::vector<std::string>& settings);

/// For a driver that listens at `socket`, with settings of its executors as KEY=VALUE. Throws UserError for
/// those that a session cannot have.
Request session_request(const std::string& socket, const std::vector<std::string>& settings);

std::string encode(const Request& request);
Request decode_request(const std::string& text);

}  // namespace mproc::run
