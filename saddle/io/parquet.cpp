// Implements tables in Parquet files, on the functions of libsaddle-parquet.so.
#include "saddle/io/parquet.h"

#include <dlfcn.h>

#include "saddle/base/error.h"
#include "saddle/io/byte_source.h"
#include "saddle/io/file.h"
#include "saddle/io/file_kind.h"
#include "saddle/io/parquet_plugin.h"
#include "saddle/io/text_source.h"

namespace saddle {
namespace {

std::string& plugin_path() {
  static std::string path;
  return path;
}

/// A function of the plugin, which stays loaded. `doing` is what for, to `path`: "read" or "write".
template <typename Function>
Function* plugin_function(const char* name, const std::string& path, const std::string& doing) {
  const std::string wanted = path + ": expected the Arrow library to " + doing + " Parquet, got ";
  std::error_code error;
  if (plugin_path().empty() || !std::filesystem::exists(plugin_path(), error))
    throw Error(wanted + "none (./run parquet fetches it)");
  void* plugin = dlopen(plugin_path().c_str(), RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) throw Error(wanted + "one that cannot be loaded: " + dlerror());
  auto* function = reinterpret_cast<Function*>(dlsym(plugin, name));
  if (function == nullptr)
    throw Error(wanted + "that of another Saddle, " + plugin_path() + " (./run parquet builds it again)");
  return function;
}

/// Takes what the plugin reads.
struct TableTaker {
  TextTable& table;
  std::string complaint{};
  bool mended = false;

  static void column(void* self, const char* name, const char* type) {
    TextTable& table = static_cast<TableTaker*>(self)->table;
    table.names.emplace_back(name);
    table.types.emplace_back(type);
    table.columns.emplace_back();
  }

  static void cell(void* self, const char* text, int64_t size_bytes) {
    auto& taker = *static_cast<TableTaker*>(self);
    const std::string_view cell(text, static_cast<size_t>(size_bytes));
    if (cell.size() > TextColumn::kLongestText && taker.complaint.empty())
      taker.complaint = "column '" + taker.table.names.back() + "': expected at most " +
                        std::to_string(TextColumn::kLongestText) + " bytes in a cell, got " +
                        std::to_string(cell.size());
    if (!taker.complaint.empty()) return;
    const bool good = is_utf8(cell);
    taker.mended = taker.mended || !good;
    taker.table.columns.back().push_back(good ? cell : std::string_view(to_utf8(cell)));
  }
};

/// Gives the plugin what it writes, and takes the file.
struct TableGiver {
  const TextTable& table;
  std::string bytes{};

  static const TextTable& of(void* self) { return static_cast<TableGiver*>(self)->table; }
  static const char* name(void* self, int64_t c) { return of(self).names[static_cast<size_t>(c)].c_str(); }
  static const char* type(void* self, int64_t c) { return of(self).types[static_cast<size_t>(c)].c_str(); }
  static const char* cell(void* self, int64_t c, int64_t row, int64_t* size_bytes) {
    const std::string_view text = of(self).columns[static_cast<size_t>(c)][static_cast<size_t>(row)];
    *size_bytes = static_cast<int64_t>(text.size());
    return text.data();
  }
  static void write(void* self, const void* bytes, int64_t size_bytes) {
    static_cast<TableGiver*>(self)->bytes.append(static_cast<const char*>(bytes), static_cast<size_t>(size_bytes));
  }
};

void check_columns_read(const TextTable& table) {
  std::set<std::string> seen;
  for (const std::string& name : table.names)
    if (name.empty() || !seen.insert(name).second)
      throw Error(table.path + ": expected a name of its own for every column, got '" + name + "'" +
                  (name.empty() ? "" : " twice"));
  if (table.rows() == 0) throw Error(table.path + ": expected rows, got none");
}

}  // namespace

void use_parquet_plugin(const std::string& path) { plugin_path() = path; }

bool is_parquet(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  try {
    const std::string head = read_file_head(path, kKindBytes);
    return head.starts_with("PAR1") && !is_text(head);
  } catch (const Error&) {
    return false;
  }
}

TextTable read_parquet(const std::string& path) {
  auto* const read = plugin_function<SaddleParquetRead>(kParquetReadName, path, "read");
  TextTable table;
  table.path = path;
  TableTaker taker{table};
  const SaddleTableSink sink{&taker, &TableTaker::column, &TableTaker::cell};
  if (const char* wrong = read(path.c_str(), &sink)) throw Error(path + ": " + wrong);
  if (!taker.complaint.empty()) throw Error(path + ": " + taker.complaint);
  if (taker.mended) table.remarks.emplace_back("bytes that are no UTF-8 were read as Windows-1252");
  check_columns_read(table);
  return table;
}

void write_parquet(const std::string& path, const TextTable& table) {
  auto* const write = plugin_function<SaddleParquetWrite>(kParquetWriteName, path, "write");
  TableGiver giver{table};
  const SaddleTableSource source{&giver,
                                 table.rows(),
                                 static_cast<int64_t>(table.columns.size()),
                                 &TableGiver::name,
                                 &TableGiver::type,
                                 &TableGiver::cell,
                                 &TableGiver::write};
  if (const char* wrong = write(&source)) throw Error(path + ": " + wrong);
  write_file(path, giver.bytes);
}

TextTable read_table(const std::string& path, const ReadProgress& progress) {
  return is_parquet(path) ? read_parquet(path) : read_csv(path, progress);
}

}  // namespace saddle
