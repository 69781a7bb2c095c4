// Implements libsaddle-parquet.so: tables of text from Parquet files and back, by Arrow.
#include <arrow/api.h>
#include <arrow/compute/cast.h>
#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/io/parquet_plugin.h"

namespace {

using arrow::Result;
using arrow::Status;
using Type = std::shared_ptr<arrow::DataType>;
using Texts = std::shared_ptr<arrow::StringArray>;

constexpr std::string_view kMidnight = " 00:00:00";
constexpr const char* kDictionary = "dictionary";  // of texts: its name in the interface

/// The types without parameters of their own, by Arrow's names for them.
std::vector<Type> plain_types() {
  using namespace arrow;
  return {boolean(),
          int8(),
          int16(),
          int32(),
          int64(),
          uint8(),
          uint16(),
          uint32(),
          uint64(),
          float16(),
          float32(),
          float64(),
          utf8(),
          large_utf8(),
          utf8_view(),
          date32(),
          date64(),
          time32(TimeUnit::SECOND),
          null(),
          time32(TimeUnit::MILLI),
          time64(TimeUnit::MICRO),
          time64(TimeUnit::NANO)};
}

constexpr arrow::TimeUnit::type kUnits[] = {arrow::TimeUnit::SECOND, arrow::TimeUnit::MILLI, arrow::TimeUnit::MICRO,
                                            arrow::TimeUnit::NANO};

/// The type of Arrow's name; null: none that is text, a number, a truth or a time.
Type type_of(const std::string& name) {
  for (const Type& type : plain_types())
    if (type->ToString() == name) return type;
  for (const auto unit : kUnits) {
    const std::string plain = arrow::timestamp(unit)->ToString();  // "timestamp[ns]"
    const std::string zoned = plain.substr(0, plain.size() - 1) + ", tz=";
    if (name == plain) return arrow::timestamp(unit);
    if (name.starts_with(zoned))
      return arrow::timestamp(unit, name.substr(zoned.size(), name.size() - zoned.size() - 1));
  }
  int precision = 0, scale = 0;
  if (std::sscanf(name.c_str(), "decimal128(%d, %d)", &precision, &scale) == 2)
    return arrow::decimal128(precision, scale);
  return nullptr;
}

bool is_time(const arrow::DataType& type) {
  return type.id() == arrow::Type::TIMESTAMP || type.id() == arrow::Type::TIME32 || type.id() == arrow::Type::TIME64;
}

bool is_zoned(const arrow::DataType& type) {
  return type.id() == arrow::Type::TIMESTAMP && !static_cast<const arrow::TimestampType&>(type).timezone().empty();
}

// ---- reading -----------------------------------------------------------------------------------------------------

/// A piece of a column as text.
Result<Texts> to_texts(std::shared_ptr<arrow::Array> array) {
  if (arrow::is_dictionary(*array->type())) {
    const auto type = static_cast<const arrow::DictionaryType&>(*array->type()).value_type();
    ARROW_ASSIGN_OR_RAISE(array, arrow::compute::Cast(*array, type));
  }
  if (is_zoned(*array->type())) {  // the moments, in UTC
    const auto unit = static_cast<const arrow::TimestampType&>(*array->type()).unit();
    ARROW_ASSIGN_OR_RAISE(array, array->View(arrow::timestamp(unit)));
  }
  ARROW_ASSIGN_OR_RAISE(array, arrow::compute::Cast(*array, arrow::utf8()));
  return std::static_pointer_cast<arrow::StringArray>(array);
}

/// How the times of a column are shortened: by the zeros that all of them end with.
struct TimeForm {
  size_t cut = std::string::npos;  // characters
  bool midnight = true;            // whether all are, without a fraction

  void add(std::string_view text) {
    const size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    const size_t fraction = text.size() - whole.size(), last = text.find_last_not_of('0');
    cut = std::min(cut, last == point ? fraction : fraction == 0 ? 0 : text.size() - 1 - last);
    midnight = midnight && whole.ends_with(kMidnight) && cut == fraction;
  }

