// Implements arrays and tables between Python and the library.
#include "python/arrays.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <nanobind/stl/string.h>

#include <charconv>
#include <cmath>
#include <unordered_map>
#include <vector>

#include "saddle/base/error.h"

namespace saddle::python {
namespace {

at::ScalarType type_of(nb::dlpack::dtype type) {
  if (type == nb::dtype<float>()) return at::kFloat;
  if (type == nb::dtype<double>()) return at::kDouble;
  if (type == nb::dtype<int64_t>()) return at::kLong;
  if (type == nb::dtype<uint8_t>()) return at::kByte;
  throw Error("saddle: expected an array of float32, float64, int64 or uint8, got another type");
}

nb::dlpack::dtype type_of(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return nb::dtype<float>();
    case at::kDouble:
      return nb::dtype<double>();
    case at::kLong:
      return nb::dtype<int64_t>();
    case at::kByte:
      return nb::dtype<uint8_t>();
    default:
      throw Error("saddle: expected a tensor of a type that numpy has, got another");
  }
}

/// A number with the fewest digits that tell it from others of its type; empty for NaN.
template <typename Number>
void add_number(Number value, TextColumn& column) {
  if constexpr (std::is_floating_point_v<Number>)
    if (std::isnan(value)) return column.push_back("");
  char text[64];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  column.push_back({text, static_cast<size_t>(end - text)});
}

template <typename Number>
TextColumn texts_of(const Tensor& values) {
  TextColumn column;
  const Tensor dense = values.contiguous();
  const auto* number = dense.const_data_ptr<Number>();
  for (int64_t i = 0; i < dense.numel(); ++i) add_number(number[i], column);
  return column;
}

TextColumn texts_of(const Tensor& numbers, const nb::list& levels) {
  std::vector<std::string> names;
  names.reserve(nb::len(levels));
  for (const nb::handle level : levels) names.emplace_back(nb::str(level).c_str());
  TextColumn column;
  const Tensor dense = numbers.contiguous();
  const auto* number = dense.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < dense.numel(); ++i)
    column.push_back(number[i] < 0 ? std::string_view() : std::string_view(names.at(static_cast<size_t>(number[i]))));
  return column;
}

/// A column of texts as numbers of different ones, in the order in which they come.
std::pair<Tensor, nb::list> levels_of(const TextColumn& column, const std::string& missing) {
  Tensor numbers = at::empty({static_cast<int64_t>(column.size())}, at::kLong);
  auto* number = numbers.mutable_data_ptr<int64_t>();
  std::unordered_map<std::string, int64_t> known;
  nb::list levels;
  for (size_t i = 0; i < column.size(); ++i) {
    const std::string text(column[i]);
    if (text == missing) {
      number[i] = -1;
      continue;
    }
    const auto [found, is_new] = known.emplace(text, static_cast<int64_t>(known.size()));
    if (is_new) levels.append(text);
    number[i] = found->second;
  }
  return {numbers, levels};
}

}  // namespace

Tensor tensor_of(const ReadArray& array) {
  const at::ScalarType type = type_of(array.dtype());
  std::vector<int64_t> shape, strides;
  shape.reserve(array.ndim());
  strides.reserve(array.ndim());
  for (size_t i = 0; i < array.ndim(); ++i) {
    shape.push_back(static_cast<int64_t>(array.shape(i)));
    strides.push_back(array.stride(i));
  }
  auto* owner = new ReadArray(array);
  const auto release = [owner](void*) {
    const nb::gil_scoped_acquire gil;
    delete owner;
  };
  return at::from_blob(const_cast<void*>(array.data()), shape, strides, release, at::TensorOptions(type));
}

nb::object array_of(const Tensor& x) {
  auto* owner = new Tensor(x.detach().contiguous());
  const nb::capsule capsule(owner, [](void* kept) noexcept { delete static_cast<Tensor*>(kept); });
  std::vector<size_t> shape;
  shape.reserve(static_cast<size_t>(owner->dim()));
  for (const int64_t size : owner->sizes()) shape.push_back(static_cast<size_t>(size));
  return nb::cast(nb::ndarray<nb::numpy>(owner->mutable_data_ptr(), shape.size(), shape.data(), capsule, nullptr,
                                         type_of(owner->scalar_type()), nb::device::cpu::value));
}

std::shared_ptr<const TextTable> table_of(const std::string& name, const nb::list& columns) {
  auto table = std::make_shared<TextTable>();
  table->path = name;
  for (const nb::handle column : columns) {
    const nb::object values_there = column[2], levels = column[3];
    const Tensor values = tensor_of(nb::cast<ReadArray>(values_there));
    table->names.push_back(nb::str(column[0]).c_str());
    table->types.push_back(nb::str(column[1]).c_str());
    if (!levels.is_none())
      table->columns.push_back(texts_of(values, nb::list(levels)));
    else if (values.scalar_type() == at::kFloat)
      table->columns.push_back(texts_of<float>(values));
    else if (values.scalar_type() == at::kDouble)
      table->columns.push_back(texts_of<double>(values));
    else
      table->columns.push_back(texts_of<int64_t>(values));
  }
  return table;
}

nb::list columns_of(const TableSchema& schema, const TextTable& table, const std::set<std::string>& texts) {
  std::vector<std::string> warnings;  // of values that were written just now: there are none
  const Tensor x = encode(schema, table, warnings);
  nb::list columns;
  for (size_t c = 0; c < schema.columns.size(); ++c) {
    const SchemaColumn& column = schema.columns[c];
    nb::object values, levels = nb::none();
    if (column.categorical() || texts.count(column.name) != 0) {
      const auto [numbers, names] = levels_of(table.columns[c], column.form.missing);
      values = array_of(numbers);
      levels = names;
    } else {
      values = array_of(x.select(1, static_cast<int64_t>(c)));
    }
    columns.append(nb::make_tuple(column.name, kind_name(column.kind), values, levels));
  }
  return columns;
}

}  // namespace saddle::python
