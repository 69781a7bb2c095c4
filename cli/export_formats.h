// The files that graphs of operators are written to.
#pragma once
#include <map>
#include <string>

#include "saddle/networks/graph.h"

namespace saddle::cli {

/// Throws: UsageError where the ending of `out`, the value of `flag`, is none of .onnx, .safetensors and .pt.
void check_export_ending(const std::string& flag, const std::string& out);

/// Refuses to write over what is there, or into a folder that is not. Throws: Error.
void check_new_file(const std::string& flag, const std::string& path);

/// The bytes of the file `out`, as its ending says, with what a reader must know by name.
std::string encode_graph(const std::string& out, const OpGraph& graph, const std::map<std::string, std::string>& facts);

}  // namespace saddle::cli
