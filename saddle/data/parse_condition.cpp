// Implements the reading of conditions, by recursive descent.
#include "saddle/data/parse_condition.h"

#include <optional>

#include "saddle/base/error.h"
#include "saddle/data/condition_value.h"
#include "saddle/data/condition_words.h"

namespace saddle {
namespace {

using ConditionForm = RowCondition::Form;
using Comparison = RowCondition::Comparison;
using WordKind = ConditionWord::Kind;

constexpr int kMostNested = 100;

struct Operator {
  const char* sign;
  Comparison comparison, flipped;
};
constexpr Operator kOperators[] = {
    {"=", Comparison::equal, Comparison::equal},      {"==", Comparison::equal, Comparison::equal},
    {"!=", Comparison::unequal, Comparison::unequal}, {"<>", Comparison::unequal, Comparison::unequal},
    {"<", Comparison::less, Comparison::more},        {"<=", Comparison::at_most, Comparison::at_least},
    {">", Comparison::more, Comparison::less},        {">=", Comparison::at_least, Comparison::at_most}};
constexpr const char* kReserved[] = {"and", "or", "not", "in", "is"};

/// One rule of the grammar a function; each begins at the word that is next and ends behind its own.
class ConditionParser {
 public:
  ConditionParser(const std::string& text, const TableSchema& schema, const std::string& where)
      : words_(text, where), columns_(schema.columns) {}

  RowCondition parse() {
    if (next().kind == WordKind::end) words_.refuse(next(), "a condition", "such as age >= 30");
    RowCondition whole = joined(ConditionForm::all, ";", &ConditionParser::disjunction);
    if (next().kind != WordKind::end)
      words_.refuse(next(), "and, or, or the end", "put what has blanks in it in quotes: 'United States'");
    return whole;
  }

 private:
  using Rule = RowCondition (ConditionParser::*)();

  const ConditionWord& next() const { return words_.next(); }

  RowCondition node(ConditionForm form, size_t begin) const {
    RowCondition made;
    made.form = form;
    made.text = words_.text_from(begin);
    return made;
  }

  /// One or more parts with a word between them.
  RowCondition joined(ConditionForm form, const char* between, Rule part) {
    const size_t begin = next().begin;
    std::vector<RowCondition> parts = {(this->*part)()};
    while (words_.take(between)) parts.push_back((this->*part)());
    if (parts.size() == 1) return std::move(parts.front());
    RowCondition made = node(form, begin);
    made.parts = std::move(parts);
    return made;
  }

  RowCondition disjunction() { return joined(ConditionForm::any, "or", &ConditionParser::conjunction); }
  RowCondition conjunction() { return joined(ConditionForm::all, "and", &ConditionParser::unit); }

  RowCondition unit() {
    const ConditionWord first = next();
    if (++nested_ > kMostNested)
      words_.refuse(first, "at most " + std::to_string(kMostNested) + " parentheses and nots inside each other");
    RowCondition made;
    if (words_.take("not")) {
      RowCondition part = unit();
      made = negated(std::move(part), first.begin);
    } else if (words_.take("(")) {
      made = disjunction();
      if (!words_.take(")"))
        words_.refuse(next(), "and, or, or ) for the ( at character " + std::to_string(words_.character(first.begin)));
    } else if (words_.is("combination") && words_.follows('(')) {
      made = combination();
    } else {
      made = test();
    }
    --nested_;
    return made;
  }

  RowCondition negated(RowCondition part, size_t begin) const {
    RowCondition made = node(ConditionForm::negation, begin);
    made.parts.push_back(std::move(part));
    return made;
  }

  RowCondition combination() {
    const size_t begin = next().begin;
    words_.take("combination");
    std::vector<int64_t> columns;
    in_parentheses([&] { columns.push_back(column_at(operand("a column"))); });
    RowCondition made = node(ConditionForm::combination, begin);
    made.columns = std::move(columns);
    return made;
  }

  /// A list in parentheses, its entries with commas between.
  void in_parentheses(const std::function<void()>& entry) {
    const ConditionWord open = next();
    words_.set_in_list(true);
    if (!words_.take("(")) words_.refuse(next(), "( and a list", "such as (a, b)");
    do entry();
    while (words_.take(","));
    words_.set_in_list(false);
    if (!words_.take(")"))
      words_.refuse(next(), "a comma, or ) for the ( at character " + std::to_string(words_.character(open.begin)));
  }

