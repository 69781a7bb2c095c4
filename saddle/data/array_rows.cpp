// Implements the reading of arrays in blocks.
#include "saddle/data/array_rows.h"

#include "saddle/io/idx.h"
#include "saddle/io/npy.h"

namespace saddle {

ArrayPiece tensor_piece(const Tensor& x, const std::string& name) {
  const auto read = [x](int64_t begin, int64_t n) { return x.narrow(0, begin, n); };
  return {.path = name, .shape = x.sizes().vec(), .type = x.scalar_type(), .read = read, .whole = x};
}

ArrayPiece npy_piece(const std::string& path, int64_t max_bytes) {
  const NpyRows rows(path, max_bytes);
  std::vector<int64_t> shape = rows.shape();
  if (shape.size() == 1) shape.push_back(1);
  const auto read = [rows, shape](int64_t begin, int64_t n) {
    std::vector<int64_t> block = shape;
    block[0] = n;
    return rows.read(begin, n).view(block);
  };
  return {.path = path, .shape = shape, .type = rows.type(), .read = read, .read_at_once = rows.is_read_whole()};
}

ArrayPiece idx_piece(const std::string& path, int64_t max_bytes) {
  const auto read = [path, max_bytes](int64_t begin, int64_t n) {
    return read_idx(path, max_bytes).narrow(0, begin, n);
  };
  return {.path = path, .shape = idx_shape(path, max_bytes), .read = read, .read_at_once = true};
}

ArrayRows::ArrayRows(std::vector<ArrayPiece> pieces, int64_t most_bytes)
    : pieces_(std::move(pieces)), shape_(pieces_.front().shape) {
  shape_[0] = 0;
  for (const ArrayPiece& piece : pieces_) shape_[0] += piece.shape[0];
  const int64_t row_bytes =
      c10::multiply_integers(shape_.begin() + 1, shape_.end()) * static_cast<int64_t>(c10::elementSize(type()));
  most_rows_ = std::max<int64_t>(1, most_bytes / std::max<int64_t>(1, row_bytes));
  for (const ArrayPiece& piece : pieces_)
    if (!piece.whole.defined())
      block_bytes_ = std::max(block_bytes_, row_bytes * std::min(piece.shape[0], rows_at_once(piece)));
}

Tensor ArrayRows::labels() const {
  if (!pieces_.front().labels.defined()) return {};
  std::vector<Tensor> all;
  all.reserve(pieces_.size());
  for (const ArrayPiece& piece : pieces_) all.push_back(piece.labels);
  return at::cat(all);
}

Tensor ArrayRows::whole() const { return pieces_.size() == 1 ? pieces_.front().whole : Tensor(); }

void ArrayRows::for_each_block(const std::function<bool(const Block& block)>& visit) const {
  int64_t first = 0;
  for (const ArrayPiece& piece : pieces_) {
    const int64_t n = piece.shape[0];
    for (int64_t i = 0, some = rows_at_once(piece); i < n; i += some)
      if (!visit({piece.read(i, std::min(some, n - i)), first + i, i, piece.path})) return;
    first += n;
  }
}

int64_t ArrayRows::rows_at_once(const ArrayPiece& piece) const {
  return piece.read_at_once ? std::max<int64_t>(1, piece.shape[0]) : most_rows_;
}

}  // namespace saddle
