// The targets of libFuzzer: each parser of bytes that others wrote must return, or throw an Error of one line.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "fuzz/http.h"
#include "saddle/base/error.h"
#include "saddle/data/parse_condition.h"
#include "saddle/data/piece_list.h"
#include "saddle/data/schema.h"
#include "saddle/distributions/density_json.h"
#include "saddle/io/idx.h"
#include "saddle/io/image.h"
#include "saddle/io/npy.h"
#include "saddle/io/safetensors.h"
#include "saddle/io/toml.h"
#include "saddle/lab/setup.h"
#include "saddle/tables/row_trees.h"
#include "saddle/training/config.h"
#include "saddle/training/row_rejection.h"
#include "tests/support/memory_file.h"
#include "tests/support/png_checksums.h"

namespace saddle {
namespace {

using testing_support::memory_file;

constexpr int64_t kMost = 100'000;  // pixels, bytes of an array: little beside what libFuzzer lets a target take

void read_image(const std::string& bytes) {
  const std::string path = memory_file(bytes);
  if (read_image_header(path, kMost).deep) largest_number(path, kMost);
  decode_image(path, kMost);
}

/// Rows in turn first, which are to be those of the whole.
void read_array(const std::string& bytes) {
  const std::string path = memory_file(bytes);
  const NpyRows rows(path, kMost);
  if (const int64_t n = rows.shape()[0]; n > 0) rows.read(n - 1, 1);
  read_npy(path, kMost);
}

void read_png(const std::string& bytes) { read_image(testing_support::with_checksums(bytes)); }

void read_table(const std::string& bytes) {
  const TextTable table = read_csv(memory_file(bytes));
  std::vector<std::string> warnings;
  const TableSchema schema = read_schema({&table}, {}, warnings);
  decode(parse_schema(schema_json(schema), "schema"), encode(schema, table, warnings));
}

constexpr const char* kConditionTable =
    "age,price,start,end,opens,member,sex,native country,and\n"
    "17,\"1,5\",2024-01-01,2024-02-01,08:30,true,Female,United-States,a\n"
    ",\"2,5\",2024-01-02,,09:00,false,?,O'Brien,b\n";

void read_condition(const std::string& bytes) {
  const TextTable table = read_csv(memory_file(kConditionTable));
  std::vector<std::string> warnings;
  const TableSchema schema = read_schema({&table}, {}, warnings);
  const Tensor rows = encode(schema, table, warnings);
  const RowCondition condition = parse_condition(bytes, schema, "--where");
  beyond_ranges(condition, schema);
  check_rows(condition, schema, rows, "people.csv");
}

void read_codec(const std::string& bytes) {
  const TableCodec codec = TableCodec::parse(bytes, "codec.json");
  const Tensor values = at::tensor({0.0, 1.0, -1e300, 1e300, std::nan("")}, at::kDouble);
  const Tensor rows = values.unsqueeze(1).expand({-1, static_cast<int64_t>(codec.columns().size())});
  Rng rng = make_rng(0, "fuzz");
  codec.decode(codec.encode(rows), rng);
  codec.cells(rows);
  TableCodec::parse(codec.json(), "codec.json");
}

/// Of two columns: a category of two levels, and a number with a level.
std::shared_ptr<const TableCodec> two_columns() {
  return std::make_shared<TableCodec>(TableCodec::parse(
      R"([{"role": "levels", "categorical": true, "levels": [0, 1], "shares": [0.5, 0.5]},
          {"role": "number", "levels": [0], "shares": [0.5], "quantiles": [0, 1, 2], "step": 0, "range": [0, 2]}])",
      "codec.json"));
}

void read_trees(const std::string& bytes) {
  const RowTrees trees = RowTrees::from_state(decode_safetensors(bytes, "trees"), two_columns(), "trees");
  Rng rng = make_rng(0, "fuzz");
  trees.sample(16, rng);
}

void read_rejection(const std::string& bytes) {
  const RowRejection rejection = RowRejection::of(two_columns(), bytes, "rejection");
  Rng rng = make_rng(0, "fuzz");
  rejection.keeps(at::tensor({0.0, 0.0, 1.0, 1.5, 1.0, 2.0}, at::kDouble).view({3, 2}), rng);
}

void read_idx_file(const std::string& bytes) {
  const std::string path = memory_file(bytes);
  is_idx(path);
  read_idx(path, kMost);
}

void read_config(const std::string& bytes) {
  const std::string path = memory_file(bytes);
  options_from_config(read_toml_values(path), path);
  TrainOptions options;
  for (const Setting& one : read_settings(path)) set_option(options, one.name, one.text, one.where);
}

struct Target {
  const char* name;
  void (*parse)(const std::string& bytes);
};

constexpr Target kTargets[] = {
    {"codec", read_codec},
    {"condition", read_condition},
    {"csv", read_table},
    {"density", [](const std::string& bytes) { parse_density(bytes, "density"); }},
    {"http", answer_request},
    {"idx", read_idx_file},
    {"jpeg", read_image},
    {"npy", read_array},
    {"pieces", [](const std::string& bytes) { parse_piece_list(bytes, "pieces.list"); }},
    {"png", read_png},
    {"pnm", read_image},
    {"rejection", read_rejection},
    {"safetensors", [](const std::string& bytes) { decode_safetensors(bytes, "x"); }},
    {"schema", [](const std::string& bytes) { schema_json(parse_schema(bytes, "schema")); }},
    {"setups", [](const std::string& bytes) { parse_setups(bytes); }},
    {"toml", read_config},
    {"trees", read_trees},
    {"webp", read_image},
};

const Target* chosen = nullptr;

}  // namespace
}  // namespace saddle

/// Takes the target's name, the first argument, before libFuzzer reads the others.
extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  for (const auto& target : saddle::kTargets)
    if (*count > 1 && std::strcmp((*arguments)[1], target.name) == 0) saddle::chosen = &target;
  if (saddle::chosen == nullptr) {
    for (const auto& target : saddle::kTargets) std::puts(target.name);
    std::exit(2);
  }
  std::rotate(*arguments + 1, *arguments + 2, *arguments + *count);
  --*count;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    saddle::chosen->parse(std::string(reinterpret_cast<const char*>(data), size));
  } catch (const saddle::Error& error) {  // any other exception ends the program, as it should
    if (std::strchr(error.what(), '\n') == nullptr) return 0;
    std::fprintf(stderr, "expected an error of one line, got: %s\n", error.what());
    std::abort();
  }
  return 0;
}
