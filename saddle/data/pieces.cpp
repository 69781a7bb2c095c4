// Implements data in pieces.
#include "saddle/data/pieces.h"

#include "saddle/base/error.h"
#include "saddle/data/array_files.h"
#include "saddle/data/data_config.h"
#include "saddle/data/file_list.h"
#include "saddle/data/image_folder.h"
#include "saddle/data/piece_list.h"
#include "saddle/io/idx.h"
#include "saddle/io/npy.h"

namespace saddle {
namespace {

constexpr const char* kFolder = "a folder of images";
constexpr const char* kNpy = "an .npy array";
constexpr const char* kIdx = "an IDX file";

/// What kind of piece lies at a path; null: none.
const char* kind_of_piece(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return kFolder;
  if (!std::filesystem::is_regular_file(path, error)) return nullptr;
  return is_npy(path) ? kNpy : is_idx(path) ? kIdx : nullptr;
}

/// The one kind of all pieces.
const char* common_kind(const std::string& list, const std::vector<PieceName>& pieces) {
  const char* kind = nullptr;
  for (const PieceName& piece : pieces) {
    const char* own = kind_of_piece(piece.path);
    if (own == nullptr)
      throw Error(piece.where(list) + ": expected a folder of images, an IDX file or an .npy array, got " +
                  (is_piece_list(piece.path) ? "another list" : "something else"));
    if (kind == nullptr) kind = own;
    if (own != kind)
      throw Error(piece.where(list) + ": expected " + kind + ", as line " + std::to_string(pieces.front().line) +
                  " names, got " + own);
  }
  return kind;
}

std::string array_text(const ArrayPiece& piece) {
  std::vector<int64_t> row(piece.shape.begin() + 1, piece.shape.end());
  const auto type = piece.type == at::kByte    ? "uint8"
                    : piece.type == at::kLong  ? "integers"
                    : piece.type == at::kFloat ? "float32"
                                               : "float64";
  return "rows of the shape " + shape_text(row) + " of " + type + (piece.labels.defined() ? " with labels" : "");
}

/// Opens one array after the other, and refuses the first that is unlike the one before all.
std::vector<ArrayPiece> open_each(const std::string& list, const std::vector<PieceName>& names, bool idx,
                                  const DataOptions& options) {
  std::vector<ArrayPiece> pieces;
  pieces.reserve(names.size());
  for (const PieceName& name : names) {
    try {
      pieces.push_back(idx ? idx_images(name.path, options) : npy_piece(name.path, options.memory_bytes));
    } catch (const Error& error) {
      if (name.line == 0) throw;
      throw Error(list + ": line " + std::to_string(name.line) + ": " + error.what());
    }
    if (c10::multiply_integers(pieces.back().shape) == 0)
      throw Error(name.where(list) + ": expected an array with numbers in it, got one of the shape " +
                  shape_text(pieces.back().shape));
    const std::string wanted = array_text(pieces.front()), got = array_text(pieces.back());
    if (got != wanted)
      throw Error(name.where(list) + ": expected " + wanted + ", as in " + names.front().path + ", got " + got);
  }
  return pieces;
}

std::unique_ptr<Dataset> open_arrays_of(const std::string& data, const std::vector<PieceName>& names, bool idx,
                                        const DataOptions& options) {
  DataSummary summary;
  summary.name = data;
  summary.source = idx ? "IDX" : "NPY";
  std::vector<ArrayPiece> pieces = open_each(data, names, idx, options);
  summary.remarks.push_back(std::to_string(names.size()) + (names.size() == 1 ? " array" : " arrays, read as one") +
                            ": " + names.front().path + (names.size() == 1 ? "" : " to " + names.back().path));
  return open_arrays(std::move(pieces), std::move(summary), options);
}

}  // namespace

std::unique_ptr<Dataset> open_piece_list(const std::string& path, const DataOptions& options) {
  const std::vector<PieceName> names = read_piece_list(path);
  const std::string kind = common_kind(path, names);
  if (kind != kFolder) return open_arrays_of(path, names, kind == kIdx, options);
  return open_image_folders(path, names, options);
}

bool is_array_folder(const std::string& folder) {
  return !list_arrays(folder).empty() && list_images(folder).paths.empty();
}

std::unique_ptr<Dataset> open_array_folder(const std::string& folder, const DataOptions& options) {
  return open_arrays_of(folder, list_arrays(folder), /*idx=*/false, options);
}

}  // namespace saddle
