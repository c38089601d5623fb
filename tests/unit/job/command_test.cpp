#include "mproc/job/command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mproc::job {
namespace {

using ::testing::ElementsAre;

/// Replacements as <inside>, with the quotes that they stand in.
std::string shown(const CommandWord& word) {
  std::string out;
  for (const auto& piece : word) {
    const char mark = " \"'$"[static_cast<int>(piece.quotes)];
    out += piece.replaced ? "<" + piece.text + (mark == ' ' ? ">" : std::string{mark, '>'}) : piece.text;
  }
  return out;
}

std::vector<std::string> words_of_line(const std::string& line) {
  std::vector<std::string> out;
  for (const auto& word : parse_command_line(line).words) out.push_back(shown(word));
  return out;
}

std::string whole(const std::string& line) {
  return shown(parse_command_line(line).whole);
}

TEST(CommandLine, without_shell_syntax_is_split_into_words) {
  EXPECT_THAT(words_of_line("gzip -9 {}"), ElementsAre("gzip", "-9", "<>"));
  EXPECT_THAT(words_of_line("  convert {} {.}.png "), ElementsAre("convert", "<>", "<.>.png"));
  EXPECT_THAT(words_of_line("tar -cf {2/.}.tar {name} {-1//} {#} {%}"),
              ElementsAre("tar", "-cf", "<2/.>.tar", "<name>", "<-1//>", "<#>", "<%>"));
}

TEST(CommandLine, quotes_are_read_as_a_shell_reads_them) {
  EXPECT_THAT(words_of_line(R"(a 'b c' "d e" f\ g '' "h\"i\j")"),
              ElementsAre("a", "b c", "d e", "f g", "", R"(h"i\j)"));
  EXPECT_THAT(words_of_line(R"(a 'x {} y' "{}z" '$(no)')"), ElementsAre("a", "x <'> y", "<\">z", "$(no)"));
}

TEST(CommandLine, with_shell_syntax_is_for_a_shell) {
  for (const char* line : {"a | b",
                           "a; b",
                           "a && b",
                           "a &",
                           "a > b",
                           "a < b",
                           "(a)",
                           "a $HOME",
                           "a `b`",
                           "a \"$(b)\"",
                           "a *.c",
                           "a ?",
                           "a [b]",
                           "a ~/b",
                           "a # b",
                           "A=1 b",
                           "a {b,c}",
                           "{ a; }",
                           "a\nb",
                           "cd {}",
                           "time a",
                           "! a",
                           "for i in 1; do a; done",
                           "exit 3",
                           "'unfinished",
                           "a \\",
                           "# nothing"})
    EXPECT_FALSE(parse_command_line(line).plain) << line;
  for (const char* line : {"a b=c", "a b~c", "a 'b | c'", "a \\$b", "a b#c", "a %", "a -x+,:@/b"})
    EXPECT_TRUE(parse_command_line(line).plain) << line;
}

TEST(CommandLine, braces_of_the_shell_stay) {
  for (const char* line : {"echo ${X} ${X%.c} ${#}", "{ echo; }", "a{b,c}", "a{1..3}", "a{a..z}",
                           "awk '{print $1}'", "echo {", "echo }", "a{1..9..2}"})
    EXPECT_EQ(whole(line), line);
  EXPECT_EQ(whole("a {{}} {{x}} '{{.}}'"), "a {} {x} '{.}'");
  EXPECT_EQ(whole("awk '{n++} END{print n}' {}"), "awk '{n++} END{print n}' <>");
}

TEST(CommandLine, knows_which_quotes_a_replacement_stands_in) {
  EXPECT_EQ(whole(R"(a "b {}" '{.}' $'{/}' {//})"), R"(a "b <">" '<.'>' $'</$>' <//>)");
  EXPECT_EQ(whole(R"x(a "$(b {} "{}")" "`c {}`")x"), R"x(a "$(b <> "<">")" "`c <>`")x");
  EXPECT_EQ(whole("a # it's {}\nb {}"), "a # it's {}\nb <>");
}

TEST(CommandLine, an_unknown_replacement_is_a_slip) {
  for (const char* line : {"a {..}", "a {=s/a/b/=}", "a {0}", "a {+/}", "a {1...}", "a {3..}"})
    EXPECT_THROW(parse_command_line(line), CommandProblem) << line;
}

TEST(CommandLine, that_is_an_item_has_no_replacements) {
  EXPECT_FALSE(parse_finished_line("echo {}").plain) << "braces are the shell's";
  EXPECT_EQ(shown(parse_finished_line("echo {} {..}").whole), "echo {} {..}");
  EXPECT_TRUE(parse_finished_line("echo a").plain);
}

}  // namespace
}  // namespace mproc::job
