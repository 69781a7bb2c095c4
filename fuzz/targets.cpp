// The targets of libFuzzer: each parser of bytes that others wrote must return, or throw an Error of one line.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "fuzz/http.h"
#include "saddle/base/error.h"
#include "saddle/data/schema.h"
#include "saddle/distributions/density_json.h"
#include "saddle/io/idx.h"
#include "saddle/io/image.h"
#include "saddle/io/npy.h"
#include "saddle/io/safetensors.h"
#include "saddle/io/toml.h"
#include "saddle/lab/setup.h"
#include "saddle/training/config.h"
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

void read_png(const std::string& bytes) { read_image(testing_support::with_checksums(bytes)); }

void read_table(const std::string& bytes) {
  const TextTable table = read_csv(memory_file(bytes));
  std::vector<std::string> warnings;
  const TableSchema schema = read_schema({&table}, {}, warnings);
  decode(parse_schema(schema_json(schema), "schema"), encode(schema, table, warnings));
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
    {"csv", read_table},
    {"density", [](const std::string& bytes) { parse_density(bytes, "density"); }},
    {"http", answer_request},
    {"idx", read_idx_file},
    {"jpeg", read_image},
    {"npy", [](const std::string& bytes) { read_npy(memory_file(bytes), kMost); }},
    {"png", read_png},
    {"pnm", read_image},
    {"safetensors", [](const std::string& bytes) { decode_safetensors(bytes, "x"); }},
    {"schema", [](const std::string& bytes) { schema_json(parse_schema(bytes, "schema")); }},
    {"setups", [](const std::string& bytes) { parse_setups(bytes); }},
    {"toml", read_config},
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