  std::string_view shorten(std::string_view text) const {
    return text.substr(0, text.size() - cut - (midnight ? kMidnight.size() : 0));
  }
};

void give(const std::vector<Texts>& pieces, const arrow::DataType& type, const SaddleTableSink& sink) {
  TimeForm form;
  const bool times = is_time(type), zoned = is_zoned(type);
  for (const Texts& piece : pieces)
    for (int64_t i = 0; times && i < piece->length(); ++i)
      if (!piece->IsNull(i)) form.add(piece->GetView(i));
  form.midnight = form.midnight && !zoned;
  std::string cell;
  for (const Texts& piece : pieces)
    for (int64_t i = 0; i < piece->length(); ++i) {
      std::string_view text = piece->IsNull(i) ? "" : piece->GetView(i);
      if (times && !text.empty()) {
        cell = form.shorten(text);
        if (zoned) cell += 'Z';
        text = cell;
      }
      sink.cell(sink.self, text.data(), static_cast<int64_t>(text.size()));
    }
}

Status read(const std::string& path, const SaddleTableSink& sink) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
  ARROW_ASSIGN_OR_RAISE(auto reader, parquet::arrow::OpenFile(file, arrow::default_memory_pool()));
  std::shared_ptr<arrow::Schema> schema;
  ARROW_RETURN_NOT_OK(reader->GetSchema(&schema));
  for (const auto& field : schema->fields()) {
    const auto* dictionary = arrow::is_dictionary(*field->type()) ? field->type().get() : nullptr;
    const Type type = dictionary ? static_cast<const arrow::DictionaryType&>(*dictionary).value_type() : field->type();
    if (type_of(type->ToString()) == nullptr)
      return Status::TypeError("column '", field->name(), "': expected texts, numbers, truths or times, got ",
                               field->type()->ToString(), " (leave it out, or write its parts as columns)");
  }
  for (int c = 0; c < schema->num_fields(); ++c) {
    const auto& field = *schema->field(c);
    sink.column(sink.self, field.name().c_str(),
                arrow::is_dictionary(*field.type()) ? kDictionary : field.type()->ToString().c_str());
    std::shared_ptr<arrow::ChunkedArray> column;
    ARROW_RETURN_NOT_OK(reader->ReadColumn(c, &column));
    if (const int64_t rows = reader->parquet_reader()->metadata()->num_rows(); column->length() != rows)
      return Status::Invalid(column->length(), " of ", rows, " rows in column '", field.name(), "'");
    ARROW_RETURN_NOT_OK(column->Validate());
    std::vector<Texts> pieces;
    for (auto& chunk : column->chunks()) {
      ARROW_ASSIGN_OR_RAISE(auto texts, to_texts(chunk));
      pieces.push_back(std::move(texts));
    }
    give(pieces, *field.type(), sink);
  }
  return Status::OK();
}

// ---- writing -----------------------------------------------------------------------------------------------------

/// Puts a column's cells into a builder of texts; before each stands `prefix`.
template <typename Builder>
Result<std::shared_ptr<arrow::Array>> build(const SaddleTableSource& source, int64_t c, const std::string& prefix) {
  Builder builder;
  std::string cell;
  for (int64_t row = 0; row < source.rows; ++row) {
    int64_t bytes = 0;
    const char* text = source.cell(source.self, c, row, &bytes);
    cell.assign(prefix).append(text, static_cast<size_t>(bytes));
    ARROW_RETURN_NOT_OK(bytes == 0 ? builder.AppendNull() : builder.Append(cell));
  }
  return builder.Finish();
}

Result<std::shared_ptr<arrow::Array>> column_of(const SaddleTableSource& source, int64_t c) {
  const std::string name = source.type(source.self, c);
  if (name == kDictionary) return build<arrow::StringDictionary32Builder>(source, c, "");
  const Type type = type_of(name);
  if (type == nullptr) return Status::TypeError("a type of Parquet's is expected, got '", name, "'");
  const bool clock = is_time(*type) && type->id() != arrow::Type::TIMESTAMP;  // which Arrow does not read from text
  if (type->id() == arrow::Type::NA) return arrow::MakeArrayOfNull(type, source.rows);
  ARROW_ASSIGN_OR_RAISE(auto column, build<arrow::StringBuilder>(source, c, clock ? "1970-01-01 " : ""));
  if (clock) {
    ARROW_ASSIGN_OR_RAISE(column, arrow::compute::Cast(*column, arrow::timestamp(arrow::TimeUnit::NANO)));
  }
  return arrow::compute::Cast(*column, type);
}

Status write(const SaddleTableSource& source) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (int64_t c = 0; c < source.columns; ++c) {
    const char* name = source.name(source.self, c);
    auto column = column_of(source, c);
    if (!column.ok()) return column.status().WithMessage("column '", name, "': ", column.status().message());
    fields.push_back(arrow::field(name, (*column)->type()));
    columns.push_back(*column);
  }
  const auto table = arrow::Table::Make(arrow::schema(fields), columns, source.rows);
  ARROW_ASSIGN_OR_RAISE(auto stream, arrow::io::BufferOutputStream::Create());
  const auto properties = parquet::WriterProperties::Builder().compression(arrow::Compression::SNAPPY)->build();
  const auto types = parquet::ArrowWriterProperties::Builder().store_schema()->build();
  ARROW_RETURN_NOT_OK(
      parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), stream, 1 << 20, properties, types));
  ARROW_ASSIGN_OR_RAISE(auto buffer, stream->Finish());
  source.write(source.self, buffer->data(), buffer->size());
  return Status::OK();
}

/// Null, or in a line what is wrong. `expected` stands before what Arrow says.
template <typename Work>
const char* told(const char* expected, Work work) {
  static thread_local std::string text;
  text.clear();
  try {
    const Status status = work();
    if (!status.ok()) text = status.IsTypeError() ? status.message() : expected + status.message();
  } catch (const std::exception& error) {
    text = std::string(expected) + error.what();
  }
  text.resize(std::min(text.find('\n'), text.size()));
  return text.empty() ? nullptr : text.c_str();
}

}  // namespace

extern "C" const char* saddle_parquet_read_1(const char* path, const SaddleTableSink* sink) {
  return told("expected a whole Parquet file, got: ", [&] { return read(path, *sink); });
}

extern "C" const char* saddle_parquet_write_1(const SaddleTableSource* source) {
  return told("expected cells of the columns' types, got: ", [&] { return write(*source); });
}
