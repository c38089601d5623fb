#pragma once

#include <istream>
#include <string>
#include <vector>

namespace mproc::app {

/// One list of words that tasks are made of.
struct InputSource {
  std::vector<std::string> words;
  bool linked = false;  ///< goes side by side with the one before
};

/// Where on the command line of `mproc map` GNU parallel's :::, ::::, :::+ and ::::+ begin: what follows is
/// words of items, with leading dashes too. Else argc.
int input_sources_begin(int argc, char** argv);

/// `words` begins with one of them. Throws UserError.
std::vector<InputSource> read_input_sources(const std::vector<std::string>& words, char separator);

/// The words of a file, "-" being standard input: what its separators end.
std::vector<std::string> words_of_file(const std::string& file, const std::string& option, char separator);
std::vector<std::string> words_of(std::istream& from, char separator);

}  // namespace mproc::app
