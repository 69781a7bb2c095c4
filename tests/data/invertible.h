// The property that a schema is invertible and survives being saved, for one table.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "saddle/data/schema.h"

namespace saddle {

/// Whether both have the same bits, one NaN being as good as another.
inline bool same_numbers(const Tensor& x, const Tensor& y) {
  return ((x == y) | (x.isnan() & y.isnan())).all().item<bool>() &&
         at::equal(x.signbit().logical_and(x.isnan().logical_not()), y.signbit().logical_and(y.isnan().logical_not()));
}

/// Expects of a table that its numbers become cells which are the same numbers, and of those the same cells.
inline void expect_invertible(const TableSchema& found, const TextTable& table) {
  std::vector<std::string> warnings;
  const TableSchema schema = parse_schema(schema_json(found), "schema.json");
  EXPECT_EQ(schema_json(schema), schema_json(found)) << table.path;
  const Tensor x = encode(schema, table, warnings);
  TextTable again = decode(schema, x);
  EXPECT_TRUE(same_numbers(encode(schema, again, warnings), x)) << table.path;
  const TextTable twice = decode(schema, encode(schema, again, warnings));
  for (size_t c = 0; c < again.columns.size(); ++c)
    for (size_t i = 0; i < again.columns[c].size(); ++i) EXPECT_EQ(again.columns[c][i], twice.columns[c][i]);
}

}  // namespace saddle
