// Tests of tables in Parquet files, without the library that reads them.
#include "saddle/io/parquet.h"

#include <gtest/gtest.h>

#include "saddle/base/error.h"
#include "saddle/io/file.h"

namespace saddle {
namespace {

const std::string kFolder = testing::TempDir();

TEST(IsParquet, KnowsAFileByItsContent) {
  using namespace std::string_view_literals;
  const std::string path = kFolder + "/x.csv";
  write_file(path, "PAR1\x15\x04\x15\0PAR1"sv);
  EXPECT_TRUE(is_parquet(path));
  EXPECT_TRUE(is_table(path));
  write_file(path, "PAR1,PAR2\n1,2\n"sv);
  EXPECT_FALSE(is_parquet(path));
  EXPECT_EQ(read_table(path).rows(), 1);
  EXPECT_FALSE(is_parquet(kFolder + "/nowhere"));
}

TEST(ReadParquet, SaysHowToGetTheLibraryThatIsNotThere) {
  use_parquet_plugin(kFolder + "/nowhere.so");
  for (const bool reads : {true, false}) {
    try {
      if (reads)
        read_parquet("x.parquet");
      else
        write_parquet("x.parquet", {});
      ADD_FAILURE() << "expected an Error";
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()), std::string("x.parquet: expected the Arrow library to ") +
                                               (reads ? "read" : "write") +
                                               " Parquet, got none (./run parquet fetches it)");
    }
  }
}

TEST(ReadParquet, RefusesALibraryThatIsNoneOfItsOwn) {
  const std::string path = kFolder + "/text.so";
  write_file(path, "no library");
  use_parquet_plugin(path);
  EXPECT_THROW(read_parquet("x.parquet"), Error);
  use_parquet_plugin("");
}

}  // namespace
}  // namespace saddle
