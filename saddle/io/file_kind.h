// Tells what a file of another program is by how its content begins.
#pragma once
#include <string>
#include <string_view>

namespace saddle {

/// How many bytes of a file's content tell what it is.
inline constexpr size_t kKindBytes = 1 << 16;

/// Names the kind of a file that Saddle does not read, and says how to convert it; empty where it is none that is
/// known.
///
/// `head` is the begin of the content, unpacked where the file is gzipped. The text completes "expected ..., got ":
/// "a Parquet file (python3 -c "import pandas; pandas.read_parquet('x.parquet').to_csv('x.csv', index=False)")".
std::string other_kind(std::string_view head, const std::string& path);

/// Whether content that begins so is text: no bytes that no text has, unless it is UTF-16 by its mark or its zeros.
bool is_text(std::string_view head);

/// The byte order of UTF-16 text, by its mark or by where its zeros are: "UTF-16LE", "UTF-16BE"; empty: other content.
std::string utf16_name(std::string_view head);

/// What is at a path where there is no run; completes "expected a run directory, got ".
std::string not_a_run(const std::string& path);

}  // namespace saddle
