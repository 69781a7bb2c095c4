// Implements the choice of a file's format by its ending.
#include "cli/export_formats.h"

#include <filesystem>

#include "saddle/base/error.h"
#include "saddle/io/safetensors.h"
#include "saddle/networks/onnx.h"
#include "saddle/networks/torchscript_program.h"

namespace saddle::cli {
namespace {

namespace fs = std::filesystem;

using Facts = std::map<std::string, std::string>;

/// The weights by their names in a checkpoint, and in the metadata the graph that says what to do with them.
std::string encode_weights(const OpGraph& graph, const Facts& facts) {
  Facts all = facts;
  all["graph"] = graph_json(graph);
  return encode_safetensors({graph.constants().begin(), graph.constants().end()}, all);
}

/// One kind of file, by the ending of its name.
struct ExportFormat {
  const char* ending;
  std::string (*encode)(const OpGraph& graph, const Facts& facts);
};

constexpr ExportFormat kExportFormats[] = {
    {".onnx", encode_onnx}, {".safetensors", encode_weights}, {".pt", encode_torchscript}};

const ExportFormat* format_of(const std::string& out) {
  const std::string ending = fs::path(out).extension();
  const auto* found = std::find_if(std::begin(kExportFormats), std::end(kExportFormats),
                                   [&](const ExportFormat& format) { return ending == format.ending; });
  return found == std::end(kExportFormats) ? nullptr : found;
}

}  // namespace

void check_export_ending(const std::string& flag, const std::string& out) {
  if (format_of(out) != nullptr) return;
  std::string known;
  for (const ExportFormat& format : kExportFormats)
    known += std::string(known.empty() ? "" : " or ") + "FILE" + format.ending;
  throw UsageError(flag + ": expected " + known + ", got " + out);
}

void check_new_file(const std::string& flag, const std::string& path) {
  std::error_code error;
  if (fs::exists(path, error))
    throw Error(path + ": expected a new file, got one that is there (choose another " + flag + ")");
  const auto folder = fs::path(path).parent_path();
  if (!folder.empty() && !fs::is_directory(folder, error))
    throw Error(path + ": cannot be written: there is no folder " + folder.string());
}

std::string encode_graph(const std::string& out, const OpGraph& graph, const Facts& facts) {
  const ExportFormat* format = format_of(out);
  TORCH_INTERNAL_ASSERT(format != nullptr);
  return format->encode(graph, facts);
}

}  // namespace saddle::cli
