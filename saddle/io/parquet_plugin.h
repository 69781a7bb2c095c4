// What libsaddle-parquet.so and the library say to each other: plain C, so that neither needs the other's headers.
#pragma once
#include <cstdint>

extern "C" {

/// Takes a table, column by column.
struct SaddleTableSink {
  void* self;
  void (*column)(void* self, const char* name, const char* type);  // begins the next one
  void (*cell)(void* self, const char* text, int64_t size_bytes);  // the next of its cells; empty: there is no value
};

/// Gives a table, and takes the file that it becomes. Views are valid until the next call.
struct SaddleTableSource {
  void* self;
  int64_t rows, columns;
  const char* (*name)(void* self, int64_t column);
  const char* (*type)(void* self, int64_t column);
  const char* (*cell)(void* self, int64_t column, int64_t row, int64_t* size_bytes);
  void (*write)(void* self, const void* bytes, int64_t size_bytes);
};

/// Reads a Parquet file. Returns NULL, or what is wrong, in a text that is valid until the next call.
using SaddleParquetRead = const char*(const char* path, const SaddleTableSink* sink);

/// Makes a Parquet file. Returns as `SaddleParquetRead`.
using SaddleParquetWrite = const char*(const SaddleTableSource* source);
}

namespace saddle {

/// The names of the functions in the library; another number stands for another interface.
inline constexpr const char *kParquetReadName = "saddle_parquet_read_1", *kParquetWriteName = "saddle_parquet_write_1";

}  // namespace saddle
