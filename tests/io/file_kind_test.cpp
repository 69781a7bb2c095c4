// Tests of the recognition of files of other programs.
#include "saddle/io/file_kind.h"

#include <gtest/gtest.h>

namespace saddle {
namespace {

using namespace std::string_view_literals;

TEST(OtherKind, NamesFilesByTheirContentWhateverTheirNames) {
  const std::pair<std::string_view, const char*> kinds[] = {
      {"PAR1\x15\x04\x15\0"sv, "a Parquet file"},
      {"ARROW1\0\0\xff\xff"sv, "an Arrow (Feather) file"},
      {"\x89HDF\r\n\x1a\n\0\0"sv, "an HDF5 file"},
      {"SQLite format 3\0\x10\0"sv, "an SQLite database"},
      {"PK\x03\x04\x14\0\x06\0[Content_Types].xml xl/workbook.xml"sv, "an Excel workbook (.xlsx)"},
      {"PK\x03\x04\x14\0\0\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet"sv, "an OpenDocument spreadsheet"},
      {"PK\x03\x04\x14\0\0\0arr_0.npy"sv, "an .npz archive of arrays"},
      {"PK\x03\x04\x14\0\0\0readme.md"sv, "a zip archive"},
      {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0"sv, "an Excel workbook of the old kind"},
      {"%PDF-1.7\n"sv, "a PDF document"},
      {"\x80\x04\x95\0\0"sv, "a pickle"},
      {"BZh91AY&SY\x01\x02"sv, "a bzip2 file"},
      {"\xfd\x37zXZ\0\0\x04"sv, "an xz file"},
      {"\x28\xb5\x2f\xfd\x04\x00"sv, "a Zstandard file"},
      {"\x93NUMPY\x01\0v\0"sv, "an .npy array"},
      {"RDX3\nX\n\0\0\0\3"sv, "an R file"},
      {"[{\"x\": 1}, {\"x\": 2}]"sv, "JSON"},
      {" {\n  \"x\": [1, 2]\n}"sv, "JSON"},
      {"<!DOCTYPE html><html>"sv, "a page of HTML"},
      {"<?xml version=\"1.0\"?>"sv, "XML"},
      {"@RELATION iris\n@ATTRIBUTE a NUMERIC\n"sv, "an ARFF file"},
      {"\x89PNG\r\n\x1a\n\0"sv, "a PNG image"},
  };
  for (const auto& [head, name] : kinds) {
    const std::string kind = other_kind(head, "folder/data.csv");
    EXPECT_TRUE(kind.starts_with(name)) << name << " got " << kind;
    EXPECT_NE(kind.find(" ("), std::string::npos) << "says what to do: " << kind;
    EXPECT_EQ(kind.find('\n'), std::string::npos) << kind;
  }
}

TEST(OtherKind, SaysHowToConvert) {
  EXPECT_EQ(other_kind("PAR1\x15\0"sv, "a/x.parquet"),
            "a Parquet file (python3 -c \"import pandas; pandas.read_parquet('a/x.parquet').to_csv('a/x.csv', "
            "index=False)\")");
  EXPECT_NE(other_kind("{\"x\": 1}\n{\"x\": 2}\n", "x.json").find("lines=True"), std::string::npos);
}

TEST(OtherKind, LeavesTablesAlone) {
  for (const auto head : {"ORCID,x\n1,2\n"sv, "PAR1,PAR2\n1,2\n"sv, "[id],[name]\n1,a\n"sv, "{a},b\n1,2\n"sv,
                          "BZh,x\n"sv, "a\tb\n"sv, ""sv})
    EXPECT_EQ(other_kind(head, "x"), "") << head;
}

TEST(IsText, KnowsTextFromBytes) {
  EXPECT_TRUE(
      is_text("gr\xf6\xdf"
              "e;x\r\n1;2"));
  EXPECT_TRUE(is_text("x\0,\0y\0\n\0"sv)) << "UTF-16";
  EXPECT_FALSE(is_text("x\0\0\0\x05"sv));
  EXPECT_EQ(utf16_name("\xff\xfex\0"sv), "UTF-16LE");
  EXPECT_EQ(utf16_name("\0x\0,\0y"sv), "UTF-16BE");
  EXPECT_EQ(utf16_name("x,y\n"), "");
}

}  // namespace
}  // namespace saddle