  /// A comparison, or what is asked of one column.
  RowCondition test() {
    const ConditionWord first = operand("a column or a value");
    const bool is_not_in = words_.is("not");
    if (is_not_in) words_.take("not");
    if (words_.is("in")) return among(first, is_not_in);
    if (is_not_in) words_.refuse(next(), "in behind not", "not stands before a whole condition: not age = 30");
    if (words_.take("is")) return missing(first);
    std::vector<RowCondition> parts;
    ConditionWord left = first;
    while (const Operator* sign = find_operator()) {
      words_.take(sign->sign);
      ConditionWord right = operand("a column or a value behind " + std::string(sign->sign));
      parts.push_back(comparison(left, *sign, right));
      left = std::move(right);
    }
    if (parts.empty()) {
      if (first.kind != WordKind::quoted && !find_column(first)) column_at(first);  // refuses the name
      words_.refuse(next(), "=, !=, <, <=, >, >=, in or is behind '" + first.text + "'",
                    "put what has blanks in it in quotes");
    }
    if (parts.size() == 1) return std::move(parts.front());
    RowCondition made = node(ConditionForm::all, first.begin);
    made.parts = std::move(parts);
    return made;
  }

  RowCondition missing(const ConditionWord& of) {
    const int64_t column = column_at(of);
    const bool is_not = words_.take("not");
    if (!words_.take("missing")) words_.refuse(next(), "missing or not missing behind is", "= compares with a value");
    RowCondition made = node(ConditionForm::missing, of.begin);
    made.columns = {column};
    return is_not ? negated(std::move(made), of.begin) : made;
  }

  RowCondition among(const ConditionWord& of, bool is_not) {
    const int64_t column = column_at(of);
    words_.take("in");
    std::vector<RowCondition> parts;
    in_parentheses([&] {
      const ConditionWord value = operand("a value");
      RowCondition& part = parts.emplace_back(node(ConditionForm::compare, value.begin));
      part.columns = {column};
      part.value = value_at(value, column);
    });
    RowCondition made = node(ConditionForm::any, of.begin);
    made.parts = std::move(parts);
    return is_not ? negated(std::move(made), of.begin) : made;
  }

  /// The operator that is next; null: none is.
  const Operator* find_operator() const {
    for (const Operator& one : kOperators)
      if (words_.is(one.sign)) return &one;
    return nullptr;
  }

  ConditionWord operand(const std::string& wanted) {
    const ConditionWord word = next();
    if (word.kind == WordKind::end) words_.refuse(word, wanted);
    if (word.kind == WordKind::sign) words_.refuse(word, wanted, "what has one of ()<>=; in it stands in quotes");
    for (const char* reserved : kReserved)
      if (words_.is(reserved)) words_.refuse(word, wanted, "a column of this name stands in `backticks`");
    words_.advance();
    return word;
  }

  std::optional<int64_t> find_column(const ConditionWord& word) const {
    for (size_t c = 0; c < columns_.size(); ++c)
      if (columns_[c].name == word.text) return static_cast<int64_t>(c);
    return std::nullopt;
  }

  const SchemaColumn& at(int64_t column) const { return columns_[static_cast<size_t>(column)]; }

  std::vector<std::string> column_names() const {
    std::vector<std::string> names;
    names.reserve(columns_.size());
    for (const auto& one : columns_) names.push_back(one.name);
    return names;
  }

  int64_t column_at(const ConditionWord& word) const {
    const auto column = find_column(word);
    if (column) return *column;
    words_.refuse_name(word, "column", column_names());
  }

  double value_at(const ConditionWord& word, int64_t column) const {
    const ConditionValue read = read_condition_value(word.text, at(column));
    if (read.problem.empty()) return read.value;
    std::string hint = read.hint;
    if (const std::string near = nearest_name(word.text, column_names()); word.kind == WordKind::plain && !near.empty())
      hint += std::string(hint.empty() ? "" : "; ") + "did you mean the column '" + near + "'?";
    words_.refuse(word, read.problem, hint);
  }

  /// Whether the word is taken as a value of a column rather than as the column that it names too.
  bool is_value(const ConditionWord& word, const std::optional<int64_t>& named, int64_t of) const {
    if (word.kind == WordKind::backtick) return false;
    if (!named) return true;
    const bool alike = at(*named).kind == at(of).kind;
    return (word.kind == WordKind::quoted || !alike) && read_condition_value(word.text, at(of)).problem.empty();
  }

  RowCondition comparison(const ConditionWord& left, const Operator& sign, const ConditionWord& right) const {
    const auto a = find_column(left), b = find_column(right);
    if (!a && !b) {  // the number is the value
      double number = 0;
      column_at(left.kind != WordKind::backtick && parse_number(left.text, number) ? right : left);
    }
    RowCondition made = node(ConditionForm::compare, left.begin);
    made.comparison = sign.comparison;
    if (a && is_value(right, b, *a)) {
      made.columns = {*a};
      made.value = value_at(right, *a);
    } else if (b && is_value(left, a, *b)) {
      made.columns = {*b};
      made.value = value_at(left, *b);
      made.comparison = sign.flipped;
    } else {
      made.columns = {column_at(left), column_at(right)};
      if (at(made.columns[0]).kind != at(made.columns[1]).kind)
        words_.refuse(right, "a column of the kind of '" + left.text + "', " + kind_name(at(made.columns[0]).kind),
                      "'" + right.text + "' is of the kind " + kind_name(at(made.columns[1]).kind));
    }
    const SchemaColumn& column = at(made.columns[0]);
    const bool ordered = column.kind != ColumnKind::category && column.kind != ColumnKind::truth;
    if (!ordered && made.comparison != Comparison::equal && made.comparison != Comparison::unequal)
      words_.refuse(left,
                    std::string("= or != for '") + column.name + "', which is of the kind " + kind_name(column.kind) +
                        ", since its values have no order",
                    "in (a, b) takes several");
    return made;
  }

