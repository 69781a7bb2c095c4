// Implements the words of conditions.
#include "saddle/data/condition_words.h"

#include "saddle/base/error.h"
#include "saddle/data/column.h"

namespace saddle {
namespace {

bool is_blank(char c) { return static_cast<unsigned char>(c) <= ' '; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

ConditionWords::ConditionWords(const std::string& text, std::string where) : text_(text), where_(std::move(where)) {
  advance();
  end_ = 0;
}

size_t ConditionWords::skip_blanks(size_t at) const {
  while (at < text_.size() && is_blank(text_[at])) ++at;
  return at;
}

void ConditionWords::read_quoted(char quote) {
  next_.kind = quote == '`' ? ConditionWord::Kind::backtick : ConditionWord::Kind::quoted;
  for (size_t i = next_.begin + 1; i < text_.size(); ++i) {
    if (text_[i] == quote && (i + 1 == text_.size() || text_[i + 1] != quote)) {
      next_.end = i + 1;
      return;
    }
    if (text_[i] == quote) ++i;  // doubled
    next_.text += text_[i];
  }
  next_.text = text_.substr(next_.begin);
  refuse(next_, std::string("a quote with an end, ") + quote);
}

void ConditionWords::advance() {
  end_ = next_.end;
  const size_t begin = skip_blanks(end_);
  next_ = {ConditionWord::Kind::end, "", begin, begin};
  if (begin == text_.size()) return;
  const char c = text_[begin], behind = begin + 1 < text_.size() ? text_[begin + 1] : '\0';
  if (c == '\'' || c == '"' || c == '`') return read_quoted(c);
  const bool doubled = ((c == '<' || c == '>' || c == '!' || c == '=') && behind == '=') || (c == '<' && behind == '>');
  const std::string_view signs = in_list_ ? "()<>=;," : "()<>=;";
  const auto is_sign = [&](size_t i) {
    return signs.find(text_[i]) != std::string_view::npos || (text_[i] == '!' && text_.substr(i, 2) == "!=");
  };
  if (is_sign(begin)) {
    next_.kind = ConditionWord::Kind::sign;
    next_.end = begin + (doubled ? 2 : 1);
  } else {
    next_.kind = ConditionWord::Kind::plain;
    while (next_.end < text_.size() && !is_blank(text_[next_.end]) && !is_sign(next_.end)) ++next_.end;
  }
  next_.text = text_.substr(begin, next_.end - begin);
}

bool ConditionWords::is(std::string_view word) const {
  if (next_.kind == ConditionWord::Kind::sign) return next_.text == word;
  return next_.kind == ConditionWord::Kind::plain &&
         std::equal(next_.text.begin(), next_.text.end(), word.begin(), word.end(),
                    [](char a, char b) { return lower(a) == b; });
}

bool ConditionWords::take(std::string_view word) {
  if (!is(word)) return false;
  advance();
  return true;
}

bool ConditionWords::follows(char c) const {
  const size_t at = skip_blanks(next_.end);
  return at < text_.size() && text_[at] == c;
}

size_t ConditionWords::character(size_t byte) const {
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  return static_cast<size_t>(std::count_if(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(byte), begins)) +
         1;
}

void ConditionWords::refuse(const ConditionWord& word, const std::string& wanted, const std::string& hint) const {
  throw UsageError(where_ + ": expected " + wanted + ", got " +
                   (word.kind == ConditionWord::Kind::end ? "the end" : in_quotes(word.text)) + " at character " +
                   std::to_string(character(word.begin)) + (text_.empty() ? "" : " of " + in_quotes(text_)) +
                   (hint.empty() ? "" : " (" + hint + ")"));
}

void ConditionWords::refuse_name(const ConditionWord& word, const std::string& kind,
                                 const std::vector<std::string>& known) const {
  throw UsageError(where_ + ": at character " + std::to_string(character(word.begin)) + " of " + in_quotes(text_) +
                   ": " + unknown_name(kind, word.text, known));
}

}  // namespace saddle
