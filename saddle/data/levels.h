// The levels of a column of categories in several tables: spelled alike, and compared.
#pragma once
#include <string>
#include <vector>

#include "saddle/data/column.h"

namespace saddle {

/// The texts of the column with equal values written alike, where all of them are numbers or all are true and false: 2
/// and 2.0, True and true; empty where the texts stay as they are.
///
/// They stay where one table has two spellings of one number, with a warning, and where a number begins with a zero
/// that it does not need, as codes do.
std::vector<TextColumn> spelled_alike(const std::string& name, const std::vector<TableColumn>& columns,
                                      std::vector<std::string>& warnings);

/// Warns of tables that have no level in common, and of different words for missing in one table, which become one
/// level.
void warn_of_levels(const std::string& name, const std::vector<TableColumn>& columns,
                    std::vector<std::string>& warnings);

}  // namespace saddle
