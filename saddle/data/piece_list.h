// Lists of the pieces of one data set: a text file that names them, or a folder of arrays.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace saddle {

/// One piece, and where it was named.
struct PieceName {
  std::string path;
  int64_t line = 0;  // of the list, counted from 1; 0: it lies in a folder

  /// Begins a text about it: "LIST: line 3: PATH", or its path.
  std::string where(const std::string& list) const;
};

/// Whether DATA is a list of pieces: its name ends in .list.
bool is_piece_list(const std::string& data);

/// Reads a list: one piece a line, as a path, relative to the folder of the list where it does not begin with a slash;
/// blanks around it, empty lines and lines that begin with # say nothing.
///
/// Throws: Error naming the line of a piece that is not there, or is named twice; for a list without pieces, and for
/// what is no text.
std::vector<PieceName> read_piece_list(const std::string& path);

/// The paths that the text of a list names, as they are written. Throws: Error as `read_piece_list`, begun by `path`.
std::vector<PieceName> parse_piece_list(std::string_view text, const std::string& path);

/// The visible .npy files of a folder, in the order of their names, in which a number counts by its value: x9 stands
/// before x10. Throws: Error naming a folder that cannot be read.
std::vector<PieceName> list_arrays(const std::string& folder);

}  // namespace saddle
