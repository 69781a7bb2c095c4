// The levels of a column of categories in several tables: spelled alike, and compared.
#pragma once
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "saddle/data/column.h"

namespace saddle {

/// Finds the levels of a column in all tables, in the order of their names, without missing values.
///
/// Equal values are one level where all of them are numbers or all are true and false: 2 and 2.0, True and true. They
/// are not where one table has two spellings of one number, with a warning, and where a number begins with a zero that
/// it does not need, as codes do. Warns of two tables that have no level in common, and of different words for missing
/// in one table.
std::vector<std::string> find_levels(const std::string& name, const std::vector<TableColumn>& columns,
                                     std::vector<std::string>& warnings);

/// The different texts of a column, without missing values.
std::unordered_set<std::string_view> different_texts(const TextColumn& texts);

/// Says which level a text is.
class LevelSpelling {
 public:
  /// `levels` as `find_levels` has them.
  explicit LevelSpelling(const std::vector<std::string>& levels);

  /// The text itself, or where the levels spell each number and truth in one way, that spelling.
  std::string operator()(std::string_view text) const;

 private:
  bool alike_ = true, truths_ = false;
};

}  // namespace saddle
