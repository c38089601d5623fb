#include "input_sources.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string_view>

#include "mproc/base/error.hpp"

namespace mproc::app {
namespace {

bool is_sign(std::string_view word) {
  constexpr std::array<std::string_view, 4> signs{":::", "::::", ":::+", "::::+"};
  return std::find(signs.begin(), signs.end(), word) != signs.end();
}

}  // namespace

int input_sources_begin(int argc, char** argv) {
  if (argc < 2 || std::string_view(argv[1]) != "map") return argc;
  return static_cast<int>(std::find_if(argv, argv + argc, is_sign) - argv);
}

std::vector<std::string> words_of(std::istream& from, char separator) {
  std::vector<std::string> words;
  for (std::string word; std::getline(from, word, separator);) words.push_back(word);
  return words;
}

std::vector<std::string> words_of_file(const std::string& file, const std::string& option, char separator) {
  if (file == "-") return words_of(std::cin, separator);
  MPROC_CHECK(std::filesystem::exists(file), "map: {} {}: there is no such file", option, file);
  std::ifstream from(file, std::ios::binary);
  MPROC_CHECK(from && !std::filesystem::is_directory(file), "map: {} {}: cannot be read", option, file);
  return words_of(from, separator);
}

std::vector<InputSource> read_input_sources(const std::vector<std::string>& words, char separator) {
  std::vector<InputSource> sources;
  for (std::size_t at = 0; at < words.size();) {
    const std::string& sign = words[at];
    const auto begin = words.begin() + static_cast<std::ptrdiff_t>(++at);
    const auto end = std::find_if(begin, words.end(), is_sign);
    const std::vector<std::string> given(begin, end);
    at += given.size();
    const bool linked = sign.ends_with('+');
    MPROC_CHECK(!linked || !sources.empty(),
                "map: {} links to a source before it, and there is none; write {}", sign,
                sign.substr(0, sign.size() - 1));
    MPROC_CHECK(!given.empty(), "map: no items after {}; give some, or leave it out", sign);
    if (!sign.starts_with("::::")) {
      sources.push_back({given, linked});
      continue;
    }
    for (const std::string& file : given) {
      sources.push_back({words_of_file(file, sign, separator), linked});
      MPROC_CHECK(!sources.back().words.empty(), "map: {} {}: has no items", sign, file);
    }
  }
  return sources;
}

}  // namespace mproc::app
