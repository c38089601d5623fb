// A user's program with kernels and sessions of its own; what it does is its first argument.
#include <mproc/session.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <ranges>
#include <string>
#include <tuple>

#include "session_program.hpp"

namespace {

struct Move {
  std::string name;
  std::vector<double> steps;
};
MPROC_STRUCT(Move, name, steps)

double twice(double x) {
  return 2 * x;
}
MPROC_KERNEL(twice)

double risky(double x, const std::string& how) {
  if (how == "throw") throw std::runtime_error("it throws");
  if (how == "abort") std::abort();
  return x;
}
MPROC_KERNEL(risky, x, how)

Move longer(Move move) {
  move.name += "!";
  for (double& step : move.steps) step *= 2;
  return move;
}
MPROC_KERNEL(longer)

void nothing(int) {}
MPROC_KERNEL(nothing)

double shared(const mproc::Task& task, std::size_t i, std::size_t j) {
  return task.data<double>("X").row(i)[j];
}
MPROC_KERNEL(shared)

std::uint64_t drawn(const mproc::Task& task, int) {
  return task.random()();
}
MPROC_KERNEL(drawn)

void maps(mproc::Session& session) {
  print(session.map<double>("twice", std::views::iota(0, 10)));
  print(session.map<double>("libm.so:hypot(f64, f64) -> f64",
                            std::vector<std::pair<int, int>>{{3, 4}, {5, 12}}));
  const auto moved = session.map<Move>("longer", std::vector<Move>{{"a", {1, 2}}, {"b", {}}});
  std::cout << moved[0].name << ' ' << moved[0].steps[1] << ' ' << moved[1].name << ' '
            << moved[1].steps.size() << '\n';
  session.map<void>("nothing", std::vector{1, 2, 3});
  print(session.map<double>("twice", std::vector<int>{}));
}

void failures(mproc::Session& session) {
  const std::vector<std::tuple<int, std::string>> items{{0, ""}, {1, "throw"}, {2, "abort"}, {3, ""}};
  for (const auto& outcome : session.outcomes<double>("risky", items))
    std::cout << outcome.index << ' '
              << (outcome.value ? std::to_string(*outcome.value) : outcome.failure->summary) << '\n';
  refused([&] { session.map<double>("risky", items); });
  refused([&] { session.map<double>("none", std::vector{1}); });
  refused([&] { session.map<double>("twice", std::vector<std::string>{"x"}); });
  refused([&] { session.map<std::string>("twice", std::vector{1}); });
  refused([&] { session.map<double>("twice", std::vector<std::string>{"\xff"}); });
  print(session.map<double>("twice", std::vector{4}));
}

void streams(mproc::Session& session) {
  std::uint64_t count = 0;
  double sum = 0;
  session.stream<double>("twice", std::views::iota(0, 1'000'000), [&](mproc::Outcome<double>&& outcome) {
    ++count;
    sum += *outcome.value;
  });
  std::cout << count << ' ' << static_cast<std::uint64_t>(sum) << '\n';
  refused([&] {
    session.stream<double>("twice", std::views::iota(0), [&](auto&& outcome) {
      if (outcome.index >= 1000) throw std::runtime_error("the sink has enough");
    });
  });
  refused([&] {
    session.map<double>("twice", std::views::iota(0) | std::views::transform([](int i) {
                                   if (i == 20'000) throw std::runtime_error("the range has an end");
                                   return i;
                                 }));
  });
  print(session.map<double>("twice", std::vector{4}));
}

void shares(mproc::Session& session) {
  std::vector<double> elements(6);
  std::iota(elements.begin(), elements.end(), 0);
  {
    const auto array = session.share<double>("X", elements, {2, 3});
    print(session.map<double>("shared", std::vector<std::pair<int, int>>{{0, 1}, {1, 2}}));
  }
  refused([&] { session.map<double>("shared", std::vector<std::pair<int, int>>{{0, 1}}); });
  refused([&] { const auto array = session.share<double>("X", elements, {2, 2}); });
  const std::vector<int> items(5);
  print(session.map<std::uint64_t>("drawn", items, {.seed = 7}));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  try {
    mproc::Session session({.executors = 2, .settings = {"task.memory=1GiB"}});
    std::cout << session.executors() << " executors" << std::endl;
    if (what == "maps") maps(session);
    if (what == "failures") failures(session);
    if (what == "streams") streams(session);
    if (what == "shares") shares(session);
    if (what == "waits")
      refused([&] {
        for (;;) session.map<double>("twice", std::vector{1});
      });
  } catch (const std::exception& error) {
    std::cout << "main: " << error.what() << '\n';
    return 1;
  }
  if (what != "twice over") return 0;
  mproc::Session second({.executors = 1});
  print(second.map<double>("twice", std::vector{1, 2}));
}
