// The words of a condition's text, one after the other, and errors that name their place.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace saddle {

/// A word of a condition. `text` is without quotes.
struct ConditionWord {
  /// What it is: the end of the text, a plain word, one in quotes or in backticks, or a sign.
  enum class Kind { end, plain, quoted, backtick, sign };
  Kind kind = Kind::end;
  std::string text = {};
  size_t begin = 0, end = 0;  // in the text, in bytes
};

/// Reads a condition's text word by word, with the next one in view.
class ConditionWords {
 public:
  /// Of a text; `where` begins errors. Throws: UsageError where a quote never ends.
  ConditionWords(const std::string& text, std::string where);

  const ConditionWord& next() const { return next_; }  // not yet taken

  /// Goes on by one word. Throws: UsageError where a quote never ends.
  void advance();

  /// Whether the next word is this sign, or this keyword in any case.
  bool is(std::string_view word) const;

  /// Takes the next word if it is this one.
  bool take(std::string_view word);

  /// Whether this character stands behind the next word, with blanks between.
  bool follows(char c) const;

  /// Whether a comma ends a word, from the word behind the next one on.
  void set_in_list(bool in_list) { in_list_ = in_list; }

  /// The text from a byte to the end of the word taken last.
  std::string text_from(size_t begin) const { return text_.substr(begin, end_ - begin); }

  /// The number of the character at a byte, from 1.
  size_t character(size_t byte) const;

  /// Throws UsageError: "WHERE: expected WANTED, got 'word' at character 3 of 'text' (hint)".
  [[noreturn]] void refuse(const ConditionWord& word, const std::string& wanted, const std::string& hint = "") const;

  /// Throws UsageError for the name of something that is none of the known.
  [[noreturn]] void refuse_name(const ConditionWord& word, const std::string& kind,
                                const std::vector<std::string>& known) const;

 private:
  void read_quoted(char quote);
  size_t skip_blanks(size_t at) const;

  std::string text_, where_;
  ConditionWord next_;
  size_t end_ = 0;  // of the word taken last
  bool in_list_ = false;
};

}  // namespace saddle