  ConditionWords words_;
  const std::vector<SchemaColumn>& columns_;
  int nested_ = 0;
};

/// Whether a comparison of a column with a value rules out all of a range.
bool excludes(const RowCondition& condition, double smallest, double largest) {
  const double value = condition.value;
  switch (condition.comparison) {
    case Comparison::equal:
      return value < smallest || value > largest;
    case Comparison::unequal:
      return value == smallest && value == largest;
    case Comparison::less:
      return smallest >= value;
    case Comparison::at_most:
      return smallest > value;
    case Comparison::more:
      return largest <= value;
    default:
      return largest < value;
  }
}

/// The text of one cell. Shapes: row [c].
std::string cell_text(const TableSchema& schema, const Tensor& rows, int64_t row, int64_t column) {
  TableSchema one;
  one.columns = {schema.columns[static_cast<size_t>(column)]};
  const TextTable table = decode(one, rows.narrow(0, row, 1).narrow(1, column, 1));
  return std::string(table.columns[0][0]);
}

}  // namespace

RowCondition parse_condition(const std::string& text, const TableSchema& schema, const std::string& where) {
  return ConditionParser(text, schema, where).parse();
}

void check_rows(RowCondition condition, const TableSchema& schema, const Tensor& rows, const std::string& path) {
  know(condition, combinations_in(condition, rows));
  const RowCondition* first_broken = nullptr;
  int64_t first = rows.size(0), count = 0;
  for (const auto* one : requirements(condition)) {
    const Tensor broken = judge(*one, rows).broken;
    const auto of_this = broken.sum().item<int64_t>();
    if (of_this == 0) continue;
    if (const auto row = broken.to(at::kByte).argmax().item<int64_t>(); row < first) {
      first = row;
      first_broken = one;
      count = of_this;
    }
  }
  if (first_broken == nullptr) return;
  std::string got;
  for (const int64_t column : columns_of(*first_broken)) {
    const std::string cell = cell_text(schema, rows, first, column);
    got += (got.empty() ? "" : ", ") + schema.columns[static_cast<size_t>(column)].name + " " +
           (cell.empty() ? "''" : cell);
  }
  throw Error(path + ": row " + std::to_string(first + 1) + ": expected " + first_broken->text + ", got " + got + " (" +
              (count == 1 ? "this row alone breaks" : std::to_string(count) + " rows break") +
              " it: a constraint holds in all rows)");
}

void check_constraint(const TableOptions& options, const TableSchema& schema, const Tensor& rows,
                      const std::string& path) {
  if (options.constraint == "none") return;
  check_rows(parse_condition(options.constraint, schema, "--constraint"), schema, rows, path);
}

void check_keys(const RowCondition& condition, const TableSchema& schema, const TableCodec& codec,
                const std::string& where) {
  for (const int64_t column : columns_of(condition))
    if (codec.columns()[static_cast<size_t>(column)].role == ColumnRole::key)
      throw UsageError(where + ": expected columns that are generated, got '" +
                       schema.columns[static_cast<size_t>(column)].name + "', a key, whose values are made anew");
}

void check_constraint_on_keys(const TableOptions& options, const TableSchema& schema, const TableCodec& codec) {
  if (options.constraint != "none")
    check_keys(parse_condition(options.constraint, schema, "--constraint"), schema, codec, "--constraint");
}

std::string beyond_ranges(const RowCondition& condition, const TableSchema& schema) {
  for (const auto* one : requirements(condition)) {
    if (one->columns.size() != 1) continue;
    const SchemaColumn& column = schema.columns[static_cast<size_t>(one->columns[0])];
    if (one->form == ConditionForm::missing && !column.may_be_missing)
      return column.name + " is never missing in the data";
    if (one->form != ConditionForm::compare || column.categorical() || std::isnan(column.smallest)) continue;
    if (excludes(*one, column.smallest, column.largest))
      return column.name + " is " + write_cell(column.smallest, column.kind, column.form) + " to " +
             write_cell(column.largest, column.kind, column.form) + " in the data";
  }
  return "";
}

}  // namespace saddle
