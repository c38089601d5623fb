#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "mproc/job/items.hpp"
#include "mproc/job/spot.hpp"

namespace mproc::job {

/// Parameter sets to try, all written out before any is tried: they depend on the job alone.
struct Candidates {
  ItemBatch items;                 ///< each a map of the parameters' names to values
  std::vector<std::string> notes;  ///< lines for the user
};

/// More are refused.
inline constexpr std::uint64_t most_candidates = 10'000'000;

/// Where random and Sobol searches take parameters from. Each is a table in the job file, with one of
///   uniform = [low, high]      any number between them; with type = "int" as integer
///   loguniform = [low, high]   any number between them, its logarithm uniform; with type = "int" whole
///                              numbers, i with probability log((i + 1)/i) / log((high + 1)/low)
///   integer = [low, high]      whole numbers, both bounds included, each equally likely
///   choice = [...]             each element equally likely; a list alone, range and linspace are the same
///   boolean = true             true or false
class ParameterSpace {
 public:
  /// Throws UserError at the place of what cannot be read.
  explicit ParameterSpace(const Spot& params);

  std::size_t size() const { return parameters_.size(); }
  /// Appends the map of the parameters at a point of the unit cube: for each a fraction of 2^64. The values
  /// are the same on any machine.
  void append(base::Bytes& to, std::span<const std::uint64_t> point) const;

  /// A parameter's value at a fraction of 2^64, as msgpack.
  using Value = std::function<void(base::Bytes&, std::uint64_t)>;

 private:
  struct Parameter {
    std::string name;
    Value append;
  };
  std::vector<Parameter> parameters_;
};

/// Every combination, as items.grid gives them: the last parameter fastest. Throws UserError.
Candidates grid_candidates(const Spot& params);

/// Independent points; of those that give the same parameters the first one is kept, with a note (as the KX
/// toolkit does). More trials begin with those of fewer.
Candidates random_candidates(const ParameterSpace& space, std::uint64_t trials, std::uint64_t seed);

/// The first points of the Sobol sequence (S. Joe, F. Y. Kuo, SIAM J. Sci. Comput. 30, 2008; Boost.Random has
/// it for max_sobol parameters), shifted by one random point, bit by bit: so the seed matters, and a power of
/// two of trials fills the cube evenly in each parameter and in pairs of them. SciPy scrambles more
/// thoroughly, to the same end; KX takes the plain sequence without its first point, (0, ..., 0), and
/// evenness is lost with that (A. B. Owen, "On dropping the first Sobol' point", 2020). Repeated sets are
/// left out as above.
Candidates sobol_candidates(const ParameterSpace& space, std::uint64_t trials, std::uint64_t seed);
inline constexpr std::size_t max_sobol = 3667;

/// By the keys search, trials and params of a [crossval] table. search = "grid" (the default), "random",
/// "sobol" or "halving", which begins with the grid where params has lists only and there is no trials, else
/// with random ones. trials: 16, unless given; for sobol a power of two. Without params: one candidate,
/// without parameters. Throws UserError at the place of what cannot be read.
Candidates read_candidates(const Spot& crossval, std::uint64_t seed);

}  // namespace mproc::job
